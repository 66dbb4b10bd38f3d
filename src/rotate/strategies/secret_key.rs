//! Strategies `fallbacks` and `single-switch`: the key that Django signs sessions, links and cookies with.
//!
//! Where Django accepts signatures by an older key too, every process is told of the new key before one signs by it, and
//! of the old one until its signatures have run out. Before 4.1.8 sessions were not among them (django#34384).

use std::time::Duration;

use super::super::{
    Accepts, Consumer, Credential, Fault, Generated, Login, Maker, Nature, Outside, Retirement, Standing, Strategy,
    Survey, password,
};
use crate::model::Secret;
use crate::vault::BoxFuture;

/// The age of a session, which outlives every other signature: `SESSION_COOKIE_AGE`, two weeks where nobody set it.
pub const LONGEST_SIGNATURE: Duration = Duration::from_secs(14 * 24 * 3600);

/// A Django's key.
pub struct SecretKey<'a> {
    django: Option<(u32, u32, u32)>,
    outside: &'a dyn Outside,
}

impl<'a> SecretKey<'a> {
    /// The key of a Django of this release, as `5.1.4`; one that is not known is taken for an old one.
    pub fn new(django: Option<&str>, outside: &'a dyn Outside) -> Self {
        Self { django: django.and_then(release), outside }
    }

    /// Whether sessions survive.
    fn falls_back(&self) -> bool {
        self.django.is_some_and(|release| release >= (4, 1, 8))
    }
}

/// `5.1.4`, `5.1` or `5.1rc1` as numbers.
fn release(text: &str) -> Option<(u32, u32, u32)> {
    let number = |part: &str| part.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok();
    let mut parts = text.trim().split('.');
    let (major, minor) = (number(parts.next()?)?, number(parts.next()?)?);
    Some((major, minor, parts.next().and_then(number).unwrap_or(0)))
}

impl Strategy for SecretKey<'_> {
    fn name(&self) -> &'static str {
        if self.falls_back() { "fallbacks" } else { "single-switch" }
    }

    fn nature(&self) -> Nature {
        Nature { maker: Maker::Us, accepts: if self.falls_back() { Accepts::Consumers } else { Accepts::Nobody } }
    }

    fn survey<'a>(&'a self, _standing: &'a Standing) -> BoxFuture<'a, Result<Survey, Fault>> {
        let django = match self.django {
            Some((major, minor, patch)) => format!("Django {major}.{minor}.{patch}"),
            None => "a Django of unknown release".to_string(),
        };
        let mut survey = Survey::default();
        survey.warnings.push("what a fork of RapidPro encrypts by SECRET_KEY will not be read any more".to_string());
        if self.falls_back() {
            survey.facts.push(format!("{django} accepts signatures by SECRET_KEY_FALLBACKS, sessions among them"));
            survey.will.push("tell every process of the new key, then let them sign by it".to_string());
            survey.will.push("take the old key out of SECRET_KEY_FALLBACKS".to_string());
            survey.warnings.push(
                "who does not come back before the old key is retired has to log in again: sessions last 14 days, \
                 `--retire-after 14d` waits for them"
                    .to_string(),
            );
        } else {
            survey.facts.push(format!("{django} accepts sessions by one key only"));
            survey.will.push("replace the key in every process".to_string());
            survey.gap = Some("every login session ends, and links to reset a password stop working".to_string());
        }
        Box::pin(async { Ok(survey) })
    }

    /// Two passwords long: Django warns of keys of less than 50 characters.
    #[expect(clippy::disallowed_methods, reason = "a fresh key is put together from two fresh passwords")]
    fn generate<'a>(&'a self, standing: &'a Standing) -> BoxFuture<'a, Result<Generated, Fault>> {
        let key = [password(self.outside), password(self.outside)].map(|part| part.expose().clone());
        let both = Secret::new(key.concat());
        key.into_iter().for_each(|part| drop(Secret::new(part)));
        let credential = Credential { user: standing.current.user.clone(), password: both, verifier: None };
        Box::pin(async { Ok(Generated { credential, name: None }) })
    }

    fn login<'a>(&'a self, _credential: &'a Credential) -> BoxFuture<'a, Login> {
        Box::pin(async { Login::Untested })
    }

    /// A render and a reload do it.
    fn apply<'a>(&'a self, _credential: &'a Credential, _beside: &'a Credential) -> BoxFuture<'a, Result<(), Fault>> {
        Box::pin(async { Ok(()) })
    }

    fn verify<'a>(&'a self, _credential: &'a Credential) -> BoxFuture<'a, Result<(), Fault>> {
        Box::pin(async { Ok(()) })
    }

    /// Signatures are in browsers and mailboxes, where nobody can count them.
    fn gauge<'a>(
        &'a self,
        _old: &'a Credential,
        _new: &'a Credential,
        _since: Duration,
    ) -> BoxFuture<'a, Result<Vec<Consumer>, Fault>> {
        Box::pin(async { Ok(vec![]) })
    }

    /// Files without the old key are what revokes it.
    fn retire<'a>(
        &'a self,
        _credential: &'a Credential,
        _keep: &'a Credential,
        _since: Duration,
    ) -> BoxFuture<'a, Result<Retirement, Fault>> {
        Box::pin(async { Ok(Retirement::Done) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Counter(std::cell::Cell<u8>);

    impl Outside for Counter {
        fn now(&self) -> Duration {
            Duration::ZERO
        }

        fn sleep(&self, _time: Duration) -> BoxFuture<'_, ()> {
            Box::pin(async {})
        }

        fn random(&self, bytes: &mut [u8]) {
            for byte in bytes {
                *byte = self.0.replace(self.0.get().wrapping_add(37));
            }
        }
    }

    #[test]
    fn sessions_survive_from_4_1_8() {
        let outside = Counter(0.into());
        for (django, name) in [
            (Some("3.2.25"), "single-switch"),
            (Some("4.1.7"), "single-switch"),
            (Some("4.1.8"), "fallbacks"),
            (Some("4.2"), "fallbacks"),
            (Some("5.1rc1"), "fallbacks"),
            (Some("10.0.1"), "fallbacks"),
            (Some("main"), "single-switch"),
            (None, "single-switch"),
        ] {
            let strategy = SecretKey::new(django, &outside);
            assert_eq!(strategy.name(), name, "{django:?}");
            let accepts = if name == "fallbacks" { Accepts::Consumers } else { Accepts::Nobody };
            assert_eq!(strategy.nature(), Nature { maker: Maker::Us, accepts }, "{django:?}");
        }
    }

    #[test]
    fn the_gap_is_told_where_there_is_one_and_keys_are_long() {
        let outside = Counter(0.into());
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        let current = Credential::password(Secret::new("old".to_string()));
        let (next, previous, standby, record, last, key) = (None, None, None, None, None, None);
        let standing = Standing { version: 1, current, next, previous, standby, record, last, key };
        for (django, gap) in [("4.0", Some("every login session ends")), ("5.0", None)] {
            let strategy = SecretKey::new(Some(django), &outside);
            let survey = runtime.block_on(strategy.survey(&standing)).expect("a survey");
            assert_eq!(survey.gap.as_deref().map(|text| &text[..24]), gap, "{django}");
            let made = runtime.block_on(strategy.generate(&standing)).expect("a key").credential.password;
            let text = made.expose();
            assert!(text.len() == 86 && text.bytes().all(|byte| byte.is_ascii_alphanumeric()), "{django}");
            assert!(text[..43] != text[43..], "{django}");
        }
    }
}
