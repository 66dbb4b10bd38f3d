//! The catalog's settings as properties: what an editor completes and explains.

use serde_json::{Map, Value};

use crate::catalog::{self, Kind, Secrecy, Setting};
use crate::model::Service;
use crate::model::leaves::REFERENCE_OR_TEMPLATE;

/// Every setting of a service, by name.
pub fn properties(service: Service) -> Vec<(&'static str, Value)> {
    let catalog = catalog::of(service);
    let known = catalog.settings.iter().chain(catalog.environment);
    known.map(|setting| (setting.name, property(service, setting))).collect()
}

fn property(service: Service, setting: &Setting) -> Value {
    let mut property = types(setting);
    property.insert("description".into(), description(service, setting).into());
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

/// The help line, and which releases read the setting.
fn description(service: Service, setting: &Setting) -> String {
    let span = match (setting.forms.first(), setting.forms.last().and_then(|form| form.until)) {
        (Some(first), None) => format!("{service} {} and later", first.since),
        (Some(first), Some(until)) => format!("{service} {} up to, not including, {until}", first.since),
        (None, _) => service.to_string(),
    };
    let secret = if setting.secrecy == Secrecy::Secret { " A secret: write a reference." } else { "" };
    format!("{}. Read by {span}.{secret}", setting.help)
}
