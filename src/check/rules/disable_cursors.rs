//! Behind a pooler, Django keeps no cursor on the server.

use crate::check::cx::{Cx, dig};
use crate::check::finder::Finder;
use crate::model::Value;

pub fn run(cx: &Cx<'_>, out: &mut Finder<'_>) {
    for seen in cx.all("DATABASES") {
        let part = |key: &str| dig(&seen.setting.value, &["default", key]);
        // PgBouncer's own port; or the document says so.
        let customary = matches!(part("PORT"), Some(Value::Int(6432))) || matches!(part("PORT"), Some(Value::String(port)) if port == "6432");
        let declared = seen.stands_for("pooler");
        let off = part("DISABLE_SERVER_SIDE_CURSORS") == Some(&Value::Bool(true));
        if (customary || declared) && !off && part("HOST").is_some() {
            out.say("`DATABASES` goes through a pooler and keeps cursors on the server")
                .at(seen.place(), "the next statement may meet another connection: exports stop with `cursor does not exist`")
                .help("set `DISABLE_SERVER_SIDE_CURSORS: true`, or remove the setting: it is derived");
        }
    }
}
