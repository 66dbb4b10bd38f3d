//! `rpconf vault create`: the items and fields that an environment's references lack.

use serde_json::{Value, json};

use crate::cli::exit::{Exit, Failure, Outcome};
use crate::cli::session::Session;
use crate::cli::vaults::{self, VaultArgs};
use crate::cli::{fetching, ui, world, writing};
use crate::model::{Plan, Reference};
use crate::provision::{self, At, Field, Lacking, Made};
use crate::vault::{Lock, Names, Problem, Refusal, Vault, Writer, Written, places};

/// List, or make, the items and fields that an environment's references lack
///
/// Tokens, passwords and keys of the deployment's own are generated, each in the form that its settings ask for; a value
/// that somebody else gives is to be filled by hand, in 1Password or by `rpconf vault put`. With `--write` items and
/// fields are made, the generated values in them, without being shown. What is there already stays as it is. The `op`
/// backend is only read.
///
/// Example: rpconf vault create production
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Environment: a name in `env/`, or a path
    #[arg(value_name = "ENV")]
    environment: String,
    /// Make them
    #[arg(long)]
    write: bool,
    /// Print a JSON object
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    vault: VaultArgs,
}

/// Runs the command.
pub fn run(session: &Session, args: &Args) -> Outcome {
    let (found, plan, _) = match session.plan(&args.environment)? {
        Ok(ready) => ready,
        Err(exit) => return Ok(exit),
    };
    if !args.write {
        let open = vaults::open(&args.vault, &plan.vault, &found.folder, &session.here, ui::observer(&session.ui))?;
        let lock = if open.remote { fetching::read_lock(&found)? } else { Lock::default() };
        let told = session.wait(open.remote, lacking(args, &plan, open.vault.as_ref(), &lock))??;
        return tell(session, args, &told);
    }
    let open = writing::open(session, &args.vault, &plan.vault, &found.folder)?;
    let lock = if open.remote { fetching::read_lock(&found)? } else { Lock::default() };
    let mut told = open.wait(session, lacking(args, &plan, open.vault.as_ref(), &lock))??;
    let mut written = vec![];
    let made = open.wait_to_write(session, make(&mut told.items, open.writer.as_ref(), &mut written))?;
    let exit = tell(session, args, &told)?;
    made.map_err(|(vault, refusal)| writing::refused(session, &vault, &refusal))?;
    open.settle(session, &written)?;
    Ok(exit)
}

async fn lacking(args: &Args, plan: &Plan, vault: &dyn Vault, lock: &Lock) -> Result<Report, Failure> {
    let names = if args.vault.locked { Names::Locked } else { Names::Learn };
    let batch = provision::batch(plan);
    let (items, problems) = provision::lacking(plan, &batch, places(vault, &batch, lock, names).await?);
    Ok(Report { items: items.into_iter().map(|item| (item, false)).collect(), problems })
}

/// Makes one item after the other, so that what was made is known when one fails.
async fn make(
    items: &mut [(Lacking, bool)],
    writer: &dyn Writer,
    written: &mut Vec<Written>,
) -> Result<(), (String, Refusal)> {
    for (item, done) in items.iter_mut().filter(|(item, _)| item.is_made()) {
        let made = provision::make(item, writer, &mut world::fill_random).await;
        written.push(made.map_err(|refusal| (item.vault.clone(), refusal))?);
        *done = true;
    }
    Ok(())
}

fn tell(session: &Session, args: &Args, report: &Report) -> Outcome {
    session.ui.result(&if args.json { format!("{:#}\n", report.json()) } else { report.text(args.write) })?;
    for (reference, problem) in &report.problems {
        session.ui.error(&format!("{reference}: {problem}"));
    }
    Ok(if report.problems.is_empty() { Exit::Done } else { Exit::World })
}

/// What is told: each item with whether it was written, and the references whose place cannot be told.
struct Report {
    items: Vec<(Lacking, bool)>,
    problems: Vec<(Reference, Problem)>,
}

impl Report {
    fn text(&self, write: bool) -> String {
        let mut out = String::new();
        for (item, written) in &self.items {
            let what = match (&item.at, written) {
                (At::New { category, .. }, false) => format!("not there, {category}"),
                (At::New { category, .. }, true) => format!("made, {category}"),
                (At::Known(_), _) => "there".to_string(),
            };
            out += &format!("{}/{}: {what}\n", item.vault, item.item);
            for field in &item.fields {
                out += &format!("  {}: {}\n", name(field), words(field, *written));
            }
        }
        let waiting = self.items.iter().filter(|(item, written)| item.is_made() && !written).count();
        match (self.items.is_empty(), waiting) {
            (true, _) if self.problems.is_empty() => out += "nothing is lacking\n",
            (_, 1..) if !write => out += &format!("nothing was written: `--write` makes what {waiting} items lack\n"),
            _ => {}
        }
        out
    }

    fn json(&self) -> Value {
        let item = |(item, written): &(Lacking, bool)| {
            let category = match &item.at {
                At::New { category, .. } => Some(*category),
                At::Known(_) => None,
            };
            json!({
                "vault": item.vault, "item": item.item, "new": category.is_some(), "category": category,
                "written": written, "fields": item.fields.iter().map(field_json).collect::<Vec<_>>(),
            })
        };
        let problem = |(reference, problem): &(Reference, Problem)| json!({"reference": reference.to_string(), "problem": problem.to_string()});
        json!({
            "items": self.items.iter().map(item).collect::<Vec<_>>(),
            "problems": self.problems.iter().map(problem).collect::<Vec<_>>(),
        })
    }
}

fn field_json(field: &Field) -> Value {
    let (made, strength, why) = match field.made {
        Made::ByChance(strength) => ("generated", Some(strength.describe()), None),
        Made::ByHand(why) => ("by hand", None, Some(why)),
        Made::Not(why) => ("not", None, Some(why)),
    };
    json!({
        "reference": field.reference.to_string(), "there": field.there, "made": made, "strength": strength, "why": why,
    })
}

fn name(field: &Field) -> String {
    let section = field.reference.section.as_ref().map(|section| format!("{section}/")).unwrap_or_default();
    format!("{section}{}", field.reference.field)
}

fn words(field: &Field, written: bool) -> String {
    match (field.made, field.there) {
        (Made::ByChance(strength), false) if written => format!("{}, generated", strength.describe()),
        (Made::ByChance(strength), false) => strength.describe().to_string(),
        (Made::ByChance(strength), true) => {
            format!("there without a value: {}, by `rpconf vault put --generate`", strength.describe())
        }
        (Made::ByHand(why), _) => format!("to be filled by hand: {why}"),
        (Made::Not(why), _) => format!("not made: {why}"),
    }
}
