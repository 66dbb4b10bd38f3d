//! The index that the indexer writes is the one that mailroom searches.

use crate::catalog::Version;
use crate::check::cx::Cx;
use crate::check::finder::Finder;
use crate::check::oracle::Answer;
use crate::check::term::Term;
use crate::model::Service;

/// Upstream's name for it, in both services.
const DEFAULT: &str = "contacts";

pub fn run(cx: &Cx<'_>, out: &mut Finder<'_>) {
    if cx.version(Service::Indexer).is_none() {
        return;
    }
    let written = cx.any(&["INDEXER_CONTACTS_INDEX", "INDEXER_INDEX"]).first().copied();
    let searched = cx.of(Service::Mailroom, "MAILROOM_ELASTIC_CONTACTS_INDEX");
    let name = |seen: Option<_>| seen.and_then(|seen| cx.value(seen)).unwrap_or_else(|| Term::of(DEFAULT));
    if cx.same(&name(written), &name(searched)) != Answer::No {
        return;
    }
    // Before v8.1.50 mailroom's is fixed.
    let fixed = cx.version(Service::Mailroom).is_some_and(|version| version < Version::new(8, 1, 50));
    let (stray, other) = match (written, searched) {
        (Some(written), Some(searched)) if searched.is_written() => (searched, Some(written)),
        (Some(written), searched) => (written, searched),
        (None, Some(searched)) => (searched, None),
        (None, None) => return,
    };
    let why = if fixed { "this mailroom searches `contacts` and nothing else" } else { "groups and searches would find nobody" };
    let note = out.say(format!("`{}` is another index than the one that {} has", stray.name(), if stray.unit.service == Service::Indexer { "mailroom" } else { "the indexer" }));
    note.at(stray.place(), why);
    if let Some(other) = other {
        note.at(other.place(), format!("`{}`", other.name()));
    }
    note.help(if fixed { "name it `contacts`, or make that an alias of it" } else { "write it once, as `resources.elasticsearch.index`" });
}
