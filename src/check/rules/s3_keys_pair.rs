//! An access key is a pair.

use crate::check::cx::Cx;
use crate::check::finder::Finder;

const PREFIXES: [&str; 5] = ["", "COURIER_", "MAILROOM_", "ARCHIVER_", "INDEXER_"];

pub fn run(cx: &Cx<'_>, out: &mut Finder<'_>) {
    for prefix in PREFIXES {
        let id = format!("{prefix}AWS_ACCESS_KEY_ID");
        let secret = format!("{prefix}AWS_SECRET_ACCESS_KEY");
        for (have, lack) in [(&id, &secret), (&secret, &id)] {
            for seen in cx.all(have).into_iter().filter(|seen| cx.beside(*seen, lack).is_none()) {
                let null = cx.removed(lack).first().map(|(_, span)| *span);
                out.say(format!("`{}` is there and `{lack}` is not", seen.name()))
                    .at(null.or(seen.place()), "with half a pair the service takes neither, and writes to a folder or asks the machine's role")
                    .help("give both, or write `credentials: role` under `resources.s3`");
            }
        }
    }
}
