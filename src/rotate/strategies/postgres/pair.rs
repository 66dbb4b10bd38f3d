//! `role-pair`: two logins of one owner take turns. Both are valid until the old one is retired, so nobody notices.
//!
//! Each acts as the owner from its first statement on (`ALTER ROLE temba_a SET role TO 'temba'`): what one makes, the other
//! can change. Roles of equal rights without a common owner cannot: "must be owner of table".

use std::time::Duration;

use super::backend::Backend;
use super::names;
use super::prove::prove;
use super::roles;
use super::session::{Session, name};
use super::survey::{Look, administers, look};
use crate::rotate::{
    Accepts, Consumer, Credential, Fault, Generated, Login, Maker, Nature, Retirement, Standing, Strategy, Survey,
};
use crate::vault::BoxFuture;

/// The strategy `role-pair`.
pub struct RolePair {
    /// The database.
    pub backend: Backend,
}

impl Strategy for RolePair {
    fn name(&self) -> &'static str {
        "role-pair"
    }

    fn nature(&self) -> Nature {
        Nature { maker: Maker::Us, accepts: Accepts::Both }
    }

    fn survey<'a>(&'a self, standing: &'a Standing) -> BoxFuture<'a, Result<Survey, Fault>> {
        Box::pin(async {
            let mut look = look(&self.backend, standing).await?;
            if let Some(session) = look.watch.clone() {
                self.next(standing, &session, &mut look).await?;
                self.rules(standing, &session, &mut look).await?;
            }
            Ok(look.survey)
        })
    }

    fn generate<'a>(&'a self, standing: &'a Standing) -> BoxFuture<'a, Result<Generated, Fault>> {
        Box::pin(async {
            let user = names::next(standing)?;
            Ok(Generated { credential: self.backend.generate(&user), name: Some(user) })
        })
    }

    fn login<'a>(&'a self, credential: &'a Credential) -> BoxFuture<'a, Login> {
        Box::pin(self.backend.login(credential))
    }

    fn apply<'a>(&'a self, credential: &'a Credential, beside: &'a Credential) -> BoxFuture<'a, Result<(), Fault>> {
        Box::pin(async {
            apart(credential, beside)?;
            self.backend.set(credential, "LOGIN VALID UNTIL 'infinity'", &[]).await
        })
    }

    fn verify<'a>(&'a self, credential: &'a Credential) -> BoxFuture<'a, Result<(), Fault>> {
        Box::pin(prove(&self.backend, credential, true))
    }

    fn gauge<'a>(
        &'a self,
        old: &'a Credential,
        new: &'a Credential,
        _: Duration,
    ) -> BoxFuture<'a, Result<Vec<Consumer>, Fault>> {
        Box::pin(async {
            apart(old, new)?;
            self.backend.sessions(names::user(old)?, None).await
        })
    }

    fn retire<'a>(
        &'a self,
        credential: &'a Credential,
        keep: &'a Credential,
        _: Duration,
    ) -> BoxFuture<'a, Result<Retirement, Fault>> {
        Box::pin(async {
            apart(credential, keep)?;
            let old = names::user(credential)?;
            // A role that somebody dropped is as retired as can be.
            if roles::role(&*self.backend.watch().await?, old).await?.is_some() {
                self.backend.change(&[format!("ALTER ROLE {} NOLOGIN PASSWORD NULL", name(old))]).await?;
            }
            if self.backend.kill_stragglers {
                self.backend.kill(old, None).await?;
            }
            match self.backend.login(credential).await {
                Login::Refused => Ok(Retirement::Done),
                Login::Unknown(words) => Err(Fault::Unreachable(words)),
                Login::Works | Login::Untested => {
                    Err(Fault::Unfit(format!("`{old}` still logs in after it was retired")))
                }
            }
        })
    }

    fn standby(&self, retired: &Credential, kept: &Credential) -> Option<String> {
        Some(names::rests(retired.user.as_deref()?, kept.user.as_deref()?))
    }
}

/// One role has one password: a pair whose two logins are the same would lock everyone out.
fn apart(one: &Credential, other: &Credential) -> Result<(), Fault> {
    match names::user(one)? == names::user(other)? {
        true => Err(Fault::Unfit(format!("`{}` is both the old and the new login", names::user(one)?))),
        false => Ok(()),
    }
}

