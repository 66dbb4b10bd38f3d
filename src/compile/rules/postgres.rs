//! The database, as a URL for the Go services and as a dict for Django.

use super::cx::{Cx, Derived, Stop};
use crate::catalog::Version;
use crate::model::{Becomes, Builder, Filter, Value};

const PRIMARY: &str = "resources.postgres";
const REPLICA: &str = "resources.postgres.readonly";
const POOLER: &str = "resources.postgres.pooler";

/// `postgres://user:password@host:port/database?sslmode=…`; courier and mailroom refuse `postgresql://`.
pub(super) fn dsn(cx: &mut Cx<'_>) -> Derived {
    url(cx, None)
}

/// The replica's URL, when the document has one.
pub(super) fn readonly_dsn(cx: &mut Cx<'_>) -> Derived {
    if cx.has(REPLICA) { url(cx, Some(REPLICA)) } else { Err(Stop::Default) }
}

/// A connection's fact: the replica's own, else the primary's.
fn fact(cx: &mut Cx<'_>, over: Option<&str>, key: &str) -> Result<Option<Value>, Stop> {
    if let Some(over) = over
        && let Some(value) = cx.want(&format!("{over}.{key}"))?
    {
        return Ok(Some(value));
    }
    cx.want(&format!("{PRIMARY}.{key}"))
}

fn needed(cx: &mut Cx<'_>, over: Option<&str>, key: &str) -> Derived {
    fact(cx, over, key)?.ok_or_else(|| Stop::Missing(format!("{PRIMARY}.{key}")))
}

/// PostgreSQL's registered port, when the document names none: an address without one is read as this by libpq too.
fn port(cx: &mut Cx<'_>, over: Option<&str>) -> Derived {
    Ok(fact(cx, over, "port")?.unwrap_or(Value::Int(5432)))
}

fn url(cx: &mut Cx<'_>, over: Option<&str>) -> Derived {
    let mut url = Builder::from("postgres://");
    url.value(&needed(cx, over, "user")?, &[Filter::UrlEncode])?;
    if let Some(password) = fact(cx, over, "password")? {
        url.known(":").value(&password, &[Filter::UrlEncode])?;
    }
    url.known("@").value(&needed(cx, over, "host")?, &[Filter::Host])?.known(":");
    let port = port(cx, over)?;
    url.value(&port, &port_filter(&port))?.known("/");
    url.value(&needed(cx, over, "database")?, &[Filter::UrlEncode])?;
    if let Some(sslmode) = fact(cx, over, "sslmode")? {
        url.known("?sslmode=").value(&sslmode, &[])?;
    }
    Ok(url.finish(Becomes::Url))
}

/// A port that comes from the vault is checked there; a literal one was checked when it was read.
pub(super) fn port_filter(port: &Value) -> Vec<Filter> {
    if matches!(port, Value::Text(_)) { vec![Filter::Port] } else { vec![] }
}

/// Django's DATABASES, complete: upstream's own dict is private to settings_common.
pub(super) fn databases(cx: &mut Cx<'_>) -> Derived {
    let pooler = cx.has(POOLER).then_some(POOLER);
    let default = connection(cx, pooler, true)?;
    // `direct` was renamed in v6.5.40. It never had DISABLE_SERVER_SIDE_CURSORS, as it goes past a pooler.
    if cx.since(Version::new(6, 5, 40)) {
        let replica = if cx.has(REPLICA) { connection(cx, Some(REPLICA), true)? } else { default.clone() };
        return Ok(Value::Map(vec![("default".into(), default), ("readonly".into(), replica)]));
    }
    let direct = connection(cx, None, false)?;
    Ok(Value::Map(vec![("default".into(), default), ("direct".into(), direct)]))
}

fn connection(cx: &mut Cx<'_>, over: Option<&str>, disable_cursors: bool) -> Derived {
    // Upstream's engine is PostGIS's to v10.2 (from v10.1.10 unless the variable POSTGIS is `off`), plain from v10.3.0.
    let engine = if cx.since(Version::new(10, 3, 0)) {
        "django.db.backends.postgresql"
    } else {
        "django.contrib.gis.db.backends.postgis"
    };
    let mut host = Builder::default();
    host.value(&needed(cx, over, "host")?, &[Filter::HostName])?;
    let port_value = port(cx, over)?;
    let mut port = Builder::default();
    port.value(&port_value, &port_filter(&port_value))?;
    let options = match fact(cx, over, "sslmode")? {
        Some(sslmode) => vec![("sslmode".to_string(), sslmode)],
        None => vec![],
    };
    let mut entries = vec![
        ("ENGINE".to_string(), Value::string(engine)),
        ("NAME".into(), needed(cx, over, "database")?),
        ("USER".into(), needed(cx, over, "user")?),
        ("PASSWORD".into(), fact(cx, over, "password")?.unwrap_or_else(|| Value::string(""))),
        ("HOST".into(), host.finish(Becomes::String)),
        ("PORT".into(), port.finish(Becomes::String)),
        ("ATOMIC_REQUESTS".into(), Value::Bool(true)),
        ("CONN_MAX_AGE".into(), Value::Int(60)),
        ("OPTIONS".into(), Value::Map(options)),
    ];
    if disable_cursors {
        entries.push(("DISABLE_SERVER_SIDE_CURSORS".into(), Value::Bool(true)));
    }
    Ok(Value::Map(entries))
}
