//! The state machine: from what was observed to the next step. Pure, so that each row is a table test.

use super::record::{Direction, State};
use super::strategy::{Accepts, Login, Nature};

/// What the operator wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Goal {
    /// The new credential everywhere, the old one revoked.
    Forward {
        /// Whether the old one stays valid for now: `--retire-after`.
        defer: bool,
    },
    /// The old credential everywhere, the new one revoked.
    Back,
}

/// What this run has done already. A crash forgets it, and the steps are done again: each can be.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Done {
    /// The credential that had to be made valid was.
    pub applied: bool,
    /// The new credential was proven.
    pub verified: bool,
    /// Files say what the vault says.
    pub rendered: bool,
    /// Units have read their files.
    pub reloaded: bool,
    /// Nobody is left on the old credential.
    pub confirmed: bool,
    /// The credential that had to go is gone.
    pub revoked: bool,
    /// The rotation was closed, and this is what it came to.
    pub closed: Option<Outcome>,
}

/// What was observed.
#[derive(Debug, Clone)]
pub struct View {
    /// The open rotation's state and direction.
    pub open: Option<(State, Direction)>,
    /// What kind of strategy drives it.
    pub nature: Nature,
    /// Whether the current credential logs in.
    pub current: Login,
    /// Whether the other one does: `next` before promotion, `previous` after.
    pub other: Login,
    /// Whether the current credential is not the one that the rotation began with: an edit by hand.
    pub edited: bool,
    /// Whether the backend may have forgotten what it accepted.
    pub forgets: bool,
    /// Whether the backend made a value that nobody staged.
    pub orphan: bool,
    /// What this run has done.
    pub done: Done,
}

/// The next step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Delete a value that the backend made and nobody staged.
    Discard,
    /// Make a value, and write it into the vault.
    Stage,
    /// Make `next` valid at the backend.
    Apply,
    /// Make `current` valid again at the backend.
    Restore,
    /// Make `previous` valid again at a backend that takes one only.
    Revive,
    /// Prove `next`.
    Verify,
    /// Make it `current` in the vault.
    Promote,
    /// Mark in the vault that `next` is given up; where consumers themselves accept it, it goes at once.
    Abandon,
    /// Make `previous` `current` again in the vault.
    Demote,
    /// Write files.
    Render,
    /// Let units read them.
    Reload,
    /// Wait until nobody uses the other credential.
    Confirm,
    /// Mark the point of no return in the vault.
    Mark,
    /// Revoke `previous`.
    Retire,
    /// Close the rotation in the vault.
    Finish,
    /// Revoke `next`.
    Undo,
    /// Close the abandoned rotation in the vault.
    Clear,
    /// Nothing more to do.
    End(Outcome),
    /// Stop, with both credentials as they are.
    Halt(Halt),
}

/// How a rotation ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The new credential everywhere, the old one revoked.
    Rotated,
    /// The new one everywhere, the old one still valid.
    Deferred,
    /// The new one is current in the vault; files and units follow with another rotation's.
    Held,
    /// The old one everywhere, the new one revoked.
    RolledBack,
    /// There was nothing to roll back.
    Nothing,
}

/// Why a rotation stops where it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Halt {
    /// The vault's credential does not log in, and no rotation is open.
    Drift,
    /// The current credential was edited by hand meanwhile.
    Edited,
    /// A backend does not answer.
    Unreachable,
    /// Neither credential logs in, though the current one was made valid again.
    BothDead,
    /// The new credential was accepted and is refused.
    NotAccepted,
    /// The new credential was revoked by someone else; the old one works: roll back.
    NewRevoked,
    /// The old credential was revoked: there is no way back.
    OldRevoked,
    /// The old one is being revoked: only forward.
    TooLate,
}

/// The next step.
pub fn decide(view: &View, goal: Goal) -> Step {
    match view.open {
        None => closed(view, goal),
        // The vault is told first, so that nobody goes forward while this run goes back.
        Some((State::Staged, Direction::Forward)) if goal == Goal::Back => Step::Abandon,
        Some((State::Staged, Direction::Abort)) if view.edited => give_up(view),
        Some(_) if view.edited => Step::Halt(Halt::Edited),
        Some((State::Staged, Direction::Forward)) => staged(view),
        Some((State::Staged, Direction::Abort)) => abandon(view),
        Some((State::Staged, Direction::Back)) => returning(view),
        Some((State::Promoted, _)) if goal == Goal::Back => demote(view),
        Some((State::Promoted, _)) => promoted(view, matches!(goal, Goal::Forward { defer: true })),
        Some((State::Retiring, _)) if goal == Goal::Back => Step::Halt(Halt::TooLate),
        Some((State::Retiring, _)) => retiring(view),
    }
}

