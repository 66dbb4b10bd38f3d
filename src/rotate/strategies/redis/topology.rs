//! The primary and its replicas, each once, whatever its names.

use std::cell::RefCell;
use std::time::Duration;

use super::super::super::Credential;
use super::node::{Address, Node, Trouble};

/// More servers than a deployment has: links that never end are not followed.
const MOST: usize = 32;

/// Follows links from the servers that are known, and remembers those that it found. Each must answer.
pub(super) async fn nodes(
    known: &RefCell<Vec<Address>>,
    patience: Duration,
    credentials: &[&Credential],
) -> Result<Vec<Node>, Trouble> {
    let mut found = Vec::<Node>::new();
    for at in 0..MOST {
        let Some(address) = known.borrow().get(at).cloned() else { return Ok(found) };
        let node = Node::login(&address, patience, credentials).await?;
        for link in node.info.links() {
            if !known.borrow().contains(&link) {
                known.borrow_mut().push(link);
            }
        }
        // A server is told by its run: the document's name for it is seldom the address that its replicas know.
        if found.iter().all(|other| other.info.get("run_id") != node.info.get("run_id")) {
            found.push(node);
        }
    }
    Err(Trouble::Other(format!("there are more than {MOST} addresses of servers")))
}
