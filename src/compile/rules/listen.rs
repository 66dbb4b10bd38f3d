//! Where services listen, and how one reaches another.

use super::cx::{Cx, Derived, Stop};
use crate::catalog::Version;
use crate::compile::missing::PEER;
use crate::model::{Becomes, Builder, Filter, Service, Value};

/// The address that a service binds: its own key, else the host's internal address, else every interface.
pub(super) fn bind_address(cx: &mut Cx<'_>) -> Derived {
    match cx.own("address")? {
        Some(address) => url_host(&address),
        None => internal_address(cx),
    }
}

/// The address of the listener that only other services call.
pub(super) fn internal_address(cx: &mut Cx<'_>) -> Derived {
    match cx.placement.host().map(|name| format!("hosts.{name}.internal")) {
        Some(path) => cx.host(&path, Filter::Host),
        None => {
            cx.note("placement", None);
            Ok(Value::string("0.0.0.0"))
        }
    }
}

/// The port that a service binds, where the document says another than upstream's.
pub(super) fn bind_port(cx: &mut Cx<'_>) -> Derived {
    cx.own("port")?.ok_or(Stop::Default)
}

/// Where Django calls mailroom: no path and no slash at the end, as its client adds `/mr/…` or `/mi/…`.
pub(super) fn mailroom_url(cx: &mut Cx<'_>) -> Derived {
    // From v26.1.116 Django's calls are answered on the internal listener only.
    let split = cx.fleet.version(Service::Mailroom) >= Version::new(26, 1, 116);
    if split {
        peer_url(cx, Service::Mailroom, None, &["MAILROOM_INTERNAL_PORT"])
    } else {
        public_peer(cx, Service::Mailroom, &["MAILROOM_PORT"])
    }
}

/// Where mailroom calls courier.
pub(super) fn courier_endpoint(cx: &mut Cx<'_>) -> Derived {
    // Courier's /ci/ endpoints are on its internal listener, which came in v26.1.33.
    let split = cx.fleet.version(Service::Courier) >= Version::new(26, 1, 33);
    if split {
        peer_url(cx, Service::Courier, None, &["COURIER_INTERNAL_PORT"])
    } else {
        public_peer(cx, Service::Courier, &["COURIER_PORT"])
    }
}

fn public_peer(cx: &mut Cx<'_>, service: Service, names: &[&str]) -> Derived {
    let port = cx.want(&format!("services.{service}.port"))?;
    peer_url(cx, service, port, names)
}

fn peer_url(cx: &mut Cx<'_>, service: Service, port: Option<Value>, names: &[&str]) -> Derived {
    let mut url = Builder::from("http://");
    url.value(&peer_address(cx, service)?, &[])?.known(":");
    let port = port.or_else(|| cx.fleet.port(service, names).map(Value::Int)).ok_or(Stop::Broken)?;
    url.value(&port, &[])?;
    Ok(url.finish(Becomes::Url))
}

/// How a service is reached from where this one runs.
fn peer_address(cx: &mut Cx<'_>, service: Service) -> Derived {
    if cx.fleet.containers {
        cx.note("placement", None);
        return Ok(Value::string(service.name()));
    }
    let Some(host) = cx.fleet.peer(service, cx.placement) else {
        return Err(Stop::Missing(format!("{PEER}{service}")));
    };
    let name = host.name.clone();
    match cx.want(&format!("services.{service}.address"))? {
        Some(Value::String(address)) if !matches!(address.as_str(), "0.0.0.0" | "::") => {
            url_host(&Value::String(address))
        }
        Some(text @ Value::Text(_)) => url_host(&text),
        _ => cx.host(&format!("hosts.{name}.internal"), Filter::Host),
    }
}

fn url_host(value: &Value) -> Derived {
    let mut builder = Builder::default();
    builder.value(value, &[Filter::Host])?;
    Ok(builder.finish(Becomes::String))
}