fn closed(view: &View, goal: Goal) -> Step {
    match (view.done.closed, goal) {
        (Some(outcome), _) => Step::End(outcome),
        _ if view.orphan => Step::Discard,
        (None, Goal::Back) => Step::End(Outcome::Nothing),
        (None, Goal::Forward { .. }) => match &view.current {
            Login::Refused => Step::Halt(Halt::Drift),
            Login::Unknown(_) => Step::Halt(Halt::Unreachable),
            Login::Works | Login::Untested => Step::Stage,
        },
    }
}

fn staged(view: &View) -> Step {
    match view.nature.accepts {
        Accepts::Consumers => return deliver(view).unwrap_or(Step::Promote),
        Accepts::Nobody => return Step::Promote,
        Accepts::Both | Accepts::One => {}
    }
    match (&view.current, &view.other) {
        (_, Login::Unknown(_)) | (Login::Unknown(_), _) => Step::Halt(Halt::Unreachable),
        // Whatever became of the current one, the next one works: consumers have to get it.
        (Login::Refused, Login::Works) => Step::Promote,
        (_, Login::Refused) if !view.done.applied => Step::Apply,
        (Login::Refused, Login::Refused) => Step::Halt(Halt::BothDead),
        // A backend may take a while to know what it accepted; `verify` waits for it.
        _ if !view.done.verified => Step::Verify,
        (_, Login::Refused) => Step::Halt(Halt::NotAccepted),
        _ => Step::Promote,
    }
}

fn promoted(view: &View, defer: bool) -> Step {
    match (&view.current, &view.other) {
        (Login::Unknown(_), _) => return Step::Halt(Halt::Unreachable),
        (Login::Refused, Login::Works) if view.forgets && !view.done.applied => return Step::Restore,
        (Login::Refused, Login::Works) => return Step::Halt(Halt::NewRevoked),
        (Login::Refused, _) if !view.done.applied => return Step::Restore,
        (Login::Refused, _) => return Step::Halt(Halt::BothDead),
        _ => {}
    }
    match deliver(view) {
        Some(step) => step,
        None if !view.done.confirmed => Step::Confirm,
        None if defer => Step::End(Outcome::Deferred),
        None => Step::Mark,
    }
}

fn retiring(view: &View) -> Step {
    match (&view.current, view.nature.accepts) {
        // The last valid credential is never revoked.
        (Login::Unknown(_), _) => Step::Halt(Halt::Unreachable),
        (Login::Refused, _) if !view.done.applied => Step::Restore,
        (Login::Refused, _) => Step::Halt(Halt::BothDead),
        // The old value is gone from the vault: files without it are what revokes it.
        (_, Accepts::Consumers) => deliver(view).unwrap_or(Step::Finish),
        _ if !view.done.revoked => Step::Retire,
        _ => Step::Finish,
    }
}

/// Nobody was told the new credential.
fn abandon(view: &View) -> Step {
    match (&view.current, &view.other, view.nature.accepts) {
        // The value is gone from the vault: files without it are what revokes it.
        (_, _, Accepts::Consumers) => deliver(view).unwrap_or(Step::Clear),
        (_, _, Accepts::Nobody) => Step::Clear,
        (Login::Unknown(_), _, _) => Step::Halt(Halt::Unreachable),
        (Login::Refused, _, _) if !view.done.applied => Step::Restore,
        (Login::Refused, _, _) => Step::Halt(Halt::BothDead),
        (_, _, Accepts::One) => Step::Clear,
        _ => give_up(view),
    }
}

/// What became of the current credential is not this rotation's: `next` goes, and nothing else.
fn give_up(view: &View) -> Step {
    match view.nature.accepts {
        Accepts::Both if !view.done.revoked => Step::Undo,
        _ => Step::Clear,
    }
}

