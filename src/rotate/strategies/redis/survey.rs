//! Whether two passwords can be had here, by reading only.

use super::super::super::{Credential, Fault, Standing, Survey};
use super::node::{Node, Trouble, user};
use super::server::User;
use super::{Redis, clients};

/// Looks at every server.
pub(super) async fn survey(redis: &Redis<'_>, standing: &Standing) -> Result<Survey, Fault> {
    let mut survey = Survey::default();
    if redis.address.host.ends_with(".cache.amazonaws.com") || redis.address.host.contains(".cache.amazonaws.com.") {
        survey.block(
            format!("{} is ElastiCache, whose passwords only AWS's own interface changes", redis.address),
            "run `aws elasticache modify-replication-group --auth-token-update-strategy ROTATE` with a new token, write \
             it into the vault, render and reload, then run it again with SET",
        );
        return Ok(survey);
    }
    let reached = match open(redis).await {
        Err(Trouble::Refused(_)) => redis.nodes(&[&standing.current]).await,
        other => other.map(|()| vec![]),
    };
    match reached {
        Ok(nodes) if nodes.is_empty() => survey.block(
            format!("{} asks for no password", redis.address),
            "announce a gap; run `ACL SETUSER default >PASSWORD` and `ACL SAVE`, write the password into the vault, \
             render and restart at once: until then, new connections fail",
        ),
        Ok(nodes) => look(&mut survey, &nodes, standing).await?,
        Err(trouble @ Trouble::Refused(_)) => {
            survey.block(trouble.to_string(), "write the password that Redis takes into the vault item");
        }
        Err(trouble @ Trouble::Unreachable(_)) => survey.block(
            trouble.to_string(),
            "start it, or run where the primary and every replica can be reached at the addresses that `INFO \
             replication` tells",
        ),
        Err(trouble) => return Err(trouble.into()),
    }
    Ok(survey)
}

/// Whether anybody is let in.
async fn open(redis: &Redis<'_>) -> Result<(), Trouble> {
    Node::connect(&redis.address, redis.patience).await?.ask(&["PING"]).await
}

async fn look(survey: &mut Survey, nodes: &[Node], standing: &Standing) -> Result<(), Fault> {
    let mut connections = vec![];
    for node in nodes {
        let version = node.info.get("redis_version");
        let role = if node.is_primary() { "primary" } else { "replica" };
        survey.facts.push(format!("{} is Redis {version}, {role}", node.address));
        let looked = match node.info.major() {
            Some(major) if major < 6 => {
                survey.block(
                    format!("{} is Redis {version}, which takes one password", node.address),
                    "use Redis 6 or later; by hand, with a gap: run `CONFIG SET requirepass`, write the password into \
                     the vault, render and restart at once",
                );
                continue;
            }
            _ => look_at(survey, node, standing).await,
        };
        match looked {
            Err(Trouble::Unknown(at, command)) => survey.block(
                format!("{at} does not know `{command}`: it is managed by a provider, or the command was renamed"),
                "change the password by the provider's own interface, as one that both sides take for a while if there \
                 is such a way; or give the command its name back",
            ),
            Err(Trouble::Denied(what)) => survey.block(
                what,
                "give the user `+acl +config +client +info +select +ping`, or rotate by hand with `ACL SETUSER`",
            ),
            other => other?,
        }
        connections.extend(clients::connections(node, &standing.current).await.unwrap_or_default());
    }
    survey.consumers = clients::consumers(&connections);
    if survey.consumers.iter().any(|consumer| consumer.name.starts_with("sentinel-")) {
        survey.warnings.push(
            "Sentinel watches this server: give it the new password with `SENTINEL SET NAME auth-pass` once it is in \
             the vault"
                .to_string(),
        );
    }
    let (user, count) = (user(&standing.current), nodes.len());
    let servers = if count == 1 { "1 server".to_string() } else { format!("{count} servers") };
    survey
        .will
        .push(format!("add a password to `{user}` on {servers}, as its SHA-256 digest, and write the ACL to disk"));
    if nodes.len() > 1 {
        survey.will.push("let replicas log in to their primary by the new password".to_string());
    }
    survey.will.push(format!("remove the old password of `{user}` on {servers}, and write the ACL to disk"));
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "what a replica logs in by is compared here")]
async fn look_at(survey: &mut Survey, node: &Node, standing: &Standing) -> Result<(), Trouble> {
    let (at, current) = (&node.address, &standing.current);
    if node.info.get("redis_mode") == "cluster" {
        survey.block(
            format!("{at} is in cluster mode, which RapidPro's services do not speak"),
            "rotate by hand with `ACL SETUSER` on each member",
        );
    }
    let user = node.user(current).await?;
    passwords(survey, node, standing, &user);
    let aclfile = node.setting("aclfile").await?;
    allowed(node, current, &user).await?;
    let config = node.info.get("config_file");
    let follows = *node.setting("masterauth").await? == *current.password.expose();
    if config.is_empty() && (aclfile.is_empty() || follows) {
        survey.block(
            format!("{at} runs without a configuration file, and would come back from a restart with the old password"),
            "start it with a configuration file that it may write, or with an `aclfile` where it has no `masterauth`",
        );
    }
    let file = if aclfile.is_empty() { "its configuration" } else { "an ACL file" };
    survey.facts.push(format!("{at} keeps its users in {file}; `{}` has {}", user.name, count(user.passwords())));
    Ok(())
}

