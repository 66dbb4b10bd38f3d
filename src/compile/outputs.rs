//! Where files go on a host: the services' own, as RapidPro's roles have them, and what `outputs` says.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::facts::{Facts, home, user};
use super::fleet::{Fleet, Host};
use crate::diag::{Notes, Span, Spanned, codes, nearest};
use crate::model::{Action, Placement, Plan, Reaction, Reference, Service, Target};
use crate::source::Node;

/// The order in which units follow a change: callees before their callers, and Celery after the settings' owner.
const ORDER: [&str; 7] = ["mailroom", "courier", "django", "celery", "beat", "indexer", "archiver"];

/// How a service's file is installed on a placement.
pub fn service_target(
    tree: &Node,
    service: Service,
    placement: &Placement,
    facts: &Facts,
    fleet: &Fleet,
    notes: &mut Notes,
) -> Target {
    let home = match facts.known(&format!("services.{service}.home")) {
        Some(home) => home.to_string(),
        None => home(service, fleet.containers),
    };
    let owner = facts.known(&format!("services.{service}.user")).unwrap_or_else(|| user(service)).to_string();
    let (file, group, mode) = match service {
        Service::Django => ("temba/settings.py", "www-data".to_string(), 0o640),
        _ => ("environment", owner.clone(), 0o600),
    };
    let path = placement.host().map(|_| format!("{home}/app/{file}"));
    let reactions = placement.host().map_or_else(Vec::new, |name| reactions(service, name, fleet));
    let mut target =
        Target { path, owner, group, mode, mode_span: None, reactions, reactions_span: None, format: None };
    if let Some(node) = tree.get("outputs").and_then(|outputs| outputs.get(service.name())) {
        overlay(&mut target, node, notes);
        if placement.host().is_none() {
            target.path = None;
        }
    }
    target
}

fn reactions(service: Service, host: &str, fleet: &Fleet) -> Vec<Reaction> {
    let Some(host) = fleet.hosts.iter().find(|known| known.name == host) else { return vec![] };
    let runs = |process: &&str| match service {
        Service::Django => matches!(*process, "django" | "celery" | "beat"),
        other => *process == other.name(),
    };
    let here = ORDER.iter().filter(|process| host.processes.iter().any(|known| known == **process)).filter(|p| runs(p));
    here.map(|process| reaction(unit(process), Action::Restart)).collect()
}

fn unit(process: &str) -> &'static str {
    match process {
        "django" => "django.service",
        "celery" => "celery-django.service",
        "beat" => "celerybeat-django.service",
        "courier" => "courier.service",
        "mailroom" => "mailroom.service",
        "archiver" => "rapidpro-archiver.service",
        _ => "rapidpro-indexer.service",
    }
}

/// Lays an `outputs` entry over a target.
pub fn overlay(target: &mut Target, node: &Rc<Node>, notes: &mut Notes) {
    // References and templates are reported with the facts, where literals are asked for.
    let literal = |text: &str| !Reference::looks_like(text) && !text.contains("{{");
    let scalar = |key: &str| node.get(key).filter(|n| !n.is_null()).and_then(|n| n.scalar());
    let text = |key: &str| scalar(key).map(|s| s.text.clone()).filter(|text| literal(text));
    let span = |key: &str| node.get(key).map(|n| n.span);
    if let Some(path) = text("path") {
        if is_file(&path) {
            target.path = Some(path);
        } else {
            bad(
                notes,
                span("path"),
                "`path` must be a file's, absolute and without `..`",
                "write the whole path on the host",
            );
        }
    }
    if let Some(owner) = text("owner") {
        target.owner = owner;
    }
    if let Some(group) = text("group") {
        target.group = group;
    }
    if let (Some(value), Some(span)) = (text("format"), span("format")) {
        target.format = Some(Spanned { value, span });
    }
    if let Some(mode) = text("mode") {
        // It is read as it is written: there, a zero in front is as it should be.
        notes.withdraw(codes::YAML_OCTAL, span("mode"));
        match u32::from_str_radix(mode.trim_start_matches("0o"), 8) {
            Ok(mode) if mode <= 0o777 => (target.mode, target.mode_span) = (mode, span("mode")),
            _ => bad(notes, span("mode"), "`mode` must be octal permission bits", "write `\"0600\"`"),
        }
    }
    let action = node.get("on_change").filter(|n| !n.is_null()).map(|n| action(n));
    if let Some(Action::Command(words)) = &action
        && let [word] = words.as_slice()
        && let Some(near) = nearest(word, ["restart", "reload"]).first()
    {
        let message = format!("`on_change` is neither `restart` nor `reload`, and `{word}` would be run as a command");
        bad(notes, span("on_change"), message, format!("write `{near}`"));
    }
    target.reactions_span = span("unit").or_else(|| span("on_change"));
    match (text("unit"), action) {
        (Some(unit), action) => target.reactions = vec![reaction(&unit, action.unwrap_or(Action::Restart))],
        (None, Some(action)) if target.reactions.is_empty() => {
            target.reactions = vec![reaction("", action)];
        }
        (None, Some(action)) => target.reactions.iter_mut().for_each(|reaction| reaction.action = action.clone()),
        (None, None) => {}
    }
    if let Some(health) = node.get("health").filter(|n| !n.is_null()).map(|n| words(n)) {
        target.reactions.iter_mut().for_each(|reaction| reaction.health = health.clone());
    }
    let orphan = target.reactions.iter().any(|r| r.unit.is_empty() && !matches!(r.action, Action::Command(_)));
    if orphan {
        bad(
            notes,
            node.get("on_change").map(|n| n.span),
            "`on_change` needs a `unit` to restart or reload",
            "add `unit`, or write a command",
        );
        target.reactions.clear();
    }
}

