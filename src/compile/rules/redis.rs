//! Redis or Valkey: one server and one database number for everyone.

use super::cx::{Cx, Derived};
use super::postgres::port_filter;
use crate::catalog::Version;
use crate::model::{Becomes, Builder, Filter, Value};

const REDIS: &str = "resources.redis";

/// The Go services' URL: `valkey://` where the setting is called so, which its validator insists on.
pub(super) fn url(cx: &mut Cx<'_>) -> Derived {
    let scheme = if cx.setting.name.ends_with("_VALKEY") { "valkey" } else { "redis" };
    address(cx, scheme, true)
}

/// Celery's broker: kombu knows `redis://` in every release.
pub(super) fn broker_url(cx: &mut Cx<'_>) -> Derived {
    address(cx, "redis", true)
}

fn address(cx: &mut Cx<'_>, scheme: &str, with_password: bool) -> Derived {
    let mut url = Builder::from(&format!("{scheme}://"));
    let user = cx.want("resources.redis.user")?;
    let password = if with_password { cx.want("resources.redis.password")? } else { None };
    if let Some(user) = &user {
        url.value(user, &[Filter::UrlEncode])?;
    }
    if let Some(password) = &password {
        url.known(":").value(password, &[Filter::UrlEncode])?;
    }
    if user.is_some() || password.is_some() {
        url.known("@");
    }
    let host = cx.need("resources.redis.host")?;
    let port = port(cx)?;
    url.value(&host, &[Filter::Host])?.known(":").value(&port, &port_filter(&port))?;
    // Without a number the Go services send `SELECT ""` (up to v7) or take 0, and Django takes 0.
    url.known("/").value(&cx.need("resources.redis.db")?, &[])?;
    Ok(url.finish(Becomes::Url))
}

/// Django's CACHES.
pub(super) fn caches(cx: &mut Cx<'_>) -> Derived {
    let entry = |key: &str, value| (key.to_string(), value);
    // django-redis gave way to django-valkey in v10.1.201; the older backend is not installed after it.
    let default = if cx.since(Version::new(10, 1, 201)) {
        let location = address(cx, "redis", true)?;
        vec![entry("BACKEND", Value::string("django_valkey.cache.ValkeyCache")), entry("LOCATION", location)]
    } else {
        // redis-py 3, which RapidPro had through 7.4, does not decode a password in a URL; django-redis hands on
        // PASSWORD as it is. A user of an access list has no such option and needs redis-py 4, which does decode.
        let apart = cx.want("resources.redis.user")?.is_none();
        let location = address(cx, "redis", !apart)?;
        let mut options = vec![entry("CLIENT_CLASS", Value::string("django_redis.client.DefaultClient"))];
        if let Some(password) = cx.want("resources.redis.password")?.filter(|_| apart) {
            options.push(entry("PASSWORD", password));
        }
        vec![
            entry("BACKEND", Value::string("django_redis.cache.RedisCache")),
            entry("LOCATION", location),
            entry("OPTIONS", Value::Map(options)),
        ]
    };
    Ok(Value::Map(vec![entry("default", Value::Map(default))]))
}

pub(super) fn host(cx: &mut Cx<'_>) -> Derived {
    cx.host("resources.redis.host", Filter::HostName)
}

/// Redis's customary port, when the document names none.
pub(super) fn port(cx: &mut Cx<'_>) -> Derived {
    Ok(cx.want(&format!("{REDIS}.port"))?.unwrap_or(Value::Int(6379)))
}

pub(super) fn db(cx: &mut Cx<'_>) -> Derived {
    cx.need("resources.redis.db")
}
