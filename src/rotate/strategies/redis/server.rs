//! What a server tells about itself, and how its ACL is changed.

use std::collections::BTreeMap;

use zeroize::Zeroizing;

use super::super::super::Credential;
use super::node::{Address, Node, Trouble, digest, user};

/// Answer of `INFO`: names and values.
#[derive(Debug, Default)]
pub(super) struct Info(BTreeMap<String, String>);

impl Info {
    pub(super) fn read(text: &str) -> Self {
        let pair = |line: &str| line.split_once(':').map(|(name, value)| (name.to_string(), value.to_string()));
        Self(text.lines().filter_map(pair).collect())
    }

    pub(super) fn get(&self, name: &str) -> &str {
        self.0.get(name).map_or("", String::as_str)
    }

    /// Major version; a Valkey tells the Redis that it stands in for.
    pub(super) fn major(&self) -> Option<u32> {
        self.get("redis_version").split('.').next()?.parse().ok()
    }

    /// The servers that it is linked to: its primary, and its replicas.
    pub(super) fn links(&self) -> Vec<Address> {
        let address = |host: &str, port: &str| Some(Address { host: host.to_string(), port: port.parse().ok()? });
        let replica = |value: &String| {
            let part = |name: &str| value.split(',').find_map(|part| part.strip_prefix(name)?.strip_prefix('='));
            address(part("ip")?, part("port")?)
        };
        let primary = address(self.get("master_host"), self.get("master_port"));
        let is_replica = |name: &str| name.strip_prefix("slave").is_some_and(|n| n.parse::<u32>().is_ok());
        let replicas = self.0.iter().filter(|(name, _)| is_replica(name)).filter_map(|(_, value)| replica(value));
        primary.into_iter().chain(replicas).collect()
    }
}

/// A user of the ACL.
pub(super) struct User {
    pub(super) name: String,
    pub(super) flags: Vec<String>,
    pub(super) commands: String,
    digests: Vec<Zeroizing<String>>,
}

impl User {
    pub(super) fn passwords(&self) -> usize {
        self.digests.len()
    }

    pub(super) fn takes(&self, credential: &Credential) -> bool {
        self.digests.contains(&digest(credential))
    }

    pub(super) fn needs_no_password(&self) -> bool {
        self.flags.iter().any(|flag| flag == "nopass")
    }
}

/// Answer of `ACL GETUSER`: names and values in turn, a value being a text or a list of texts.
struct Described(BTreeMap<String, Vec<String>>);

impl redis::FromRedisValue for Described {
    fn from_redis_value(value: redis::Value) -> Result<Self, redis::ParsingError> {
        let parts: Vec<redis::Value> = redis::from_redis_value(value)?;
        let texts = |value: &redis::Value| match value {
            redis::Value::Array(values) => {
                values.iter().filter_map(|value| redis::from_redis_value_ref(value).ok()).collect()
            }
            other => redis::from_redis_value_ref(other).into_iter().collect(),
        };
        let pairs = parts.chunks_exact(2).filter_map(|pair| match pair {
            [name, value] => Some((redis::from_redis_value_ref(name).ok()?, texts(value))),
            _ => None,
        });
        Ok(Self(pairs.collect()))
    }
}

impl Node {
    pub(super) fn is_primary(&self) -> bool {
        self.info.get("role") == "master"
    }

    pub(super) async fn user(&self, credential: &Credential) -> Result<User, Trouble> {
        let name = user(credential).to_string();
        let Described(mut parts) = self.ask(&["ACL", "GETUSER", &name]).await?;
        let mut part = |name: &str| parts.remove(name).unwrap_or_default();
        let digests = part("passwords").into_iter().map(Zeroizing::new).collect();
        Ok(User { flags: part("flags"), commands: part("commands").join(" "), digests, name })
    }

    pub(super) async fn setting(&self, name: &str) -> Result<Zeroizing<String>, Trouble> {
        let pair: Vec<String> = self.ask(&["CONFIG", "GET", name]).await?;
        let value = pair.into_iter().map(Zeroizing::new).nth(1);
        value.ok_or_else(|| Trouble::Other(format!("{} has no setting `{name}`", self.address)))
    }

    pub(super) async fn add(&self, credential: &Credential) -> Result<(), Trouble> {
        let rule = Zeroizing::new(format!("#{}", *digest(credential)));
        self.ask(&["ACL", "SETUSER", user(credential), &rule]).await
    }

    /// A digest that is not there is refused by name: then there is nothing to remove.
    pub(super) async fn remove(&self, credential: &Credential) -> Result<(), Trouble> {
        if !self.user(credential).await?.takes(credential) {
            return Ok(());
        }
        let rule = Zeroizing::new(format!("!{}", *digest(credential)));
        let removed = self.ask(&["ACL", "SETUSER", user(credential), &rule]).await;
        match removed {
            // Somebody else was quicker.
            Err(Trouble::Other(_)) if !self.user(credential).await?.takes(credential) => Ok(()),
            other => other,
        }
    }

    /// Writes the ACL where a restart finds it.
    pub(super) async fn persist(&self) -> Result<(), Trouble> {
        let words = if self.setting("aclfile").await?.is_empty() { ["CONFIG", "REWRITE"] } else { ["ACL", "SAVE"] };
        self.ask::<()>(&words).await.map_err(|trouble| match trouble {
            Trouble::Other(_) => {
                let (at, command) = (&self.address, words.join(" "));
                Trouble::Other(format!("{at} cannot write its file: `{command}` failed, and its log says why"))
            }
            other => other,
        })
    }

    /// Lets a server log in to its primary by `new` where it would by `old`. That this is plaintext, on its disk and on
    /// the way to it, is how Redis replicates.
    #[expect(clippy::disallowed_methods, reason = "a replica is told the password that it logs in to its primary by")]
    pub(super) async fn follow_by(&self, old: &Credential, new: &Credential) -> Result<(), Trouble> {
        let name = self.setting("masteruser").await?;
        if !name.is_empty() && *name != user(new) {
            return Ok(());
        }
        let told = self.setting("masterauth").await?;
        let (is_old, is_new) = (*told == *old.password.expose(), *told == *new.password.expose());
        if is_old {
            self.ask::<()>(&["CONFIG", "SET", "masterauth", new.password.expose()]).await?;
        }
        if is_old || is_new {
            self.ask::<()>(&["CONFIG", "REWRITE"]).await?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_the_primary_and_the_replicas() {
        let check = |text: &str, expect: &[&str]| {
            let links: Vec<String> = Info::read(text).links().iter().map(ToString::to_string).collect();
            assert_eq!(links, expect, "{text}");
        };
        check("role:master\r\nconnected_slaves:0\r\n", &[]);
        check(
            "role:master\r\nconnected_slaves:2\r\nslave0:ip=10.0.0.7,port=6380,state=online,offset=1,lag=0\r\n\
             slave1:ip=::1,port=6381,state=wait_bgsave,offset=0,lag=0\r\nslave_read_only:1\r\n",
            &["10.0.0.7:6380", "[::1]:6381"],
        );
        check("role:slave\r\nmaster_host:db\r\nmaster_port:6379\r\nslave0:ip=,port=x\r\n", &["db:6379"]);
    }

    #[test]
    fn versions_begin_with_a_number() {
        for (text, expect) in [("redis_version:7.0.15\r\n", Some(7)), ("redis_version:5\n", Some(5)), ("", None)] {
            assert_eq!(Info::read(text).major(), expect, "{text}");
        }
    }
}
