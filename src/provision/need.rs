//! What each reference of a plan must stand for: how a value that is missing comes to be, and in what kind of item.

use std::collections::BTreeMap;

use crate::catalog::{self, Secrecy};
use crate::diag::Span;
use crate::model::{Attribute, Hole, Origin, Plan, Reference, Service};
use crate::vault::{Batch, Strength};

/// How a missing value comes to be. Where several settings read one reference, the last of these counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Made {
    /// By chance: nobody else knows it, and whoever reads it is told it by rpconf.
    ByChance(Strength),
    /// By a person, as it is made or known elsewhere; where.
    ByHand(&'static str),
    /// Not at all; why.
    Not(&'static str),
}

/// What a reference must stand for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Need {
    /// The category of its item, as 1Password names it.
    pub category: &'static str,
    /// How its value comes to be.
    pub made: Made,
}

const AWS: &str = "AWS makes it, with its key pair";
const MAIL: &str = "the mail's provider gives it";
const DATABASE: &str = "the database has it";
const YOURS: &str = "only you know it";

use Made::{ByChance, ByHand, Not};

/// Facts of the document, by the beginning of their path: the first that fits.
const FACTS: &[(&str, &str, Made)] = &[
    ("resources.postgres.password", "DATABASE", ByChance(Strength::Password)),
    ("resources.postgres.readonly.password", "DATABASE", ByChance(Strength::Password)),
    ("resources.postgres.", "DATABASE", ByHand(DATABASE)),
    ("resources.redis.password", "PASSWORD", ByChance(Strength::Password)),
    ("resources.elasticsearch.password", "PASSWORD", ByChance(Strength::Password)),
    ("resources.mailroom.auth_token", "PASSWORD", ByChance(Strength::Password)),
    ("resources.courier.auth_token", "PASSWORD", ByChance(Strength::Password)),
    ("resources.obfuscation_key", "PASSWORD", ByChance(Strength::Hex)),
    ("resources.s3.", "API_CREDENTIAL", ByHand(AWS)),
    ("resources.smtp.", "LOGIN", ByHand(MAIL)),
    ("", "PASSWORD", ByHand(YOURS)),
];

/// Settings that hold a secret of the deployment's own. Every other secret is its provider's.
const SETTINGS: &[(&str, Strength)] = &[
    ("SECRET_KEY", Strength::SecretKey),
    ("MAILROOM_AUTH_TOKEN", Strength::Password),
    ("COURIER_AUTH_TOKEN", Strength::Password),
    ("MAILROOM_COURIER_AUTH_TOKEN", Strength::Password),
    ("FLOW_SERVER_AUTH_TOKEN", Strength::Password),
    ("WEBSOCKETS_AUTH_SECRET", Strength::Password),
    ("COURIER_CENTRIFUGO_KEY", Strength::Password),
    ("MAILROOM_CENTRIFUGO_KEY", Strength::Password),
    ("FACEBOOK_WEBHOOK_SECRET", Strength::Password),
    ("COURIER_FACEBOOK_WEBHOOK_SECRET", Strength::Password),
    ("COURIER_STATUS_PASSWORD", Strength::Password),
    ("MAILROOM_ELASTIC_PASSWORD", Strength::Password),
    ("MAILROOM_ID_OBFUSCATION_KEY", Strength::Hex),
    ("ID_OBFUSCATION_KEY", Strength::Hex),
    ("ID_OBFUSCATION_KEYS", Strength::Hex),
];

