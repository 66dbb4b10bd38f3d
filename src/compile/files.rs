//! Outputs that are not a service's: a template file, or a value of the vault.

use std::collections::BTreeSet;
use std::rc::Rc;

use super::facts::{Facts, Lookup, SettingScope};
use super::fleet::Fleet;
use super::outputs::{self, bad};
use super::template;
use super::written::{Desk, Written, hole, written};
use crate::diag::{Notes, Span, codes};
use crate::model::{Becomes, Builder, Content, FileOutput, Hole, Placement, Service, Target, Value};
use crate::source::{Entry, Files, Node};

/// What reading them needs.
pub struct Making<'a> {
    /// The whole document.
    pub tree: &'a Rc<Node>,
    /// The facts.
    pub facts: &'a Facts,
    /// Releases and hosts.
    pub fleet: &'a Fleet,
    /// Reads `templates/NAME`.
    pub files: &'a dyn Files,
}

/// Every output that is not a service's, on each host that gets it.
pub fn read(making: &Making<'_>, desk: &mut Desk<'_>) -> Vec<FileOutput> {
    let entries =
        making.tree.get("outputs").and_then(|node| node.mapping()).map(|m| m.entries.clone()).unwrap_or_default();
    for entry in entries.iter().filter(|entry| Service::parse(&entry.key.value).is_some()) {
        for key in ["template", "content", "hosts"] {
            let written = entry.value.get(key).filter(|node| !node.is_null());
            if let Some(node) = written {
                let message =
                    format!("`{}` is a service, whose file is compiled for each of its hosts", entry.key.value);
                bad(desk.notes, Some(node.span), message, format!("remove `{key}`, or give the output another name"));
            }
        }
    }
    let own = entries.iter().filter(|entry| Service::parse(&entry.key.value).is_none() && !entry.value.is_null());
    own.flat_map(|entry| output(making, entry, desk)).collect()
}

fn output(making: &Making<'_>, entry: &Entry, desk: &mut Desk<'_>) -> Vec<FileOutput> {
    let (name, node) = (&entry.key.value, &entry.value);
    if making.facts.is_broken_within(&format!("outputs.{name}")) {
        return vec![];
    }
    if !outputs::is_plain(name) {
        bad(
            desk.notes,
            Some(entry.key.span),
            "an output's name becomes a folder and must be one plain word",
            "write letters, digits, `-` and `_`",
        );
        return vec![];
    }
    let (template, content) = (node.get("template"), node.get("content"));
    let content = match (template.filter(|n| !n.is_null()), content.filter(|n| !n.is_null())) {
        (Some(template), None) => from_template(making, template, desk),
        (None, Some(content)) => from_value(making, content, desk),
        _ => {
            bad(
                desk.notes,
                Some(entry.key.span),
                format!("`{name}` needs either `template` or `content`"),
                "name a file below `templates/`, or a reference",
            );
            None
        }
    };
    let Some(content) = content else { return vec![] };
    let mut target = Target {
        path: None,
        owner: "root".into(),
        group: "root".into(),
        mode: 0o600,
        mode_span: None,
        reactions: vec![],
        reactions_span: None,
        format: None,
    };
    outputs::overlay(&mut target, node, desk.notes);
    if target.path.is_none() && node.get("path").is_none() {
        bad(
            desk.notes,
            Some(entry.key.span),
            format!("`{name}` needs a `path`"),
            "write where it goes on the host, absolute",
        );
    }
    let placements = outputs::placements(node, making.fleet, desk.notes);
    let made = |placement: Placement| FileOutput {
        name: name.clone(),
        span: entry.key.span,
        placement,
        content: content.clone(),
        target: target.clone(),
    };
    placements.into_iter().map(made).collect()
}

fn from_value(making: &Making<'_>, node: &Rc<Node>, desk: &mut Desk<'_>) -> Option<Content> {
    let containers = making.fleet.containers;
    let mut scope = SettingScope { facts: making.facts, service: Service::Django, containers };
    match written(node, "content", &mut scope, desk) {
        Written::Broken => None,
        Written::Literal => node.scalar().map(|scalar| Content::Value(Value::string(&scalar.text))),
        Written::Parts(parts, _) => {
            let mut builder = Builder::default();
            builder.parts(parts, &[]).ok()?;
            Some(Content::Value(builder.finish(Becomes::String)))
        }
    }
}

