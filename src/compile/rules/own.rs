//! Tokens that two services share, and what only one service has.

use super::cx::{Cx, Derived, Stop};
use crate::catalog::Version;
use crate::compile::facts;
use crate::model::{Becomes, Builder, Hole, Part, Reference, Service, Text, Value, obfuscation_ints};

pub(super) fn mailroom_auth_token(cx: &mut Cx<'_>) -> Derived {
    cx.need("resources.mailroom.auth_token")
}

pub(super) fn courier_auth_token(cx: &mut Cx<'_>) -> Derived {
    // Mailroom knew the setting (v7.5.19) before courier asked for a token (v7.5.44).
    if cx.fleet.version(Service::Courier) < Version::new(7, 5, 44) {
        return Err(Stop::Default);
    }
    cx.need("resources.courier.auth_token")
}

pub(super) fn obfuscation_key(cx: &mut Cx<'_>) -> Derived {
    cx.need("resources.obfuscation_key")
}

/// Mailroom's 32 hexadecimal digits as Django's four integers.
pub(super) fn id_obfuscation_ints(cx: &mut Cx<'_>) -> Derived {
    match cx.need("resources.obfuscation_key")? {
        Value::Text(text) => Ok(Value::Text(Text { becomes: Becomes::ObfuscationKey, ..text })),
        Value::String(key) => obfuscation_ints(&key).ok_or_else(|| Stop::Refused {
            path: "resources.obfuscation_key".into(),
            why: "32 hexadecimal digits are needed".into(),
        }),
        _ => Err(Stop::Broken),
    }
}

/// Former and coming keys, where a rotation keeps them: in the key's own item, section `rpconf-rotation`. Each is left
/// out while the item does not have it. Login sessions follow fallbacks from Django 4.1.8 on (ticket 34384).
pub(super) fn secret_key_fallbacks(cx: &mut Cx<'_>) -> Derived {
    if cx.fleet.django < Version::new(4, 1, 8) {
        return Err(Stop::Default);
    }
    let Some(hole) = cx.fleet.secret_key.clone() else { return Err(Stop::Default) };
    cx.note("services.django.SECRET_KEY", Some(hole.span));
    let fallback = |field: &str| {
        let section = Some("rpconf-rotation".to_string());
        let reference = Reference { section, ..Reference::new(&hole.reference.vault, &hole.reference.item, field) };
        let optional = Hole { reference, span: hole.span, filters: vec![], optional: true };
        Value::Text(Text::string(vec![Part::Hole(optional)]))
    };
    Ok(Value::List(vec![fallback("next_password"), fallback("prev_password")]))
}

/// A folder outside the versioned `app` folder, which an upgrade replaces by an empty one.
pub(super) fn spool_dir(cx: &mut Cx<'_>) -> Derived {
    if let Some(folder) = cx.own("spool_dir")? {
        return Ok(folder);
    }
    let home = match cx.own("home")? {
        Some(home) => home,
        None => {
            cx.note(&format!("services.{}.home", cx.service), None);
            Value::string(facts::home(cx.service, cx.fleet.containers))
        }
    };
    let mut folder = Builder::default();
    folder.value(&home, &[])?.known("/spool");
    Ok(folder.finish(Becomes::String))
}

pub(super) fn log_level(cx: &mut Cx<'_>) -> Derived {
    cx.own("log_level")?.ok_or(Stop::Default)
}

pub(super) fn key(cx: &mut Cx<'_>, key: &str) -> Derived {
    cx.own(key)?.ok_or(Stop::Default)
}

/// An explicit choice: this deletes rows of the database.
pub(super) fn archiver_delete(cx: &mut Cx<'_>) -> Derived {
    cx.own("delete")?.ok_or_else(|| Stop::Missing("services.archiver.delete".into()))
}
