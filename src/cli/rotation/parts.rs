//! The document's resources with their values, and the strategies and the lock that are made of them.

use std::rc::Rc;

use super::outside::Edge;
use crate::cli::exit::Failure;
use crate::link;
use crate::model::{Plan, Reference, Secret, Value};
use crate::rotate::strategies::postgres::{AdvisoryLock, Backend, InPlace, RolePair, Server, SslMode};
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

    /// The database, straight: a pooler would hand locks from one session to another.
    pub fn database(&self) -> Result<Server, Failure> {
        let port = self.text("postgres.port")?.unwrap_or_else(|| "5432".into());
        let port = port.parse().map_err(|_| Failure::Usage("`resources.postgres.port` is no port".into()))?;
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
        let port = self.text("postgres.pooler.port")?.and_then(|port| port.parse().ok()).unwrap_or(6432);
        Ok(Some(Server { host, port, ..direct.clone() }))
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
}

impl Parts {
    /// Makes them, or says what is missing.
    pub fn make(resources: &Resources<'_>, choice: &Choice<'_>) -> Result<Result<Self, Blocked>, Failure> {
        let Choice { environment, target, operator, kill_stragglers, .. } = *choice;
        let server = resources.database()?;
        let admin = resources.admin()?;
        let who = match admin.clone() {
            Some(admin) => admin,
            None => resources.application()?,
        };
        let lock = AdvisoryLock::new(server.clone(), who, environment, target.name, operator);
        let name = choice.strategy.or(target.strategies.first().copied()).unwrap_or_default();
        if !target.strategies.contains(&name) {
            let known = target.strategies.join(", ");
            return Err(Failure::Usage(format!("`{}` has no strategy `{name}`; it has {known}", target.name)));
        }
        let backend = |admin: Credential| -> Result<Backend, Failure> {
            Ok(Backend {
                pooler: resources.pooler(&server)?,
                server: server.clone(),
                admin,
                held: lock.held(),
                outside: Rc::new(Edge),
                kill_stragglers,
            })
        };
        let Some(admin) = admin else {
            return Ok(Err(Blocked {
                what: "the document names nobody who may change the database's roles".into(),
                help: "add `resources.postgres.admin: {user, password}`, references to a role with CREATEROLE".into(),
            }));
        };
        let (strategy, pair): (Box<dyn Strategy>, _) = match name {
            "in-place" => (Box::new(InPlace { backend: backend(admin)? }), None),
            _ => {
                let pair = Some(RolePair { backend: backend(admin.clone())? });
                (Box::new(RolePair { backend: backend(admin)? }), pair)
            }
        };
        Ok(Ok(Self { lock, strategy, pair }))
    }
}