/// What each of a batch's references must stand for, in its order.
pub fn needs(plan: &Plan, batch: &Batch) -> Vec<Need> {
    let facts = facts(plan);
    let mut uses: BTreeMap<usize, Need> = BTreeMap::new();
    let mut note = |reference: &Reference, need: Need| {
        let Some(at) = batch.index(reference) else { return };
        let known = uses.entry(at).or_insert(need);
        if need.made > known.made {
            *known = need;
        }
    };
    for unit in &plan.units {
        for setting in &unit.settings {
            setting.value.texts(&mut |text| {
                for hole in text.holes() {
                    let own = || of_setting(unit.service, &setting.name);
                    note(&hole.reference, of_hole(hole, &facts).unwrap_or_else(own));
                }
            });
        }
    }
    for reference in plan.files.iter().flat_map(|file| file.content.references()) {
        let mention = plan.references.iter().find(|mention| mention.reference == reference);
        let known = mention.and_then(|mention| of_fact(mention.span, &facts));
        note(&reference, known.unwrap_or(need("DOCUMENT", Not("it is a file's content: put it there yourself"))));
    }
    let of = |(at, reference): (usize, &Reference)| match uses.get(&at) {
        _ if reference.attribute != Attribute::Value || reference.openssh => {
            need("PASSWORD", Not("the vault derives it from another value"))
        }
        Some(known) => *known,
        None => need("PASSWORD", Not("no setting of this release reads it")),
    };
    batch.references().iter().enumerate().map(of).collect()
}

fn need(category: &'static str, made: Made) -> Need {
    Need { category, made }
}

/// The facts that settings were derived from, by their places.
fn facts(plan: &Plan) -> Vec<(Span, &str)> {
    let derived = plan.units.iter().flat_map(|unit| &unit.settings).filter_map(|setting| match &setting.origin {
        Origin::Derived { facts, .. } => Some(facts),
        _ => None,
    });
    derived.flatten().filter_map(|fact| Some((fact.span?, fact.path.as_str()))).collect()
}

fn of_hole(hole: &Hole, facts: &[(Span, &str)]) -> Option<Need> {
    if hole.optional {
        return Some(need("PASSWORD", Not("it is optional: its setting is left out while it is missing")));
    }
    of_fact(hole.span, facts)
}

/// What the fact that stands around a place must be.
fn of_fact(place: Span, facts: &[(Span, &str)]) -> Option<Need> {
    let around = |span: &Span| span.file == place.file && span.start <= place.start && place.end <= span.end;
    let (_, path) = facts.iter().find(|(span, _)| around(span))?;
    // A setting can be another's fact, as SECRET_KEY is for SECRET_KEY_FALLBACKS.
    let own = path.strip_prefix("services.").and_then(|rest| rest.split_once('.'));
    if let Some((service, name)) = own.and_then(|(service, name)| Some((Service::parse(service)?, name))) {
        return Some(of_setting(service, name));
    }
    let (_, category, made) = FACTS.iter().find(|(start, ..)| path.starts_with(start))?;
    Some(need(category, *made))
}

