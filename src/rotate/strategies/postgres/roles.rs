//! What there is to know of a role.

use tokio_postgres::Row;

use super::session::{QueryError, Session};
use crate::rotate::Fault;

/// A role, as any session sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Role {
    /// Whether it may log in.
    pub logs_in: bool,
    /// Whether nothing is forbidden to it.
    pub superuser: bool,
    /// Whether it may change other roles.
    pub creates_roles: bool,
    /// How many connections it may have; -1 for any number.
    pub limit: i32,
    /// When its password expires, if ever.
    pub expires: Option<String>,
}

/// A role's own setting of a parameter: it counts at login, and members do not inherit it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Setting {
    /// The one database that it is for.
    pub database: Option<String>,
    /// The parameter.
    pub parameter: String,
    /// Its value, as stored.
    pub value: String,
}

/// A role by its name.
pub(super) async fn role(session: &Session, name: &str) -> Result<Option<Role>, Fault> {
    let sql = "SELECT rolcanlogin, rolsuper, rolcreaterole, rolconnlimit, nullif(rolvaliduntil, 'infinity')::text
        FROM pg_roles WHERE rolname = $1";
    let rows = session.rows(sql, &[&name]).await?;
    let read = |row: &Row| {
        Ok(Role {
            logs_in: row.try_get(0)?,
            superuser: row.try_get(1)?,
            creates_roles: row.try_get(2)?,
            limit: row.try_get(3)?,
            expires: row.try_get(4)?,
        })
    };
    rows.first().map(read).transpose().map_err(unread)
}

/// A role's settings, but for the one that says whom it acts as.
pub(super) async fn settings(session: &Session, name: &str) -> Result<Vec<Setting>, Fault> {
    let rows = session.rows(SETTINGS, &[&name]).await?;
    let read = |row: &Row| {
        let (database, text): (Option<String>, String) = (row.try_get(0)?, row.try_get(1)?);
        let (parameter, value) = text.split_once('=').unwrap_or((&text, ""));
        Ok(Setting { database, parameter: parameter.into(), value: value.into() })
    };
    let mut found: Vec<Setting> = rows.iter().map(read).collect::<Result<_, _>>().map_err(unread)?;
    found.retain(|setting| setting.parameter != "role");
    found.sort();
    Ok(found)
}

/// The role that a login is set to act as, in every database.
pub(super) async fn acts_as(session: &Session, name: &str) -> Result<Option<String>, Fault> {
    let rows = session.rows(SETTINGS, &[&name]).await?;
    let everywhere = rows.iter().filter(|row| matches!(row.try_get::<_, Option<String>>(0), Ok(None)));
    let mut texts = everywhere.filter_map(|row| row.try_get::<_, String>(1).ok());
    Ok(texts.find_map(|text| text.strip_prefix("role=").map(str::to_string)))
}

/// Whether `member` can become `owner`, and has its rights. PostgreSQL 16 grants the two apart from membership.
pub(super) async fn is_member(session: &Session, member: &str, owner: &str) -> Result<bool, Fault> {
    let sql = match version(session).await? >= 160_000 {
        true => "SELECT pg_has_role($1::name, $2::name, 'SET') AND pg_has_role($1::name, $2::name, 'USAGE')",
        false => "SELECT pg_has_role($1::name, $2::name, 'MEMBER') AND pg_has_role($1::name, $2::name, 'USAGE')",
    };
    holds(session, sql, member, owner).await
}

/// Whether `admin` may change and hand out `role`. Before PostgreSQL 16 whoever may create roles may.
pub(super) async fn administers(session: &Session, admin: &str, role: &str) -> Result<bool, Fault> {
    match version(session).await? >= 160_000 {
        true => holds(session, "SELECT pg_has_role($1::name, $2::name, 'MEMBER WITH ADMIN OPTION')", admin, role).await,
        false => Ok(true),
    }
}

/// Whether `admin` may do what a predefined role such as `pg_read_all_stats` may.
pub(super) async fn has(session: &Session, admin: &str, predefined: &str) -> Result<bool, Fault> {
    let sql =
        "SELECT pg_has_role($1::name, $2::name, 'USAGE') OR (SELECT rolsuper FROM pg_roles WHERE rolname = $1::name)";
    holds(session, sql, admin, predefined).await
}

/// The server's version, as 150018.
pub(super) async fn version(session: &Session) -> Result<i32, Fault> {
    let row = session.row("SELECT current_setting('server_version_num')::int", &[]).await?;
    row.try_get(0).map_err(unread)
}

async fn holds(session: &Session, sql: &str, one: &str, other: &str) -> Result<bool, Fault> {
    let row = session.row(sql, &[&one, &other]).await?;
    row.try_get(0).map_err(unread)
}

fn unread(error: tokio_postgres::Error) -> Fault {
    QueryError::Lost(error.to_string()).into()
}

const SETTINGS: &str = "SELECT d.datname::text, unnest(s.setconfig)
    FROM pg_db_role_setting s JOIN pg_roles r ON r.oid = s.setrole LEFT JOIN pg_database d ON d.oid = s.setdatabase
    WHERE r.rolname = $1";
