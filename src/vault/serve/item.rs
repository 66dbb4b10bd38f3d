//! Items on their way in and out: what the server fills in, what it refuses, what it shows.

use serde_json::{Map, Value, json};

use super::recipe::Recipe;
use crate::vault::chance::{Random, new_id};

/// An item as the server keeps it.
pub(super) type Json = Map<String, Value>;

const CATEGORIES: &[&str] = &[
    "LOGIN",
    "PASSWORD",
    "API_CREDENTIAL",
    "SERVER",
    "DATABASE",
    "CREDIT_CARD",
    "MEMBERSHIP",
    "PASSPORT",
    "SOFTWARE_LICENSE",
    "OUTDOOR_LICENSE",
    "SECURE_NOTE",
    "WIRELESS_ROUTER",
    "BANK_ACCOUNT",
    "DRIVER_LICENSE",
    "IDENTITY",
    "REWARD_PROGRAM",
    "DOCUMENT",
    "EMAIL_ACCOUNT",
    "SOCIAL_SECURITY_NUMBER",
    "MEDICAL_RECORD",
    "SSH_KEY",
    "CUSTOM",
];
const TYPES: &[&str] = &["STRING", "EMAIL", "CONCEALED", "URL", "TOTP", "OTP", "DATE", "MONTH_YEAR", "MENU"];
const PURPOSES: &[&str] = &["", "USERNAME", "PASSWORD", "NOTES"];
/// Members that a client cannot set.
const OURS: &[&str] = &["id", "vault", "version", "createdAt", "updatedAt", "lastEditedBy", "state", "files"];

/// What a written item gets from the server.
pub(super) struct Stamp<'a> {
    pub(super) vault: &'a str,
    /// RFC 3339.
    pub(super) now: &'a str,
    pub(super) random: Random<'a>,
}

/// Checks an item that a client sent, and makes it the successor of `old`, or a new one.
pub(super) fn accept(sent: &Json, old: Option<&Json>, stamp: Stamp<'_>) -> Result<Json, String> {
    let Stamp { vault, now, random } = stamp;
    let mut item = sent.clone();
    item.retain(|key, _| !OURS.contains(&key.as_str()));
    one_of(&item, "category", CATEGORIES)?;
    shape(sent)?;
    let mut sections = sections(item.get("sections"), random)?;
    let fields = fields(item.get("fields"), &mut sections, random)?;
    let version = old.and_then(|old| old.get("version")?.as_u64()).map_or(1, |version| version + 1);
    let kept = |key: &str| old.and_then(|old| old.get(key)).cloned();
    let id = kept("id").unwrap_or_else(|| new_id(random).into());

    let mut accepted = Map::new();
    accepted.insert("id".into(), id);
    accepted.insert("title".into(), item.shift_remove("title").unwrap_or_else(|| "".into()));
    accepted.insert("vault".into(), json!({"id": vault}));
    accepted.extend(item);
    accepted.insert("version".into(), version.into());
    accepted.extend(kept("state").map(|state| ("state".to_string(), state)));
    accepted.insert("createdAt".into(), kept("createdAt").unwrap_or_else(|| now.into()));
    accepted.insert("updatedAt".into(), now.into());
    accepted.insert("sections".into(), sections.into());
    accepted.insert("fields".into(), fields.into());
    accepted.insert("files".into(), kept("files").unwrap_or_else(|| json!([])));
    Ok(accepted)
}

/// An item as it is shown: with the paths of its files in place of their contents.
pub(super) fn shown(item: &Json) -> Value {
    let mut item = item.clone();
    let path = |key: &str| item.get(key).and_then(Value::as_str).unwrap_or_default().to_string();
    let vault = item.get("vault").and_then(|vault| vault.get("id")?.as_str()).unwrap_or_default().to_string();
    let id = path("id");
    if let Some(Value::Array(files)) = item.get_mut("files") {
        files.iter_mut().for_each(|file| *file = file_shown(file, &vault, &id, false));
    }
    item.into()
}