impl RolePair {
    /// The login that comes next is there, rests, and is the current one's twin.
    async fn next(&self, standing: &Standing, session: &Session, look: &mut Look) -> Result<(), Fault> {
        let (current, next) = (names::user(&standing.current)?, names::next(standing)?);
        let adopt = "run `rpconf rotate adopt`, which prepares a pair of logins and moves no table; \
                     or `--strategy in-place --accept-gap`";
        let Some(role) = roles::role(session, &next).await? else {
            look.blocked(format!("there is no role `{next}` to take turns with `{current}`"), adopt);
            return Ok(());
        };
        // Without a login nothing is known of the owner, and what is in the way was told.
        let Some(owner) = look.current.as_ref().map(|identity| identity.owner.clone()) else { return Ok(()) };
        self.membership(session, &next, &owner, look).await?;
        let (ours, theirs) = (roles::settings(session, current).await?, roles::settings(session, &next).await?);
        if ours != theirs {
            let differs = ours.iter().chain(&theirs).find(|one| ours.contains(one) != theirs.contains(one));
            let parameter = differs.map(|setting| setting.parameter.clone()).unwrap_or_default();
            look.blocked(
                format!("`{current}` and `{next}` differ in their own setting of `{parameter}`"),
                "run `rpconf rotate adopt`, which copies missing settings, or make them equal by `ALTER ROLE … SET`",
            );
        }
        if role.superuser {
            look.blocked(
                format!("`{next}` is a superuser"),
                format!("as another superuser: `ALTER ROLE {} NOSUPERUSER`", name(&next)),
            );
        }
        let open = standing.record.is_some();
        let used = self.backend.sessions(&next, None).await?;
        if !open && (role.logs_in || !used.is_empty()) {
            look.blocked(
                format!("`{next}` should rest and {}", if used.is_empty() { "can log in" } else { "is in use" }),
                format!("find out who uses it, then `ALTER ROLE {} NOLOGIN PASSWORD NULL`", name(&next)),
            );
        }
        let busy: u64 = look.survey.consumers.iter().map(|consumer| consumer.connections).sum();
        if role.limit >= 0 && u64::try_from(role.limit).is_ok_and(|limit| limit < busy) {
            look.blocked(
                format!("`{next}` may have {} connections, and `{current}` has {busy}", role.limit),
                format!("`ALTER ROLE {} CONNECTION LIMIT -1`", name(&next)),
            );
        }
        let rests = if role.logs_in { "logs in" } else { "rests" };
        look.fact(format!("next `{next}`: {rests}, acts as `{owner}`, {} settings", theirs.len()));
        if owner != current && roles::role(session, &owner).await?.is_some_and(|role| role.logs_in) {
            look.survey.warnings.push(format!(
                "the owner `{owner}` can still log in by itself: `ALTER ROLE {} NOLOGIN PASSWORD NULL` once nobody does",
                name(&owner)
            ));
        }
        look.survey.will = vec![
            format!("ALTER ROLE {} LOGIN VALID UNTIL 'infinity' PASSWORD '<verifier>'", name(&next)),
            format!("ALTER ROLE {} NOLOGIN PASSWORD NULL", name(current)),
        ];
        Ok(())
    }

    async fn membership(&self, session: &Session, next: &str, owner: &str, look: &mut Look) -> Result<(), Fault> {
        let help = "run `rpconf rotate adopt`, which mends it";
        if !roles::is_member(session, next, owner).await? {
            look.blocked(format!("`{next}` is not a member of `{owner}`"), help);
        }
        if roles::acts_as(session, next).await?.as_deref() != Some(owner) {
            look.blocked(format!("`{next}` is not set to act as `{owner}`"), help);
        }
        administers(session, names::user(&self.backend.admin)?, next, look).await
    }

    /// The server's rules name roles one by one, where an admin can see them.
    pub(super) async fn rules(&self, standing: &Standing, session: &Session, look: &mut Look) -> Result<(), Fault> {
        let may = session.run(
            "SELECT has_function_privilege('pg_hba_file_rules()', 'EXECUTE')
            AND has_table_privilege('pg_hba_file_rules', 'SELECT')",
        );
        if may.await?.as_deref() != Some("t") {
            look.fact("pg_hba.conf: not shown to this admin; each host's first login will tell");
            return Ok(());
        }
        let (current, next) = (names::user(&standing.current)?, names::next(standing)?);
        let owner = look.current.as_ref().map_or(current, |identity| identity.owner.as_str()).to_string();
        let whom = if owner == current { format!("`{current}`") } else { format!("`{current}` or `{owner}`") };
        let sql = "SELECT line_number::text FROM pg_hba_file_rules
            WHERE error IS NULL AND user_name && ARRAY[$1, $2] AND NOT user_name && ARRAY['all', $3, '+' || $2]";
        let named = session.rows(sql, &[&current, &owner, &next]).await?;
        for row in &named {
            let line: String = row.try_get(0).unwrap_or_default();
            look.blocked(
                format!("line {line} of pg_hba.conf names {whom}, and not `{next}`"),
                format!("write `+{owner}` there, which means its members, and reload the server"),
            );
        }
        look.fact(format!("pg_hba.conf: {} lines leave `{next}` out", named.len()));
        let weak = "SELECT line_number::text || ' of pg_hba.conf ' || CASE auth_method
                WHEN 'trust' THEN 'lets whoever comes in without a password'
                ELSE 'has clients send the password itself: `scram-sha-256` does not' END
            FROM pg_hba_file_rules WHERE auth_method IN ('password', 'trust') AND type <> 'local' ORDER BY 1";
        for row in session.rows(weak, &[]).await? {
            look.survey.warnings.push(format!("line {}", row.try_get::<_, String>(0).unwrap_or_default()));
        }
        // A rule that asks for MD5 takes SCRAM as well, so what matters is what the clients can do.
        let old = "SELECT 1 FROM pg_authid WHERE rolname = $1 AND rolpassword LIKE 'md5%'";
        let sees = session.run("SELECT has_table_privilege('pg_authid', 'SELECT')").await?;
        if sees.as_deref() == Some("t") && !session.rows(old, &[&current]).await?.is_empty() {
            look.survey.warnings.push(format!(
                "the password of `{current}` is kept as MD5 and the next one will be as SCRAM: clients older than libpq 10 \
                 cannot log in by it"
            ));
        }
        Ok(())
    }
}
