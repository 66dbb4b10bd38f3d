//! Wrong state machines, each of which the check must catch: what it cannot tell from the right one it does not check.

use std::time::Duration;

use super::scenarios::{Twist, all};
use super::{Kind, Operator};
use crate::rotate::record::{Direction, State};
use crate::rotate::{Done, Goal, Login, Step, View, decide};

fn retires_before_reload(view: &View, goal: Goal) -> Step {
    match decide(view, goal) {
        Step::Reload if matches!(view.open, Some((State::Promoted, _))) => Step::Mark,
        step => step,
    }
}

fn retires_without_confirming(view: &View, goal: Goal) -> Step {
    decide(&View { done: Done { confirmed: true, ..view.done }, ..view.clone() }, goal)
}

fn rolls_back_without_probing(view: &View, goal: Goal) -> Step {
    match view.open {
        Some((State::Promoted | State::Retiring, _)) if goal == Goal::Back => Step::Demote,
        _ => decide(view, goal),
    }
}

fn promotes_without_applying(view: &View, goal: Goal) -> Step {
    match decide(view, goal) {
        Step::Apply => Step::Promote,
        step => step,
    }
}

fn gives_up_without_telling(view: &View, goal: Goal) -> Step {
    match decide(view, goal) {
        Step::Abandon => Step::Undo,
        step => step,
    }
}

fn forgets_to_go_back_before_undoing(view: &View, goal: Goal) -> Step {
    match view.open {
        Some((State::Staged, Direction::Back)) if !view.done.revoked => Step::Undo,
        _ => decide(view, goal),
    }
}

fn retires_the_last_valid_one(view: &View, goal: Goal) -> Step {
    decide(&View { current: Login::Works, ..view.clone() }, goal)
}

/// Mutants that crashes, lost answers, lags and sleepers show.
const MUTANTS: [(&str, Twist); 8] = [
    ("retire before reload", |one| one.decide = retires_before_reload),
    ("retire without confirming", |one| one.decide = retires_without_confirming),
    ("rollback without probing", |one| one.decide = rolls_back_without_probing),
    ("promote without applying", |one| one.decide = promotes_without_applying),
    ("give up without telling the vault", |one| one.decide = gives_up_without_telling),
    ("undo before consumers are back", |one| one.decide = forgets_to_go_back_before_undoing),
    ("apply before stage", |one| one.hasty = true),
    ("no settling", |one: &mut Operator| {
        (one.patience.settle, one.patience.apart, one.patience.poll) = (Duration::ZERO, Duration::ZERO, Duration::ZERO);
    }),
];

#[test]
fn wrong_machines_are_caught() {
    for (name, twist) in MUTANTS {
        let tally = all(Kind::Pair, twist, false);
        println!("{name}: caught in {} of {} scenarios", tally.broken.len(), tally.scenarios);
        assert!(!tally.broken.is_empty(), "{name} is not caught in {} scenarios", tally.scenarios);
    }
}

#[test]
fn the_last_valid_credential_is_never_revoked() {
    let view = View {
        open: Some((State::Retiring, Direction::Forward)),
        nature: Kind::Pair.nature(),
        current: Login::Refused,
        other: Login::Works,
        edited: false,
        forgets: false,
        orphan: false,
        done: Done::default(),
    };
    let goal = Goal::Forward { defer: false };
    assert_ne!(decide(&view, goal), Step::Retire);
    assert_eq!(retires_the_last_valid_one(&view, goal), Step::Retire, "the mutant does");
}
