//! Files and units: this host's as `apply` does, the others' by the document's `on_rotate`.

use std::cell::RefCell;
use std::time::Duration;

use super::access::OpenAccess;
use super::begin::Begun;
use super::outside::Edge;
use crate::cli::units::Systemd;
use crate::cli::world::{self, Found};
use crate::cli::{env, fetching};
use crate::deliver::{self, Host, HostFile, Installed, Prepared, Record};
use crate::diag::Notes;
use crate::install;
use crate::model::{Hole, Plan, Reaction, Reference, Unit};
use crate::rotate::{Access as _, Blocked, Delivery, Fault, Guard, Outside as _, same_item};
use crate::vault::{BoxFuture, Names};

/// The hosts of an environment.
pub struct Hosts<'a> {
    /// The environment.
    pub found: &'a Found,
    /// What it is compiled to.
    pub plan: &'a Plan,
    /// The vault.
    pub access: &'a OpenAccess,
    /// This host, when it is one of the document's.
    pub here: Option<(String, &'a Host<'a>)>,
    /// What is rotated.
    pub target: &'a str,
    /// How long a unit or a hook may take.
    pub limit: Duration,
    /// What was installed here and is still to be followed.
    pub installed: RefCell<Option<Installed>>,
}

/// Variables that the hook gets besides those of every command: none holds a secret, a token is a file's name.
const HANDED: [&str; 4] = ["SSH_AUTH_SOCK", "OP_CONNECT_HOST", "OP_CONNECT_TOKEN_FILE", "OP_CONNECT_CA_FILE"];

impl<'a> Hosts<'a> {
    /// Those of a target's environment.
    pub fn new(begun: &'a Begun, here: Option<(String, &'a Host<'a>)>, limit: Duration) -> Self {
        let Begun { found, plan, access, target, .. } = begun;
        Self { found, plan, access, here, target: target.name, limit, installed: RefCell::new(None) }
    }
}

