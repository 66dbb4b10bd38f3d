//! The document's resources with their values, and the strategies and the lock that are made of them.

use std::rc::Rc;
use std::str::FromStr;
use std::time::Duration;

use super::ask::Terminal;
use super::outside::Edge;
use crate::catalog::{self, Version};
use crate::cli::env;
use crate::cli::exit::Failure;
use crate::link;
use crate::model::{Plan, Reference, Secret, Value};
use crate::rotate::strategies::iam::{self, AccessKeys, Place};
use crate::rotate::strategies::manual::{self, Manual};
use crate::rotate::strategies::postgres::{AdvisoryLock, Backend, InPlace, RolePair, Server, SslMode};
use crate::rotate::strategies::redis::{self, Redis};
use crate::rotate::strategies::secret_key::SecretKey;
use crate::rotate::strategies::smtp;
use crate::rotate::strategies::token::{self, Token};
use crate::rotate::{Blocked, Credential, Strategy, Target};
use crate::vault::{Answers, Batch, Lock, Names, Vault, VaultError};

/// The facts of `resources`, filled.
pub struct Resources<'a> {
    plan: &'a Plan,
    answers: Answers,
}

impl<'a> Resources<'a> {
    /// Fetches what the facts refer to.
    pub async fn fetch(plan: &'a Plan, vault: &dyn Vault, lock: &Lock) -> Result<Resources<'a>, VaultError> {
        let mut references: Vec<Reference> = vec![];
        for fact in plan.facts.values() {
            fact.value.texts(&mut |text| references.extend(text.holes().iter().map(|hole| hole.reference.clone())));
        }
        let answers = crate::vault::fetch(vault, &Batch::of(references.iter()), lock, Names::Learn).await?;
        Ok(Self { plan, answers })
    }

    /// A fact that holds a secret.
    pub fn secret(&self, path: &str) -> Result<Option<Secret<String>>, Failure> {
        let Some(fact) = self.plan.facts.get(path) else { return Ok(None) };
        let filled = fact.value.try_fill(&mut |text| link::text(text, &self.answers));
        let unfilled = |_| Failure::Backend(format!("the vault has no fitting value for `resources.{path}`"));
        match filled.map_err(unfilled)? {
            Some(Value::String(text)) => Ok(Some(Secret::new(text))),
            Some(Value::Int(number)) => Ok(Some(Secret::new(number.to_string()))),
            Some(Value::Bool(flag)) => Ok(Some(Secret::new(flag.to_string()))),
            _ => Ok(None),
        }
    }

    /// A fact that holds none, though the vault may have it.
    #[expect(clippy::disallowed_methods, reason = "host names, ports and users are told to whoever connects")]
    pub fn text(&self, path: &str) -> Result<Option<String>, Failure> {
        Ok(self.secret(path)?.map(|text| text.expose().clone()))
    }

    fn needed(&self, path: &str) -> Result<String, Failure> {
        self.text(path)?.ok_or_else(|| Failure::Usage(format!("the document has no `resources.{path}`")))
    }

    fn number<T: FromStr>(&self, path: &str, default: T) -> Result<T, Failure> {
        let Some(text) = self.text(path)? else { return Ok(default) };
        text.parse().map_err(|_| Failure::Usage(format!("`resources.{path}` is no number")))
    }

    /// The database, straight: a pooler would hand locks from one session to another.
    pub fn database(&self) -> Result<Server, Failure> {
        let port = self.number("postgres.port", 5432)?;
        let sslmode = self.text("postgres.sslmode")?.and_then(|word| word.parse().ok()).unwrap_or(SslMode::Prefer);
        Ok(Server {
            host: self.needed("postgres.host")?,
            port,
            database: self.needed("postgres.database")?,
            sslmode,
            ca: None,
        })
    }

    fn pooler(&self, direct: &Server) -> Result<Option<Server>, Failure> {
        let Some(host) = self.text("postgres.pooler.host")? else { return Ok(None) };
        let port = self.number("postgres.pooler.port", 6432)?;
        Ok(Some(Server { host, port, ..direct.clone() }))
    }

    /// A setting that is known without the vault, as each service has it.
    fn known_setting(&self, name: &str) -> Vec<String> {
        let settings = self.plan.units.iter().flat_map(|unit| &unit.settings);
        let known = |setting: &crate::model::Setting| match &setting.value {
            Value::String(text) => Some(text.clone()),
            _ => None,
        };
        let mut values: Vec<String> = settings.filter(|setting| setting.name == name).filter_map(known).collect();
        values.sort();
        values.dedup();
        values
    }

    /// The mail server.
    fn mail(&self) -> Result<smtp::Server, Failure> {
        let port = self.number("smtp.port", 587)?;
        let implicit = match self.text("smtp.tls")?.as_deref() {
            Some(word) => word == "implicit",
            None => port == 465,
        };
        let encryption = if implicit { smtp::Encryption::Implicit } else { smtp::Encryption::StartTls };
        Ok(smtp::Server { host: self.needed("smtp.host")?, port, encryption, ca: None, patience: 2 * PATIENCE })
    }

    fn credential(&self, user: &str, password: &str) -> Result<Option<Credential>, Failure> {
        Ok(match (self.text(user)?, self.secret(password)?) {
            (Some(user), Some(password)) => Some(Credential::login(user, password)),
            _ => None,
        })
    }

    /// Who may change roles, when the document says so.
    pub fn admin(&self) -> Result<Option<Credential>, Failure> {
        self.credential("postgres.admin.user", "postgres.admin.password")
    }

    /// The application's own login.
    pub fn application(&self) -> Result<Credential, Failure> {
        let missing = || Failure::Usage("the document has no `resources.postgres.user` and `password`".into());
        self.credential("postgres.user", "postgres.password")?.ok_or_else(missing)
    }
}

/// What a rotation is made of besides vault and hosts.
pub struct Parts {
    /// The lock.
    pub lock: AdvisoryLock,
    /// The backend.
    pub strategy: Box<dyn Strategy>,
    /// The pair, when the target is PostgreSQL: `adopt` needs more of it than a strategy.
    pub pair: Option<RolePair>,
}

/// How parts are chosen.
pub struct Choice<'a> {
    /// The environment.
    pub environment: &'a str,
    /// The target.
    pub target: Target,
    /// The strategy that is asked for, or that an open rotation has.
    pub strategy: Option<&'a str>,
    /// `operator@host`.
    pub operator: &'a str,
    /// Whether sessions that are left on a retired login are ended.
    pub kill_stragglers: bool,
    /// Whether this machine is one of the document's hosts, and reaches services at their own addresses.
    pub inside: bool,
    /// How long a disabled access key stays before it is deleted.
    pub disabled_for: Duration,
    /// Whether the user is written in the document, where no rotation can change it.
    pub user_stays: bool,
    /// How far apart logins are that make a new access key known.
    pub apart: Duration,
}

