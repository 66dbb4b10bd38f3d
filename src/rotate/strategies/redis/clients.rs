//! Who is connected: `CLIENT LIST`.

use std::collections::BTreeMap;
use std::time::Duration;

use super::super::super::{Consumer, Credential};
use super::node::{Node, OURS, Trouble, user};

/// A connection of the user in question that is not ours and no replica's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Connection {
    pub(super) name: String,
    pub(super) host: String,
    pub(super) age: Duration,
}

/// The connections of a credential's user.
pub(super) async fn connections(node: &Node, credential: &Credential) -> Result<Vec<Connection>, Trouble> {
    let own: u64 = node.ask(&["CLIENT", "ID"]).await?;
    let text: String = node.ask(&["CLIENT", "LIST"]).await?;
    Ok(read(&text, user(credential), own))
}

/// Connections by name and host.
pub(super) fn consumers(connections: &[Connection]) -> Vec<Consumer> {
    let mut counted = BTreeMap::new();
    for Connection { name, host, .. } in connections {
        *counted.entry((name.clone(), host.clone())).or_insert(0) += 1;
    }
    let consumer = |((name, address), connections)| Consumer { name, address, connections };
    counted.into_iter().map(consumer).collect()
}

fn read(text: &str, user: &str, own: u64) -> Vec<Connection> {
    let connection = |line: &str| {
        let parts: BTreeMap<&str, &str> = line.split(' ').filter_map(|part| part.split_once('=')).collect();
        let part = |name| parts.get(name).copied().unwrap_or_default();
        // S and M: the two ends of a replication, which `masterauth` is for.
        let is_link = part("flags").contains(['S', 'M']);
        let is_ours = part("name") == OURS || part("id").parse() == Ok(own);
        if part("user") != user || is_link || is_ours {
            return None;
        }
        let (host, _) = part("addr").rsplit_once(':')?;
        let age = Duration::from_secs(part("age").parse().ok()?);
        let db = part("db");
        // An unnamed one is told by the database that it is in: services share one, others seldom do.
        let name = match [part("name"), part("lib-name")].into_iter().find(|name| !name.is_empty()) {
            Some(name) => name.to_string(),
            None => format!("a client of db {db}"),
        };
        Some(Connection { name, host: host.to_string(), age })
    };
    text.lines().filter_map(connection).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_ourselves_and_other_users_are_no_consumers() {
        let line = |id, name, age, flags, user| {
            format!(
                "id={id} addr=[::1]:{id} laddr=::1:6379 name={name} age={age} flags={flags} db=15 user={user} lib-name="
            )
        };
        let text = [
            line(1, "", 100, "N", "default"),
            line(2, "celery", 7, "b", "default"),
            line(3, "", 7, "S", "default"),
            line(4, "", 7, "M", "default"),
            line(5, "", 7, "N", "default"),
            line(6, "", 7, "N", "metrics"),
            line(7, "celery", 9, "N", "default"),
            line(8, OURS, 9, "N", "default"),
        ]
        .join("\n");
        let found = consumers(&read(&text, "default", 5));
        let expect = [("a client of db 15", 1), ("celery", 2)];
        let expect = expect.map(|(name, connections)| Consumer {
            name: name.to_string(),
            address: "[::1]".to_string(),
            connections,
        });
        assert_eq!(found, expect);
    }
}