fn from_template(making: &Making<'_>, node: &Rc<Node>, desk: &mut Desk<'_>) -> Option<Content> {
    let name = node.scalar().map(|scalar| scalar.text.clone()).unwrap_or_default();
    if !outputs::relative(&name) {
        bad(
            desk.notes,
            Some(node.span),
            "`template` must be relative to `templates/` and without `..`",
            "write the file's name",
        );
        return None;
    }
    let source = match making.files.read(&format!("templates/{name}")).map(String::from_utf8) {
        Ok(Ok(source)) => source,
        Ok(Err(_)) => {
            bad(desk.notes, Some(node.span), format!("`templates/{name}` is not UTF-8"), "save it as UTF-8");
            return None;
        }
        Err(why) => {
            bad(
                desk.notes,
                Some(node.span),
                format!("`templates/{name}` cannot be read: {why}"),
                "name a file below `templates/`",
            );
            return None;
        }
    };
    let named = match template::named_in_file(&source) {
        Ok(named) => named,
        Err(fault) => {
            let line = source.get(..fault.range.start).unwrap_or("").matches('\n').count() + 1;
            let note =
                desk.notes.error(codes::BAD_TEMPLATE, format!("`templates/{name}`, line {line}: {}", fault.message));
            note.at(node, "");
            fault.help.iter().for_each(|help| {
                note.help(help);
            });
            return None;
        }
    };
    let holes = named.references.iter().filter_map(|reference| hole(reference, node.span, desk)).collect::<Vec<Hole>>();
    let context = context(making, &named.paths, node.span, desk.notes);
    Some(Content::Template { name, source, context, holes })
}

/// What a template may read: the domain, the brand, every host, where each service is reached, and the resources that
/// it names, whole.
fn context(making: &Making<'_>, paths: &[String], at: Span, notes: &mut Notes) -> Vec<(String, Value)> {
    let mut wanted: BTreeSet<String> = ["domain", "brand", "hosts"].map(str::to_string).into();
    for path in paths {
        let mut parts = path.split('.');
        match (parts.next(), parts.next()) {
            (Some("resources"), Some(resource)) => drop(wanted.insert(format!("resources.{resource}"))),
            (Some("resources"), None) => {
                bad(
                    notes,
                    Some(at),
                    "a file template names the resources that it reads, one by one",
                    "write `resources.redis.host`",
                );
            }
            _ => {}
        }
    }
    let mut context = vec![];
    for path in making.facts.paths() {
        let inside =
            wanted.iter().any(|w| path == w || path.strip_prefix(w.as_str()).is_some_and(|rest| rest.starts_with('.')));
        if let (true, Some(Lookup::Fact(fact))) = (inside, making.facts.get(path)) {
            context.push((path.to_string(), fact.value.clone()));
        }
    }
    for service in Service::ALL {
        context.push((format!("upstreams.{service}"), Value::List(upstreams(making, service))));
    }
    context
}

/// `address:port` of every instance of a service's public listener, in the order of the document's hosts.
fn upstreams(making: &Making<'_>, service: Service) -> Vec<Value> {
    let names: Vec<String> = ["INTERNET_PORT", "PUBLIC_PORT", "PORT"]
        .iter()
        .filter_map(|end| service.prefix().map(|prefix| format!("{prefix}_{end}")))
        .collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let own = making.facts.fact(&format!("services.{service}.port")).map(|fact| fact.value.clone());
    let Some(port) = own.or_else(|| making.fleet.port(service, &names).map(Value::Int)) else { return vec![] };
    let reached = |host: &Value| {
        let mut address = Builder::default();
        address.value(host, &[crate::model::Filter::Host]).ok()?.known(":").value(&port, &[]).ok()?;
        Some(address.finish(Becomes::String))
    };
    if making.fleet.containers {
        return reached(&Value::string(service.name())).into_iter().collect();
    }
    let running =
        making.fleet.hosts.iter().filter(|host| host.processes.iter().any(|process| process == service.name()));
    running
        .filter_map(|host| making.facts.fact(&format!("hosts.{}.internal", host.name)))
        .filter_map(|fact| reached(&fact.value))
        .collect()
}