/// Why there is no strategy.
pub enum Unmade {
    /// A reason not to begin.
    Blocked(Blocked),
    /// The command line, the document or the vault.
    Failed(Failure),
}

impl From<Failure> for Unmade {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

impl Parts {
    /// Makes them, or says what is missing.
    pub fn make(resources: &Resources<'_>, choice: &Choice<'_>) -> Result<Self, Unmade> {
        let Choice { environment, target, operator, .. } = *choice;
        let who = match resources.admin()? {
            Some(admin) => admin,
            None => resources.application()?,
        };
        let lock = AdvisoryLock::new(resources.database()?, who, environment, target.name, operator);
        let name = choice.strategy.or(target.strategies.first().copied()).unwrap_or_default();
        if !target.strategies.contains(&name) {
            let known = target.strategies.join(", ");
            let failure = format!("`{}` has no strategy `{name}`; it has {known}", target.name);
            return Err(Failure::Usage(failure).into());
        }
        // A login of a pair, or an access key, is another one with each new secret.
        if let (true, Some(user)) = (choice.user_stays && (name == "role-pair" || target.name == "s3"), target.user) {
            return Err(blocked(
                &format!("`resources.{user}` is written in the document, and a rotation by `{name}` changes it"),
                "put it into the item of its secret (`rpconf vault put`), and write its reference instead",
            ));
        }
        let mut parts = Self { strategy: strategy(name, resources, choice, &lock)?, lock, pair: None };
        if name == "role-pair" {
            parts.pair = Some(RolePair { backend: backend(resources, choice, &parts.lock)? });
        }
        Ok(parts)
    }
}

/// The machine's time and chance outlive every strategy, and so does the operator's terminal.
static EDGE: Edge = Edge;
static TERMINAL: Terminal = Terminal;

fn strategy(
    name: &str,
    resources: &Resources<'_>,
    choice: &Choice<'_>,
    lock: &AdvisoryLock,
) -> Result<Box<dyn Strategy>, Unmade> {
    Ok(match name {
        "role-pair" => Box::new(RolePair { backend: backend(resources, choice, lock)? }),
        "in-place" => Box::new(InPlace { backend: backend(resources, choice, lock)? }),
        "acl-passwords" => {
            let port = resources.number("redis.port", 6379)?;
            let address = redis::Address { host: resources.needed("redis.host")?, port };
            let db = resources.number("redis.db", 0)?;
            Box::new(Redis::new(address, db, PATIENCE, &EDGE))
        }
        "access-keys" => {
            let admin = resources.credential("s3.admin.access_key_id", "s3.admin.secret_access_key")?;
            let admin = admin.ok_or_else(|| {
                blocked(
                    "the document names nobody who may change access keys",
                    "add `resources.s3.admin: {access_key_id, secret_access_key}`: a key of another user, with iam:*AccessKey*",
                )
            })?;
            let place = Place {
                region: resources.needed("s3.region")?,
                bucket: resources.needed("s3.buckets.attachments")?,
                s3: resources.text("s3.endpoint")?,
                path_style: resources.text("s3.path_style")?.as_deref() == Some("true"),
                iam: env::text("AWS_ENDPOINT_URL_IAM"),
            };
            let patience = iam::Patience { soak: choice.disabled_for, apart: choice.apart, ..iam::Patience::default() };
            let keys = AccessKeys::new(place, admin, patience, &EDGE);
            Box::new(keys.map_err(|fault| Failure::Backend(fault.to_string()))?)
        }
        "fallbacks" | "single-switch" => {
            let release = Version::parse(&resources.plan.release);
            let django = release.map(|release| catalog::django_pin(release).to_string());
            let django = django.filter(|_| name == "fallbacks");
            Box::new(SecretKey::new(django.as_deref().map(|django| django.trim_start_matches('v')), &EDGE))
        }
        "both-sides" => {
            let (service, setting) = match choice.target.name {
                "courier" => (token::Service::Courier, "MAILROOM_COURIER_ENDPOINT"),
                _ => (token::Service::Mailroom, "MAILROOM_URL"),
            };
            // From a laptop the services' own addresses are not reached.
            let urls = if choice.inside { resources.known_setting(setting) } else { vec![] };
            let token = Token::new(service, &urls, PATIENCE, &EDGE);
            Box::new(token.map_err(|fault| Failure::Backend(fault.to_string()))?)
        }
        _ => {
            let server = if choice.target.name == "smtp" { Some(resources.mail()?) } else { None };
            let what = format!("the credential `{}`", choice.target.name);
            let manual = Manual::new(what, server, manual::Patience::default(), &TERMINAL, &EDGE);
            Box::new(manual.with_fixed_user(choice.user_stays))
        }
    })
}

/// How long Redis may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);

fn backend(resources: &Resources<'_>, choice: &Choice<'_>, lock: &AdvisoryLock) -> Result<Backend, Unmade> {
    let server = resources.database()?;
    let admin = resources.admin()?.ok_or_else(|| {
        blocked(
            "the document names nobody who may change the database's roles",
            "add `resources.postgres.admin: {user, password}`, references to a role with CREATEROLE",
        )
    })?;
    Ok(Backend {
        pooler: resources.pooler(&server)?,
        server,
        admin,
        held: lock.held(),
        outside: Rc::new(Edge),
        kill_stragglers: choice.kill_stragglers,
    })
}

fn blocked(what: &str, help: &str) -> Unmade {
    Unmade::Blocked(Blocked { what: what.to_string(), help: help.to_string() })
}
