//! `rpconf refs`: each reference that a document holds, and what it feeds.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::cli::commands::refs_state;
use crate::cli::exit::{Exit, Outcome};
use crate::cli::session::Session;
use crate::cli::vaults::VaultArgs;
use crate::diag::SourceMap;
use crate::model::{Plan, Reference};

/// List the references of an environment and what each feeds
///
/// Needs no vault, but for `--state`. A reference that no setting of this release reads has no settings, and is never fetched.
///
/// Example: rpconf refs production
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Environment: a name in `env/`, or a path
    #[arg(value_name = "ENV")]
    environment: String,
    /// Ask the vault: which resolve, how old their items are, and which items nothing refers to
    #[arg(long)]
    state: bool,
    /// Print a JSON array; with `--state`, an object
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    vault: VaultArgs,
}

/// Runs the command.
pub fn run(session: &Session, args: &Args) -> Outcome {
    let (found, plan, map) = match session.plan(&args.environment)? {
        Ok(ready) => ready,
        Err(exit) => return Ok(exit),
    };
    if args.state {
        return refs_state::run(session, &args.vault, args.json, &found, &plan);
    }
    let rows = rows(&plan);
    if args.json {
        let array: Vec<Value> = rows.iter().map(|(reference, row)| json(reference, row, &map)).collect();
        session.ui.result(&format!("{:#}\n", Value::Array(array)))?;
    } else {
        for (reference, row) in &rows {
            session.ui.result(&text(reference, row, &map))?;
        }
    }
    Ok(Exit::Done)
}

#[derive(Default)]
struct Row {
    places: Vec<crate::diag::Span>,
    settings: BTreeSet<(String, Option<String>, String)>,
    files: BTreeSet<String>,
}

fn rows(plan: &Plan) -> BTreeMap<Reference, Row> {
    let mut rows: BTreeMap<Reference, Row> = BTreeMap::new();
    for mention in &plan.references {
        rows.entry(mention.reference.clone()).or_default().places.push(mention.span);
    }
    for unit in &plan.units {
        let host = unit.placement.host().map(str::to_string);
        let folder = crate::emit::folder(&unit.placement, unit.service.name());
        for setting in &unit.settings {
            setting.value.texts(&mut |text| {
                for hole in text.holes() {
                    let row = rows.entry(hole.reference.clone()).or_default();
                    row.settings.insert((unit.service.to_string(), host.clone(), setting.name.clone()));
                    row.files.insert(folder.to_string_lossy().into_owned());
                }
            });
        }
    }
    for file in &plan.files {
        let folder = crate::emit::folder(&file.placement, &file.name).to_string_lossy().into_owned();
        for reference in file.content.references() {
            rows.entry(reference).or_default().files.insert(folder.clone());
        }
    }
    // Where a rotation would keep former keys, the compiler looks by itself; the document does not say so.
    rows.retain(|_, row| !row.places.is_empty());
    rows
}

fn json(reference: &Reference, row: &Row, map: &SourceMap) -> Value {
    let setting = |(service, host, name): &(String, Option<String>, String)| json!({"service": service, "host": host, "name": name});
    json!({
        "reference": reference.to_string(),
        "vault": reference.vault,
        "item": reference.item,
        "section": reference.section,
        "field": reference.field,
        "attribute": reference.attribute.name(),
        "places": row.places.iter().map(|span| map.locate(*span)).collect::<Vec<_>>(),
        "settings": row.settings.iter().map(setting).collect::<Vec<_>>(),
        "files": row.files,
    })
}

fn text(reference: &Reference, row: &Row, map: &SourceMap) -> String {
    let mut out = format!("{reference}\n");
    for span in &row.places {
        out += &format!("  at {}\n", map.locate(*span));
    }
    for (service, host, name) in &row.settings {
        let at = host.as_ref().map(|host| format!(" on {host}")).unwrap_or_default();
        out += &format!("  feeds {name} of {service}{at}\n");
    }
    if row.settings.is_empty() {
        let files: Vec<&str> = row.files.iter().map(String::as_str).collect();
        out += &if files.is_empty() {
            "  feeds nothing at this release\n".to_string()
        } else {
            format!("  feeds {}\n", files.join(", "))
        };
    }
    out
}
