//! What a reference means inside its item: a pure function.

use super::item::{AttachedFile, Field, Item, Section};
use super::names::{by_similarity, find, fold};
use super::problem::{Match, Problem};
use super::ssh;
use crate::model::{Attribute, Reference, Secret};

/// What a reference picks.
#[derive(Debug)]
pub(crate) enum Picked<'a> {
    /// A value that the item holds.
    Text(Secret<String>),
    /// The content of an attached file.
    File(&'a AttachedFile),
}

/// A field, or a file standing where a field would.
#[derive(Clone, Copy)]
pub(crate) enum Part<'a> {
    /// A field.
    Field(&'a Field),
    /// An attached file.
    File(&'a AttachedFile),
}

/// Picks a reference's value.
pub(crate) fn pick<'a>(item: &'a Item, reference: &Reference) -> Result<Picked<'a>, Problem> {
    match part(item, reference)? {
        Part::File(file) if reference.attribute == Attribute::Value && !reference.openssh => Ok(Picked::File(file)),
        Part::File(file) if reference.attribute == Attribute::Id => Ok(Picked::Text(Secret::new(file.id.clone()))),
        Part::File(_) => Err(no_attribute(item, reference)),
        Part::Field(field) => property(field, reference).map(Picked::Text).ok_or_else(|| no_attribute(item, reference)),
    }
}

/// What a reference means in its item: the field by id, then by label, in the section if one is named.
pub(crate) fn part<'a>(item: &'a Item, reference: &Reference) -> Result<Part<'a>, Problem> {
    let parts = candidates(item, reference)?;
    let matches = find(parts.iter(), &reference.field, |part| part.id(), |part| part.label());
    match matches.as_slice() {
        [one] => Ok(**one),
        [] => Err(Problem::FieldNotFound {
            item: item.summary.title.clone(),
            field: reference.field.clone(),
            labels: by_similarity(&reference.field, parts.iter().map(Part::name)),
        }),
        several => Err(Problem::FieldAmbiguous {
            item: item.summary.title.clone(),
            field: reference.field.clone(),
            matches: several.iter().map(|part| part.as_match(item)).collect(),
        }),
    }
}

/// The fields and files among which the reference picks: those of its section, or all.
fn candidates<'a>(item: &'a Item, reference: &Reference) -> Result<Vec<Part<'a>>, Problem> {
    let Some(wanted) = &reference.section else { return Ok(parts(item).collect()) };
    let named = sections(item, wanted)?;
    let inside = |section: &Section| named.iter().any(|named| fold(&named.id) == fold(&section.id));
    Ok(parts(item).filter(|part| part.section().is_some_and(inside)).collect())
}

fn parts(item: &Item) -> impl Iterator<Item = Part<'_>> {
    item.fields.iter().map(Part::Field).chain(item.files.iter().map(Part::File))
}

/// The sections that a reference names, by id, else by label.
pub(crate) fn sections<'a>(item: &'a Item, wanted: &str) -> Result<Vec<&'a Section>, Problem> {
    let mut sections: Vec<&Section> =
        item.sections.iter().chain(parts(item).filter_map(|part| part.section())).collect();
    sections.sort_unstable_by_key(|section| &section.id);
    sections.dedup_by_key(|section| fold(&section.id));
    let named = find(sections.iter(), wanted, |s| &s.id, |s| item.section_name(s));
    if named.is_empty() {
        return Err(Problem::SectionNotFound {
            item: item.summary.title.clone(),
            section: wanted.to_string(),
            sections: by_similarity(wanted, sections.iter().map(|s| item.section_name(s))),
        });
    }
    Ok(named.into_iter().copied().collect())
}

impl<'a> Part<'a> {
    fn id(&self) -> &'a str {
        match self {
            Part::Field(field) => &field.id,
            Part::File(file) => &file.id,
        }
    }

    fn label(&self) -> &'a str {
        match self {
            Part::Field(field) => &field.label,
            Part::File(file) => &file.name,
        }
    }

    fn name(&self) -> &'a str {
        if self.label().is_empty() { self.id() } else { self.label() }
    }

    fn section(&self) -> Option<&'a Section> {
        match self {
            Part::Field(field) => field.section.as_ref(),
            Part::File(file) => file.section.as_ref(),
        }
        .filter(|section| !section.id.is_empty() || !section.label.is_empty())
    }

    fn as_match(&self, item: &Item) -> Match {
        let section = self.section().map(|section| item.section_name(section).to_string());
        Match { id: self.id().to_string(), section }
    }
}

/// The property that the reference asks for; none where the field does not have it. A field without a value is an
/// empty one: Connect leaves empty values out.
#[expect(clippy::disallowed_methods, reason = "a copy for the reference that asked for it")]
fn property(field: &Field, reference: &Reference) -> Option<Secret<String>> {
    let copy = |secret: &Secret<String>| Secret::new(secret.expose().clone());
    let text = |text: &str| (!text.is_empty()).then(|| Secret::new(text.to_string()));
    match reference.attribute {
        Attribute::Value if reference.openssh => openssh(field),
        Attribute::Value => Some(field.value.as_ref().map_or_else(|| Secret::new(String::new()), copy)),
        Attribute::Otp => field.totp.as_ref().map(copy),
        Attribute::Type => text(&field.kind),
        Attribute::Id => text(&field.id),
        Attribute::Purpose => text(&field.purpose),
    }
}

