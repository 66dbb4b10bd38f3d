//! `rotate adopt`: a legacy role becomes the owner behind a pair of logins. No table changes hands.
//!
//! Adoption only prepares: both logins are made without a password, and cannot log in. The first one gets its password as
//! any login of a pair does, from a rotation whose current credential is the legacy role's: so the value is in the vault
//! before the server knows it, and a crash, a rollback or a second operator meet the one state machine there is. When that
//! rotation retires the legacy role, nobody can log in by it any more, and the second login is the one that rests.

use super::names;
use super::pair::RolePair;
use super::roles::{self, Role, Setting};
use super::session::{Session, literal, name};
use super::survey::{Look, administers, look};
use crate::rotate::{Blocked, Fault, Standing};

/// What adoption would do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Adoption {
    /// The role that owns, before and after.
    pub owner: String,
    /// The logins that take turns.
    pub logins: Vec<String>,
    /// What has to be done still; nothing when everything is there.
    pub statements: Vec<Statement>,
    /// What is there, a line each.
    pub facts: Vec<String>,
    /// What stands in the way.
    pub blocked: Vec<Blocked>,
    /// What should be known.
    pub warnings: Vec<String>,
}

/// A statement, and why it is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// It. No secret is in any.
    pub sql: String,
    /// What it is for.
    pub why: String,
}

impl RolePair {
    /// Looks what is there of a pair, and says what is missing. A pair that was adopted before is mended.
    pub async fn plan_adoption(&self, standing: &Standing) -> Result<Adoption, Fault> {
        let mut look = look(&self.backend, standing).await?;
        let current = names::user(&standing.current)?;
        let mut adoption = Adoption::default();
        if let (Some(session), Some(identity)) = (look.watch.clone(), look.current.clone()) {
            adoption.owner = identity.acts_as;
            adoption.logins = match &standing.standby {
                Some(standby) => vec![current.to_string(), standby.clone()],
                None => names::logins(current).to_vec(),
            };
            self.rules(standing, &session, &mut look).await?;
            for login in adoption.logins.clone().iter().filter(|login| *login != current) {
                let statements = self.prepare(login, &adoption.owner, standing, &session, &mut look).await?;
                adoption.statements.extend(statements);
            }
            // The current login's administration was looked at; behind a pair there is another role.
            if adoption.owner != current {
                administers(&session, names::user(&self.backend.admin)?, &adoption.owner, &mut look).await?;
            }
        }
        (adoption.facts, adoption.blocked, adoption.warnings) =
            (look.survey.facts, look.survey.blocked, look.survey.warnings);
        Ok(adoption)
    }

    /// Does it, all or nothing, on the connection that holds the lock.
    pub async fn adopt(&self, adoption: &Adoption) -> Result<(), Fault> {
        if let Some(blocked) = adoption.blocked.first() {
            return Err(Fault::Unfit(format!("{}: {}", blocked.what, blocked.help)));
        }
        let statements: Vec<String> = adoption.statements.iter().map(|statement| statement.sql.clone()).collect();
        match statements.is_empty() {
            true => Ok(()),
            false => self.backend.change(&statements).await,
        }
    }

