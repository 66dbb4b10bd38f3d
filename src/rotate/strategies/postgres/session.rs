//! One connection, and questions to it that end: in an answer, a refusal, or silence.

use std::time::Duration;

use postgres_protocol::escape::{escape_identifier, escape_literal};
use tokio_postgres::error::SqlState;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Row, SimpleQueryMessage};

use crate::rotate::Fault;

/// No question of ours takes a second where the server is well.
const PATIENCE: Duration = Duration::from_secs(20);

/// A connection. It is closed when it is dropped.
pub(super) struct Session {
    client: Client,
}

/// Why a question has no answer. Words never hold a password or a verifier.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum QueryError {
    /// The server said no.
    #[error("{words}")]
    Refused {
        /// Its code.
        code: SqlState,
        /// Its message.
        words: String,
    },
    /// The connection is gone, or silent: what was sent may have been done.
    #[error("{0}")]
    Lost(String),
}

impl Session {
    pub(super) fn new(client: Client) -> Self {
        Self { client }
    }

    /// Rows of a query with parameters. Not for connections through a pooler, which may forget what is prepared.
    pub(super) async fn rows(&self, sql: &str, with: &[&(dyn ToSql + Sync)]) -> Result<Vec<Row>, QueryError> {
        ends(self.client.query(sql, with)).await
    }

    /// The one row of a query.
    pub(super) async fn row(&self, sql: &str, with: &[&(dyn ToSql + Sync)]) -> Result<Row, QueryError> {
        ends(self.client.query_one(sql, with)).await
    }

    /// Statements without parameters, as one transaction. Answers the first column of the last row.
    pub(super) async fn run(&self, sql: &str) -> Result<Option<String>, QueryError> {
        let answers = ends(self.client.simple_query(sql)).await?;
        let cell = |answer: &SimpleQueryMessage| match answer {
            SimpleQueryMessage::Row(row) => row.try_get(0).ok().flatten().map(str::to_string),
            _ => None,
        };
        Ok(answers.iter().rev().find_map(cell))
    }
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Session(…)")
    }
}

impl From<QueryError> for Fault {
    fn from(error: QueryError) -> Self {
        match error {
            QueryError::Lost(words) => Self::Unreachable(words),
            QueryError::Refused { code, words } if code == SqlState::INSUFFICIENT_PRIVILEGE => Self::Denied(words),
            QueryError::Refused { code, words } if code == SqlState::LOCK_NOT_AVAILABLE => {
                Self::Unreachable(format!("somebody else is changing the role ({words})"))
            }
            QueryError::Refused { words, .. } => Self::Unfit(words),
        }
    }
}

async fn ends<T>(question: impl Future<Output = Result<T, tokio_postgres::Error>>) -> Result<T, QueryError> {
    let answered = tokio::time::timeout(PATIENCE, question).await;
    let error = match answered {
        Ok(Ok(answer)) => return Ok(answer),
        Ok(Err(error)) => error,
        Err(_) => return Err(QueryError::Lost("PostgreSQL does not answer any more".into())),
    };
    match error.as_db_error() {
        // The server ends the connection with these, whatever was asked.
        Some(answer) if answer.code().code().starts_with("57P") => Err(QueryError::Lost(answer.message().into())),
        Some(answer) => {
            Err(QueryError::Refused { code: answer.code().clone(), words: without_values(answer.message()) })
        }
        None => Err(QueryError::Lost(format!("the connection to PostgreSQL broke: {error}"))),
    }
}

/// A syntax error quotes the statement, which may hold a verifier.
fn without_values(words: &str) -> String {
    match words.contains("SCRAM-SHA-256$") {
        true => "PostgreSQL refuses the statement that sets the password".into(),
        false => words.into(),
    }
}

/// A name in a statement: `"temba_b"`.
pub(super) fn name(text: &str) -> String {
    escape_identifier(text)
}

/// A text in a statement: `'it''s'`.
pub(super) fn literal(text: &str) -> String {
    escape_literal(text).trim_start().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_texts_end_where_they_should() {
        assert_eq!(name(r#"rapid"pro:@1"#), r#""rapid""pro:@1""#);
        assert_eq!(literal("it's"), "'it''s'");
        assert_eq!(literal(r"a\b"), r"E'a\\b'");
    }

    #[test]
    fn a_verifier_is_in_no_message() {
        assert!(!without_values("syntax error at or near \"SCRAM-SHA-256$4096:c2FsdA==\"").contains("c2FsdA"));
        assert_eq!(without_values("permission denied"), "permission denied");
    }
}
