//! `rpconf explain`: every line of every output, and where it comes from.

use serde_json::{Value as Json, json};

use crate::cli::exit::{Exit, Failure, Outcome};
use crate::cli::fetching;
use crate::cli::session::Session;
use crate::cli::vaults::VaultArgs;
use crate::cli::world::Found;
use crate::diag::{Notes, SourceMap};
use crate::link;
use crate::model::{Content, FileOutput, Filled, Origin, Plan, Setting, Unit};
use crate::show;

/// Explain where settings come from
///
/// For each setting: its value (a reference stands where a secret goes), its type, the chain of places that it came
/// from, and what it won over. Needs no vault, unless values are to be revealed.
///
/// Example: rpconf explain production COURIER_DB
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Environment: a name in `env/`, or a path
    #[arg(value_name = "ENV")]
    environment: String,
    /// Only settings of this name
    #[arg(value_name = "SETTING")]
    setting: Option<String>,
    /// Ask the vault, and show values
    #[arg(long)]
    reveal: bool,
    /// Print JSON
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
    let wanted = |name: &str| args.setting.as_deref().is_none_or(|asked| asked == name);
    let revealed = if args.reveal { Some(reveal(session, args, &found, &plan, &map)?) } else { None };
    let revealed = match revealed {
        Some(Err(exit)) => return Ok(exit),
        Some(Ok(filled)) => Some(filled),
        None => None,
    };
    let value = |unit: usize, setting: &Setting| {
        let filled = revealed.as_ref().and_then(|units| units.get(unit))?;
        filled.iter().find(|(name, _)| *name == setting.name).map(|(_, value)| show::filled(value))
    };
    let mut rows = vec![];
    for (index, unit) in plan.units.iter().enumerate() {
        for setting in unit.settings.iter().filter(|setting| wanted(&setting.name)) {
            rows.push((unit, setting, value(index, setting).unwrap_or_else(|| show::value(&setting.value))));
        }
    }
    let files: Vec<&FileOutput> = plan.files.iter().filter(|file| wanted(&file.name)).collect();
    if rows.is_empty() && files.is_empty() {
        return Err(unknown(&plan, args.setting.as_deref().unwrap_or_default()));
    }
    if args.json {
        let settings: Vec<Json> = rows.iter().map(|(unit, setting, value)| json(unit, setting, value, &map)).collect();
        session.ui.result(&format!("{:#}\n", Json::Array(settings)))?;
        return Ok(Exit::Done);
    }
    let mut last = None;
    for (unit, setting, value) in &rows {
        let heading = heading(unit);
        if last.as_ref() != Some(&heading) {
            session.ui.result(&format!("{}{heading}\n", if last.is_some() { "\n" } else { "" }))?;
            last = Some(heading);
        }
        session.ui.result(&text(setting, value, &map))?;
    }
    for file in files {
        session.ui.result(&format!("{}{}", if last.is_some() { "\n" } else { "" }, file_text(file, &map)))?;
        last = Some(file.name.clone());
    }
    Ok(Exit::Done)
}

type Revealed = Vec<Vec<(String, Filled)>>;

fn reveal(
    session: &Session,
    args: &Args,
    found: &Found,
    plan: &Plan,
    map: &SourceMap,
) -> Result<Result<Revealed, Exit>, Failure> {
    let fetched = fetching::fetch(session, &args.vault, &[(found, plan)])?;
    let mut notes = Notes::default();
    let Some(answers) = fetched.answers.first() else { return Ok(Ok(vec![])) };
    let filled = link::fill(plan, answers, &mut notes);
    session.ui.findings(&notes, map);
    if notes.failed() {
        return Ok(Err(Exit::World));
    }
    let named = |(setting, value): (&Setting, Filled)| (setting.name.clone(), value);
    Ok(Ok(filled.units.into_iter().map(|unit| unit.settings.into_iter().map(named).collect()).collect()))
}

fn unknown(plan: &Plan, asked: &str) -> Failure {
    let names = plan.units.iter().flat_map(|unit| &unit.settings).map(|setting| setting.name.as_str());
    let distance = |name: &&str| strsim::damerau_levenshtein(name, asked);
    let near = names.min_by_key(distance).filter(|name| distance(name) <= asked.len().max(3) / 3);
    let hint = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
    Failure::Usage(format!("no service of `{}` is told `{asked}`{hint}", plan.environment))
}

fn heading(unit: &Unit) -> String {
    let place = unit.placement.host().map_or_else(|| "in containers".to_string(), |host| format!("on {host}"));
    format!("{} {} {place}", unit.service, unit.version)
}

fn text(setting: &Setting, value: &str, map: &SourceMap) -> String {
    let mut out = format!("  {} = {value}\n    {}\n", setting.name, origin(&setting.origin, map));
    if let Origin::Derived { facts, .. } = &setting.origin {
        for fact in facts {
            let place = fact.span.map_or_else(|| "rpconf's own default".to_string(), |span| map.locate(span));
            out += &format!("      {} ({place})\n", fact.path);
        }
    }
    for overridden in &setting.overrides {
        let place = overridden.span.map(|span| format!(" ({})", map.locate(span))).unwrap_or_default();
        out += &format!("    overrides what was {}{place}\n", overridden.what);
    }
    out
}

fn origin(origin: &Origin, map: &SourceMap) -> String {
    match origin {
        Origin::Literal(span) => format!("set at {}", map.locate(*span)),
        Origin::Reference(span) => format!("a reference at {}", map.locate(*span)),
        Origin::Template(span) => format!("a template at {}", map.locate(*span)),
        Origin::Derived { rule, .. } => format!("derived by `{rule}` from"),
        Origin::Posture { because } => format!("production's value, as {because}"),
    }
}

fn file_text(file: &FileOutput, map: &SourceMap) -> String {
    let place = file.placement.host().map_or_else(|| "in containers".to_string(), |host| format!("on {host}"));
    let what = match &file.content {
        Content::Template { name, .. } => format!("rendered from templates/{name}"),
        Content::Value(value) => show::value(value),
    };
    format!("{} {place}\n  {what}\n    set at {}\n", file.name, map.locate(file.span))
}

fn json(unit: &Unit, setting: &Setting, value: &str, map: &SourceMap) -> Json {
    let facts = match &setting.origin {
        Origin::Derived { facts, .. } => facts.clone(),
        _ => vec![],
    };
    let rule = match &setting.origin {
        Origin::Derived { rule, .. } => Some(*rule),
        _ => None,
    };
    let because = match &setting.origin {
        Origin::Posture { because } => Some(because.clone()),
        _ => None,
    };
    json!({
        "service": unit.service.name(),
        "host": unit.placement.host(),
        "version": unit.version,
        "name": setting.name,
        "value": value,
        "type": setting.value.kind(),
        "secret": setting.secret,
        "origin": {
            "kind": setting.origin.word(),
            "place": setting.origin.span().map(|span| map.locate(span)),
            "rule": rule,
            "because": because,
            "facts": facts.iter().map(|fact| json!({"path": fact.path, "place": fact.span.map(|span| map.locate(span))})).collect::<Vec<_>>(),
        },
        "overrides": setting.overrides.iter().map(|o| json!({"what": o.what, "place": o.span.map(|span| map.locate(span))})).collect::<Vec<_>>(),
    })
}
