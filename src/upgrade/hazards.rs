//! What an upgrade does that no setting says: a new hazard is one more entry of the table.

use super::draft::{Draft, item};
use super::item::{Done, Item, Kind};
use super::settings::written;
use super::{at, yaml};
use crate::catalog::{self, Literal, Preset, Version};
use crate::diag::Span;
use crate::model::{Origin, Service, Setting, Value, placeholder};

/// A hazard.
struct Hazard {
    name: &'static str,
    service: Service,
    /// The release of the service that brings it; it is told of when an upgrade passes it.
    since: Version,
    /// What is said, when it is one for this deployment.
    tell: fn(&mut Draft<'_>, &Hazard) -> Option<Told>,
}

/// What is said, where, and what is done.
struct Told(String, Option<Span>, Done);

#[rustfmt::skip]
const HAZARDS: &[Hazard] = &[
    hazard("stable-lines", Service::Django, (0, 0, 0), stable_lines),
    hazard("sentry-gone", Service::Django, (7, 5, 104), sentry),
    hazard("toml-renamed", Service::Courier, (9, 1, 1), |_, _| told("a file `courier.toml` beside the program is not read any more: its name is `config.toml`, and its values would be lost")),
    hazard("attachments-prefix", Service::Courier, (9, 3, 0), |draft, _| prefix(draft, Service::Courier, &["COURIER_S3_ATTACHMENTS_PREFIX", "COURIER_S3_MEDIA_PREFIX"])),
    hazard("attachments-prefix", Service::Mailroom, (9, 3, 0), |draft, _| prefix(draft, Service::Mailroom, &["MAILROOM_S3_ATTACHMENTS_PREFIX", "MAILROOM_S3_MEDIA_PREFIX"])),
    hazard("dynamo-tables", Service::Courier, (9, 3, 15), |draft, _| dynamo(draft, Service::Courier)),
    hazard("internal-listener", Service::Courier, (26, 1, 33), |draft, _| listener(draft, Service::Courier, 8081)),
    hazard("internal-listener", Service::Mailroom, (26, 1, 116), |draft, _| listener(draft, Service::Mailroom, 8091)),
    hazard("aws-chain", Service::Courier, (26, 3, 0), |draft, _| chain(draft, Service::Courier)),
    hazard("aws-chain", Service::Mailroom, (26, 3, 4), |draft, _| chain(draft, Service::Mailroom)),
    hazard("internal-open", Service::Courier, (26, 3, 3), |draft, _| open(draft, Service::Courier, "COURIER_INTERNAL_ADDRESS")),
    hazard("internal-open", Service::Mailroom, (26, 3, 7), |draft, _| open(draft, Service::Mailroom, "MAILROOM_INTERNAL_ADDRESS")),
    hazard("obfuscation-key", Service::Mailroom, (10, 3, 61), |draft, _| at_fact(draft, "resources.obfuscation_key", "ids of contacts in anonymous workspaces are hidden by this key: Django and Mailroom must have the same, and upstream's default is public")),
    hazard("engine-limits", Service::Mailroom, (26, 3, 45), limits),
    hazard("indexer-gone", Service::Mailroom, (26, 1, 66), |draft, _| indexer(draft)),
    hazard("archiver-deletes", Service::Archiver, (10, 3, 7), archiver),
    hazard("elasticsearch-7", Service::Indexer, (6, 1, 0), |draft, _| at_fact(draft, "resources.elasticsearch", "the indexer needs Elasticsearch 7 from v6.1.0 on: an older cluster must be upgraded before")),
];

const fn hazard(
    name: &'static str,
    service: Service,
    since: (u16, u16, u16),
    tell: fn(&mut Draft<'_>, &Hazard) -> Option<Told>,
) -> Hazard {
    Hazard { name, service, since: Version::new(since.0, since.1, since.2), tell }
}

/// Tells of every hazard on the way.
pub fn tell(draft: &mut Draft<'_>) {
    for hazard in HAZARDS {
        let always = hazard.since == Version::new(0, 0, 0);
        if !(draft.old.runs(hazard.service) && (always || draft.crosses(hazard.service, hazard.since))) {
            continue;
        }
        if let Some(Told(what, span, done)) = (hazard.tell)(draft, hazard) {
            let release = (!always).then_some(hazard.since);
            let base = item(Some(hazard.service), Kind::Hazard, hazard.name);
            draft.tell(Item { what, span, done, release, ..base });
        }
    }
}

fn told(what: &str) -> Option<Told> {
    Some(Told(what.to_string(), None, Done::Told))
}

fn at_fact(draft: &Draft<'_>, path: &str, what: &str) -> Option<Told> {
    Some(Told(what.to_string(), draft.nearest(path), Done::Told))
}

/// "You must first install and run the migrations for the latest stable release you are on, then every stable release
/// afterwards" (README of RapidPro; that of v26.2 says the same of snapshots).
fn stable_lines(draft: &mut Draft<'_>, _: &Hazard) -> Option<Told> {
    let (old, new) = draft.both(Service::Django)?;
    let mut between: Vec<(u16, u16)> =
        catalog::releases().filter(|release| *release > old).map(Version::line).collect();
    between.retain(|line| *line > old.line() && *line < new.line());
    between.dedup();
    let lines: Vec<String> = between.iter().map(|(major, minor)| format!("{major}.{minor}")).collect();
    let what = match lines.as_slice() {
        [] => return None,
        lines => format!(
            "the database's migrations run line by line: deploy the last release of {}, and migrate at each, before this one",
            lines.join(", ")
        ),
    };
    Some(Told(what, draft.key("release"), Done::Told))
}

/// SENTRY_DSN was read from v6.1.29 to v7.5.103.
fn sentry(draft: &mut Draft<'_>, _: &Hazard) -> Option<Told> {
    let setting =
        draft.old.told(Service::Django, "SENTRY_DSN").or_else(|| draft.old.told(Service::Django, "RAVEN_CONFIG"))?;
    let what = "Django's errors reach Sentry no more: the settings module must initialise it itself";
    Some(Told(what.to_string(), setting.origin.span(), Done::Told))
}

/// Courier and Mailroom file attachments under `attachments` from v9.3.0 on (backend.go, orgs.go); the prefix was `media/`
/// and `attachments/` by default.
fn prefix(draft: &Draft<'_>, service: Service, names: &[&str]) -> Option<Told> {
    let told = names.iter().find_map(|name| draft.old.told(service, name));
    let version = draft.old.version(service)?;
    let default = names.iter().find_map(|name| catalog::of(service).at(name, version)).map(|form| form.default);
    let was = match (told.map(|setting| &setting.value), default) {
        (Some(Value::String(text)), _) => text.as_str(),
        (Some(_), _) => "",
        (None, Some(Preset::Value(Literal::Text(text)))) => text,
        (None, _) => return None,
    };
    if was.trim_matches('/') == "attachments" {
        return None;
    }
    let what = "new attachments are filed under `attachments/`, whatever the prefix was: policies and life-cycle rules for the old one do not reach them";
    Some(Told(what.to_string(), told.and_then(|setting| setting.origin.span()), Done::Told))
}

fn dynamo(draft: &Draft<'_>, service: Service) -> Option<Told> {
    let what = format!(
        "channel logs go to DynamoDB instead of a bucket: its tables must be there before {service} starts, under the prefix `resources.dynamo.table_prefix`, else `Temba`, and its credentials allowed to use them"
    );
    Some(Told(what, draft.nearest("resources.dynamo"), Done::Told))
}

fn listener(draft: &Draft<'_>, service: Service, usual: i64) -> Option<Told> {
    let prefix = catalog::of(service).prefix?;
    let told = |name: &str| draft.new.told(service, &format!("{prefix}_INTERNAL_{name}")).map(|setting| &setting.value);
    let port = if let Some(Value::Int(port)) = told("PORT") { *port } else { usual };
    let on = match told("ADDRESS") {
        Some(Value::String(address)) if is_every(address) => "on all interfaces".to_string(),
        Some(Value::String(address)) => format!("on {address}"),
        Some(_) => "on the host's internal address".to_string(),
        None => "on localhost".to_string(),
    };
    let what = format!(
        "a second listener opens {on}, port {port}, for RapidPro's own services: let the other hosts reach it, and no proxy and no security group pass it to the internet"
    );
    Some(Told(what, draft.place(service), Done::Told))
}

fn is_every(address: &str) -> bool {
    matches!(address, "" | "0.0.0.0" | "::")
}

fn chain(draft: &Draft<'_>, service: Service) -> Option<Told> {
    let what = format!(
        "credentials and region come from AWS's own chain, AWS_ACCESS_KEY_ID and AWS_REGION among it: another profile or role of the host may answer first, and without a region {service} does not start"
    );
    Some(Told(what, draft.nearest("resources.s3.credentials"), Done::Told))
}

/// The default became every interface when the listeners were renamed.
fn open(draft: &Draft<'_>, service: Service, name: &str) -> Option<Told> {
    let bound = draft.new.told(service, name);
    let open = |setting: &Setting| matches!(&setting.value, Value::String(address) if is_every(address));
    let every = bound.is_none_or(open);
    let what = match every {
        true => "the internal listener is open on all interfaces, where it was on localhost: keep the internet from its port".to_string(),
        false => format!("the default of `{name}` became all interfaces; this deployment binds its own address"),
    };
    Some(Told(what, bound.and_then(|setting| setting.origin.span()).or_else(|| draft.place(service)), Done::Told))
}

fn limits(draft: &mut Draft<'_>, _: &Hazard) -> Option<Told> {
    let names = [
        "MAILROOM_MAX_STEPS_PER_SPRINT",
        "MAILROOM_MAX_RESUMES_PER_SESSION",
        "MAILROOM_MAX_SPRINTS_PER_SESSION",
        "MAILROOM_MAX_VALUE_LENGTH",
    ];
    let setting = names.iter().find_map(|name| draft.old.told(Service::Mailroom, name))?;
    let what =
        "the engine's limits cannot be configured any more: flows that needed other ones stop where upstream's end";
    Some(Told(what.to_string(), setting.origin.span(), Done::Told))
}

/// The last indexer is v10.3.2; mailroom v26.1.76 dropped the indexer's own index.
fn indexer(draft: &Draft<'_>) -> Option<Told> {
    let gone = draft.old.runs(Service::Indexer) && draft.new.version(Service::Indexer).is_none();
    let what = "the indexer ends and Mailroom indexes contacts itself, into an index of its own: searches find only who is in that one";
    gone.then(|| Told(what.to_string(), draft.place(Service::Indexer), Done::Told))
}

/// Up to v10.3.6 rows were deleted only when ARCHIVER_DELETE was true; from v10.3.7 on they are deleted, always. Whoever
/// did not delete is asked, for what is deleted does not come back.
fn archiver(draft: &mut Draft<'_>, _: &Hazard) -> Option<Told> {
    let (service, name) = (Service::Archiver, "ARCHIVER_DELETE");
    let setting: Option<&Setting> = draft.old.told(service, name);
    if setting.is_some_and(|setting| setting.value == Value::Bool(true)) {
        return None;
    }
    let explicit = written(&draft.tree, service).into_iter().find(|entry| entry.key.value == name);
    let fact = at(&draft.tree, "services.archiver.delete").map(|node| node.span);
    let derived = setting.and_then(|setting| match &setting.origin {
        Origin::Derived { .. } => setting.origin.span(),
        _ => None,
    });
    let span = explicit.map(|entry| entry.key.span).or(derived).or(fact).or_else(|| draft.place(service));
    let asked = "true, and the archiver deletes from the database what it has archived, as this release always does; who does not want that takes the archiver off its host";
    draft.set("services.archiver.delete", &yaml::quoted(&placeholder(asked)));
    let what = "it begins to delete archived messages and runs from the database: its switch is gone, and this deployment had it off";
    Some(Told(what.to_string(), span, Done::FillIn))
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use super::*;
    use crate::catalog::Train;
    use crate::check::Day;
    use crate::diag::{Notes, SourceMap};
    use crate::source::{self, FileError, Files};
    use crate::upgrade::{Input, rest};

    struct Nothing;

    impl Files for Nothing {
        fn read(&self, _: &str) -> Result<Vec<u8>, FileError> {
            Err(FileError::NotFound)
        }
    }

    /// The hazards of an upgrade from 26.2 to releases that no train has yet.
    fn check(text: &str, expect: &[&str]) {
        let mut map = SourceMap::default();
        let file = map.add("env/x.yml", text);
        let tree = source::parse(file, text, &mut Notes::default()).expect(text);
        let day = Day::parse("2026-07-01").expect("a day");
        let input = Input { environment: "x", path: "env/x.yml", files: &Nothing, today: day };
        let from = catalog::train("26.2").expect("a train");
        let to = Train { courier: Version::new(26, 3, 10), mailroom: Version::new(26, 3, 46), ..from };
        let mut draft = Draft::new(&input, &map, Rc::clone(&tree), &from, to);
        draft.release("26.2");
        rest::settle(&mut draft);
        tell(&mut draft);
        let hazards = draft.finished().into_iter().filter(|item| item.kind == Kind::Hazard);
        let said: Vec<String> = hazards.map(|item| format!("{} {}", item.name, item.what)).collect();
        assert_eq!(said.len(), expect.len(), "{said:#?}");
        for expect in expect {
            assert!(said.iter().any(|said| said.starts_with(expect)), "{expect}: {said:#?}");
        }
    }

    #[test]
    fn internal_listeners_open_to_all_where_nothing_binds_them() {
        let hosts = "release: '26.2'\nhosts: {a: {internal: 10.0.0.1, services: [courier, mailroom]}}\n";
        check(
            hosts,
            &[
                "internal-open the default of `COURIER_INTERNAL_ADDRESS` became all interfaces; this deployment binds",
                "aws-chain credentials and region",
                "internal-open the default of `MAILROOM_INTERNAL_ADDRESS` became all",
                "aws-chain ",
            ],
        );
        let null = format!(
            "{hosts}services: {{courier: {{COURIER_INTERNAL_ADDRESS: null}}, mailroom: {{MAILROOM_MAX_VALUE_LENGTH: 900}}}}\n"
        );
        check(
            &null,
            &[
                "internal-open the internal listener is open on all interfaces",
                "aws-chain ",
                "engine-limits ",
                "internal-open the default",
                "aws-chain ",
            ],
        );
        check(
            "release: '26.2'\nplacement: containers\n",
            &[
                "internal-open the internal listener is open on all interfaces",
                "aws-chain ",
                "internal-open the internal listener is open on all interfaces",
                "aws-chain ",
            ],
        );
    }
}
