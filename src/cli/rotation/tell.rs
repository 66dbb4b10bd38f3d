//! How a rotation is told: lines for people, one JSON object a line for programs.

use std::cell::RefCell;

use serde_json::{Value, json};

use crate::cli::exit::{Exit, Failure};
use crate::cli::session::Session;
use crate::rotate::{Event, Fault, Login, Outcome, Ran, State, Step, Stop};

/// Tells what goes on.
pub struct Teller<'a> {
    session: &'a Session,
    json: bool,
    environment: &'a str,
    target: &'a str,
    last: RefCell<Last>,
}

/// What is under way, for a person who watches.
#[derive(Debug, Default)]
struct Last {
    step: Option<Step>,
    health: Option<String>,
    waiting: Option<String>,
}

impl<'a> Teller<'a> {
    /// Tells of one target's rotation; with `json`, to programs.
    pub fn new(session: &'a Session, json: bool, environment: &'a str, target: &'a str) -> Self {
        Self { session, json, environment, target, last: RefCell::default() }
    }

    /// Tells an event.
    pub fn tell(&self, event: &Event) {
        if self.json {
            return self.object(object(event));
        }
        if let Some(line) = self.last.borrow_mut().line(event) {
            self.session.ui.tell(&format!("{}/{}: {line}", self.environment, self.target));
        }
        if self.session.ui.shows_progress() {
            let words = self.last.borrow().under_way();
            self.session.ui.progress(&format!("{}/{}: {words}", self.environment, self.target));
        }
    }

    /// Writes one object; a reader that went away is no reason to stop half-way.
    pub fn object(&self, mut object: Value) {
        if let Some(map) = object.as_object_mut() {
            map.insert("environment".into(), self.environment.into());
            map.insert("target".into(), self.target.into());
        }
        let _ = self.session.ui.result(&format!("{object}\n"));
    }

    /// Tells what a run came to; answers the exit code.
    pub fn end(&self, ran: &Ran) -> Result<Exit, Failure> {
        let (exit, words) = ending(ran, self.environment, self.target);
        if self.json {
            let outcome = ran.result.as_ref().map_or("stopped", |outcome| outcome.name());
            let report = serde_json::to_value(&ran.report).unwrap_or_default();
            self.object(
                json!({"event": "end", "outcome": outcome, "exit": exit as u8, "words": words, "report": report}),
            );
        } else if exit == Exit::Done {
            self.session.ui.result(&format!("{}/{}: {words}\n", self.environment, self.target))?;
        } else {
            self.session.ui.error(&format!("{}/{}: {words}", self.environment, self.target));
        }
        Ok(exit)
    }
}

fn object(event: &Event) -> Value {
    match event {
        Event::Resumed { id, by } => json!({"event": "resumed", "id": id, "by": by}),
        Event::Begun(step) => json!({"event": "begin", "phase": step.name()}),
        Event::Ended(step, words) => json!({"event": "done", "phase": step.name(), "words": words}),
        Event::Health { current, other, promoted } => {
            json!({"event": "health", "current": login(current), "other": login(other), "promoted": promoted})
        }
        Event::Waiting(consumers) => {
            let one = |it: &crate::rotate::Consumer| json!({"name": it.name, "address": it.address, "connections": it.connections});
            json!({"event": "waiting", "consumers": consumers.iter().map(one).collect::<Vec<_>>()})
        }
        Event::Settling => json!({"event": "settling"}),
    }
}

impl Last {
    /// Takes an event in; answers what is to stay on the screen of it. Who is waited for is told once, not at every look.
    fn line(&mut self, event: &Event) -> Option<String> {
        match event {
            Event::Resumed { id, by } => Some(format!("going on with rotation {id}, which {by} began")),
            Event::Begun(step) => {
                (self.step, self.waiting) = (Some(*step), None);
                None
            }
            Event::Ended(step, words) => Some(match words.as_str() {
                "done" => step.name().to_string(),
                words => format!("{}: {words}", step.name()),
            }),
            Event::Health { current, other, promoted } => {
                let (old, new) = if *promoted { (other, current) } else { (current, other) };
                self.health = Some(format!("the old one {}, the new one {}", says(old), says(new)));
                None
            }
            Event::Waiting(consumers) => {
                let words = Some(Fault::InUse(consumers.clone()).to_string());
                if self.waiting == words {
                    return None;
                }
                self.waiting.clone_from(&words);
                words
            }
            Event::Settling => None,
        }
    }