/// The new credential was handed out: consumers go back first.
fn demote(view: &View) -> Step {
    match (&view.other, view.nature.accepts) {
        (_, Accepts::Consumers | Accepts::Nobody) => Step::Demote,
        (Login::Unknown(_), _) => Step::Halt(Halt::Unreachable),
        // Never point anyone at a credential that has not just logged in.
        (Login::Refused, Accepts::One) if !view.done.applied => Step::Revive,
        (Login::Refused, _) => Step::Halt(Halt::OldRevoked),
        _ => Step::Demote,
    }
}

fn returning(view: &View) -> Step {
    match &view.current {
        Login::Unknown(_) => return Step::Halt(Halt::Unreachable),
        Login::Refused if !view.done.applied => return Step::Restore,
        Login::Refused => return Step::Halt(Halt::BothDead),
        Login::Works | Login::Untested => {}
    }
    match (deliver(view), view.nature.accepts) {
        (Some(step), _) => step,
        (None, _) if !view.done.confirmed => Step::Confirm,
        (None, Accepts::Both) if !view.done.revoked => Step::Undo,
        (None, Accepts::Consumers) => Step::Abandon,
        _ => Step::Clear,
    }
}

fn deliver(view: &View) -> Option<Step> {
    match view.done {
        Done { rendered: false, .. } => Some(Step::Render),
        Done { reloaded: false, .. } => Some(Step::Reload),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rotate::Maker;
    use Login::{Refused, Works};

    fn unknown() -> Login {
        Login::Unknown("no answer".into())
    }

    const FORWARD: Goal = Goal::Forward { defer: false };
    const NOTHING: Done = Done {
        applied: false,
        verified: false,
        rendered: false,
        reloaded: false,
        confirmed: false,
        revoked: false,
        closed: None,
    };

    fn view(accepts: Accepts, open: Option<(State, Direction)>, current: Login, other: Login, done: Done) -> View {
        let nature = Nature { maker: Maker::Us, accepts };
        View { open, nature, current, other, edited: false, forgets: false, orphan: false, done }
    }

    #[test]
    fn the_table_of_resumption() {
        let check = |open, current: Login, other: Login, done, goal, expect| {
            let seen = view(Accepts::Both, open, current, other, done);
            assert_eq!(decide(&seen, goal), expect, "{seen:?} {goal:?}");
        };
        let staged = Some((State::Staged, Direction::Forward));
        let promoted = Some((State::Promoted, Direction::Forward));
        let retiring = Some((State::Retiring, Direction::Forward));
        let applied = Done { applied: true, ..NOTHING };
        let verified = Done { verified: true, ..applied };
        let told = Done { rendered: true, reloaded: true, ..NOTHING };
        let confirmed = Done { confirmed: true, ..told };
        let revoked = Done { revoked: true, ..NOTHING };
        check(None, Works, Refused, NOTHING, FORWARD, Step::Stage);
        check(None, Refused, Refused, NOTHING, FORWARD, Step::Halt(Halt::Drift));
        check(None, unknown(), Refused, NOTHING, FORWARD, Step::Halt(Halt::Unreachable));
        check(None, Works, Refused, NOTHING, Goal::Back, Step::End(Outcome::Nothing));
        check(staged, Works, Refused, NOTHING, FORWARD, Step::Apply);
        check(staged, Works, Works, NOTHING, FORWARD, Step::Verify);
        check(staged, Works, Refused, applied, FORWARD, Step::Verify);
        check(staged, Works, Refused, verified, FORWARD, Step::Halt(Halt::NotAccepted));
        check(staged, Works, Works, verified, FORWARD, Step::Promote);
        check(staged, Refused, Works, NOTHING, FORWARD, Step::Promote);
        check(staged, Refused, Refused, NOTHING, FORWARD, Step::Apply);
        check(staged, Refused, Refused, applied, FORWARD, Step::Halt(Halt::BothDead));
        check(staged, Works, unknown(), NOTHING, FORWARD, Step::Halt(Halt::Unreachable));
        check(promoted, Works, Works, NOTHING, FORWARD, Step::Render);
        check(promoted, Works, Works, Done { rendered: true, ..NOTHING }, FORWARD, Step::Reload);
        check(promoted, Works, Works, told, FORWARD, Step::Confirm);
        check(promoted, Works, Works, confirmed, FORWARD, Step::Mark);
        check(promoted, Works, Works, confirmed, Goal::Forward { defer: true }, Step::End(Outcome::Deferred));
        check(promoted, Works, Refused, NOTHING, FORWARD, Step::Render);
        check(promoted, Refused, Works, NOTHING, FORWARD, Step::Halt(Halt::NewRevoked));
        check(promoted, Refused, Refused, NOTHING, FORWARD, Step::Restore);
        check(promoted, Refused, Refused, applied, FORWARD, Step::Halt(Halt::BothDead));
        check(retiring, Works, Works, NOTHING, FORWARD, Step::Retire);
        check(retiring, Works, Refused, revoked, FORWARD, Step::Finish);
        check(retiring, Refused, Works, NOTHING, FORWARD, Step::Restore);
        check(staged, Works, Works, NOTHING, Goal::Back, Step::Abandon);
        check(promoted, Works, Works, told, Goal::Back, Step::Demote);
        check(promoted, Works, Refused, told, Goal::Back, Step::Halt(Halt::OldRevoked));
        check(promoted, Refused, Works, told, Goal::Back, Step::Demote);
        check(retiring, Works, Works, NOTHING, Goal::Back, Step::Halt(Halt::TooLate));
    }

    #[test]
    fn what_a_backend_forgot_is_set_again_once() {
        let promoted = Some((State::Promoted, Direction::Forward));
        let check = |done, expect| {
            let seen = View { forgets: true, ..view(Accepts::Both, promoted, Refused, Works, done) };
            assert_eq!(decide(&seen, FORWARD), expect, "{seen:?}");
        };
        check(NOTHING, Step::Restore);
        check(Done { applied: true, ..NOTHING }, Step::Halt(Halt::NewRevoked));
    }

    #[test]
    fn the_way_back() {
        let check = |accepts, direction, current: Login, done, expect| {
            let seen = view(accepts, Some((State::Staged, direction)), current, Works, done);
            // Whoever resumes goes on back, whatever was meant at first.
            assert_eq!(decide(&seen, FORWARD), expect, "{seen:?}");
            assert_eq!(decide(&seen, Goal::Back), expect, "{seen:?}");
        };
        let told = Done { rendered: true, reloaded: true, ..NOTHING };
        let confirmed = Done { confirmed: true, ..told };
        let revoked = Done { revoked: true, ..confirmed };
        check(Accepts::Both, Direction::Abort, Works, NOTHING, Step::Undo);
        check(Accepts::Both, Direction::Abort, Works, revoked, Step::Clear);
        check(Accepts::Both, Direction::Abort, Refused, NOTHING, Step::Restore);
        check(Accepts::One, Direction::Abort, Refused, NOTHING, Step::Restore);
        check(Accepts::One, Direction::Abort, Works, NOTHING, Step::Clear);
        check(Accepts::Consumers, Direction::Abort, Login::Untested, NOTHING, Step::Render);
        check(Accepts::Consumers, Direction::Abort, Login::Untested, told, Step::Clear);
        check(Accepts::Nobody, Direction::Abort, Login::Untested, NOTHING, Step::Clear);
        check(Accepts::Both, Direction::Back, Works, NOTHING, Step::Render);
        check(Accepts::Both, Direction::Back, Works, told, Step::Confirm);
        check(Accepts::Both, Direction::Back, Works, confirmed, Step::Undo);
        check(Accepts::Both, Direction::Back, Works, revoked, Step::Clear);
        check(Accepts::Both, Direction::Back, Refused, NOTHING, Step::Restore);
        check(Accepts::Consumers, Direction::Back, Login::Untested, confirmed, Step::Abandon);
    }

    #[test]
    fn an_edit_by_hand_stops_everything_but_giving_up() {
        let edited = |open| View { edited: true, ..view(Accepts::Both, Some(open), Works, Works, NOTHING) };
        let check = |open, goal, expect| assert_eq!(decide(&edited(open), goal), expect, "{open:?} {goal:?}");
        check((State::Staged, Direction::Forward), FORWARD, Step::Halt(Halt::Edited));
        check((State::Promoted, Direction::Forward), Goal::Back, Step::Halt(Halt::Edited));
        check((State::Staged, Direction::Forward), Goal::Back, Step::Abandon);
        check((State::Staged, Direction::Abort), Goal::Back, Step::Undo);
    }
}
