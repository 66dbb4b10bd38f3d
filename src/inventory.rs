//! An Ansible inventory of a plan's hosts: what a dynamic inventory script answers to `--list` and `--host`.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde_json::{Map, Value, json};

use crate::model::{Action, Machine, Plan, Reaction, Target};
use crate::render;

/// By which address Ansible reaches hosts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// The public one, else the internal one.
    Public,
    /// The internal one, else the public one.
    Internal,
}

/// All hosts, a group for each process that runs on them, and their variables.
pub fn list(plan: &Plan, reach: Reach) -> Value {
    let mut groups: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for host in &plan.hosts {
        for process in &host.processes {
            groups.entry(process).or_default().push(&host.name);
        }
    }
    let variables: Map<String, Value> =
        plan.hosts.iter().map(|host| (host.name.clone(), variables(plan, host, reach))).collect();
    let mut all = Map::new();
    all.insert("_meta".to_string(), json!({"hostvars": variables}));
    let hosts: Vec<&str> = plan.hosts.iter().map(|host| host.name.as_str()).collect();
    all.insert("all".to_string(), json!({"hosts": hosts, "children": groups.keys().collect::<Vec<_>>()}));
    all.extend(groups.iter().map(|(group, hosts)| (group.to_string(), json!({"hosts": hosts}))));
    Value::Object(all)
}

/// One host's variables; none for a name that the plan does not have.
pub fn host(plan: &Plan, name: &str, reach: Reach) -> Option<Value> {
    plan.hosts.iter().find(|host| host.name == name).map(|host| variables(plan, host, reach))
}

fn variables(plan: &Plan, host: &Machine, reach: Reach) -> Value {
    let address = match reach {
        Reach::Public => host.public.as_ref().or(host.internal.as_ref()),
        Reach::Internal => host.internal.as_ref().or(host.public.as_ref()),
    };
    let mut variables = Map::new();
    if let Some(address) = address {
        variables.insert("ansible_host".to_string(), json!(address));
    }
    let own = json!({
        "rpconf_environment": plan.environment,
        "rpconf_host": host.name,
        "rpconf_internal": host.internal,
        "rpconf_public": host.public,
        "rpconf_services": host.processes,
        "rpconf_files": render::files_of(plan, &host.name).iter().map(file).collect::<Vec<_>>(),
    });
    variables.extend(own.as_object().cloned().unwrap_or_default());
    Value::Object(variables)
}

/// A file: where `render` puts it below `build/ENV`, how it is installed, and what follows a change.
fn file((path, target): &(PathBuf, &Target)) -> Value {
    let reaction = |reaction: &Reaction| match &reaction.action {
        Action::Restart => json!(["systemctl", "restart", reaction.unit]),
        Action::Reload => json!(["systemctl", "reload", reaction.unit]),
        Action::Command(words) => json!(words),
    };
    json!({
        "src": path.to_string_lossy(),
        "dest": target.path,
        "owner": target.owner,
        "group": target.group,
        "mode": format!("{:04o}", target.mode),
        "after": target.reactions.iter().map(reaction).collect::<Vec<_>>(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan() -> Plan {
        let machine = |name: &str, public: Option<&str>, processes: &[&str]| Machine {
            name: name.to_string(),
            internal: Some(format!("10.0.0.{}", name.len())),
            public: public.map(str::to_string),
            processes: processes.iter().map(ToString::to_string).collect(),
        };
        let hosts = vec![machine("web", Some("192.0.2.1"), &["django", "beat"]), machine("work", None, &["courier"])];
        Plan { environment: "demo".to_string(), hosts, ..Plan::default() }
    }

    #[test]
    fn groups_are_processes() {
        let list = list(&plan(), Reach::Public);
        assert_eq!(list["all"], json!({"hosts": ["web", "work"], "children": ["beat", "courier", "django"]}));
        assert_eq!(list["django"], json!({"hosts": ["web"]}));
        assert_eq!(list["_meta"]["hostvars"]["work"]["ansible_host"], json!("10.0.0.4"));
        assert_eq!(list["_meta"]["hostvars"]["web"]["rpconf_services"], json!(["django", "beat"]));
    }

    #[test]
    fn a_host_is_reached_as_asked() {
        let check = |name, reach, expect: Option<&str>| {
            let found = host(&plan(), name, reach).map(|variables| variables["ansible_host"].clone());
            assert_eq!(found, expect.map(|address| json!(address)));
        };
        check("web", Reach::Public, Some("192.0.2.1"));
        check("web", Reach::Internal, Some("10.0.0.3"));
        check("work", Reach::Public, Some("10.0.0.4"));
        check("nobody", Reach::Public, None);
    }
}