    /// One line: the phase, both credentials' health, and whom it waits for.
    fn under_way(&self) -> String {
        let step = self.step.map_or("begin", Step::name);
        let parts = [Some(format!("{step} …")), self.health.clone(), self.waiting.clone()];
        parts.into_iter().flatten().collect::<Vec<_>>().join("; ")
    }
}

fn says(login: &Login) -> &'static str {
    match login {
        Login::Works => "logs in",
        Login::Refused => "does not log in",
        Login::Unknown(_) => "gets no answer",
        Login::Untested => "is not tried",
    }
}

/// A login in one word.
pub fn login(login: &Login) -> &'static str {
    match login {
        Login::Works => "works",
        Login::Refused => "refused",
        Login::Unknown(_) => "unknown",
        Login::Untested => "untested",
    }
}

/// The exit code and the words for what a run came to.
pub fn ending(ran: &Ran, environment: &str, target: &str) -> (Exit, String) {
    let resume = format!("`rpconf rotate {environment} {target}` goes on from here");
    let back = match ran.left {
        Some(State::Staged | State::Promoted) => {
            format!("; `rpconf rotate rollback {environment} {target}` goes back; both credentials stay as they are")
        }
        Some(State::Retiring) | None => String::new(),
    };
    let open = ran.left.is_some();
    let unfinished = |words: String| (Exit::Unfinished, format!("{words}; {resume}{back}"));
    match &ran.result {
        Ok(Outcome::Rotated) => {
            let gap = ran.report.gap_ms.map(|gap| format!("; logins may have failed for {gap} ms")).unwrap_or_default();
            (Exit::Done, format!("rotated, the old credential is revoked{gap}"))
        }
        Ok(Outcome::Deferred) => {
            let finish = format!("`rpconf rotate finish {environment} {target}`");
            (Exit::Done, format!("rotated; the old credential is still to be revoked, by {finish} or `--due`"))
        }
        Ok(Outcome::Held) => {
            (Exit::Done, "both credentials are valid; files and units follow with the next target".into())
        }
        Ok(Outcome::RolledBack) => (Exit::Done, "rolled back, the old credential is in use everywhere".into()),
        Ok(Outcome::Nothing) => (Exit::Done, "nothing is open".into()),
        Err(Stop::Blocked(reasons)) => {
            let all = reasons.iter().map(|it| format!("\n  {}\n    help: {}", it.what, it.help));
            (Exit::World, format!("it cannot start; nothing was changed{}", all.collect::<String>()))
        }
        Err(Stop::Held(holder)) => {
            let (who, since) = (&holder.who, &holder.since);
            let help = format!("`rpconf rotate unlock {environment} {target}` if that one is gone");
            (Exit::Local, format!("{who} holds the lock since {since}; {help}"))
        }
        Err(stop @ Stop::NoLock(_)) if !open => (Exit::World, format!("{stop}; nothing was changed")),
        Err(Stop::Foreign(record)) => {
            let words = Stop::Foreign(record.clone()).to_string();
            let take = format!("`rpconf rotate resume {environment} {target}` takes it over");
            (Exit::Unfinished, format!("{words}; {take}"))
        }
        Err(Stop::Interrupted) => match open {
            true => (Exit::Interrupted, format!("interrupted; {resume}{back}")),
            false => (Exit::Interrupted, "interrupted; nothing is open".into()),
        },
        Err(Stop::Failed { step: Step::Stage, fault: fault @ Fault::Journal(_) }) if !open => {
            (Exit::Local, format!("{fault}; nothing was changed"))
        }
        Err(stop) if open || matches!(stop, Stop::Taken) => unfinished(stop.to_string()),
        Err(stop) => (Exit::World, stop.to_string()),
    }
}
