//! Strategy `acl-passwords`: a Redis of one's own takes two passwords for one user from `apply` to `retire`.
//!
//! The services send `AUTH password` and ignore a URL's user, so it is the password of `default` that changes unless the
//! document names a user. The server is given SHA-256 digests only. ACLs are not replicated and not saved by themselves:
//! each call goes to the primary and every replica, and writes the ACL to its file before it says that it is done.

mod clients;
mod mark;
mod node;
mod server;
mod survey;
mod topology;

use std::cell::RefCell;
use std::time::Duration;

use super::super::{
    Accepts, Consumer, Credential, Fault, Generated, Login, Maker, Nature, Outside, Retirement, Standing, Strategy,
    Survey, password,
};
use crate::vault::BoxFuture;
pub use node::Address;
use node::{Node, Trouble};

/// A Redis or Valkey, and how to reach it.
pub struct Redis<'a> {
    address: Address,
    db: u32,
    patience: Duration,
    outside: &'a dyn Outside,
    /// Who takes part, as far as seen: a replica that is away now has to come back before anything is promoted.
    known: RefCell<Vec<Address>>,
}

impl<'a> Redis<'a> {
    /// A server, or any one of a primary and its replicas. `db` is the number that services select; no call waits longer
    /// than `patience` for an answer.
    pub fn new(address: Address, db: u32, patience: Duration, outside: &'a dyn Outside) -> Self {
        let known = RefCell::new(vec![address.clone()]);
        Self { address, db, patience, outside, known }
    }

    /// Each server, logged in to by whichever of the credentials it takes.
    async fn nodes(&self, credentials: &[&Credential]) -> Result<Vec<Node>, Trouble> {
        topology::nodes(&self.known, self.patience, credentials).await
    }

    async fn probe(&self, credential: &Credential) -> Result<(), Trouble> {
        for node in self.nodes(&[credential]).await? {
            node.ask::<()>(&["SELECT", &self.db.to_string()]).await?;
            node.ask::<()>(&["PING"]).await?;
        }
        Ok(())
    }

    async fn accept(&self, credential: &Credential, beside: &Credential) -> Result<(), Trouble> {
        let nodes = self.nodes(&[beside, credential]).await?;
        if !is_known(&nodes, credential).await? {
            mark::set(&nodes, self.db, credential).await?;
        }
        for node in &nodes {
            node.add(credential).await?;
            node.persist().await?;
        }
        Ok(())
    }

    async fn prove(&self, credential: &Credential) -> Result<(), Trouble> {
        self.probe(credential).await?;
        for node in self.nodes(&[credential]).await? {
            let user = node.user(credential).await?;
            if !user.takes(credential) {
                return Err(Trouble::Other(format!("{} lets `{}` in by no password at all", node.address, user.name)));
            }
            if user.passwords() < 2 {
                let (at, name) = (&node.address, &user.name);
                return Err(Trouble::Other(format!("{at} takes one password for `{name}`; the other one was removed")));
            }
        }
        Ok(())
    }

    async fn revoke(&self, credential: &Credential, keep: &Credential) -> Result<(), Fault> {
        if node::same(credential, keep) {
            return Err(Fault::Unfit("the password to revoke is the one to keep".to_string()));
        }
        // By the one that stays, so that the last valid one is never revoked.
        let mut nodes = self.nodes(&[keep]).await?;
        for node in &nodes {
            node.follow_by(credential, keep).await?;
        }
        // Replicas first: until the primary has done it, a failover finds both passwords or the new one.
        nodes.sort_by_key(|node| node.is_primary());
        for node in &nodes {
            node.remove(credential).await?;
            node.persist().await?;
        }
        for node in &nodes {
            match node.again(credential).await {
                Err(Trouble::Refused(_)) => {}
                Err(trouble) => return Err(trouble.into()),
                Ok(()) => return Err(Fault::Unfit(format!("{} still takes the revoked password", node.address))),
            }
        }
        for one in [credential, keep] {
            mark::clear(&nodes, self.db, one).await?;
        }
        Ok(())
    }
}

async fn is_known(nodes: &[Node], credential: &Credential) -> Result<bool, Trouble> {
    for node in nodes {
        if node.user(credential).await?.takes(credential) {
            return Ok(true);
        }
    }
    Ok(false)
}

impl Strategy for Redis<'_> {
    fn name(&self) -> &'static str {
        "acl-passwords"
    }

    fn nature(&self) -> Nature {
        Nature { maker: Maker::Us, accepts: Accepts::Both }
    }

    fn forgets(&self) -> bool {
        true
    }

    fn survey<'a>(&'a self, standing: &'a Standing) -> BoxFuture<'a, Result<Survey, Fault>> {
        Box::pin(survey::survey(self, standing))
    }

    fn generate<'a>(&'a self, standing: &'a Standing) -> BoxFuture<'a, Result<Generated, Fault>> {
        let user = standing.current.user.clone();
        let credential = Credential { user, password: password(self.outside), verifier: None };
        Box::pin(async { Ok(Generated { credential, name: None }) })
    }

    fn login<'a>(&'a self, credential: &'a Credential) -> BoxFuture<'a, Login> {
        Box::pin(async {
            match self.probe(credential).await {
                Ok(()) => Login::Works,
                Err(Trouble::Refused(_)) => Login::Refused,
                Err(trouble) => Login::Unknown(trouble.to_string()),
            }
        })
    }

    fn apply<'a>(&'a self, credential: &'a Credential, beside: &'a Credential) -> BoxFuture<'a, Result<(), Fault>> {
        Box::pin(async { Ok(self.accept(credential, beside).await?) })
    }

    fn verify<'a>(&'a self, credential: &'a Credential) -> BoxFuture<'a, Result<(), Fault>> {
        Box::pin(async { Ok(self.prove(credential).await?) })
    }

    /// Redis does not tell by which password a connection logged in. One that is older than what consumers were told
    /// logged in by another, unless it is older than that other one; and a connection outlives its password, so silence after `retire` would prove nothing.
    fn gauge<'a>(
        &'a self,
        old: &'a Credential,
        new: &'a Credential,
        since: Duration,
    ) -> BoxFuture<'a, Result<Vec<Consumer>, Fault>> {
        Box::pin(async move {
            let nodes = self.nodes(&[new]).await?;
            let valid = mark::age(&nodes, self.db, old).await?.unwrap_or(Duration::MAX);
            let mut found = vec![];
            for node in &nodes {
                let connections = clients::connections(node, new).await?.into_iter();
                found.extend(connections.filter(|it| it.age > since && it.age <= valid));
            }
            Ok(clients::consumers(&found))
        })
    }

    fn retire<'a>(
        &'a self,
        credential: &'a Credential,
        keep: &'a Credential,
        _since: Duration,
    ) -> BoxFuture<'a, Result<Retirement, Fault>> {
        Box::pin(async { self.revoke(credential, keep).await.map(|()| Retirement::Done) })
    }
}
