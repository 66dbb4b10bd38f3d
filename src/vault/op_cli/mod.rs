//! 1Password through its `op` program: for a laptop, where it asks for a fingerprint, and for service accounts.
//!
//! One process lists a vault and one gets all of its wanted items, whose ids it reads from standard input: a process
//! costs a quarter of a second and more. Only ids stand in a command line.

mod process;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::rc::Rc;
use std::time::Duration;

use serde::de::DeserializeOwned;
use serde_json::json;

use self::process::{Ended, run};
use super::gather::gather;
use super::item::{Item, ItemSummary, VaultSummary};
use super::{AttachedFileId, BoxFuture, ItemId, Refusal, Vault, VaultError};
use crate::model::Secret;

/// How many processes run at a time.
const AT_ONCE: usize = 4;

/// The `op` program. It finds its account in its own configuration and environment.
#[derive(Debug)]
pub struct OpCli {
    program: PathBuf,
    timeout: Duration,
}

impl OpCli {
    /// Asks `program`, a name that is looked up in `PATH` or a path. Each call may take as long as `timeout`, in which
    /// somebody may have to touch a sensor.
    pub fn new(program: impl Into<PathBuf>, timeout: Duration) -> Self {
        Self { program: program.into(), timeout }
    }

    async fn call(&self, arguments: &[&str], input: &str) -> Result<Ended, VaultError> {
        run(&self.program, arguments, input, self.timeout).await
    }

    /// A call whose whole output is one JSON value.
    #[expect(clippy::disallowed_methods, reason = "what `op` printed is parsed straight into secrets")]
    async fn json<T: DeserializeOwned>(&self, arguments: &[&str]) -> Result<T, Refusal> {
        let ended = self.call(arguments, "").await.map_err(Refusal::Failed)?;
        if !ended.success {
            return Err(refusal(&ended));
        }
        serde_json::from_slice(ended.output.expose()).map_err(|_| Refusal::Failed(not_json()))
    }

    /// The wanted items of one vault. One that is not there makes `op` fail, perhaps before the rest was written: it is
    /// left out and the rest asked for again.
    #[expect(clippy::disallowed_methods, reason = "what `op` printed is parsed straight into secrets")]
    async fn of_vault(&self, vault: &str, mut ids: Vec<&ItemId>) -> BTreeMap<ItemId, Result<Rc<Item>, Refusal>> {
        let mut results = BTreeMap::new();
        let arguments = ["item", "get", "-", "--vault", vault, "--include-archive", "--format", "json"];
        while !ids.is_empty() {
            let wanted: Vec<_> = ids.iter().map(|id| json!({"id": id.item})).collect();
            let input = serde_json::Value::from(wanted).to_string();
            let fail = |results: &mut BTreeMap<_, _>, ids: &[&ItemId], refusal: &Refusal| {
                results.extend(ids.iter().map(|id| ((*id).clone(), Err(refusal.clone()))));
            };
            let ended = match self.call(&arguments, &input).await {
                Ok(ended) => ended,
                Err(error) => {
                    fail(&mut results, &ids, &Refusal::Failed(error));
                    break;
                }
            };
            // The items stand one after another, in no list.
            for item in serde_json::Deserializer::from_slice(ended.output.expose()).into_iter::<Item>() {
                let Ok(item) = item else { break };
                if let Some(at) = ids.iter().position(|id| id.item == item.summary.id) {
                    results.insert(ids.remove(at).clone(), Ok(Rc::new(item)));
                }
            }
            match (ended.success, refusal(&ended)) {
                (true, _) => {
                    fail(&mut results, &ids, &Refusal::Failed(not_json()));
                    break;
                }
                (false, Refusal::Missing) if !ids.is_empty() => {
                    let named = ids.iter().position(|id| ended.error.contains(&id.item)).unwrap_or(0);
                    results.insert(ids.remove(named).clone(), Err(Refusal::Missing));
                }
                (false, refusal) => {
                    fail(&mut results, &ids, &refusal);
                    break;
                }
            }
        }
        results
    }

