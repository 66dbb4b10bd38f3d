//! Since when a password is valid: a key in the services' own database, for as long as a rotation is open.
//!
//! On the way back from a new password, connections that are older than it are none of its own. Nobody else remembers
//! when that was: neither the ACL nor, after a crash, we. Where the key got lost, all old connections count.

use std::time::Duration;

use sha2::{Digest as _, Sha256};

use super::super::super::Credential;
use super::node::{Node, Trouble, digest};

/// Longer than a rotation stays open; then the key goes by itself.
const KEPT: &str = "7776000";

/// Notes that a password becomes valid now, unless that was noted already.
pub(super) async fn set(nodes: &[Node], db: u32, credential: &Credential) -> Result<(), Trouble> {
    let Some(primary) = primary(nodes, db).await? else { return Ok(()) };
    let now = time(primary).await?.as_secs().to_string();
    primary.ask(&["SET", &key(credential), &now, "NX", "EX", KEPT]).await
}

/// How long a password has been valid, if that is known.
pub(super) async fn age(nodes: &[Node], db: u32, credential: &Credential) -> Result<Option<Duration>, Trouble> {
    let Some(primary) = primary(nodes, db).await? else { return Ok(None) };
    let noted: Option<u64> = primary.ask(&["GET", &key(credential)]).await?;
    let now = time(primary).await?;
    Ok(noted.map(|noted| now.saturating_sub(Duration::from_secs(noted))))
}

/// Forgets it.
pub(super) async fn clear(nodes: &[Node], db: u32, credential: &Credential) -> Result<(), Trouble> {
    let Some(primary) = primary(nodes, db).await? else { return Ok(()) };
    primary.ask(&["DEL", &key(credential)]).await
}

async fn primary(nodes: &[Node], db: u32) -> Result<Option<&Node>, Trouble> {
    let Some(primary) = nodes.iter().find(|node| node.is_primary()) else { return Ok(None) };
    primary.ask::<()>(&["SELECT", &db.to_string()]).await?;
    Ok(Some(primary))
}

async fn time(node: &Node) -> Result<Duration, Trouble> {
    let (seconds, _micros): (u64, u64) = node.ask(&["TIME"]).await?;
    Ok(Duration::from_secs(seconds))
}

/// A digest of the digest that the ACL holds.
fn key(credential: &Credential) -> String {
    let digest = Sha256::digest(digest(credential).as_bytes());
    let short: String = digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    format!("rpconf:valid-since:{short}")
}
