//! The catalog's settings as properties: what an editor completes and explains.

use serde_json::{Map, Value, json};

use super::history;
use crate::catalog::{self, Kind, Setting};
use crate::model::Service;
use crate::model::leaves::REFERENCE_OR_TEMPLATE;

/// Where the definition of [`value`] is.
pub const VALUE: &str = "#/$defs/Setting";

/// Any setting's value, a fork's too: whatever its type, its references and Python expressions have a structure, at any
/// depth. `check` reads it when it compiles the setting.
pub fn value() -> Value {
    let text = json!({"type": ["string", "null"]});
    json!({
        "items": {"$ref": VALUE},
        "additionalProperties": {"$ref": VALUE},
        "dependentSchemas": {
            "ref": {
                "properties": {
                    "ref": {
                        "type": ["string", "object", "null"],
                        "properties": {"vault": text, "item": text, "section": text, "field": text},
                        "additionalProperties": false,
                    },
                    "optional": {"type": ["boolean", "null"]},
                },
                "additionalProperties": false,
            },
            "python": {
                "properties": {
                    "python": {"type": ["string", "number", "boolean", "null"]},
                    "imports": {"type": ["array", "null"], "items": {"type": "string"}},
                },
                "additionalProperties": false,
            },
        },
    })
}

/// Every setting of a service, by name.
pub fn properties(service: Service) -> Vec<(&'static str, Value)> {
    let catalog = catalog::of(service);
    let known = catalog.settings.iter().chain(catalog.environment);
    known.map(|setting| (setting.name, property(service, setting))).collect()
}

fn property(service: Service, setting: &Setting) -> Value {
    let mut property = types(setting);
    // Editors hold `patternProperties` only against names that `properties` lacks.
    property.insert("$ref".into(), VALUE.into());
    property.insert("description".into(), history::describe(catalog::of(service), setting).into());
    property.into()
}

/// The union of what its forms take, over all releases. The pattern binds strings only, so that a fault stays at the
/// scalar: a string stands for a number or a boolean when it is a reference or a template.
fn types(setting: &Setting) -> Map<String, Value> {
    let kinds: Vec<Kind> = setting.forms.iter().map(|form| form.kind).collect();
    if kinds.contains(&Kind::Python) {
        return Map::new();
    }
    let mut types = vec!["string", "object", "null"];
    let mut text = false;
    for kind in kinds {
        match kind {
            Kind::String | Kind::LogLevel => text = true,
            Kind::Int => types.push("integer"),
            Kind::Bool => types.push("boolean"),
            Kind::Float => types.push("number"),
            Kind::StringList | Kind::IntList => {
                text = true;
                types.push("array");
            }
            Kind::Python => {}
        }
    }
    types.sort_unstable();
    types.dedup();
    let mut schema = Map::from_iter([("type".to_string(), types.into())]);
    if !text {
        schema.insert("pattern".into(), REFERENCE_OR_TEMPLATE.into());
    }
    schema
}