fn count(passwords: usize) -> String {
    if passwords == 1 { "1 password".to_string() } else { format!("{passwords} passwords") }
}

fn passwords(survey: &mut Survey, node: &Node, standing: &Standing, user: &User) {
    let (at, name) = (&node.address, &user.name);
    if user.needs_no_password() {
        survey.block(
            format!("{at} lets `{name}` in by any password"),
            "announce a gap, and run `ACL SETUSER` with the password in the vault; until consumers send it, they fail",
        );
    }
    let ours = [Some(&standing.current), standing.next.as_ref(), standing.previous.as_ref()];
    let ours = ours.into_iter().flatten().filter(|credential| user.takes(credential)).count();
    match user.passwords().saturating_sub(ours) {
        0 => {}
        1 if ours <= 1 => survey.warnings.push(format!(
            "`{name}` at {at} has one more password, which no vault item is known to hold; it stays valid"
        )),
        _ => survey.block(
            format!("`{name}` at {at} has {}: others than rpconf add and leave them", count(user.passwords())),
            "see them with `ACL GETUSER`, and remove those that nobody uses with `ACL SETUSER NAME !DIGEST`",
        ),
    }
}

/// Whether the user may do what will be done. Redis 7 can be asked; before, the rules are read.
async fn allowed(node: &Node, current: &Credential, user: &User) -> Result<(), Trouble> {
    let denied = |what: &str| Err(Trouble::Denied(format!("`{}` may not run `{what}` at {}", user.name, node.address)));
    if node.info.major().is_some_and(|major| major < 7) {
        let whole = user.commands.contains("+@all") && !user.commands.contains(" -");
        return if whole { Ok(()) } else { denied("ACL SETUSER") };
    }
    for words in [
        ["ACL", "SETUSER"],
        ["ACL", "SAVE"],
        ["CONFIG", "GET"],
        ["CONFIG", "SET"],
        ["CONFIG", "REWRITE"],
        ["CLIENT", "LIST"],
    ] {
        let [first, second] = words;
        // An answer other than OK is the reason, which quotes nothing that was not asked here.
        let arguments = match second {
            "SETUSER" => vec![user.name.as_str()],
            "GET" => vec!["aclfile"],
            "SET" => vec!["masterauth", ""],
            _ => vec![],
        };
        let question = [&["ACL", "DRYRUN", self::user(current), first, second], arguments.as_slice()].concat();
        if node.ask::<String>(&question).await? != "OK" {
            return denied(&words.join(" "));
        }
    }
    Ok(())
}
