//! Elasticsearch.

use super::cx::{Cx, Derived, Stop};
use crate::catalog;
use crate::catalog::Version;
use crate::model::{Becomes, Builder, Filter, Part, Service, Value};

/// Its address. Where the release has no settings of their own for user and password, they stand in it.
pub(super) fn url(cx: &mut Cx<'_>) -> Derived {
    let url = cx.need("resources.elasticsearch.url")?;
    let apart = cx.service == Service::Mailroom
        && catalog::of(Service::Mailroom)
            .at("MAILROOM_ELASTIC_USERNAME", cx.fleet.version(Service::Mailroom))
            .is_some();
    let Some(user) = (if apart { None } else { cx.want("resources.elasticsearch.user")? }) else { return Ok(url) };
    let password = cx.want("resources.elasticsearch.password")?;
    let Value::String(url) = &url else {
        return Err(Stop::Refused {
            path: "resources.elasticsearch.url".into(),
            why: "with `user`, the address must be literal, as this release has the user inside it".into(),
        });
    };
    let (scheme, rest) = url.split_once("://").ok_or(Stop::Broken)?;
    let mut whole = Builder::from(&format!("{scheme}://"));
    whole.value(&user, &[Filter::UrlEncode])?;
    if let Some(password) = password {
        whole.known(":").value(&password, &[Filter::UrlEncode])?;
    }
    whole.parts(vec![Part::Known(format!("@{rest}"))], &[])?;
    Ok(whole.finish(Becomes::Url))
}

pub(super) fn username(cx: &mut Cx<'_>) -> Derived {
    cx.given("resources.elasticsearch.user")
}

pub(super) fn password(cx: &mut Cx<'_>) -> Derived {
    cx.given("resources.elasticsearch.password")
}

/// The index of contacts that the indexer writes and mailroom reads.
pub(super) fn index(cx: &mut Cx<'_>) -> Derived {
    let index = cx.given("resources.elasticsearch.index")?;
    // Mailroom writes an index of its own from v26.1.66, and would take the indexer's for it by v26.1.74.
    let own = cx.service == Service::Mailroom && cx.since(Version::new(26, 1, 74));
    if own && index == Value::string("contacts") { Err(Stop::Default) } else { Ok(index) }
}
