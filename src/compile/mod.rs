//! Document and catalog to a [`Plan`].
//!
//! Facts are read once (`facts`), versions and hosts decided (`release`, `fleet`); then each service is compiled for
//! each placement (`unit`): what the document writes (`explicit`), what the catalog's rules derive (`rules`), and what
//! production needs anyhow. No stage before this one knows a release, and none after it knows a document. No secret
//! exists here: a value of the vault is a hole.

mod allowances;
mod broken;
mod explicit;
mod facts;
mod files;
mod fleet;
mod kind;
mod machines;
mod missing;
mod names;
mod outputs;
mod release;
mod rotation;
mod rules;
mod template;
mod unit;
mod written;

use std::collections::BTreeSet;
use std::rc::Rc;

use self::explicit::Reading;
use self::facts::Facts;
use self::fleet::{Fleet, Host};
use self::missing::Missing;
use self::written::Desk;
use crate::catalog;
use crate::diag::{FileId, Notes, SourceMap, Span, codes};
use crate::model::{Given, Lack, Part, Plan, Service, Text, Unit, Value, VaultChoice};
use crate::source::{Files, Node};
pub use rotation::age;

/// What is compiled.
pub struct Input<'a> {
    /// The environment's name.
    pub environment: &'a str,
    /// The merged document.
    pub tree: &'a Rc<Node>,
    /// The files that it was made of.
    pub sources: &'a [FileId],
    /// Places that the schema has already reported: nothing is read there.
    pub bad: &'a BTreeSet<Span>,
    /// Whether to compile for containers whatever the document places.
    pub containers: bool,
    /// Reads the files that the document names.
    pub files: &'a dyn Files,
}

/// Compiles a document. Findings go to `notes`; what could be compiled is in the plan.
pub fn compile(input: &Input<'_>, map: &SourceMap, notes: &mut Notes) -> Plan {
    let mut mentions = vec![];
    let mut desk = Desk { map, notes, mentions: &mut mentions };
    let containers = input.containers || input.tree.get("placement").is_some_and(|node| !node.is_null());
    let plaintext = is_plaintext(&vault(input.tree));
    let facts = facts::read(input.tree, facts::Options { containers, plaintext, bad: input.bad }, &mut desk);
    let mut plan = Plan { environment: input.environment.to_string(), vault: vault(input.tree), ..Plan::default() };
    plan.said = facts.given();
    plan.said.extend(vault_name(input.tree));
    plan.sources = input.sources.iter().map(|file| map.name(*file).to_string()).collect();
    if let Some(mut fleet) = fleet(input, &facts, containers, desk.notes) {
        plan.release = fleet.release.to_string();
        plan.hosts = machines::read(input.tree, &facts, &fleet);
        (plan.units, plan.lacks) = units(input, &facts, &mut fleet, &mut desk);
        let making = files::Making { tree: input.tree, facts: &facts, fleet: &fleet, files: input.files };
        plan.files = files::read(&making, &mut desk);
        outputs::apart(&plan, desk.notes);
    }
    vault_file(input.tree, &plan.vault, desk.notes);
    if !plaintext {
        tokens(input.sources, map, desk.notes);
    }
    plan.facts = facts.resources();
    plan.rotation = rotation::read(input.tree, desk.notes);
    plan.allowances = allowances::read(input.tree, desk.notes);
    mentions.sort_by_key(|mention| mention.span);
    mentions.dedup_by(|a, b| a.span == b.span && a.reference == b.reference);
    plan.references = mentions;
    plan
}

fn vault(tree: &Node) -> VaultChoice {
    let Some(vault) = tree.get("vault") else { return VaultChoice::default() };
    let text = |node: &Rc<Node>| node.scalar().filter(|_| !node.is_null()).map(|scalar| scalar.text.clone());
    let key = |key: &str| vault.get(key).and_then(text);
    VaultChoice {
        backend: key("backend"),
        file: key("file"),
        name: key("name").or_else(|| text(vault)),
        allow_http: key("allow_http").is_some_and(|word| word == "true"),
    }
}

