//! What differs between two states of an environment, setting by setting. A value is shown only where both sides say
//! that it is no secret; a reference is none.

use std::collections::{BTreeMap, BTreeSet};

use crate::emit::{self, Format, ReadError};
use crate::model::{Content, FileOutput, Filled, Placement, Plan, Reaction, Secret, Setting, Target, Unit};
use crate::show;

/// A file, or a service of a plan, that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The host; none in containers.
    pub host: Option<String>,
    /// The service or output.
    pub name: String,
    /// Whether it came or went as a whole.
    pub presence: Presence,
    /// What differs in it, by name. Empty where only its bytes differ, or where it is not made of settings.
    pub details: Vec<Detail>,
    /// What has to follow.
    pub follow: Vec<Reaction>,
}

/// Whether something is on both sides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    /// Only on the new one.
    Added,
    /// Only on the old one.
    Removed,
    /// On both.
    Both,
}

/// A setting that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Detail {
    /// Its name.
    pub name: String,
    /// What it was.
    pub old: Side,
    /// What it is.
    pub new: Side,
}

/// One side of a setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Side {
    /// It is not there.
    Absent,
    /// It is there and not shown.
    Hidden,
    /// Its value.
    Value(String),
}

/// A file of one side.
pub struct File<'a> {
    /// Its bytes.
    pub content: &'a Secret<Vec<u8>>,
    /// The format of a service's settings; none for another output.
    pub format: Option<&'a str>,
    /// The names of secret settings; nothing is shown where nobody knows them.
    pub secrets: Option<&'a [String]>,
}

/// Compares two files by their format's own reader. Nothing when they are the same, byte by byte.
#[expect(clippy::disallowed_methods, reason = "read and compared; what is shown is no secret by both sides")]
pub fn files(old: Option<&File<'_>>, new: Option<&File<'_>>) -> Option<(Presence, Vec<Detail>)> {
    if let (Some(old), Some(new)) = (old, new)
        && old.content.expose() == new.content.expose()
    {
        return None;
    }
    let presence = match (old, new) {
        (None, None) => return None,
        (None, _) => Presence::Added,
        (_, None) => Presence::Removed,
        _ => Presence::Both,
    };
    let read = |file: &File<'_>| file.format.and_then(emit::format).map(|f: &dyn Format| f.read(file.content.expose()));
    // A file that its consumer would not read differs as a whole.
    let sides: Result<Vec<_>, ReadError> = [old, new].into_iter().map(|s| s.and_then(read).transpose()).collect();
    let Ok(sides) = sides else { return Some((presence, vec![])) };
    let public = |name: &str| {
        let told = |file: &File<'_>| file.secrets.is_some_and(|secrets| secrets.iter().all(|secret| secret != name));
        old.into_iter().chain(new).all(told)
    };
    let map = |side: &Option<Vec<(String, Filled)>>| -> BTreeMap<String, Filled> {
        side.clone().unwrap_or_default().into_iter().collect()
    };
    let [before, after] = sides.as_slice() else { return Some((presence, vec![])) };
    let details = details(&map(before), &map(after), |name, value| public(name).then(|| show::filled(value)));
    Some((presence, details))
}

/// Compares two plans: what a change of a document does, without a vault.
pub fn plans(old: &Plan, new: &Plan) -> Vec<Difference> {
    let key = |name: &str, placement: &Placement| (placement.host().map(str::to_string), name.to_string());
    let units = |plan: &Plan| -> BTreeSet<_> {
        let units = plan.units.iter().map(|unit| key(unit.service.name(), &unit.placement));
        units.chain(plan.files.iter().map(|file| key(&file.name, &file.placement))).collect()
    };
    let mut found = vec![];
    for (host, name) in units(old).union(&units(new)) {
        let unit = |plan: &'_ Plan| -> Option<Facts> {
            let here = |placement: &Placement| placement.host() == host.as_deref();
            let unit = plan.units.iter().find(|unit| unit.service.name() == name && here(&unit.placement));
            let file = plan.files.iter().find(|file| file.name == *name && here(&file.placement));
            unit.map(of_unit).or_else(|| file.map(of_file))
        };
        let (before, after) = (unit(old), unit(new));
        let presence = match (&before, &after) {
            (None, _) => Presence::Added,
            (_, None) => Presence::Removed,
            _ => Presence::Both,
        };
        let map = |facts: &Option<Facts>| facts.as_ref().map(|facts| facts.values.clone()).unwrap_or_default();
        let hidden: BTreeSet<&String> = before.iter().chain(&after).flat_map(|facts| &facts.hidden).collect();
        let details = details(&map(&before), &map(&after), |name, value| {
            (!hidden.iter().any(|hidden| *hidden == name)).then(|| value.clone())
        });
        if details.is_empty() && presence == Presence::Both {
            continue;
        }
        let follow = after.map(|facts| facts.follow).unwrap_or_default();
        found.push(Difference { host: host.clone(), name: name.clone(), presence, details, follow });
    }
    found
}

