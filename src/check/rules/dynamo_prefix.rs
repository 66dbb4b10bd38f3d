//! One set of DynamoDB tables for everyone.

use crate::check::cx::Cx;
use crate::check::finder::Finder;
use crate::check::oracle::Answer;
use crate::check::term::Term;
use crate::model::Value;

const PREFIXES: [&str; 3] = ["DYNAMO_TABLE_PREFIX", "COURIER_DYNAMO_TABLE_PREFIX", "MAILROOM_DYNAMO_TABLE_PREFIX"];
const ENDPOINTS: [&str; 3] = ["DYNAMO_ENDPOINT_URL", "COURIER_DYNAMO_ENDPOINT", "MAILROOM_DYNAMO_ENDPOINT"];

pub fn run(cx: &Cx<'_>, out: &mut Finder<'_>) {
    for (names, what) in [(PREFIXES, "prefix"), (ENDPOINTS, "endpoint")] {
        let mut seen = cx.any(&names);
        seen.sort_by_key(|seen| seen.is_written());
        let term = |value| cx.term(value).unwrap_or_else(|| Term::of(""));
        // Django's None is the Go services' empty string: AWS itself.
        let Some(model) = seen.iter().find(|it| it.setting.value != Value::None).copied() else { continue };
        for other in &seen {
            if cx.same(&term(&other.setting.value), &term(&model.setting.value)) == Answer::No {
                out.say(format!("`{}` is another {what} than `{}`", other.name(), model.name()))
                    .at(other.place(), format!("{} would look for its rows in other tables", other.unit.service))
                    .at(model.place(), format!("{} has this one", model.unit.service))
                    .help("write it once, under `resources.dynamo`");
            }
        }
        for (unit, span) in names.iter().flat_map(|name| cx.removed(name)).filter(|_| what == "prefix") {
            out.say(format!("the prefix of {} is taken away", unit.service))
                .at(span, "it would look for its rows in tables that begin with `Temba`")
                .at(model.place(), format!("{} has this one", model.unit.service))
                .help("remove this line: it is derived from `resources.dynamo`");
        }
    }
}
