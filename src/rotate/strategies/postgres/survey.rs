//! What PLAN looks at, whichever strategy: both logins in question, the admin's rights, the log, the rules, the sessions.

use std::rc::Rc;

use super::backend::Backend;
use super::connect::ConnectError;
use super::names;
use super::prove::{Identity, identify};
use super::roles;
use super::session::{Session, name};
use crate::rotate::{Blocked, Fault, Standing, Survey};

/// What was found so far, and the session to find more by.
pub(super) struct Look {
    /// What is told.
    pub survey: Survey,
    /// The admin's session, where it could log in.
    pub watch: Option<Rc<Session>>,
    /// The current login, where it could log in.
    pub current: Option<Identity>,
}

impl Look {
    /// Something in the way, and what to do about it.
    pub(super) fn blocked(&mut self, what: impl Into<String>, help: impl Into<String>) {
        self.survey.blocked.push(Blocked { what: what.into(), help: help.into() });
    }

    /// Something to know.
    pub(super) fn fact(&mut self, text: impl Into<String>) {
        self.survey.facts.push(text.into());
    }
}

/// Looks at what both strategies need.
pub(super) async fn look(backend: &Backend, standing: &Standing) -> Result<Look, Fault> {
    let mut look = Look { survey: Survey::default(), watch: None, current: None };
    current(backend, standing, &mut look).await?;
    match backend.watch().await {
        Ok(session) => look.watch = Some(session),
        Err(Fault::Denied(words)) => look.blocked(words, "correct `resources.postgres.admin`"),
        Err(fault) => return Err(fault),
    }
    if let Some(session) = look.watch.clone() {
        admin(backend, standing, &session, &mut look).await?;
        log(&session, &mut look).await?;
        sessions(backend, standing, &session, &mut look).await?;
    }
    if let Some(pooler) = &backend.pooler {
        let place = format!("{}:{}", pooler.host, pooler.port);
        look.fact(format!("pooler at {place}: each new login is tried through it too"));
        look.survey.warnings.push(format!(
            "the pooler at {place} must know each login: by `auth_query`, or by a line with the same verifier in its list \
             of users; its idle sessions of the old login end after `server_idle_timeout`"
        ));
    }
    Ok(look)
}

/// The current credential logs in, and owns what it should.
async fn current(backend: &Backend, standing: &Standing, look: &mut Look) -> Result<(), Fault> {
    let user = names::user(&standing.current)?;
    let session = match backend.enter(&standing.current).await {
        Ok(session) => session,
        Err(ConnectError::Unreachable(words)) => return Err(Fault::Unreachable(words)),
        Err(ConnectError::Refused(words)) => {
            let help = "put the password that the consumers use into the vault, or set the vault's at the server";
            look.blocked(format!("the current credential does not log in: {words}"), help);
            return Ok(());
        }
        Err(ConnectError::Closed(words)) => {
            look.blocked(format!("`{user}` cannot log in from here: {words}"), "let this host in, in `pg_hba.conf`");
            return Ok(());
        }
    };
    let identity = identify(&session).await?;
    let Identity { acts_as, owner, expires, .. } = &identity;
    look.fact(format!("current `{user}`: logs in, acts as `{acts_as}`"));
    if acts_as != owner {
        look.blocked(
            format!("`{user}` owns nothing: the tables of `{}` are `{owner}`'s", backend.server.database),
            format!("give `resources.postgres` the credential of `{owner}`, or of a login that acts as it"),
        );
    }
    if let Some(time) = expires {
        look.survey.warnings.push(format!("the password of `{user}` expires at {time}"));
    }
    look.current = Some(identity);
    Ok(())
}

/// The admin may do what has to be done.
async fn admin(backend: &Backend, standing: &Standing, session: &Session, look: &mut Look) -> Result<(), Fault> {
    let (admin, user) = (names::user(&backend.admin)?, names::user(&standing.current)?);
    let Some(rights) = roles::role(session, admin).await? else { return Ok(()) };
    if !rights.superuser && !rights.creates_roles {
        look.blocked(
            format!("the admin `{admin}` may not change roles"),
            format!("as a superuser: `ALTER ROLE {} CREATEROLE`", name(admin)),
        );
    }
    if admin == user {
        look.blocked(
            format!("the admin is the role itself, `{user}`"),
            "give `resources.postgres.admin` a role of its own",
        );
    }
    let subject = roles::role(session, user).await?;
    if subject.as_ref().is_some_and(|role| role.superuser) {
        look.blocked(
            format!("`{user}` is a superuser"),
            format!("as another superuser: `ALTER ROLE {} NOSUPERUSER`", name(user)),
        );
    }
    if subject.is_some() {
        administers(session, admin, user, look).await?;
    }
    if subject.is_some() && !sees_sessions(session, admin, user).await? {
        look.survey.warnings.push(format!(
            "the admin `{admin}` cannot see where sessions come from: `GRANT pg_read_all_stats TO {}`",
            name(admin)
        ));
    }
    if backend.kill_stragglers && !roles::has(session, admin, "pg_signal_backend").await? {
        look.blocked(
            format!("the admin `{admin}` may not end sessions"),
            format!("`GRANT pg_signal_backend TO {}`, or leave `--kill-stragglers` out", name(admin)),
        );
    }
    Ok(())
}

/// The admin may change that role: since PostgreSQL 16 it takes more than being one who creates roles.
pub(super) async fn administers(session: &Session, admin: &str, role: &str, look: &mut Look) -> Result<(), Fault> {
    if !roles::administers(session, admin, role).await? {
        let grant = format!("GRANT {} TO {} WITH ADMIN OPTION", name(role), name(admin));
        look.blocked(format!("the admin `{admin}` does not administer `{role}`"), format!("as a superuser: `{grant}`"));
    }
    Ok(())
}

/// Whether an admin is shown where and when a role's sessions began.
pub(super) async fn sees_sessions(session: &Session, admin: &str, user: &str) -> Result<bool, Fault> {
    Ok(roles::has(session, admin, "pg_read_all_stats").await? || roles::has(session, admin, user).await?)
}

/// What of a change the server writes down.
async fn log(session: &Session, look: &mut Look) -> Result<(), Fault> {
    let setting = session.run("SHOW log_statement").await?.unwrap_or_default();
    let what = match setting.as_str() {
        "none" => "no statement",
        _ => "a verifier, never a password",
    };
    look.fact(format!("log_statement={setting}: the server's log gets {what}"));
    Ok(())
}

/// Who is logged in, and whether there is room.
async fn sessions(backend: &Backend, standing: &Standing, session: &Session, look: &mut Look) -> Result<(), Fault> {
    let user = names::user(&standing.current)?;
    let consumers = backend.sessions(user, None).await?;
    let mine: u64 = consumers.iter().map(|consumer| consumer.connections).sum();
    let sql = "SELECT count(*)::text || ' ' || current_setting('max_connections') FROM pg_stat_activity
        WHERE coalesce(backend_type, 'client backend') = 'client backend'";
    let answer = session.run(sql).await?.unwrap_or_default();
    let number = |text: &str| text.parse::<u64>().ok();
    let counted = answer.split_once(' ').and_then(|(used, most)| Some((number(used)?, number(most)?)));
    if let Some((used, most)) = counted {
        let peak = used + mine;
        look.fact(format!("connections {used} of {most}, at most {peak} while both logins are in use"));
        if peak > most {
            look.survey.warnings.push(format!("{peak} connections are more than the server takes, {most}"));
        }
    }
    look.survey.consumers = consumers;
    Ok(())
}