/// An item in a list.
pub(super) fn summary(item: &Json) -> Value {
    let mut item = item.clone();
    item.retain(|key, _| !["sections", "fields", "files"].contains(&key.as_str()));
    item.into()
}

/// A file as it is shown, with its content if asked for.
pub(super) fn file_shown(file: &Value, vault: &str, item: &str, inline: bool) -> Value {
    let mut file = file.clone();
    let id = file.get("id").and_then(Value::as_str).unwrap_or_default().to_string();
    if let Value::Object(file) = &mut file {
        file.insert("content_path".into(), format!("v1/vaults/{vault}/items/{item}/files/{id}/content").into());
        if !inline {
            file.shift_remove("content");
        }
    }
    file
}

fn sections(sent: Option<&Value>, random: Random<'_>) -> Result<Vec<Value>, String> {
    let mut sections: Vec<Value> = vec![];
    for section in list(sent, "sections")? {
        let mut section = section.as_object().ok_or("a section is a map")?.clone();
        identify(&mut section, &sections, random)?;
        sections.push(section.into());
    }
    Ok(sections)
}

fn fields(sent: Option<&Value>, sections: &mut Vec<Value>, random: Random<'_>) -> Result<Vec<Value>, String> {
    let mut fields: Vec<Value> = vec![];
    for field in list(sent, "fields")? {
        let mut field = field.as_object().ok_or("a field is a map")?.clone();
        for key in ["label", "value"] {
            if !matches!(field.get(key), None | Some(Value::Null | Value::String(_))) {
                return Err(format!("the {key} of a field is a text"));
            }
        }
        let kind = field.get("type").and_then(Value::as_str).unwrap_or("STRING").to_ascii_uppercase();
        field.insert("type".into(), kind.into());
        one_of(&field, "type", TYPES)?;
        field.entry("purpose").or_insert("".into());
        one_of(&field, "purpose", PURPOSES)?;
        if field.get("purpose") == Some(&"".into()) {
            field.shift_remove("purpose");
        }
        identify(&mut field, &fields, random)?;
        if !field.get("entropy").is_none_or(Value::is_number) {
            // It is the server's to say, and a client's word for it is nothing.
            field.shift_remove("entropy");
        }
        let section = field.get("section").and_then(|section| section.get("id")).and_then(Value::as_str);
        if let Some(id) = section.filter(|id| !has_id(sections, id)) {
            sections.push(json!({"id": id}));
        }
        let recipe = Recipe::read(&field.shift_remove("recipe").unwrap_or_default())?;
        let wanted = field.shift_remove("generate") == Some(true.into());
        if wanted && field.get("value").and_then(Value::as_str).is_none_or(str::is_empty) {
            field.insert("value".into(), recipe.make(random).into());
        }
        fields.push(field.into());
    }
    Ok(fields)
}

fn list<'a>(sent: Option<&'a Value>, key: &str) -> Result<&'a [Value], String> {
    match sent {
        None | Some(Value::Null) => Ok(&[]),
        Some(Value::Array(list)) => Ok(list),
        Some(_) => Err(format!("`{key}` is a list")),
    }
}

/// Gives a section or field an id of its own where it has none, or that of another.
fn identify(part: &mut Json, others: &[Value], random: Random<'_>) -> Result<(), String> {
    let keeps = match part.get("id") {
        None | Some(Value::Null) => false,
        Some(Value::String(id)) => !id.is_empty() && !has_id(others, id),
        Some(_) => return Err("an id is a text".into()),
    };
    if !keeps {
        part.insert("id".into(), new_id(random).into());
    }
    Ok(())
}

