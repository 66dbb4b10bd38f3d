//! The names of a pair: `temba` owns, `temba_a` and `temba_b` log in and take turns.

use crate::rotate::{Credential, Fault, Standing};

/// PostgreSQL cuts longer names off.
pub(super) const LONGEST: usize = 63;

/// The two logins of an owner.
pub(super) fn logins(owner: &str) -> [String; 2] {
    [format!("{owner}_a"), format!("{owner}_b")]
}

/// The role of a credential.
pub(super) fn user(credential: &Credential) -> Result<&str, Fault> {
    let named = credential.user.as_deref().filter(|user| !user.is_empty());
    named.ok_or_else(|| Fault::Unfit("the credential has no `username`".into()))
}

/// The login that comes next: the one that rests, or the first one of a pair that was only just prepared.
pub(super) fn next(standing: &Standing) -> Result<String, Fault> {
    let current = user(&standing.current)?;
    let [first, _] = logins(current);
    let next = standing.standby.clone().unwrap_or(first);
    match next == current {
        true => Err(Fault::Unfit(format!("`{current}` is both the current login and the one that rests"))),
        false => Ok(next),
    }
}

/// The login that rests after a rotation. After the first one that is not the retired role, which owns from now on and
/// never logs in again, but the second login, which had no turn yet.
pub(super) fn rests(retired: &str, kept: &str) -> String {
    let [first, second] = logins(retired);
    if kept == first { second } else { retired.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(retired: &str, kept: &str, expect: &str) {
        assert_eq!(rests(retired, kept), expect, "{retired} {kept}");
    }

    #[test]
    fn logins_take_turns() {
        check("temba", "temba_a", "temba_b");
        check("temba_a", "temba_b", "temba_a");
        check("temba_b", "temba_a", "temba_b");
        // A pair that somebody made by hand.
        check("app1", "app2", "app1");
        // An owner whose name looks like a login's.
        check("x_a", "x_a_a", "x_a_b");
        check("x_a_a", "x_a_b", "x_a_a");
    }
}
