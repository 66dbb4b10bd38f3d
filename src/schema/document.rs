//! The schema that editors use: the document's structure and every setting of the catalog, each with its help and history.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::history;
use super::structure::structure;
use crate::catalog::{self, Catalog, Kind, Setting};
use crate::model::Service;
use crate::model::leaves::REFERENCE_OR_TEMPLATE;

/// The structure, and the catalog's settings below each service. A setting takes what any release takes: a type of one
/// release only is the compiler's to refuse.
pub fn full() -> Value {
    let mut schema = structure();
    if let Some(root) = schema.as_object_mut() {
        root.insert("$id".into(), json!("urn:rpconf:environment"));
        root.insert("title".into(), json!("RapidPro environment"));
    }
    for service in Service::ALL {
        let keys = schema.pointer("/properties/services/$ref").and_then(definition);
        let keys = keys.and_then(|services| schema.pointer(&format!("{services}/properties/{service}/$ref")));
        let Some(keys) = keys.and_then(definition) else { continue };
        if let Some(properties) = schema.pointer_mut(&format!("{keys}/properties")).and_then(Value::as_object_mut) {
            add(properties, catalog::of(service));
        }
    }
    schema
}

/// The pointer to what a `$ref` names.
fn definition(reference: &Value) -> Option<String> {
    Some(reference.as_str()?.strip_prefix('#')?.to_string())
}

fn add(properties: &mut Map<String, Value>, catalog: &Catalog) {
    for setting in catalog.settings.iter().chain(catalog.environment) {
        let mut schema = accepted(setting);
        schema.insert("description".into(), json!(history::describe(catalog, setting)));
        properties.insert(setting.name.into(), Value::Object(schema));
    }
}

/// What the kinds of all its releases take together: their types, a reference, and null.
fn accepted(setting: &Setting) -> Map<String, Value> {
    let kinds: BTreeSet<Kind> = setting.forms.iter().map(|form| form.kind).collect();
    let mut schema = Map::new();
    // Editors hold `patternProperties` only against names that `properties` lacks.
    schema.insert("$ref".into(), json!("#/$defs/Setting"));
    // A Python value may be anything, and a map is one unless it is a reference.
    if kinds.contains(&Kind::Python) {
        return schema;
    }
    let mut types: Vec<&str> = kinds.iter().flat_map(|kind| types(*kind)).copied().collect();
    types.extend(["string", "object", "null"]);
    let mut seen = BTreeSet::new();
    types.retain(|word| seen.insert(*word));
    schema.insert("type".into(), json!(types));
    if kinds.iter().all(|kind| matches!(kind, Kind::Int | Kind::Bool | Kind::Float)) {
        schema.insert("pattern".into(), json!(REFERENCE_OR_TEMPLATE));
    }
    match (kinds.contains(&Kind::StringList), kinds.contains(&Kind::IntList)) {
        (true, false) => schema.insert("items".into(), json!({"type": ["string", "object"]})),
        (false, true) => schema.insert("items".into(), json!({"type": "integer"})),
        _ => None,
    };
    schema.insert("required".into(), json!(["ref"]));
    schema
}

/// The types of a kind's literals, strings aside: any kind can be a string that holds a reference.
fn types(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::String | Kind::LogLevel | Kind::Python => &[],
        Kind::Int => &["integer"],
        Kind::Bool => &["boolean"],
        Kind::Float => &["number"],
        Kind::StringList | Kind::IntList => &["array"],
    }
}
