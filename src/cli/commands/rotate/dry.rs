//! `rpconf rotate --dry-run`: all that would be done, and nothing done.

use std::time::Duration;

use serde_json::json;

use super::{Options, block_on, drive};
use crate::cli::exit::{Exit, Failure, Outcome};
use crate::cli::machine::Open;
use crate::cli::rotation::{Begun, Edge, Hosts, Refused, Teller, begin, login};
use crate::cli::session::Session;
use crate::rotate::{Accepts, Blocked, Delivery as _, Fault, Store as _, fingerprint};

/// Runs the command.
pub fn run(session: &Session, environment: &str, target: &str, options: &Options) -> Outcome {
    block_on(session, async {
        let begun = match begin(session, &options.vault, environment, target).await? {
            Ok(begun) => begun,
            Err(Refused::Document(exit)) => return Ok(exit),
            Err(Refused::Blocked(blocked)) => return refuse(session, options, environment, target, &[blocked]),
        };
        let edge = Edge;
        let standing = begun.store(&edge).read().await.map_err(|error| Failure::Backend(error.to_string()))?;
        let open = standing.record.as_ref().map(|record| record.strategy.as_str());
        let parts = match drive::parts(&begun, options, open, &drive::operator()).await? {
            Ok(parts) => parts,
            Err(blocked) => return refuse(session, options, environment, target, &[blocked]),
        };
        let strategy = parts.strategy.as_ref();
        let mut survey = strategy.survey(&standing).await.map_err(|fault| Failure::Backend(fault.to_string()))?;
        let works = strategy.login(&standing.current).await;
        let here = drive::here(&begun.plan, options)?;
        survey.blocked.extend(Hosts::unreached_from(&begun.plan, here.as_deref()));
        if let Err(fault) = ready(session, &begun, options, here).await? {
            let help = "`rpconf apply --check` on this host tells the same".to_string();
            survey.blocked.push(Blocked { what: fault.to_string(), help });
        }
        if let (Some(gap), false) = (&survey.gap, options.accept_gap) {
            let help = "accept that by `--accept-gap`".to_string();
            survey.blocked.push(Blocked { what: format!("logins will fail for a while: {gap}"), help });
        }
        let overlap = if strategy.nature().accepts == Accepts::Both { "yes" } else { "no" };
        let fp = standing.key.as_ref().map(|key| fingerprint(key, &standing.current));
        let units = Hosts::units(&begun.plan, &begun.layout.password);
        let exit = if survey.blocked.is_empty() { Exit::Done } else { Exit::World };
        if options.json {
            let consumer = |it: &crate::rotate::Consumer| json!({"name": it.name, "address": it.address, "connections": it.connections});
            let reason = |it: &Blocked| json!({"what": it.what, "help": it.help});
            Teller::new(session, true, environment, target).object(json!({
                "event": "plan", "strategy": strategy.name(), "overlap": overlap == "yes", "item": begun.id.item,
                "version": standing.version, "open": standing.record,
                "current": {"user": standing.current.user, "fp": fp, "login": login(&works)},
                "facts": survey.facts, "will": survey.will, "gap": survey.gap, "warnings": survey.warnings,
                "consumers": survey.consumers.iter().map(consumer).collect::<Vec<_>>(), "units": units,
                "blocked": survey.blocked.iter().map(reason).collect::<Vec<_>>(),
            }));
            return Ok(exit);
        }
        let id =
            standing.record.as_ref().map_or("none".to_string(), |record| format!("{} ({:?})", record.id, record.state));
        let mut text = format!(
            "{environment}/{target}  strategy {}  overlap {overlap}  open {id}  item {} v{}\n",
            strategy.name(),
            begun.id.item,
            standing.version
        );
        let user = standing.current.user.as_deref().unwrap_or("the password");
        let fp = fp.map(|fp| format!(" ({fp})")).unwrap_or_default();
        text.push_str(&format!("  current: {user}{fp}, login {}\n", login(&works)));
        survey.facts.iter().for_each(|fact| text.push_str(&format!("  {fact}\n")));
        for it in &survey.consumers {
            text.push_str(&format!("  used by: {}@{} ({})\n", it.name, it.address, it.connections));
        }
        text.push_str("  will: stage, promote, mark and finish in the vault\n");
        survey.will.iter().for_each(|will| text.push_str(&format!("  will: {will}\n")));
        text.push_str(&format!("  will: render, then in order {}\n", units.join(", ")));
        text.push_str(&format!("  gap: {}\n", survey.gap.as_deref().unwrap_or("none")));
        text.push_str("  rollback: until the old credential is being revoked\n");
        survey.warnings.iter().for_each(|warning| text.push_str(&format!("  warning: {warning}\n")));
        for it in &survey.blocked {
            text.push_str(&format!("  blocked: {}\n    help: {}\n", it.what, it.help));
        }
        session.ui.result(&text)?;
        Ok(exit)
    })?
}

/// Whether this host's files could be written, without writing.
async fn ready(
    session: &Session,
    begun: &Begun,
    options: &Options,
    here: Option<String>,
) -> Result<Result<(), Fault>, Failure> {
    let open = here.as_ref().map(|_| Open::below(session, &options.machine.root)).transpose()?;
    let host = open.as_ref().map(|open| open.host(&begun.plan.environment));
    let hosts = Hosts::new(begun, here.zip(host.as_ref()), Duration::from_secs(options.timeout));
    Ok(hosts.ready().await)
}

fn refuse(session: &Session, options: &Options, environment: &str, target: &str, blocked: &[Blocked]) -> Outcome {
    let ran = crate::rotate::Ran {
        report: crate::rotate::Report::default(),
        result: Err(crate::rotate::Stop::Blocked(blocked.to_vec())),
        left: None,
    };
    Teller::new(session, options.json, environment, target).end(&ran)
}