/// What a plan says of a service or output, as text.
struct Facts {
    values: BTreeMap<String, String>,
    hidden: BTreeSet<String>,
    follow: Vec<Reaction>,
}

fn of_unit(unit: &Unit) -> Facts {
    let mut values = target(&unit.target);
    values.insert("version".into(), unit.version.clone());
    // A literal where a secret belongs is not shown; a reference to one is.
    let literal = |setting: &&Setting| setting.secret && !setting.has_holes();
    let hidden = unit.settings.iter().filter(literal).map(|setting| setting.name.clone()).collect();
    values.extend(unit.settings.iter().map(|setting| (setting.name.clone(), show::value(&setting.value))));
    Facts { values, hidden, follow: unit.target.reactions.clone() }
}

fn of_file(file: &FileOutput) -> Facts {
    let mut values = target(&file.target);
    let mut hidden = BTreeSet::new();
    match &file.content {
        Content::Value(value) => _ = values.insert("content".into(), show::value(value)),
        // What a template may read of the document is shown as settings are; its own text may have anything in it.
        Content::Template { source, context, .. } => {
            values.insert("content".into(), source.clone());
            hidden.insert("content".to_string());
            for (path, value) in context {
                let (name, mut holes) = (format!("{{{{ {path} }}}}"), false);
                value.texts(&mut |text| holes |= !text.holes().is_empty());
                // A literal of a resource may be a secret, where the vault is a plaintext file.
                if path.starts_with("resources.") && !holes {
                    hidden.insert(name.clone());
                }
                values.insert(name, show::value(value));
            }
        }
    }
    Facts { values, hidden, follow: file.target.reactions.clone() }
}

fn target(target: &Target) -> BTreeMap<String, String> {
    let Target { path, owner, group, mode, .. } = target;
    let owner = format!("{owner}:{group}");
    let pairs = [("path", path.clone().unwrap_or_default()), ("owner", owner), ("mode", format!("{mode:04o}"))];
    pairs.map(|(name, value)| (name.to_string(), value)).into()
}

fn details<T: PartialEq>(
    old: &BTreeMap<String, T>,
    new: &BTreeMap<String, T>,
    shown: impl Fn(&str, &T) -> Option<String>,
) -> Vec<Detail> {
    let side = |name: &str, value: Option<&T>| match value {
        None => Side::Absent,
        Some(value) => shown(name, value).map_or(Side::Hidden, Side::Value),
    };
    let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    let differing = names.into_iter().filter(|name| old.get(*name) != new.get(*name));
    differing
        .map(|name| Detail { name: name.clone(), old: side(name, old.get(name)), new: side(name, new.get(name)) })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(text: &str) -> Secret<Vec<u8>> {
        Secret::new(text.as_bytes().to_vec())
    }

    #[test]
    fn a_value_is_shown_only_where_both_sides_call_it_public() {
        let value = |text: &str| Side::Value(text.to_string());
        let check = |old: &[String], new: &[String], expect: [Side; 2]| {
            let (before, after) = (secret("A=\"one\"\n"), secret("A=\"two\"\n"));
            let file = |content, secrets| File { content, format: Some("systemd"), secrets: Some(secrets) };
            let (_, details) = files(Some(&file(&before, old)), Some(&file(&after, new))).unwrap();
            let [old, new] = expect;
            assert_eq!(details, [Detail { name: "A".into(), old, new }]);
        };
        let hidden = ["A".to_string()];
        check(&[], &[], [value("\"one\""), value("\"two\"")]);
        check(&hidden, &[], [Side::Hidden, Side::Hidden]);
        check(&[], &hidden, [Side::Hidden, Side::Hidden]);
    }

    #[test]
    fn files_are_compared_setting_by_setting() {
        let check = |old: &str, new: &str, expect: Option<&str>| {
            let (before, after) = (secret(old), secret(new));
            let file = |content| File { content, format: Some("systemd"), secrets: Some(&[]) };
            let found = files(Some(&file(&before)), Some(&file(&after)));
            let names =
                found.map(|(_, details)| details.into_iter().map(|detail| detail.name).collect::<Vec<_>>().join(" "));
            assert_eq!(names.as_deref(), expect, "{old:?} {new:?}");
        };
        check("A=\"1\"\n", "A=\"1\"\n", None);
        check("A=\"1\"\nB=\"2\"\n", "B=\"2\"\nC=\"3\"\n", Some("A C"));
        check("# one\nA=\"1\"\n", "# two\nA=\"1\"\n", Some(""));
    }

    #[test]
    fn nothing_is_shown_of_a_file_that_nobody_knows() {
        let content = secret("A=\"1\"\n");
        let file = File { content: &content, format: Some("systemd"), secrets: None };
        let (presence, details) = files(None, Some(&file)).unwrap();
        assert_eq!(presence, Presence::Added);
        assert_eq!(details, [Detail { name: "A".into(), old: Side::Absent, new: Side::Hidden }]);
    }
}
