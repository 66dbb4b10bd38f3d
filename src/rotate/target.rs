//! What can be rotated, and where the document has it.

use super::layout::Layout;
use super::strategy::Blocked;
use crate::model::{Attribute, Part, Plan, Reference, Service, Text, Value};

/// One target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Target {
    /// The word on the command line.
    pub name: &'static str,
    /// The user's fact, below `resources`.
    pub user: Option<&'static str>,
    /// The password's fact, below `resources`; none for Django's own SECRET_KEY.
    pub password: Option<&'static str>,
    /// Its strategies; the first is the default.
    pub strategies: &'static [&'static str],
}

/// Every target.
pub const TARGETS: [Target; 7] = [
    Target {
        name: "postgres",
        user: Some("postgres.user"),
        password: Some("postgres.password"),
        strategies: &["role-pair", "in-place", "manual"],
    },
    Target {
        name: "redis",
        user: Some("redis.user"),
        password: Some("redis.password"),
        strategies: &["acl-passwords", "manual"],
    },
    Target {
        name: "s3",
        user: Some("s3.access_key_id"),
        password: Some("s3.secret_access_key"),
        strategies: &["access-keys", "manual"],
    },
    Target { name: "secret_key", user: None, password: None, strategies: &["fallbacks", "single-switch"] },
    Target { name: "mailroom", user: None, password: Some("mailroom.auth_token"), strategies: &["both-sides"] },
    Target { name: "courier", user: None, password: Some("courier.auth_token"), strategies: &["both-sides"] },
    Target { name: "smtp", user: Some("smtp.user"), password: Some("smtp.password"), strategies: &["manual"] },
];

/// A target by its name.
pub fn target(name: &str) -> Option<Target> {
    TARGETS.into_iter().find(|target| target.name == name)
}

/// Where a target's credential is: the fields of one item.
pub fn layout(plan: &Plan, target: &Target) -> Result<Layout, Blocked> {
    let (password, path) = password(plan, target)?;
    let mut layout = Layout { user: None, fixed_user: None, password };
    if let Some(user) = target.user {
        match plan.facts.get(user).map(|fact| &fact.value) {
            Some(Value::String(known)) => layout.fixed_user = Some(known.clone()),
            Some(Value::Text(text)) => layout.user = Some(whole(text, user)?),
            _ => {}
        }
    }
    if let Some(user) = layout.user.as_ref().filter(|user| !same_item(user, &layout.password)) {
        return Err(blocked(
            format!("`{user}` and `{}` are in two items, which cannot be changed in one request", layout.password),
            "keep user and password of a credential in one item",
        ));
    }
    alone(plan, target, &path, &layout.password)?;
    Ok(layout)
}

fn password(plan: &Plan, target: &Target) -> Result<(Reference, String), Blocked> {
    let (value, path) = match target.password {
        Some(path) => (plan.facts.get(path).map(|fact| &fact.value), format!("resources.{path}")),
        None => (secret_key(plan), "SECRET_KEY of django".to_string()),
    };
    match value {
        Some(Value::Text(text)) => Ok((whole(text, &path)?, path)),
        Some(_) => Err(blocked(
            format!("`{path}` is written in the document"),
            "put it into the vault (`rpconf vault put`), and write its reference instead",
        )),
        None => Err(blocked(format!("the document has no `{path}`"), "there is nothing to rotate")),
    }
}

fn secret_key(plan: &Plan) -> Option<&Value> {
    let unit = plan.units.iter().find(|unit| unit.service == Service::Django)?;
    unit.settings.iter().find(|setting| setting.name == "SECRET_KEY").map(|setting| &setting.value)
}

/// The one reference that a text is; a part of a text could not be written back.
fn whole(text: &Text, path: &str) -> Result<Reference, Blocked> {
    match text.parts.as_slice() {
        [Part::Hole(hole)] if hole.filters.is_empty() && hole.reference.attribute == Attribute::Value => {
            Ok(hole.reference.clone())
        }
        _ => Err(blocked(
            format!("`{path}` is made of more than one reference"),
            "write a reference alone, so that a new value can be put where it points",
        )),
    }
}

/// Nothing else is rotated by way of the same item: it has room for one rotation.
fn alone(plan: &Plan, target: &Target, path: &str, password: &Reference) -> Result<(), Blocked> {
    for other in TARGETS.iter().filter(|other| other.name != target.name) {
        let Ok((reference, theirs)) = self::password(plan, other) else { continue };
        if same_item(&reference, password) {
            return Err(blocked(
                format!("`{path}` and `{theirs}` are in the same item `{}`", password.item),
                "give each its own item, so that each can be rotated by itself",
            ));
        }
    }
    Ok(())
}

/// Whether two references lead to one item.
pub fn same_item(one: &Reference, other: &Reference) -> bool {
    crate::vault::same_name(&one.vault, &other.vault) && crate::vault::same_name(&one.item, &other.item)
}

fn blocked(what: String, help: &str) -> Blocked {
    Blocked { what, help: help.to_string() }
}
