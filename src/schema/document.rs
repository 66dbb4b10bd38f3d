//! The document's grammar as JSON Schema.

use serde_json::{Map, Value, json};

use super::settings;
use crate::model::Service;
use crate::model::document::Document;

/// Upper-case names under a service: which release reads which is judged by the compiler's one classifier.
const SETTING: &str = "^[A-Z][A-Z0-9_]*$";

/// The whole schema, with every setting of every service.
pub fn full() -> Value {
    let mut schema = grammar();
    for service in Service::ALL {
        let Some(definition) = definition(&mut schema, service) else { continue };
        definition.insert("patternProperties".into(), json!({SETTING: {"$ref": settings::VALUE}}));
        if let Some(properties) = definition.get_mut("properties").and_then(Value::as_object_mut) {
            if let Some(extra) = properties.get_mut("extra").and_then(Value::as_object_mut) {
                extra.insert("additionalProperties".into(), json!({"$ref": settings::VALUE}));
            }
            let settings = settings::properties(service).into_iter();
            properties.extend(settings.map(|(name, property)| (name.to_string(), property)));
        }
    }
    if let Some(definitions) = schema.get_mut("$defs").and_then(Value::as_object_mut) {
        definitions.insert("Setting".into(), settings::value());
    }
    if let Some(root) = schema.as_object_mut() {
        root.insert("$id".into(), "urn:rpconf:environment".into());
        root.insert("title".into(), "A RapidPro environment".into());
    }
    schema
}

/// The grammar alone, without words and without settings: what `check` validates against.
pub fn slim() -> Value {
    let mut schema = grammar();
    strip(&mut schema);
    schema
}

/// schemars' schema, with a definition of its own for each service, and null allowed everywhere.
fn grammar() -> Value {
    let mut schema = schemars::schema_for!(Document).to_value();
    nullable(&mut schema);
    for service in Service::ALL {
        own_definition(&mut schema, service);
    }
    schema
}

/// `anyOf` with null would put every fault at the parent: the reference stays, and what it leads to takes a null.
fn nullable(schema: &mut Value) {
    if let Some(definitions) = schema.get_mut("$defs").and_then(Value::as_object_mut) {
        for definition in definitions.values_mut() {
            let null = json!("null");
            match definition.get_mut("type") {
                Some(Value::Array(types)) if !types.contains(&null) => types.push(null),
                Some(one @ Value::String(_)) => *one = json!([one.clone(), "null"]),
                _ => {}
            }
            if let Some(Value::Array(words)) = definition.get_mut("enum") {
                words.push(Value::Null);
            }
        }
    }
    flatten(schema);
}

fn flatten(value: &mut Value) {
    match value {
        Value::Object(map) => {
            let reference = map.get("anyOf").and_then(|any| any.get(0)).and_then(|first| first.get("$ref")).cloned();
            if let Some(reference) = reference {
                map.remove("anyOf");
                map.insert("$ref".into(), reference);
            }
            map.values_mut().for_each(flatten);
        }
        Value::Array(items) => items.iter_mut().for_each(flatten),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn definition(schema: &mut Value, service: Service) -> Option<&mut Map<String, Value>> {
    schema.get_mut("$defs")?.get_mut(name(service))?.as_object_mut()
}

fn name(service: Service) -> &'static str {
    match service {
        Service::Django => "Django",
        Service::Courier => "Courier",
        Service::Mailroom => "Mailroom",
        Service::Archiver => "Archiver",
        Service::Indexer => "Indexer",
    }
}

/// Gives a service a definition of its own.
fn own_definition(schema: &mut Value, service: Service) {
    let reference = format!("#/$defs/{}", name(service));
    let pointer = format!("/$defs/Services/properties/{}/$ref", service.name());
    let Some(slot) = schema.pointer_mut(&pointer) else { return };
    let shared = std::mem::replace(slot, reference.into());
    let shared = shared.as_str().and_then(|shared| shared.strip_prefix("#/$defs/")).unwrap_or_default().to_string();
    let Some(definitions) = schema.get_mut("$defs").and_then(Value::as_object_mut) else { return };
    if let Some(definition) = definitions.get(&shared).cloned() {
        definitions.insert(name(service).to_string(), definition);
    }
}

fn strip(value: &mut Value) {
    match value {
        Value::Object(map) => {
            // A property may itself be called `description`; its schema is an object, the annotation a string.
            map.retain(|key, value| !(matches!(key.as_str(), "description" | "title") && value.is_string()));
            map.values_mut().for_each(strip);
        }
        Value::Array(items) => items.iter_mut().for_each(strip),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn settings_stand_under_their_service_alone() {
        let schema = full();
        let at = |pointer: &str| schema.pointer(pointer).cloned();
        assert_eq!(at("/$defs/Services/properties/courier/$ref"), Some(json!("#/$defs/Courier")));
        assert!(at("/$defs/Courier/properties/COURIER_DB/description").is_some());
        assert!(at("/$defs/Django/properties/COURIER_DB").is_none());
        assert!(at("/$defs/Django/properties/port").is_some());
        assert_eq!(at("/$defs/Resources/type"), Some(json!(["object", "null"])));
        assert!(!schema.to_string().contains("anyOf"));
    }

    #[test]
    fn the_slim_schema_has_the_structure_and_no_words() {
        let slim = slim().to_string();
        assert!(!slim.contains("COURIER_DB") && !slim.contains("Host name"));
        assert!(slim.len() < 30_000, "{}", slim.len());
    }

    /// `check` reads it as draft 7, which overlooks what stands beside a `$ref` and does not know newer keywords.
    #[test]
    fn the_slim_schema_reads_alike_in_every_draft() {
        fn keywords(schema: &Value, found: &mut BTreeSet<String>) {
            let Some(schema) = schema.as_object() else { return };
            assert!(schema.len() == 1 || !schema.contains_key("$ref"), "{schema:?}");
            for (keyword, value) in schema {
                found.insert(keyword.clone());
                match (keyword.as_str(), value) {
                    ("properties" | "$defs", Value::Object(named)) => named.values().for_each(|s| keywords(s, found)),
                    ("items" | "additionalProperties", value) => keywords(value, found),
                    _ => {}
                }
            }
        }
        let mut found = BTreeSet::new();
        keywords(&slim(), &mut found);
        let shared =
            "$defs $ref $schema additionalProperties enum items maximum minimum pattern properties required type";
        assert_eq!(found.iter().map(String::as_str).collect::<Vec<_>>().join(" "), shared);
    }
}
