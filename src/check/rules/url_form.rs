//! An address has a scheme that its reader knows, a host, and a port that is one.

use crate::check::address::Address;
use crate::check::cx::Cx;
use crate::check::finder::Finder;
use crate::check::term::{Term, is_hole};
use crate::diag::nearest;
use crate::model::Filter;

pub fn run(cx: &Cx<'_>, out: &mut Finder<'_>) {
    for said in cx.said().iter().filter(|said| !said.schemes().is_empty()) {
        let Some(term) = said.term(cx).filter(|term| !term.as_str().is_empty() && !term.is_whole_hole()) else { continue };
        if let Some((why, help)) = unfit(&term, said.schemes()) {
            out.say(format!("`{}` is no address", said.path)).at(said.span, why).help(help);
        }
    }
}

/// What is wrong with an address, and what to do.
fn unfit(term: &Term, schemes: &[&'static str]) -> Option<(String, String)> {
    let first = schemes.first().copied().unwrap_or_default();
    let whole = || format!("write it whole, as in `{first}://host:port`");
    let Some(address) = Address::read(term) else {
        return Some(("it has no scheme".to_string(), format!("begin it with `{first}://`")));
    };
    if !schemes.contains(&address.scheme.as_str()) {
        let near = nearest(&address.scheme, schemes.iter().copied()).first().copied().unwrap_or(first);
        return Some(("its reader does not know the scheme".to_string(), format!("begin it with `{near}://`")));
    }
    let host = address.host.as_str();
    if host.is_empty() {
        return Some(("it has no host".to_string(), whole()));
    }
    if !host.contains(is_hole) && Filter::HostName.apply(host).is_err() || host.contains(char::is_whitespace) {
        return Some((host_fault(host).to_string(), whole()));
    }
    if let Some(port) = address.port.as_ref().and_then(|port| port.known())
        && port.parse::<u16>().ok().is_none_or(|port| port == 0)
    {
        return Some(("its port is no number from 1 to 65535".to_string(), whole()));
    }
    if address.host.known().is_some_and(|host| host.ends_with(".amazonaws.com")) && address.scheme == "http" {
        return Some(("files and keys' signatures cross the network in the clear".to_string(), "begin it with `https://`".to_string()));
    }
    term.as_str().contains(char::is_whitespace).then(|| ("a blank stands in it".to_string(), "remove it".to_string()))
}

fn host_fault(host: &str) -> &'static str {
    match host {
        "http" | "https" | "redis" | "postgres" | "valkey" | "smtp" => "the scheme stands twice",
        _ if host.contains(':') => "the port stands twice",
        _ => "its host is no host",
    }
}
