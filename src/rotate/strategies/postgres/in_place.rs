//! `in-place`: one login, and the server takes one password of it. From `apply` to the last reload whoever begins a new
//! connection with the old password is refused; connections that are open go on.

use super::backend::Backend;
use super::names;
use super::prove::prove;
use super::roles;
use super::session::{literal, name};
use super::survey::{Look, look, sees_sessions};
use crate::rotate::{
    Accepts, Consumer, Credential, Fault, Generated, Login, Maker, Nature, Retirement, Standing, Strategy, Survey,
};
use crate::vault::BoxFuture;

/// When the password was changed, by the server's clock: kept at the role, so that whoever goes on after a crash knows it.
const APPLIED: &str = "rpconf.applied";

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
            let mark = mark(names::user(credential)?);
            self.backend.set(credential, "", &[mark]).await
        })
    }

    fn verify<'a>(&'a self, credential: &'a Credential) -> BoxFuture<'a, Result<(), Fault>> {
        Box::pin(prove(&self.backend, credential, false))
    }

    fn gauge<'a>(&'a self, old: &'a Credential, _new: &'a Credential) -> BoxFuture<'a, Result<Vec<Consumer>, Fault>> {
        Box::pin(async {
            let user = names::user(old)?;
            let applied = roles::setting(&*self.backend.watch().await?, user, APPLIED).await?;
            // Without the mark nobody can tell the sessions apart.
            self.backend.sessions(user, applied.as_deref()).await
        })
    }

    fn retire<'a>(
        &'a self,
        credential: &'a Credential,
        _keep: &'a Credential,
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
                let applied = roles::setting(&*self.backend.watch().await?, user, APPLIED).await?;
                if applied.is_some() {
                    self.backend.kill(user, applied.as_deref()).await?;
                }
            }
            self.backend.change(&[format!("ALTER ROLE {} RESET {APPLIED}", name(user))]).await?;
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

/// Notes the time at the role, in the transaction of the change. The second more is for its commit: whoever began before
/// that was let in by the old password, and nobody has the new one so soon.
fn mark(user: &str) -> String {
    let body = format!(
        "BEGIN EXECUTE format('ALTER ROLE %I SET {APPLIED} TO %L', {}, extract(epoch FROM clock_timestamp()) + 1); END",
        literal(user)
    );
    format!("DO {}", literal(&body))
}