    async fn prepare(
        &self,
        login: &str,
        owner: &str,
        standing: &Standing,
        session: &Session,
        look: &mut Look,
    ) -> Result<Vec<Statement>, Fault> {
        let current = names::user(&standing.current)?;
        let mut statements = vec![];
        let mut add = |sql: String, why: String| statements.push(Statement { sql, why });
        if login.len() > names::LONGEST {
            look.blocked(format!("`{login}` is longer than PostgreSQL takes"), "rename the role first");
        }
        let found = roles::role(session, login).await?;
        let acts_as = roles::acts_as(session, login).await?;
        let is_member = found.is_some() && roles::is_member(session, login, owner).await?;
        match &found {
            None => {
                let limit = limit(roles::role(session, current).await?.as_ref());
                add(
                    format!("CREATE ROLE {} NOLOGIN INHERIT{limit}", name(login)),
                    format!("`{login}` logs in once a rotation gives it a password"),
                );
            }
            Some(role) if role.superuser => look.blocked(
                format!("`{login}` is a superuser"),
                format!("as another superuser: `ALTER ROLE {} NOSUPERUSER`", name(login)),
            ),
            Some(_) if !is_member && acts_as.is_none() && standing.standby.as_deref() != Some(login) => look.blocked(
                format!("there is a role `{login}` already, which has nothing to do with `{owner}`"),
                "rename it: a login of the pair will have its name",
            ),
            Some(_) => look.fact(format!("`{login}` is there")),
        }
        if !is_member {
            if found.is_some() {
                add(format!("ALTER ROLE {} INHERIT", name(login)), format!("`{login}` has `{owner}`'s rights"));
            }
            let options = match roles::version(session).await? >= 160_000 {
                true => " WITH INHERIT TRUE, SET TRUE",
                false => "",
            };
            add(
                format!("GRANT {} TO {}{options}", name(owner), name(login)),
                format!("`{login}` may do what `{owner}` may, and become it"),
            );
        }
        if acts_as.as_deref() != Some(owner) {
            add(
                format!("ALTER ROLE {} SET role TO {}", name(login), literal(owner)),
                format!("whatever `{login}` makes belongs to `{owner}`"),
            );
        }
        let there = roles::settings(session, login).await?;
        for setting in roles::settings(session, current).await?.iter().filter(|setting| !there.contains(setting)) {
            add(copy(login, setting), format!("a setting of `{current}`, which members do not inherit"));
        }
        Ok(statements)
    }
}

fn limit(role: Option<&Role>) -> String {
    match role.map(|role| role.limit) {
        Some(limit) if limit >= 0 => format!(" CONNECTION LIMIT {limit}"),
        _ => String::new(),
    }
}

fn copy(login: &str, setting: &Setting) -> String {
    let Setting { database, parameter, value } = setting;
    let place = database.as_ref().map(|database| format!(" IN DATABASE {}", name(database))).unwrap_or_default();
    let value = match LISTS.contains(&parameter.as_str()) {
        true => items(value).iter().map(|item| literal(item)).collect::<Vec<_>>().join(", "),
        false => literal(value),
    };
    // A parameter of an extension has two names: `auto_explain.log_analyze`.
    let parameter: Vec<String> = parameter.split('.').map(name).collect();
    format!("ALTER ROLE {}{place} SET {} TO {value}", name(login), parameter.join("."))
}

/// Parameters that are stored as lists of quoted names (`GUC_LIST_QUOTE`): as one text they would be one name.
const LISTS: [&str; 6] = [
    "local_preload_libraries",
    "search_path",
    "session_preload_libraries",
    "shared_preload_libraries",
    "temp_tablespaces",
    "unix_socket_directories",
];

/// `"$user", public` as its names.
fn items(list: &str) -> Vec<String> {
    let (mut items, mut item, mut quoted) = (vec![], String::new(), false);
    let mut letters = list.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '"' if quoted && letters.next_if_eq(&'"').is_some() => item.push('"'),
            '"' => quoted = !quoted,
            ',' if !quoted => items.push(std::mem::take(&mut item)),
            ' ' if !quoted => {}
            _ => item.push(letter),
        }
    }
    items.push(item);
    items
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(parameter: &str, value: &str, database: Option<&str>, expect: &str) {
        let database = database.map(str::to_string);
        let setting = Setting { database, parameter: parameter.into(), value: value.into() };
        assert_eq!(copy("temba_a", &setting), format!("ALTER ROLE \"temba_a\"{expect}"));
    }

    #[test]
    fn settings_are_copied_as_they_are() {
        check("lock_timeout", "5s", None, " SET \"lock_timeout\" TO '5s'");
        check("search_path", "\"$user\", public", None, " SET \"search_path\" TO '$user', 'public'");
        check("search_path", "\"\"", None, " SET \"search_path\" TO ''");
        check("search_path", "\"a, \"\"b\", c", None, " SET \"search_path\" TO 'a, \"b', 'c'");
        check("TimeZone", "it's", Some("te\"mba"), " IN DATABASE \"te\"\"mba\" SET \"TimeZone\" TO 'it''s'");
        check("app.mode", "a, b", None, " SET \"app\".\"mode\" TO 'a, b'");
    }
}