/// Reports what is a token by its form, wherever it stands in the documents: in a comment it is as public.
fn tokens(sources: &[FileId], map: &SourceMap, notes: &mut Notes) {
    let told: BTreeSet<Span> = notes.iter().filter_map(|note| note.primary()).collect();
    for &file in sources {
        for (range, whose) in crate::diag::tokens(map.text(file)) {
            let span = Span::new(file, range.start, range.end);
            if !told.iter().any(|other| other.file == file && other.start <= span.start && span.end <= other.end) {
                notes
                    .error(codes::SECRET_PLAINTEXT, format!("{whose} stands here in the clear"))
                    .at(span, "anyone who reads this file can use it")
                    .help("put it into the vault and write its reference, `op://vault/item/field`")
                    .help("change it: what was committed is no secret any more");
            }
        }
    }
}

/// A vault that is a file names it, and only such a one does.
fn vault_file(tree: &Node, vault: &VaultChoice, notes: &mut Notes) {
    let Some(node) = tree.get("vault") else { return };
    match (vault.backend.as_deref(), &vault.file) {
        (Some("file"), None) => {
            notes
                .error(codes::MISSING_FACT, "`vault.file` is missing")
                .at(node.span, "the vault is a file")
                .help("add `file`");
        }
        (Some("file"), Some(_)) | (_, None) => {}
        (_, Some(_)) => {
            notes
                .warning(codes::UNKNOWN_KEY, "`vault.file` is read by the backend `file` only")
                .at(node.get("file").map(|file| file.span), "another backend is asked")
                .help("add `backend: file`, or remove the line");
        }
    }
}

/// The vault's name as a fact: it is no leaf of the grammar, as it may be a map.
fn vault_name(tree: &Node) -> Option<Given> {
    let vault = tree.get("vault")?;
    let (path, node) = match vault.get("name") {
        Some(name) => ("vault.name", name),
        None => ("vault", vault),
    };
    let value = Value::String(node.scalar().filter(|_| !node.is_null())?.text.clone());
    Some(Given { path: path.to_string(), value, span: node.span })
}

/// Whether the document's vault is a plaintext file: an encrypted one is named otherwise, as `demo.vault.yml.age`.
fn is_plaintext(vault: &VaultChoice) -> bool {
    vault.backend.as_deref() == Some("file")
        && vault.file.as_deref().is_some_and(|file| file.ends_with(".yml") || file.ends_with(".yaml"))
}

fn fleet(input: &Input<'_>, facts: &Facts, containers: bool, notes: &mut Notes) -> Option<Fleet> {
    let tree = input.tree;
    let release = release::read(tree, facts, notes)?;
    let hosts = if containers { vec![] } else { fleet::hosts(tree, notes) };
    let mapping = tree.get("hosts").and_then(|node| node.mapping());
    let named = mapping.is_some_and(|mapping| mapping.entries.iter().any(|entry| !entry.value.is_null()));
    if !containers && hosts.is_empty() && !named && !facts.is_broken("hosts") {
        notes
            .error(codes::BAD_PLACEMENT, "the document places no service")
            .at(tree.mapping().and_then(|m| m.entries.first()).map(|entry| entry.key.span), "")
            .help("add `hosts`, or `placement: containers`");
    }
    if let (true, Some(entry)) = (tree.get("hosts").is_some(), tree.mapping().and_then(|m| m.entry("placement")))
        && !entry.value.is_null()
        && tree.get("hosts").is_some_and(|hosts| !hosts.is_null())
    {
        notes
            .error(codes::BAD_PLACEMENT, "`hosts` and `placement` exclude each other")
            .at(&entry.key, "services run in containers")
            .help("remove one of them");
    }
    gone(tree, &release, &hosts, notes);
    Some(Fleet {
        release: release.rapidpro,
        django: catalog::django_pin(release.rapidpro),
        versions: release.versions,
        newer: release.newer,
        hosts,
        containers,
        secret_key: None,
        ports: fleet::written_ports(tree),
    })
}

