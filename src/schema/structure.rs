//! The schema of a document's structure: the grammar alone, without the catalog.

use std::collections::BTreeSet;

use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use crate::model::document::Document;

/// The JSON Schema (draft 2020-12) that `check` holds documents against. Settings' types are not in it: they belong to a
/// release, and `compile` judges them there.
pub fn structure() -> Value {
    let generator = SchemaSettings::draft2020_12().into_generator();
    let mut schema = generator.into_root_schema_for::<Document>().to_value();
    let mut named = BTreeSet::new();
    nullable_keys(&mut schema, &mut named);
    for name in named {
        if let Some(definition) = schema.pointer_mut(&format!("/$defs/{name}")).and_then(Value::as_object_mut) {
            admit_null(definition);
        }
    }
    schema
}

/// Lets every key hold null, which removes what an overlay set or a rule would derive. Null joins the types: schemars'
/// own `anyOf` would report a fault at the whole map instead of at the key. Names of shared definitions go to `named`.
fn nullable_keys(schema: &mut Value, named: &mut BTreeSet<String>) {
    match schema {
        Value::Object(keywords) => {
            if let Some(Value::Object(properties)) = keywords.get_mut("properties") {
                properties.values_mut().filter_map(Value::as_object_mut).for_each(|key| nullable(key, named));
            }
            if let Some(Value::Object(rest)) = keywords.get_mut("additionalProperties") {
                nullable(rest, named);
            }
            keywords.values_mut().for_each(|below| nullable_keys(below, named));
        }
        Value::Array(items) => items.iter_mut().for_each(|item| nullable_keys(item, named)),
        _ => {}
    }
}

fn nullable(key: &mut Map<String, Value>, named: &mut BTreeSet<String>) {
    if let Some(Value::Array(choices)) = key.shift_remove("anyOf") {
        let kept = choices.into_iter().find(|choice| choice.get("$ref").is_some());
        key.extend(kept.and_then(|choice| choice.as_object().cloned()).unwrap_or_default());
    }
    let target = key.get("$ref").and_then(Value::as_str).and_then(|target| target.strip_prefix("#/$defs/"));
    named.extend(target.map(str::to_string));
    admit_null(key);
}

fn admit_null(schema: &mut Map<String, Value>) {
    for (keyword, null) in [("type", json!("null")), ("enum", Value::Null)] {
        let Some(words) = schema.get_mut(keyword) else { continue };
        if !words.is_array() {
            *words = json!([words.take()]);
        }
        if let Some(words) = words.as_array_mut().filter(|words| !words.contains(&null)) {
            words.push(null);
        }
    }
}