/// The key in OpenSSH's format: converted by the backend, stored so in the first place, or converted here.
#[expect(clippy::disallowed_methods, reason = "a copy for the reference that asked for it")]
fn openssh(field: &Field) -> Option<Secret<String>> {
    let converted = field.ssh_formats.as_ref().and_then(|formats| formats.openssh.as_ref()?.value.as_ref());
    let value = field.value.as_ref();
    let stored = || value.filter(|v| v.expose().starts_with("-----BEGIN OPENSSH PRIVATE KEY-----"));
    let copy = |secret: &Secret<String>| Secret::new(secret.expose().clone());
    converted.or_else(stored).map(copy).or_else(|| ssh::openssh(value?))
}

fn no_attribute(item: &Item, reference: &Reference) -> Problem {
    let attribute = if reference.openssh { "ssh-format" } else { reference.attribute.name() };
    Problem::NoAttribute { item: item.summary.title.clone(), field: reference.field.clone(), attribute }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn item() -> Item {
        let value = json!({
            "id": "i", "title": "Db",
            "sections": [{"id": "s1", "label": "Replica"}, {"id": "s2", "label": "Old"}, {"id": "s3"}],
            "fields": [
                {"id": "hostname", "label": "server", "type": "STRING", "value": "db"},
                {"id": "password", "label": "password", "type": "CONCEALED", "purpose": "PASSWORD", "value": "main"},
                {"id": "p1", "label": "Password", "section": {"id": "s1"}, "value": "replica"},
                {"id": "u1", "label": "login", "section": {"id": "s1"}, "value": "a"},
                {"id": "u2", "label": "login", "section": {"id": "s2"}, "value": "b"},
                {"id": "u3", "label": "login", "value": "c"},
                {"id": "other", "label": "hostname", "section": {"id": "s3"}, "value": "by label"},
                {"id": "otp", "label": "one-time", "type": "OTP", "value": "otpauth://x", "totp": "123456"},
                {"id": "none", "label": "empty"},
                {"id": "key", "label": "private key", "value": "PKCS8", "ssh_formats": {"openssh": {"value": "OPENSSH"}}},
            ],
            "files": [{"id": "f1", "name": "ca.pem"}, {"id": "f2", "name": "ca.pem", "section": {"id": "s2"}}],
        });
        serde_json::from_value(value).expect("an item")
    }

    /// `Ok` is the value, or `file ID`; `Err` the message.
    fn check(path: &str, expect: Result<&str, &str>) {
        let reference = Reference::parse(&format!("op://v/Db/{path}")).expect(path);
        let item = item();
        let picked = pick(&item, &reference).map_err(|problem| problem.to_string()).map(|picked| match picked {
            Picked::Text(text) => text.expose().clone(),
            Picked::File(file) => format!("file {}", file.id),
        });
        assert_eq!(picked, expect.map(str::to_string).map_err(str::to_string), "{path}");
    }

    #[test]
    fn a_field_is_its_id_then_its_label() {
        check("hostname", Ok("db"));
        check("Server", Ok("db"));
        check("password", Ok("main"));
        check("s3/hostname", Ok("by label"));
        check("empty", Ok(""));
        check(
            "sever",
            Err("the item `Db` has no field `sever`; it has `server`, `Password`, `password`, `private key`, \
                 `ca.pem`, `hostname`, `one-time`, `empty`, `login`"),
        );
    }

    #[test]
    fn a_section_decides_between_labels() {
        check("replica/password", Ok("replica"));
        check("S1/login", Ok("a"));
        check("old/login", Ok("b"));
        check(
            "login",
            Err(
                "3 fields of the item `Db` are labelled `login`: `u1` in section `Replica`, `u2` in section `Old`, `u3` in \
                 no section; name the section, or refer to one by its id",
            ),
        );
        check("u3", Ok("c"));
        check("replcia/login", Err("the item `Db` has no section `replcia`; it has `Replica`, `Old`, `s3`"));
        check("old/password", Err("the item `Db` has no field `password`; it has `ca.pem`, `login`"));
    }

    #[test]
    fn a_file_stands_where_a_field_would() {
        check("f1", Ok("file f1"));
        check("old/ca.pem", Ok("file f2"));
        check(
            "ca.pem",
            Err(
                "2 fields of the item `Db` are labelled `ca.pem`: `f1` in no section, `f2` in section `Old`; name the \
                 section, or refer to one by its id",
            ),
        );
        check("f1?attribute=id", Ok("f1"));
        check(
            "f1?attribute=otp",
            Err("the field `f1` of the item `Db` has no one-time password that this vault computes"),
        );
    }

    #[test]
    fn attributes_are_properties_of_the_field() {
        check("one-time?attribute=otp", Ok("123456"));
        check("one-time?attribute=value", Ok("otpauth://x"));
        check("password?attribute=purpose", Ok("PASSWORD"));
        check("server?attribute=id", Ok("hostname"));
        check("server?attribute=type", Ok("STRING"));
        check("server?attribute=purpose", Err("the field `server` of the item `Db` has no purpose"));
        check("private key?ssh-format=openssh", Ok("OPENSSH"));
        check("server?ssh-format=openssh", Err("the field `server` of the item `Db` has no key in OpenSSH's format"));
    }
}
