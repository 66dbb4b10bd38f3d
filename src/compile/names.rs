//! Upper-case names under `services` that the release does not read: what each is, judged once.

use super::explicit::Reading;
use crate::catalog::{Catalog, Fate};
use crate::diag::{Fix, Notes, Spanned, codes};

/// What happens to a name that was judged.
#[derive(Debug, PartialEq)]
pub enum Verdict {
    /// It is written as it stands.
    PassedOn,
    /// It is left out; an error is reported.
    Refused,
}

/// Judges a name that is not a setting of this version.
pub fn judge(catalog: &Catalog, reading: &Reading<'_>, key: &Spanned<String>, notes: &mut Notes) -> Verdict {
    let Reading { service, version, .. } = *reading;
    let name = key.value.as_str();
    let here = format!("{service} {version}");
    let fate = match catalog.fate(name, version) {
        Fate::Unknown if reading.newer => Fate::Newer,
        fate => fate,
    };
    match fate {
        Fate::Known(..) => return Verdict::PassedOn,
        Fate::Renamed { to, release, note } => {
            let names = to.join("`, `");
            let diagnostic = notes
                .error(codes::ERA_UNKNOWN, format!("`{name}` was renamed `{names}` in {service} {release}"))
                .at(key, format!("{here} ignores what is set here"))
                .help(format!("write `{names}`"));
            if let Some(note) = note {
                diagnostic.help(format!("mind the change: {note}"));
            }
            if let [only] = to.as_slice() {
                diagnostic
                    .fix(Fix { safe: note.is_none(), ..Fix::safe(format!("rename it to `{only}`"), key.span, *only) });
            }
        }
        Fate::NotYet { since, old } => {
            let diagnostic = notes
                .error(codes::ERA_UNKNOWN, format!("`{name}` is read from {service} {since} on"))
                .at(key, format!("{here} ignores what is set here"));
            match old {
                Some(old) => diagnostic
                    .help(format!("write `{old}`, its name in this release"))
                    .fix(Fix { safe: false, ..Fix::safe(format!("rename it to `{old}`"), key.span, old) }),
                None => diagnostic.help("remove it"),
            };
        }
        Fate::Removed { release } => {
            notes
                .error(codes::ERA_UNKNOWN, format!("`{name}` was removed in {service} {release}"))
                .at(key, format!("{here} ignores what is set here"))
                .help("remove it");
        }
        Fate::OtherService { service: other } => {
            notes
                .error(codes::ENV_WRONG_SERVICE, format!("`{name}` is a setting of {other}"))
                .at(key, format!("{service} ignores it"))
                .help(format!("move it below `services.{other}`"));
        }
        Fate::Misspelt { nearest } => {
            let diagnostic = notes
                .error(codes::UNKNOWN_SETTING, format!("{here} has no setting `{name}`"))
                .at(key, format!("did you mean `{}`?", nearest.join("` or `")));
            if let [only] = nearest.as_slice() {
                diagnostic.fix(Fix { safe: false, ..Fix::safe(format!("write `{only}`"), key.span, *only) });
            }
        }
        Fate::Newer => {
            notes
                .warning(codes::UNKNOWN_SETTING, format!("the catalog does not know `{name}`, nor {here}"))
                .at(key, "written as it stands");
            return Verdict::PassedOn;
        }
        Fate::Unknown => {
            notes
                .error(codes::UNKNOWN_SETTING, format!("{here} has no setting `{name}`"))
                .at(key, "no release has it")
                .help(format!("put it under `services.{service}.extra` if a fork reads it"));
        }
    }
    Verdict::Refused
}