/// Tells of services that a host runs and the release no longer has.
fn gone(tree: &Rc<Node>, release: &release::Release, hosts: &[Host], notes: &mut Notes) {
    for service in Service::ALL {
        let has = release.versions.iter().any(|(known, _)| *known == service);
        for host in hosts.iter().filter(|host| !has && host.runs(service)) {
            let list = tree.get("hosts").and_then(|node| node.get(&host.name)).and_then(|node| node.get("services"));
            let item = list.and_then(|n| n.sequence()).unwrap_or_default().iter();
            let span = item.into_iter().find(|i| i.scalar().is_some_and(|s| s.text == service.name())).map(|i| i.span);
            notes
                .info(codes::SERVICE_GONE, format!("RapidPro {} has no {service} any more", release.rapidpro))
                .at(span, format!("`{}` gets no file for it", host.name))
                .help(format!("remove `{service}` here once it is uninstalled"));
        }
    }
}

/// The units, and what they lack.
fn units(input: &Input<'_>, facts: &Facts, fleet: &mut Fleet, desk: &mut Desk<'_>) -> (Vec<Unit>, Vec<Lack>) {
    let plaintext = is_plaintext(&vault(input.tree));
    let mut written = vec![];
    for service in Service::ALL.into_iter().filter(|service| fleet.has(*service)) {
        let version = fleet.version(service);
        let (newer, containers) = (fleet.newer, fleet.containers);
        let reading = Reading { facts, service, version, newer, containers, plaintext, bad: input.bad };
        written.push((service, unit::written(input.tree, &reading, desk)));
    }
    let django = written.iter().find(|(service, _)| *service == Service::Django);
    fleet.secret_key = django.and_then(|(_, written)| whole_reference(written.value("SECRET_KEY")?));
    let mut missing = Missing::default();
    let mut units = vec![];
    for (service, written) in &written {
        for placement in fleet.placements(*service) {
            let making = unit::Making { facts, fleet, written, service: *service, placement: &placement };
            let settings = unit::settings(&making, &mut missing, desk.notes);
            let target = outputs::service_target(input.tree, *service, &placement, facts, fleet, desk.notes);
            let version = fleet.version(*service).to_string();
            let pinned = facts.fact(&format!("versions.{service}")).map(|fact| fact.span);
            let removed = written.removed();
            units.push(Unit { service: *service, placement, version, pinned, settings, removed, target });
        }
    }
    deletion(facts, fleet, desk.notes);
    let lacks = missing.lacks();
    missing.report(input.tree, desk.notes);
    let place = |unit: &Unit| fleet.hosts.iter().position(|host| unit.placement.host() == Some(&host.name));
    units.sort_by_key(|unit| (place(unit), unit.service));
    (units, lacks)
}

/// From v10.3.7 on the archiver deletes what it has uploaded, whatever anyone sets.
fn deletion(facts: &Facts, fleet: &Fleet, notes: &mut Notes) {
    let placed = !fleet.placements(Service::Archiver).is_empty();
    let switch = catalog::of(Service::Archiver).at("ARCHIVER_DELETE", fleet.version(Service::Archiver)).is_some();
    if let (true, false, Some(fact)) = (placed, switch, facts.fact("services.archiver.delete"))
        && fact.value == Value::Bool(false)
    {
        notes
            .error(
                codes::CHOICE_GONE,
                format!("archiver {} always deletes what it has archived", fleet.version(Service::Archiver)),
            )
            .at(fact.span, "its switch was removed in v10.3.7")
            .help("write `delete: true` if that is meant, or take the archiver off its host");
    }
}

fn whole_reference(value: &Value) -> Option<crate::model::Hole> {
    let Value::Text(Text { parts, .. }) = value else { return None };
    match parts.as_slice() {
        [Part::Hole(hole)] if hole.filters.is_empty() && !hole.optional => Some(hole.clone()),
        _ => None,
    }
}