impl Hosts<'_> {
    /// The hosts that this machine is not; one without a name stands for whatever runs the containers.
    pub fn others(&self) -> Vec<&str> {
        if self.plan.hosts.is_empty() {
            return vec![""];
        }
        let here = self.here.as_ref().map(|(name, _)| name.as_str());
        self.plan.hosts.iter().map(|host| host.name.as_str()).filter(|name| Some(*name) != here).collect()
    }

    /// Why hosts cannot be told: nobody but this machine is, and it is not enough.
    pub fn unreached(&self) -> Option<Blocked> {
        Self::unreached_from(self.plan, self.here.as_ref().map(|(name, _)| name.as_str()))
    }

    /// The same, before there is anything to tell them.
    pub fn unreached_from(plan: &Plan, here: Option<&str>) -> Option<Blocked> {
        let others: Vec<&str> =
            plan.hosts.iter().map(|host| host.name.as_str()).filter(|name| Some(*name) != here).collect();
        let alone = !plan.hosts.is_empty() && others.is_empty();
        if alone || !plan.rotation.hook.is_empty() {
            return None;
        }
        let what = match others.as_slice() {
            [] => "nothing tells the containers".to_string(),
            names => format!("nothing brings new files to {}", names.join(", ")),
        };
        let help = "add `rotate: {on_rotate: [COMMAND, …]}`: it is run for each of them, with its name in RPCONF_HOST";
        Some(Blocked { what, help: help.to_string() })
    }

    /// The units that read an item, in the order in which they are restarted.
    pub fn units(plan: &Plan, item: &Reference) -> Vec<String> {
        let reads = |holes: &[&Hole]| holes.iter().any(|hole| same_item(&hole.reference, item));
        let of_unit = |unit: &Unit| {
            let mut holes = vec![];
            unit.settings.iter().for_each(|setting| setting.value.texts(&mut |text| holes.extend(text.holes())));
            reads(&holes)
        };
        let units = plan.units.iter().filter(|unit| of_unit(unit)).map(|unit| &unit.target);
        let files = plan.files.iter().filter(|file| reads(&file.content.holes())).map(|file| &file.target);
        let asked: Vec<Reaction> = units.chain(files).flat_map(|target| target.reactions.clone()).collect();
        deliver::in_order(&asked, &install::reactions(plan)).iter().map(crate::cli::applying::word).collect()
    }

    async fn files(&self, name: &str) -> Result<Vec<HostFile>, Fault> {
        let (vault, _) = self.access.open().map_err(Fault::Unreachable)?;
        let lock = fetching::read_lock(self.found).map_err(|failure| Fault::Unfit(failure.to_string()))?;
        let answers = crate::fetch(&[self.plan], vault.as_ref(), &lock, Names::Learn).await;
        let answers = answers.map_err(|error| Fault::Unreachable(error.to_string()))?;
        let mut notes = Notes::default();
        let files = crate::install(self.plan, &answers, name, &mut notes);
        match notes.iter().find(|note| note.severity == crate::diag::Severity::Error) {
            Some(first) => Err(Fault::Unfit(format!("the environment cannot be rendered: {}", first.message))),
            None => Ok(files),
        }
    }

    /// Two targets may be rotated at once: whoever comes second waits until the first one's units have followed.
    async fn install(&self, name: &str, host: &Host<'_>, guard: &dyn Guard) -> Result<usize, Fault> {
        let installed = async {
            loop {
                match self.try_install(name, host, guard).await? {
                    Some(changed) => return Ok(changed),
                    None => Edge.sleep(Duration::from_millis(200)).await,
                }
            }
        };
        let late = |_| Fault::Unfit(format!("another rpconf is writing to the files of `{name}`"));
        tokio::time::timeout(self.limit, installed).await.map_err(late)?
    }

    /// Nothing, while another rpconf writes to this host.
    async fn try_install(&self, name: &str, host: &Host<'_>, guard: &dyn Guard) -> Result<Option<usize>, Fault> {
        let files = self.files(name).await?;
        // What an earlier run installed and did not follow is remembered by the host.
        self.installed.replace(None);
        if alone(deliver::recover(&host.place()))?.is_none() {
            return Ok(None);
        }
        let prepared = prepared(name, &files, host)?;
        let changed = prepared.differing.len();
        guard.check().await?;
        let record = Record { host: name, time: world::seconds_since_1970(), restored: None, keep: 10, hooks: true };
        let installed = alone(deliver::install(prepared, &record, host, &world::suffix()))?;
        Ok(installed.map(|installed| {
            self.installed.replace(Some(installed));
            changed
        }))
    }

    fn follow(&self, name: &str, host: &Host<'_>) -> Result<(), Fault> {
        let Some(installed) = self.installed.take() else { return Ok(()) };
        let units = Systemd { limit: self.limit };
        let followed = deliver::follow(&installed, &units, host, &world::suffix());
        match followed.failed {
            None => followed.recorded.map_err(failed),
            Some((reaction, why)) => {
                let what = crate::cli::applying::word(&reaction);
                Err(Fault::Unfit(format!("on `{name}`, `{what}` failed: {why}")))
            }
        }
    }

    fn hook(&self, host: &str) -> Result<(), Fault> {
        let words = &self.plan.rotation.hook;
        if words.is_empty() {
            return Ok(());
        }
        let mut variables: Vec<(String, String)> =
            HANDED.iter().filter_map(|name| Some(((*name).to_string(), env::text(name)?))).collect();
        variables.push(("RPCONF_ENVIRONMENT".into(), self.plan.environment.clone()));
        variables.push(("RPCONF_TARGET".into(), self.target.to_string()));
        variables.push(("RPCONF_HOST".into(), host.to_string()));
        let done = Systemd { limit: self.limit }.command(words, &variables, &self.found.project.root);
        done.map_err(|why| Fault::Unfit(format!("`{}` failed for `{host}`: {why}", words.join(" "))))
    }
}

fn alone<T>(result: Result<T, deliver::DeliverError>) -> Result<Option<T>, Fault> {
    match result {
        Ok(done) => Ok(Some(done)),
        Err(deliver::DeliverError::Locked { .. }) => Ok(None),
        Err(error) => Err(failed(error)),
    }
}

fn failed(error: deliver::DeliverError) -> Fault {
    Fault::Unfit(error.to_string())
}

fn prepared<'f>(name: &str, files: &'f [HostFile], host: &Host<'_>) -> Result<Prepared<'f>, Fault> {
    if let Some(held) = deliver::current(host).map_err(failed)?.filter(|now| now.restored.is_some()) {
        return Err(Fault::Unfit(format!(
            "`{name}` is held at generation {}: `rpconf apply --resume` first",
            held.number
        )));
    }
    deliver::prepare(files, false, host).map_err(failed)
}

impl Delivery for Hosts<'_> {
    fn ready(&self) -> BoxFuture<'_, Result<(), Fault>> {
        Box::pin(async move {
            let Some((name, host)) = &self.here else { return Ok(()) };
            let files = self.files(name).await?;
            prepared(name, &files, host).map(drop)
        })
    }

    fn render<'a>(&'a self, guard: &'a dyn Guard) -> BoxFuture<'a, Result<usize, Fault>> {
        Box::pin(async move {
            match &self.here {
                Some((name, host)) => self.install(name, host, guard).await,
                None => Ok(0),
            }
        })
    }

    fn reload(&self) -> BoxFuture<'_, Result<(), Fault>> {
        Box::pin(async {
            if let Some((name, host)) = &self.here {
                self.follow(name, host)?;
            }
            let done = self.others().into_iter().try_for_each(|host| self.hook(host));
            // Units and hooks were waited for without an eye on signals.
            tokio::task::yield_now().await;
            done
        })
    }
}
