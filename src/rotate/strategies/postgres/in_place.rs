//! `in-place`: one login, and the server takes one password of it. From `apply` to the last reload whoever begins a new
//! connection with the old password is refused; connections that are open go on.

use std::time::Duration;

use super::backend::Backend;
use super::names;
use super::prove::prove;
use super::session::{Session, literal, name};
use super::survey::{Look, look, sees_sessions};
use crate::rotate::{
    Accepts, Consumer, Credential, Fault, Generated, Login, Maker, Nature, Retirement, Standing, Strategy, Survey,
};
use crate::vault::BoxFuture;

/// The strategy `in-place`.
pub struct InPlace {
    /// The database.
    pub backend: Backend,
}

impl Strategy for InPlace {
    fn name(&self) -> &'static str {
        "in-place"
    }

    fn nature(&self) -> Nature {
        Nature { maker: Maker::Us, accepts: Accepts::One }
    }

    fn survey<'a>(&'a self, standing: &'a Standing) -> BoxFuture<'a, Result<Survey, Fault>> {
        Box::pin(async {
            let user = names::user(&standing.current)?;
            let mut look = look(&self.backend, standing).await?;
            if let Some(time) = look.current.as_ref().and_then(|identity| identity.expires.clone()) {
                let help = format!("`ALTER ROLE {} VALID UNTIL 'infinity'`", name(user));
                look.blocked(format!("the password of `{user}` expires at {time}, the next one would too"), help);
            }
            if look.current.is_some() && !self.sees_times(&look, user).await? {
                let admin = name(names::user(&self.backend.admin)?);
                look.blocked(
                    "the admin cannot see when sessions began, and so not who still uses the old password",
                    format!("as a superuser: `GRANT pg_read_all_stats TO {admin}`"),
                );
            }
            let mut survey = look.survey;
            survey.will = vec![format!("ALTER ROLE {} PASSWORD '<verifier>'", name(user))];
            survey.gap = Some(format!(
                "new connections of `{user}` are refused from `apply` until each unit has been reloaded; open ones go on, \
                 mailroom's for up to 30 minutes"
            ));
            Ok(survey)
        })
    }

    fn generate<'a>(&'a self, standing: &'a Standing) -> BoxFuture<'a, Result<Generated, Fault>> {
        Box::pin(async {
            let user = names::user(&standing.current)?;
            Ok(Generated { credential: self.backend.generate(user), name: Some(user.to_string()) })
        })
    }

    fn login<'a>(&'a self, credential: &'a Credential) -> BoxFuture<'a, Login> {
        Box::pin(self.backend.login(credential))
    }

    fn apply<'a>(&'a self, credential: &'a Credential, _beside: &'a Credential) -> BoxFuture<'a, Result<(), Fault>> {
        Box::pin(async {
            let mark = comment(names::user(credential)?, NOW);
            self.backend.set(credential, "", &[mark]).await
        })
    }

    fn verify<'a>(&'a self, credential: &'a Credential) -> BoxFuture<'a, Result<(), Fault>> {
        Box::pin(prove(&self.backend, credential, false))
    }

    fn gauge<'a>(
        &'a self,
        old: &'a Credential,
        _new: &'a Credential,
        _: Duration,
    ) -> BoxFuture<'a, Result<Vec<Consumer>, Fault>> {
        Box::pin(async {
            let user = names::user(old)?;
            let applied = applied(&*self.backend.watch().await?, user).await?;
            // Without the mark nobody can tell the sessions apart.
            self.backend.sessions(user, applied.as_deref()).await
        })
    }

    fn retire<'a>(
        &'a self,
        credential: &'a Credential,
        _keep: &'a Credential,
        _: Duration,
    ) -> BoxFuture<'a, Result<Retirement, Fault>> {
        Box::pin(async {
            let user = names::user(credential)?;
            match self.backend.login(credential).await {
                Login::Refused => {}
                Login::Unknown(words) => return Err(Fault::Unreachable(words)),
                Login::Works | Login::Untested => {
                    return Err(Fault::Unfit(format!("`{user}` still logs in by its old password")));
                }
            }
            if self.backend.kill_stragglers {
                let applied = applied(&*self.backend.watch().await?, user).await?;
                if applied.is_some() {
                    self.backend.kill(user, applied.as_deref()).await?;
                }
            }
            self.backend.change(&[comment(user, "")]).await?;
            Ok(Retirement::Done)
        })
    }
}

impl InPlace {
    async fn sees_times(&self, look: &Look, user: &str) -> Result<bool, Fault> {
        match &look.watch {
            Some(session) => sees_sessions(session, names::user(&self.backend.admin)?, user).await,
            None => Ok(true),
        }
    }
}

/// When a role's password was changed, in seconds since 1970 by the server's clock.
async fn applied(session: &Session, user: &str) -> Result<Option<String>, Fault> {
    let sql =
        "SELECT substring(shobj_description(oid, 'pg_authid') FROM '\\[rpconf: password changed at ([0-9.]+)\\]$')
        FROM pg_roles WHERE rolname = $1";
    let rows = session.rows(sql, &[&user]).await?;
    Ok(rows.first().and_then(|row| row.try_get(0).ok().flatten()))
}

/// The time is noted in the role's comment, in the transaction of the change, so that whoever goes on after a crash knows
/// it; PostgreSQL keeps none itself, and lets only superusers make up a setting. What the comment said before stays.
fn comment(user: &str, more: &str) -> String {
    let user = literal(user);
    let body = format!(
        "BEGIN EXECUTE (SELECT format('COMMENT ON ROLE %I IS %L', rolname, nullif(regexp_replace(
            coalesce(shobj_description(oid, 'pg_authid'), ''), ' ?\\[rpconf: [^]]*\\]$', ''){more}, ''))
        FROM pg_roles WHERE rolname = {user}); END"
    );
    format!("DO {}", literal(&body))
}

/// The second more is for the commit: whoever began before it was let in by the old password, and nobody is told the new
/// one so soon.
const NOW: &str = " || ' [rpconf: password changed at ' || extract(epoch FROM clock_timestamp()) + 1 || ']'";
