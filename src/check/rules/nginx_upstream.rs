//! nginx passes /c/ to courier and /mr/ to mailroom, and nothing that is for services only.

use crate::catalog::{self, Literal, Preset};
use crate::check::address::split_port;
use crate::check::cx::Cx;
use crate::check::finder::Finder;
use crate::diag::Span;
use crate::model::{Content, FileOutput, Service, Value};

/// Routes that only services call; mailroom has `/mi/` and courier `/ci/`.
const INTERNAL: [&str; 2] = ["/mi", "/ci"];

pub fn run(cx: &Cx<'_>, out: &mut Finder<'_>) {
    for file in &cx.plan.files {
        let Some(text) = text(file).filter(|text| text.contains("location") || text.contains("upstream")) else { continue };
        locations(text, file.span, out);
        servers(cx, text, file.span, out);
    }
}

/// What is known of a file: a literal, or a template's own text.
fn text(file: &FileOutput) -> Option<&str> {
    match &file.content {
        Content::Value(Value::String(text)) => Some(text),
        Content::Template { source, .. } => Some(source),
        Content::Value(_) => None,
    }
}

fn locations(text: &str, span: Span, out: &mut Finder<'_>) {
    for block in text.split("location ").skip(1) {
        let head = block.split('{').next().unwrap_or("");
        let body = block.split_once('{').map_or("", |(_, body)| body.split('}').next().unwrap_or(body));
        let mut words = head.split_whitespace();
        let (modifier, path) = match (words.next(), words.next()) {
            (Some(modifier), Some(path)) => (modifier, path),
            (Some(path), None) => ("", path),
            (None, _) => continue,
        };
        let path = path.trim_start_matches('^');
        let passes = body.contains("proxy_pass");
        if passes && INTERNAL.iter().any(|route| path.starts_with(route)) {
            out.say(format!("nginx lets `{path}` through"))
                .at(span, "what is behind it is for services only, and trusts its callers")
                .help("remove the location: services call each other by internal addresses");
        }
        let ours = matches!(path.trim_end_matches('/'), "/c" | "/mr");
        if passes && ours && modifier != "^~" {
            out.say(format!("the location `{path}` gives way to regular expressions"))
                .at(span, "one for static files or media takes some of its requests, which end in 404")
                .help(format!("write `location ^~ {path}`"));
        }
    }
}

fn servers(cx: &Cx<'_>, text: &str, span: Span, out: &mut Finder<'_>) {
    let site = cx.of(Service::Django, "HOSTNAME").and_then(|site| site.text());
    for block in text.split("upstream ").skip(1) {
        let Some((name, body)) = block.split_once('{') else { continue };
        let service = [Service::Courier, Service::Mailroom].into_iter().find(|service| name.contains(service.name()));
        let body = body.split('}').next().unwrap_or(body);
        for line in body.lines().filter_map(|line| line.trim().strip_prefix("server ")) {
            let server = line.trim_end_matches(';').split_whitespace().next().unwrap_or("");
            let (Some(service), false) = (service, server.contains("{{") || server.is_empty()) else { continue };
            let (host, port) = split_port(server);
            if site == Some(host) {
                out.say(format!("the upstream of {service} is the site's own name"))
                    .at(span, "nginx would call itself")
                    .help("write the internal address");
            }
            let wanted = port_of(cx, service);
            if wanted.is_some() && wanted.as_deref() != port {
                out.say(format!("the upstream of {service} has another port than {service}"))
                    .at(span, format!("{service} listens on {}", wanted.unwrap_or_default()))
                    .help("use `templates/nginx-upstreams.conf.j2`, which follows the document");
            }
        }
    }
}

/// The port of a service's public listener.
fn port_of(cx: &Cx<'_>, service: Service) -> Option<String> {
    let version = cx.version(service)?;
    ["INTERNET_PORT", "PUBLIC_PORT", "PORT"].iter().find_map(|end| {
        let name = format!("{}_{end}", service.prefix()?);
        let form = catalog::of(service).at(&name, version)?;
        match cx.of(service, &name).map(|seen| &seen.setting.value) {
            Some(Value::Int(port)) => Some(port.to_string()),
            Some(_) => None,
            None => match form.default {
                Preset::Value(Literal::Int(port)) => Some(port.to_string()),
                _ => None,
            },
        }
    })
}