/// Checks the types of what is kept as it was sent.
fn shape(item: &Json) -> Result<(), String> {
    let texts = |list: &Value| list.as_array().is_some_and(|list| list.iter().all(Value::is_string));
    let link = |url: &Value| {
        let fits = |(key, value): (&String, &Value)| match key.as_str() {
            "href" | "label" => value.is_string(),
            "primary" => value.is_boolean(),
            _ => true,
        };
        url.as_object().is_some_and(|url| url.contains_key("href") && url.iter().all(fits))
    };
    let links = |list: &Value| list.as_array().is_some_and(|list| list.iter().all(link));
    let fits = |key: &str, value: &Value| match key {
        "title" => value.is_string(),
        "favorite" => value.is_boolean(),
        // A whole number of any size is an integer to JSON Schema.
        "version" => value.as_f64().is_some_and(|number| number.fract() == 0.0),
        "tags" => texts(value),
        "urls" => links(value),
        _ => true,
    };
    match item.iter().find(|(key, value)| !fits(key, value)) {
        Some((key, _)) => Err(format!("Invalid item {key}")),
        None => Ok(()),
    }
}

fn has_id(list: &[Value], id: &str) -> bool {
    list.iter().any(|part| part.get("id").and_then(Value::as_str) == Some(id))
}

fn one_of(map: &Json, key: &str, words: &[&str]) -> Result<(), String> {
    let word = map.get(key).and_then(Value::as_str);
    if word.is_some_and(|word| words.contains(&word)) { Ok(()) } else { Err(format!("Invalid item {key}")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(sent: Value, old: Option<&Json>) -> Result<Value, String> {
        let sent = sent.as_object().cloned().unwrap_or_default();
        let mut random = |bytes: &mut [u8]| bytes.fill(7);
        accept(&sent, old, Stamp { vault: "v", now: "2027-01-01T00:00:00Z", random: &mut random }).map(Value::Object)
    }

    #[test]
    fn an_item_gets_what_only_the_server_gives() {
        let sent = json!({"id": "mine", "version": 9, "title": "T", "category": "LOGIN", "fields": [
            {"id": "password", "type": "concealed", "purpose": "PASSWORD", "generate": true, "recipe": {"length": 4}},
        ]});
        let first = check(sent.clone(), None).expect("an item");
        assert_eq!(first["version"], 1);
        assert_eq!(first["id"], "hhhhhhhhhhhhhhhhhhhhhhhhhh");
        assert_eq!(
            first["fields"],
            json!([{"id": "password", "type": "CONCEALED", "purpose": "PASSWORD", "value": "HHHH"}])
        );
        let next = check(sent, first.as_object()).expect("an item");
        assert_eq!((&next["version"], &next["id"]), (&json!(2), &first["id"]));
    }

    #[test]
    fn what_is_no_item_is_refused() {
        let refused = |sent: Value| check(sent, None).expect_err("refused");
        assert_eq!(refused(json!({})), "Invalid item category");
        assert_eq!(refused(json!({"category": "RUNE"})), "Invalid item category");
        assert_eq!(refused(json!({"category": "LOGIN", "title": 1})), "Invalid item title");
        assert_eq!(refused(json!({"category": "LOGIN", "version": "1"})), "Invalid item version");
        let url = json!({"href": "https://x", "primary": {}});
        assert_eq!(refused(json!({"category": "LOGIN", "urls": [url]})), "Invalid item urls");
        assert_eq!(refused(json!({"category": "LOGIN", "tags": [1]})), "Invalid item tags");
        assert_eq!(refused(json!({"category": "LOGIN", "urls": [{}]})), "Invalid item urls");
        assert_eq!(refused(json!({"category": "LOGIN", "fields": {}})), "`fields` is a list");
        assert_eq!(refused(json!({"category": "LOGIN", "fields": [{"type": "RUNE"}]})), "Invalid item type");
        assert_eq!(refused(json!({"category": "LOGIN", "fields": [{"value": 1}]})), "the value of a field is a text");
    }

    #[test]
    fn what_can_be_mended_is() {
        let sent = json!({"category": "LOGIN", "fields": [{"id": "a", "section": {"id": "s"}}, {"id": "a"}]});
        let item = check(sent, None).expect("an item");
        assert_eq!(item["sections"], json!([{"id": "s"}]));
        assert_eq!(item["fields"][1]["id"], "hhhhhhhhhhhhhhhhhhhhhhhhhh", "an id of its own");
    }
}
