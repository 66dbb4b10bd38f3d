//! The site's brand, in the three shapes that it has had.
//!
//! What upstream's own brand holds beside name, addresses and links (logos, styles, features) changes from patch to
//! patch, so it is kept: the values here are laid over it.

use super::cx::{Cx, Derived};
use crate::catalog::Version;
use crate::model::{Becomes, Builder, Value};

/// The key of upstream's brand. Existing workspaces have it in their `brand` column, and the middleware of these
/// releases cuts a host to its last two labels before it looks for a key, so the site's own domain would not be found.
const KEY: &str = "rapidpro.io";

fn name(cx: &mut Cx<'_>) -> Derived {
    cx.need("brand.name")
}

/// Where the site's mail comes from and replies go to.
fn support(cx: &mut Cx<'_>) -> Derived {
    match cx.want("brand.support_email")? {
        Some(address) => Ok(address),
        None => cx.need("resources.smtp.from"),
    }
}

fn link(cx: &mut Cx<'_>) -> Derived {
    let mut link = Builder::from("https://");
    link.value(&cx.need("domain")?, &[])?;
    Ok(link.finish(Becomes::Url))
}

fn entry(key: &str, value: Value) -> (String, Value) {
    (key.to_string(), value)
}

fn linked(cx: &mut Cx<'_>) -> Result<Vec<(String, Value)>, super::cx::Stop> {
    let domain = cx.need("domain")?;
    Ok(vec![
        entry("name", name(cx)?),
        entry("domain", domain),
        entry("link", link(cx)?),
        entry("email", support(cx)?),
        entry("support_email", support(cx)?),
    ])
}

/// BRANDING, a dict of brands by key.
pub(super) fn branding(cx: &mut Cx<'_>) -> Derived {
    let mut entries = linked(cx)?;
    entries.push(entry("api_link", link(cx)?));
    let tickets = cx.since(Version::new(6, 3, 0));
    if tickets {
        entries.push(entry("ticket_domain", cx.need("domain")?));
    }
    let base = format!(r#"globals().get("BRANDING", {{}}).get("{KEY}", {{}})"#);
    Ok(Value::Map(vec![entry(KEY, Value::Update { base, entries })]))
}

/// BRANDS, a list, from v7.5.92.
pub(super) fn brands(cx: &mut Cx<'_>) -> Derived {
    let mut entries = linked(cx)?;
    entries.push(entry("hosts", Value::List(vec![cx.need("domain")?])));
    entries.push(entry("ticket_domain", cx.need("domain")?));
    let base = r#"globals().get("BRANDS", [{}])[0]"#.to_string();
    Ok(Value::List(vec![Value::Update { base, entries }]))
}

/// BRAND, the one brand, from v8.1.161.
pub(super) fn brand(cx: &mut Cx<'_>) -> Derived {
    let domain = cx.need("domain")?;
    let entries = vec![
        entry("name", name(cx)?),
        entry("hosts", Value::List(vec![domain.clone()])),
        entry("domain", domain),
        // The sender of every notification, before DEFAULT_FROM_EMAIL.
        entry("emails", Value::Map(vec![entry("notifications", support(cx)?)])),
    ];
    Ok(Value::Update { base: r#"globals().get("BRAND", {})"#.to_string(), entries })
}

/// The brand of hosts that have none: upstream's key is kept, so upstream's default is right.
pub(super) fn default_brand(_: &mut Cx<'_>) -> Derived {
    Err(super::cx::Stop::Default)
}
