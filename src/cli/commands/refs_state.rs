//! `rpconf refs --state`: which references resolve, how old their items are, and which items nothing refers to.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::cli::exit::{Exit, Failure, Outcome};
use crate::cli::fetching;
use crate::cli::session::Session;
use crate::cli::vaults::{self, VaultArgs};
use crate::cli::world::{Found, seconds_since_1970};
use crate::model::moment;
use crate::model::{Plan, Reference};
use crate::vault::{Answers, Batch, ItemSummary, Names, same_name};

/// An item of a vault in use.
struct Known {
    vault: String,
    vault_id: String,
    summary: ItemSummary,
}

/// Runs `rpconf refs ENV --state`.
pub fn run(session: &Session, args: &VaultArgs, as_json: bool, found: &Found, plan: &Plan) -> Outcome {
    let references: BTreeSet<&Reference> = plan.references.iter().map(|mention| &mention.reference).collect();
    let (answers, items) = ask(session, args, found, plan, &references)?;
    let state = State { references: &references, answers: &answers, items: &items, today: days(seconds_since_1970()) };
    session.ui.result(&if as_json { format!("{:#}\n", state.json()) } else { state.text() })?;
    Ok(if answers.problems().next().is_none() { Exit::Done } else { Exit::World })
}

/// How many days old each reference's item is, where the vault tells.
pub fn ages(session: &Session, args: &VaultArgs, found: &Found, plan: &Plan) -> Result<Vec<(String, i64)>, Failure> {
    let references: BTreeSet<&Reference> = plan.references.iter().map(|mention| &mention.reference).collect();
    let (answers, items) = ask(session, args, found, plan, &references)?;
    let state = State { references: &references, answers: &answers, items: &items, today: days(seconds_since_1970()) };
    Ok(references.iter().filter_map(|reference| Some((reference.to_string(), state.age(reference)?))).collect())
}

fn ask(
    session: &Session,
    args: &VaultArgs,
    found: &Found,
    plan: &Plan,
    references: &BTreeSet<&Reference>,
) -> Result<(Answers, Vec<Known>), Failure> {
    let open = vaults::open(args, &plan.vault, &found.folder, &session.here, |_| {})?;
    let lock = if open.remote { fetching::read_lock(found)? } else { Default::default() };
    let names = if args.locked { Names::Locked } else { Names::Learn };
    let batch = Batch::of(references.iter().copied());
    let asked = async {
        let answers = crate::vault::fetch(open.vault.as_ref(), &batch, &lock, names).await?;
        let vaults = open.vault.vaults().await?;
        let used =
            vaults.into_iter().filter(|v| references.iter().any(|r| r.vault == v.id || same_name(&r.vault, &v.name)));
        let used: Vec<_> = used.collect();
        let ids: Vec<String> = used.iter().map(|vault| vault.id.clone()).collect();
        let lists = open.vault.summaries(&ids).await;
        let mut items = vec![];
        for (vault, list) in used.iter().zip(lists) {
            let known = |summary| Known { vault: vault.name.clone(), vault_id: vault.id.clone(), summary };
            items.extend(list.unwrap_or_default().into_iter().map(known));
        }
        Ok::<_, Failure>((answers, items))
    };
    session.wait(open.remote, asked)?
}

struct State<'a> {
    references: &'a BTreeSet<&'a Reference>,
    answers: &'a Answers,
    items: &'a [Known],
    today: i64,
}

impl State<'_> {
    fn item(&self, reference: &Reference) -> Option<&Known> {
        self.items.iter().find(|known| names(reference, known) && known.summary.state.is_empty())
    }

    fn unused(&self) -> impl Iterator<Item = &Known> {
        self.items.iter().filter(|known| !self.references.iter().any(|reference| names(reference, known)))
    }

    fn age(&self, reference: &Reference) -> Option<i64> {
        Some(self.today - moment::days(self.item(reference)?.summary.updated_at.as_deref()?)?)
    }

    fn problem(&self, reference: &Reference) -> Option<String> {
        self.answers.get(reference)?.err().map(ToString::to_string)
    }

    fn text(&self) -> String {
        let mut out = String::new();
        for reference in self.references {
            let age = self.age(reference).map(|days| format!(", {days} days old")).unwrap_or_default();
            let state = self.problem(reference).unwrap_or_else(|| format!("resolves{age}"));
            out += &format!("{reference}: {state}\n");
        }
        for known in self.unused() {
            out += &format!("{}/{}: nothing here refers to it\n", known.vault, known.summary.title);
        }
        out
    }

    fn json(&self) -> Value {
        let reference = |reference: &&Reference| {
            json!({
                "reference": reference.to_string(),
                "resolves": self.problem(reference).is_none(),
                "problem": self.problem(reference),
                "age_days": self.age(reference),
            })
        };
        let unused = |known: &Known| json!({"vault": known.vault, "item": known.summary.title, "id": known.summary.id});
        json!({
            "references": self.references.iter().map(reference).collect::<Vec<_>>(),
            "unused": self.unused().map(unused).collect::<Vec<_>>(),
        })
    }
}

fn names(reference: &Reference, known: &Known) -> bool {
    let vault = reference.vault == known.vault_id || same_name(&reference.vault, &known.vault);
    vault && (reference.item == known.summary.id || same_name(&reference.item, &known.summary.title))
}

fn days(seconds: u64) -> i64 {
    i64::try_from(seconds / 86_400).unwrap_or(0)
}