fn of_setting(service: Service, name: &str) -> Need {
    let known = SETTINGS.iter().find(|(known, _)| *known == name);
    let secret = catalog::of(service).setting(name).is_some_and(|setting| setting.secrecy != Secrecy::Open);
    match known {
        Some((_, strength)) => need("PASSWORD", ByChance(*strength)),
        None if secret => need("API_CREDENTIAL", ByHand("its provider makes it")),
        None => need("PASSWORD", ByHand(YOURS)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Target;
    use crate::diag::{Notes, SourceMap};
    use crate::source::{FileError, Files};

    struct One(String);

    impl Files for One {
        fn read(&self, path: &str) -> Result<Vec<u8>, FileError> {
            if path == "env/x.yml" { Ok(self.0.as_bytes().to_vec()) } else { Err(FileError::NotFound) }
        }
    }

    const DOCUMENT: &str = r#"
release: "RELEASE"
domain: example.org
brand: {name: X}
hosts: {all: {internal: 10.0.0.1, services: [django, courier, mailroom, archiver]}}
resources:
  postgres: {host: op://V/Db/server, port: 5432, database: d, user: u, password: op://V/Db/password, sslmode: require,
    admin: {user: a, password: op://V/Admin/password}}
  redis: {host: r, port: 6379, db: 1, password: op://V/Redis/password}
  elasticsearch: {url: "https://e:9200"}
  s3: {region: eu-west-1, credentials: keys, access_key_id: op://V/S3/access key id, secret_access_key: op://V/S3/secret,
    buckets: {attachments: a, archives: b, logs: c}}
  smtp: {host: s, port: 587, user: u, password: op://V/Mail/password, from: a@b}
  mailroom: {auth_token: op://V/Mailroom/token}
  courier: {auth_token: op://V/Shared/token}
  obfuscation_key: op://V/Obfuscation/key
services:
  django:
    SECRET_KEY: op://V/Django/key
  courier:
    COURIER_STATUS_PASSWORD: op://V/Shared/token
    COURIER_SENTRY_DSN: {ref: {vault: V, item: Sentry, field: dsn}, optional: true}
    COURIER_FACEBOOK_APPLICATION_SECRET: op://V/Meta/secret
    COURIER_LIBRATO_USERNAME: op://V/Meta/name
  archiver: {delete: true}
outputs:
  pem: {content: op://V/Pem/key, path: /etc/pem}
"#;

    fn check(needs: &[(String, Need)], reference: &str, category: &str, made: Made) {
        let found = needs.iter().find(|(known, _)| known == reference).map(|(_, need)| *need);
        assert_eq!(found.map(|need| (need.category, need.made)), Some((category, made)), "{reference}");
    }

    /// What the document's references must be at a release, and whether it is one there at all.
    fn at(release: &str) -> (Vec<(String, Need)>, bool) {
        let target = Target { environment: "x".into(), path: "env/x.yml".into(), containers: false };
        let (mut map, mut notes) = (SourceMap::default(), Notes::default());
        let files = One(DOCUMENT.replace("RELEASE", release));
        let plan = crate::compile(&target, &files, &mut map, &mut notes).expect("a plan");
        let batch = super::super::batch(&plan);
        let names = batch.references().iter().map(ToString::to_string);
        (names.zip(needs(&plan, &batch)).collect(), !notes.failed())
    }

    #[test]
    fn each_reference_is_what_its_settings_ask_for() {
        let (needs, sound) = at("9.2");
        assert!(sound);
        let is = |reference: &str, category: &str, made: Made| check(&needs, reference, category, made);
        is("op://V/Db/server", "DATABASE", ByHand(DATABASE));
        is("op://V/Db/password", "DATABASE", ByChance(Strength::Password));
        is("op://V/Admin/password", "PASSWORD", Not("no setting of this release reads it"));
        is("op://V/Redis/password", "PASSWORD", ByChance(Strength::Password));
        is("op://V/S3/access key id", "API_CREDENTIAL", ByHand(AWS));
        is("op://V/S3/secret", "API_CREDENTIAL", ByHand(AWS));
        is("op://V/Mail/password", "LOGIN", ByHand(MAIL));
        is("op://V/Mailroom/token", "PASSWORD", ByChance(Strength::Password));
        is("op://V/Shared/token", "PASSWORD", ByChance(Strength::Password));
        is("op://V/Obfuscation/key", "PASSWORD", Not("no setting of this release reads it"));
        is("op://V/Django/key", "PASSWORD", ByChance(Strength::SecretKey));
        is("op://V/Meta/secret", "API_CREDENTIAL", ByHand("its provider makes it"));
        is("op://V/Meta/name", "PASSWORD", ByHand(YOURS));
        is("op://V/Sentry/dsn", "PASSWORD", Not("it is optional: its setting is left out while it is missing"));
        is("op://V/Pem/key", "DOCUMENT", Not("it is a file's content: put it there yourself"));
        check(&at("26.2").0, "op://V/Obfuscation/key", "PASSWORD", ByChance(Strength::Hex));
    }

    #[test]
    fn the_settings_of_the_table_are_in_the_catalog() {
        for (name, _) in SETTINGS {
            assert!(Service::ALL.iter().any(|service| catalog::of(*service).setting(name).is_some()), "{name}");
        }
    }
}
