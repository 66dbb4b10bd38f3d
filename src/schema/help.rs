//! What a key of the document is for, in the words that an editor shows.

use std::sync::OnceLock;

use serde_json::Value;

use super::TEXT;

/// The first sentence on the key at a dotted path, such as `resources.dynamo.table_prefix`.
pub fn help(path: &str) -> Option<String> {
    let schema = schema()?;
    let mut at = schema;
    for key in path.split('.') {
        let below = followed(schema, at)?;
        at = below.get("properties").and_then(|keys| keys.get(key)).or_else(|| below.get("additionalProperties"))?;
    }
    let text = at.get("description")?.as_str()?;
    let sentence = text.split("\n\n").next()?.split(". ").next()?;
    Some(sentence.trim_end_matches('.').to_string())
}

/// Read once a process: it is the larger part of the time that an upgrade takes.
fn schema() -> Option<&'static Value> {
    static SCHEMA: OnceLock<Option<Value>> = OnceLock::new();
    SCHEMA.get_or_init(|| serde_json::from_str(TEXT).ok()).as_ref()
}

/// What a `$ref` leads to, or the schema itself.
fn followed<'a>(schema: &'a Value, at: &'a Value) -> Option<&'a Value> {
    match at.get("$ref").and_then(Value::as_str).and_then(|reference| reference.strip_prefix('#')) {
        Some(pointer) => schema.pointer(pointer),
        None => Some(at),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn keys_and_settings_are_told_in_a_sentence() {
        let check = |path: &str, expect: Option<&str>| assert_eq!(super::help(path).as_deref(), expect, "{path}");
        check("resources.dynamo.table_prefix", Some("What table names begin with"));
        check("hosts.web.internal", Some("Its address inside the network; other hosts reach its services here"));
        check(
            "services.archiver.delete",
            Some("Whether rows are deleted from the database once they are archived; an explicit choice"),
        );
        check(
            "services.django.SECRET_KEY",
            Some("Key that signs sessions, tokens and links; long, random and private"),
        );
        check("resources.nothing", None);
    }
}
