//! Outgoing mail, as one URL for mailroom and as EMAIL_* for Django.

use super::cx::{Cx, Derived, Stop};
use super::postgres::port_filter;
use crate::model::{Becomes, Builder, Filter, Value};

const PORT: &str = "resources.smtp.port";

/// `smtp://user:password@host:port/?from=…`. Mailroom turns to TLS by itself: at once on 465, else when offered.
pub(super) fn url(cx: &mut Cx<'_>) -> Derived {
    // goflow's client refuses a URL without a user, so a relay that needs none cannot be written here.
    let user = cx.need("resources.smtp.user")?;
    let mut url = Builder::from("smtp://");
    url.value(&user, &[Filter::UrlEncode])?.known(":");
    url.value(&cx.need("resources.smtp.password")?, &[Filter::UrlEncode])?.known("@");
    let port = cx.need(PORT)?;
    url.value(&cx.need("resources.smtp.host")?, &[Filter::Host])?.known(":").value(&port, &port_filter(&port))?;
    url.known("/?from=").value(&cx.need("resources.smtp.from")?, &[Filter::UrlEncode])?;
    Ok(url.finish(Becomes::Url))
}

pub(super) fn host(cx: &mut Cx<'_>) -> Derived {
    cx.host("resources.smtp.host", Filter::HostName)
}

/// Upstream never sets it, and Django's own default is 25.
pub(super) fn port(cx: &mut Cx<'_>) -> Derived {
    cx.need(PORT)
}

/// Empty for a relay that asks for none; upstream's default is a stranger's address.
pub(super) fn user(cx: &mut Cx<'_>) -> Derived {
    Ok(cx.want("resources.smtp.user")?.unwrap_or_else(|| Value::string("")))
}

/// As [`user`].
pub(super) fn password(cx: &mut Cx<'_>) -> Derived {
    Ok(cx.want("resources.smtp.password")?.unwrap_or_else(|| Value::string("")))
}

pub(super) fn from(cx: &mut Cx<'_>) -> Derived {
    cx.need("resources.smtp.from")
}

pub(super) fn use_tls(cx: &mut Cx<'_>) -> Derived {
    Ok(Value::Bool(tls(cx)? == Tls::StartTls))
}

pub(super) fn use_ssl(cx: &mut Cx<'_>) -> Derived {
    // Django's default is false, and true on both is a ValueError.
    if tls(cx)? == Tls::Implicit { Ok(Value::Bool(true)) } else { Err(Stop::Default) }
}

#[derive(PartialEq)]
enum Tls {
    StartTls,
    Implicit,
}

/// How the connection is encrypted: as the document says, else as its literal port does (RFC 8314, RFC 6409).
fn tls(cx: &mut Cx<'_>) -> Result<Tls, Stop> {
    if let Some(word) = cx.word("resources.smtp.tls")? {
        return Ok(if word == "implicit" { Tls::Implicit } else { Tls::StartTls });
    }
    match cx.need(PORT)? {
        Value::Int(465) => Ok(Tls::Implicit),
        Value::Int(25 | 587 | 2525) => Ok(Tls::StartTls),
        _ => Err(Stop::Missing("resources.smtp.tls".into())),
    }
}