    async fn file(&self, id: &AttachedFileId) -> Result<Secret<Vec<u8>>, Refusal> {
        let reference = format!("op://{}/{}/{}", id.item.vault, id.item.item, id.file);
        let ended = self.call(&["read", "--no-newline", &reference], "").await.map_err(Refusal::Failed)?;
        if ended.success { Ok(ended.output) } else { Err(refusal(&ended)) }
    }
}

impl Vault for OpCli {
    fn name(&self) -> &'static str {
        "op"
    }

    fn vaults(&self) -> BoxFuture<'_, Result<Vec<VaultSummary>, VaultError>> {
        Box::pin(async {
            self.json(&["vault", "list", "--format", "json"]).await.map_err(|refusal| match refusal {
                Refusal::Failed(error) => error,
                Refusal::Missing | Refusal::Forbidden => VaultError::Op { what: "may list no vault".into() },
            })
        })
    }

    fn summaries<'a>(&'a self, vaults: &'a [String]) -> BoxFuture<'a, Vec<Result<Vec<ItemSummary>, Refusal>>> {
        let list = async |vault: &String| {
            self.json(&["item", "list", "--vault", vault, "--include-archive", "--format", "json"]).await
        };
        Box::pin(gather(AT_ONCE, vaults.iter().map(list)))
    }

    fn items<'a>(&'a self, items: &'a [ItemId]) -> BoxFuture<'a, Vec<Result<Rc<Item>, Refusal>>> {
        let mut by_vault: BTreeMap<&str, Vec<&ItemId>> = BTreeMap::new();
        for id in items {
            by_vault.entry(&id.vault).or_default().push(id);
        }
        Box::pin(async move {
            let jobs = by_vault.into_iter().map(|(vault, ids)| self.of_vault(vault, ids));
            let results: BTreeMap<_, _> = gather(AT_ONCE, jobs).await.into_iter().flatten().collect();
            items.iter().map(|id| results.get(id).cloned().unwrap_or(Err(Refusal::Missing))).collect()
        })
    }

    fn files<'a>(&'a self, files: &'a [AttachedFileId]) -> BoxFuture<'a, Vec<Result<Secret<Vec<u8>>, Refusal>>> {
        Box::pin(gather(AT_ONCE, files.iter().map(|id| self.file(id))))
    }
}

/// What `op` means by failing. It has one exit code for everything, so that its words have to do.
fn refusal(ended: &Ended) -> Refusal {
    let says = |words: &[&str]| words.iter().any(|word| ended.error.contains(word));
    if says(&["isn't an item", "isn't a vault", "isn't a field", "no item matching"]) {
        return Refusal::Missing;
    }
    if says(&["don't have permission", "not authorized", "403"]) {
        return Refusal::Forbidden;
    }
    let what = if says(&["not currently signed in", "not signed in", "No accounts configured", "no account found"]) {
        "is not signed in: run `op signin`, or set `OP_SERVICE_ACCOUNT_TOKEN`".to_string()
    } else {
        format!("failed: {}", first_line(&ended.error))
    };
    Refusal::Failed(VaultError::Op { what })
}

/// Its first line without the mark and the time in front: `[ERROR] 2027/01/01 00:00:00 …`.
fn first_line(error: &str) -> String {
    let line = error.lines().find(|line| !line.trim().is_empty()).unwrap_or("it says nothing");
    let line = match line.trim().strip_prefix("[ERROR]") {
        Some(rest) => rest.trim_start().trim_start_matches(|c: char| c.is_ascii_digit() || "/: ".contains(c)),
        None => line.trim(),
    };
    line.chars().filter(|c| !c.is_control()).take(200).collect()
}

fn not_json() -> VaultError {
    VaultError::Op { what: "answered with something else than the JSON that was asked for".into() }
}
