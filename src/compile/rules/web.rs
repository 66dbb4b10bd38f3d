//! What follows from the site's domain and its hosts.

use super::cx::{Cx, Derived, Stop};
use crate::catalog::Version;
use crate::compile::fleet;
use crate::model::{Becomes, Builder, Value};

pub(super) fn domain(cx: &mut Cx<'_>) -> Derived {
    cx.need("domain")
}

/// Mailroom's own key, else the site's domain.
pub(super) fn attachment_domain(cx: &mut Cx<'_>) -> Derived {
    match cx.own("attachment_domain")? {
        Some(domain) => Ok(domain),
        None => domain(cx),
    }
}

/// The domain; without DEBUG, Django answers 400 to any other name.
pub(super) fn allowed_hosts(cx: &mut Cx<'_>) -> Derived {
    Ok(Value::List(vec![domain(cx)?]))
}

/// Entries have a scheme from Django 4.0 on (`4_0.E001`); earlier ones match bare hosts, and need none for one domain.
pub(super) fn csrf_trusted_origins(cx: &mut Cx<'_>) -> Derived {
    if cx.fleet.django < Version::new(4, 0, 0) {
        return Err(Stop::Default);
    }
    let mut origin = Builder::from("https://");
    origin.value(&domain(cx)?, &[])?;
    Ok(Value::List(vec![origin.finish(Becomes::Url)]))
}

/// nginx ends TLS and says so; Django compares with `https` as nginx's `$scheme` spells it.
pub(super) fn secure_proxy_ssl_header(cx: &mut Cx<'_>) -> Derived {
    if cx.fleet.django < Version::new(4, 0, 0) {
        return Err(Stop::Default);
    }
    domain(cx)?;
    Ok(Value::Tuple(vec![Value::string("HTTP_X_FORWARDED_PROTO"), Value::string("https")]))
}

/// The addresses that users are told to allow at their aggregator; upstream's two are private samples.
pub(super) fn ip_addresses(cx: &mut Cx<'_>) -> Derived {
    let public = fleet::public_addresses(cx.facts, &cx.fleet.hosts);
    if public.is_empty() {
        return Err(Stop::Default);
    }
    let mut addresses = vec![];
    for (path, fact) in public {
        cx.note(&path, Some(fact.span));
        addresses.push(fact.value.clone());
    }
    Ok(Value::Tuple(addresses))
}

/// Templates copied DEBUG into an option of their own while it was true, until v8.1.230.
pub(super) fn templates_debug(_: &mut Cx<'_>) -> Derived {
    Ok(Value::python(
        r#"[{**engine, "OPTIONS": {**engine.get("OPTIONS", {}), "debug": False}} for engine in globals().get("TEMPLATES", ())]"#,
    ))
}

/// One logger copied its level from DEBUG while it was true, from v6.3.87 to v7.5.122.
pub(super) fn logging_debug(_: &mut Cx<'_>) -> Derived {
    const LOGGER: &str = "temba.formax";
    let loggers = r#"globals().get("LOGGING", {}).get("loggers", {})"#;
    let over = |base: &str, name: &str, value: Value| Value::Update {
        base: base.to_string(),
        entries: vec![(name.to_string(), value)],
    };
    let logger = over(&format!(r#"{loggers}.get("{LOGGER}", {{}})"#), "level", Value::string("ERROR"));
    let base = r#"globals().get("LOGGING", {"version": 1})"#;
    Ok(over(base, "loggers", over(loggers, LOGGER, logger)))
}