/// Refuses two files at one place of a host: the later would win, and the earlier one's reader fail.
pub fn apart(plan: &Plan, notes: &mut Notes) {
    let services = plan.units.iter().map(|unit| (unit.service.name(), &unit.placement, &unit.target, None));
    let files = plan.files.iter().map(|file| (file.name.as_str(), &file.placement, &file.target, Some(file.span)));
    let mut taken: BTreeMap<(&str, &str), &str> = BTreeMap::new();
    for (name, placement, target, span) in services.chain(files) {
        let (Some(host), Some(path)) = (placement.host(), target.path.as_deref()) else { continue };
        if let Some(first) = taken.insert((host, path), name) {
            let message = format!("`{first}` and `{name}` go to the same place on `{host}`");
            bad(notes, span, message, "give one of them another `path`");
        }
    }
}

fn reaction(unit: &str, action: Action) -> Reaction {
    Reaction { unit: unit.to_string(), action, health: vec![] }
}

fn words(node: &Node) -> Vec<String> {
    match node.sequence() {
        Some(items) => items.iter().filter_map(|item| item.scalar()).map(|s| s.text.clone()).collect(),
        None => node.scalar().map(|s| s.text.split_whitespace().map(str::to_string).collect()).unwrap_or_default(),
    }
}

fn action(node: &Node) -> Action {
    let words = words(node);
    match words.as_slice() {
        [word] if word == "restart" => Action::Restart,
        [word] if word == "reload" => Action::Reload,
        _ => Action::Command(words),
    }
}

/// The placements of an output that is not a service's.
pub fn placements(node: &Rc<Node>, fleet: &Fleet, notes: &mut Notes) -> Vec<Placement> {
    if fleet.containers {
        return vec![Placement::Containers];
    }
    let Some(list) = node.get("hosts").filter(|n| !n.is_null()) else {
        return match fleet.hosts.as_slice() {
            [only] => vec![Placement::Host(only.name.clone())],
            _ => {
                bad(
                    notes,
                    Some(node.span),
                    "an output that is not a service's needs `hosts`",
                    "name the hosts that get it, as in `hosts: [web]`",
                );
                vec![]
            }
        };
    };
    let mut found = vec![];
    for item in list.sequence().unwrap_or_default() {
        let name = item.scalar().map(|s| s.text.as_str()).unwrap_or_default();
        match fleet.hosts.iter().find(|host| host.name == name) {
            Some(Host { name, .. }) => found.push(Placement::Host(name.clone())),
            None => {
                let known: Vec<&str> = fleet.hosts.iter().map(|host| host.name.as_str()).collect();
                let help = format!("name one of `{}`", known.join("`, `"));
                bad(notes, Some(item.span), format!("there is no host `{name}`"), help);
            }
        }
    }
    found
}

/// Whether a path is absolute, goes straight, and ends with a file's name.
fn is_file(path: &str) -> bool {
    path.strip_prefix('/').is_some_and(relative)
}

/// Whether a name can be a folder: one word of letters, digits, `-` and `_`.
pub fn is_plain(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_'))
}

/// Whether a name may become part of a path: no `..`, no slash at an end, no control characters.
pub fn relative(name: &str) -> bool {
    !name.is_empty()
        && !name.starts_with('/')
        && !name.chars().any(char::is_control)
        && name.split('/').all(|part| !part.is_empty() && part != ".." && part != ".")
}

/// Reports a fault of an output.
pub fn bad(notes: &mut Notes, span: Option<Span>, message: impl Into<String>, help: impl Into<String>) {
    notes.error(codes::BAD_OUTPUT, message).at(span, "").help(help);
}
