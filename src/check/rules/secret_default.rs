//! No secret is one that everybody knows.

use crate::check::cx::Cx;
use crate::check::finder::Finder;
use crate::check::oracle::Answer;
use crate::check::secrets::secrets;

/// Defaults of upstream, of its compose files and of public roles, and what people write instead.
const KNOWN: [&str; 20] = [
    "your own secret key",
    "super-secret-key",
    "changeme",
    "change-me",
    "changeit",
    "secret",
    "secretkey",
    "password",
    "temba",
    "tembatemba",
    "rapidpro",
    "postgres",
    "root",
    "admin",
    "token",
    "123456",
    "aws_access_key_id",
    "aws_secret_access_key",
    "missing_aws_access_key_id",
    "000A3B1C000D2E3F0001A2B300C0FFEE",
];

pub fn run(cx: &Cx<'_>, out: &mut Finder<'_>) {
    for (purpose, term, seen) in secrets(cx) {
        // A literal secret is reported as such, unless the document is a demo.
        if term.known().is_some() && !cx.is_demo() {
            continue;
        }
        if cx.one_of(&term, &KNOWN) == Answer::Yes {
            out.say(format!("{purpose} is one that everybody knows"))
                .at(cx.hole(seen, &term).or(seen.place()), "it stands in public sources")
                .help("make a new one, of 32 random characters or more");
        }
    }
}
