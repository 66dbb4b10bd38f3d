//! Proof that a login can do all that the application does. That it logs in is not enough: a member that lost its
//! membership still logs in, with no more than a warning, and fails at the first table.

use tokio_postgres::Row;

use super::backend::Backend;
use super::names;
use super::session::{Session, name};
use crate::rotate::{Credential, Fault};

/// Who a login is in the application's database, as it sees itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Identity {
    /// The role that logged in.
    pub session: String,
    /// The role that it acts as.
    pub acts_as: String,
    /// The owner of the application's tables; of the database, where there are none.
    pub owner: String,
    /// When its password expires, if ever.
    pub expires: Option<String>,
    /// How many rights on the application's tables it lacks and the owner has.
    pub lacks: i64,
    /// Whether it may make tables where it would make them.
    pub makes_tables: bool,
    /// Whether RapidPro's table of workspaces is there.
    pub has_workspaces: bool,
}

/// Who a session is.
pub(super) async fn identify(session: &Session) -> Result<Identity, Fault> {
    let row = session.row(IDENTITY, &[]).await?;
    identity(&row).map_err(|error| Fault::Unfit(error.to_string()))
}

/// Proves a credential. `for_owner`: it has to act as the owner, as the logins of a pair do.
pub(super) async fn prove(backend: &Backend, who: &Credential, for_owner: bool) -> Result<(), Fault> {
    let session = backend.enter(who).await.map_err(|error| Fault::Unfit(format!("the new login: {error}")))?;
    let identity = identify(&session).await?;
    let user = names::user(who)?;
    if let Some(wrong) = objection(&identity, user, for_owner) {
        return Err(Fault::Unfit(wrong));
    }
    work(backend, &session, &identity).await?;
    match &backend.pooler {
        None => Ok(()),
        Some(pooler) => {
            let refused = |words: &dyn std::fmt::Display| {
                Fault::Unfit(format!(
                    "the pooler at {}:{} does not let `{user}` in ({words}): let it know the role, by `auth_query` or in its \
                     list of users",
                    pooler.host, pooler.port
                ))
            };
            let through = pooler.connect(who, "rpconf rotate").await.map_err(|error| refused(&error))?;
            through.run("SELECT 1").await.map(drop).map_err(|error| refused(&error))
        }
    }
}

fn objection(identity: &Identity, user: &str, for_owner: bool) -> Option<String> {
    let Identity { session, acts_as, owner, expires, lacks, .. } = identity;
    if session != user {
        return Some(format!("`{user}` logs in as `{session}`"));
    }
    if for_owner && acts_as != owner {
        let mend = "run `rpconf rotate adopt` to mend its membership and its `role` setting";
        return Some(format!("`{user}` acts as `{acts_as}` and not as `{owner}`, which owns the tables: {mend}"));
    }
    if *lacks > 0 {
        return Some(format!("`{user}` lacks {lacks} rights on tables that their owner `{owner}` has"));
    }
    expires.as_ref().map(|time| {
        format!("the password of `{user}` expires at {time}: `ALTER ROLE {} VALID UNTIL 'infinity'`", name(user))
    })
}

/// Does what the application does: makes a table, which then must be the owner's, and reads one. Nothing stays.
async fn work(backend: &Backend, session: &Session, identity: &Identity) -> Result<(), Fault> {
    if identity.makes_tables {
        let mut suffix = [0; 4];
        backend.outside.random(&mut suffix);
        let table = name(&format!("_rpconf_probe_{:08x}", u32::from_be_bytes(suffix)));
        session.run("BEGIN READ WRITE").await?;
        session.run(&format!("CREATE TABLE {table} ()")).await?;
        let sql = "SELECT pg_get_userbyid(relowner) FROM pg_class WHERE oid = to_regclass(";
        let made_for = session.run(&format!("{sql}{})", super::session::literal(&table))).await?;
        session.run("ROLLBACK").await?;
        if made_for.as_ref() != Some(&identity.acts_as) {
            return Err(Fault::Unfit(format!(
                "tables made by `{}` are not `{}`'s",
                identity.session, identity.acts_as
            )));
        }
    }
    if identity.has_workspaces {
        session.run("SELECT 1 FROM orgs_org LIMIT 1").await?;
    }
    Ok(())
}

/// Tables of extensions belong to whoever installed the extension.
const IDENTITY: &str = "WITH app AS (
        SELECT c.oid, c.relowner FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relkind IN ('r', 'p') AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
            AND NOT EXISTS (SELECT FROM pg_depend d
                WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')),
    owner AS (
        SELECT coalesce(
            (SELECT relowner FROM app GROUP BY relowner ORDER BY count(*) DESC, relowner LIMIT 1),
            (SELECT datdba FROM pg_database WHERE datname = current_database())) AS id)
    SELECT session_user::text AS session, current_user::text AS acts_as, pg_get_userbyid(owner.id)::text AS owner,
        (SELECT nullif(rolvaliduntil, 'infinity')::text FROM pg_roles WHERE rolname = session_user) AS expires,
        (SELECT count(*) FROM app, unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE']) AS priv
            WHERE app.relowner = owner.id AND has_table_privilege(owner.id, app.oid, priv)
                AND NOT has_table_privilege(current_user, app.oid, priv)) AS lacks,
        coalesce(has_schema_privilege(current_user, current_schema(), 'CREATE'), false) AS makes_tables,
        to_regclass('orgs_org') IS NOT NULL AS has_workspaces
    FROM owner";

fn identity(row: &Row) -> Result<Identity, tokio_postgres::Error> {
    Ok(Identity {
        session: row.try_get("session")?,
        acts_as: row.try_get("acts_as")?,
        owner: row.try_get("owner")?,
        expires: row.try_get("expires")?,
        lacks: row.try_get("lacks")?,
        makes_tables: row.try_get("makes_tables")?,
        has_workspaces: row.try_get("has_workspaces")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(change: impl FnOnce(&mut Identity), for_owner: bool, expect: Option<&str>) {
        let mut identity = Identity {
            session: "temba_b".into(),
            acts_as: "temba".into(),
            owner: "temba".into(),
            expires: None,
            lacks: 0,
            makes_tables: true,
            has_workspaces: true,
        };
        change(&mut identity);
        let found = objection(&identity, "temba_b", for_owner);
        match expect {
            None => assert_eq!(found, None),
            Some(part) => assert!(found.as_ref().is_some_and(|text| text.contains(part)), "{part}: {found:?}"),
        }
    }

    #[test]
    fn a_login_is_who_it_should_be() {
        check(|_| (), true, None);
        check(|identity| identity.session = "other".into(), true, Some("logs in as `other`"));
        check(|identity| identity.acts_as = "temba_b".into(), true, Some("acts as `temba_b` and not as `temba`"));
        check(|identity| identity.acts_as = "temba_b".into(), false, None);
        check(|identity| identity.lacks = 4, false, Some("lacks 4 rights"));
        check(|identity| identity.expires = Some("2027-01-01".into()), true, Some("expires at 2027-01-01"));
    }
}
