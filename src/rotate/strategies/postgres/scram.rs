//! SCRAM-SHA-256 verifiers: what a server is given in place of a password.
//!
//! A server that is told a password writes it into its log, and into `pg_stat_statements`. A verifier is stored as it comes.
//! But one that is not well-formed is taken for a password and hashed, in silence: so each is proven before it is sent.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use crate::model::Secret;
use crate::rotate::{Fault, Outside};

/// What PostgreSQL uses itself, and so what every client of it can do.
const ITERATIONS: u32 = 4096;
/// A verifier with more is no work of ours; checking it would take minutes.
const MOST_ITERATIONS: u32 = 1_000_000;
const SALT: usize = 16;

/// A verifier of a password, with a new salt.
#[expect(clippy::disallowed_methods, reason = "the verifier is computed from the password's bytes")]
pub(super) fn verifier(password: &Secret<String>, outside: &dyn Outside) -> Secret<String> {
    let mut salt = [0; SALT];
    outside.random(&mut salt);
    Secret::new(compute(password.expose(), &salt, ITERATIONS))
}

/// Whether a verifier is well-formed and of this password; if not, the server is not to see it.
#[expect(clippy::disallowed_methods, reason = "both are held against each other")]
pub(super) fn prove(verifier: &Secret<String>, password: &Secret<String>) -> Result<(), Fault> {
    let wrong = |what: &str| Fault::Unfit(format!("the new password's SCRAM verifier {what}: nothing was sent"));
    let (iterations, salt) = parts(verifier.expose()).ok_or_else(|| wrong("is not well-formed"))?;
    let right = Zeroizing::new(compute(password.expose(), &salt, iterations));
    if right.as_str() == verifier.expose() { Ok(()) } else { Err(wrong("is not the password's")) }
}

/// `SCRAM-SHA-256$<iterations>:<salt>$<StoredKey>:<ServerKey>` (RFC 5803, as PostgreSQL writes it).
fn compute(password: &str, salt: &[u8], iterations: u32) -> String {
    // PostgreSQL prepares a password where it can, and takes its bytes where it cannot.
    let prepared =
        Zeroizing::new(stringprep::saslprep(password).map_or(password.to_string(), |text| text.into_owned()));
    let salted = salted(prepared.as_bytes(), salt, iterations);
    let stored = Sha256::digest(hmac(salted.as_slice(), &[b"Client Key"]));
    let server = hmac(salted.as_slice(), &[b"Server Key"]);
    format!(
        "SCRAM-SHA-256${iterations}:{}${}:{}",
        STANDARD.encode(salt),
        STANDARD.encode(stored),
        STANDARD.encode(server)
    )
}

/// `Hi` of RFC 5802: PBKDF2 with one block.
fn salted(password: &[u8], salt: &[u8], iterations: u32) -> Zeroizing<[u8; 32]> {
    let mut last = Zeroizing::new(hmac(password, &[salt, &1_u32.to_be_bytes()]));
    let mut sum = last.clone();
    for _ in 1..iterations {
        *last = hmac(password, &[last.as_slice()]);
        sum.iter_mut().zip(last.iter()).for_each(|(sum, last)| *sum ^= last);
    }
    sum
}

fn hmac(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    #[expect(clippy::expect_used, reason = "HMAC takes a key of any length")]
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("a key of any length");
    parts.iter().for_each(|part| mac.update(part));
    mac.finalize().into_bytes().into()
}

/// Iterations and salt of a well-formed verifier.
fn parts(verifier: &str) -> Option<(u32, Vec<u8>)> {
    let (head, keys) = verifier.strip_prefix("SCRAM-SHA-256$")?.split_once('$')?;
    let (iterations, salt) = head.split_once(':')?;
    let (stored, server) = keys.split_once(':')?;
    let key = |text: &str| STANDARD.decode(text).is_ok_and(|bytes| bytes.len() == 32);
    let iterations = iterations.parse().ok().filter(|count| (1..=MOST_ITERATIONS).contains(count))?;
    let salt = STANDARD.decode(salt).ok().filter(|salt| !salt.is_empty())?;
    (key(stored) && key(server)).then_some((iterations, salt))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Made by PostgreSQL 15 from `pencil`, read out of `pg_authid`.
    const PENCIL: &str = "SCRAM-SHA-256$4096:LH8wE2CzHaa9eI33FwXmfQ==$0xVMCK0c1E3t5o/KLxR+r2MTLwIKOkRMeyW2mGBTWRM=:+yTfIv7f/Ed12+IGrUx0spbUnbL6qKLNIPUYh2iJqeE=";

    fn check(verifier: &str, password: &str, expect: Result<(), &str>) {
        let found = prove(&Secret::new(verifier.into()), &Secret::new(password.into()));
        let found = found.map_err(|fault| fault.to_string());
        match expect {
            Ok(()) => assert_eq!(found, Ok(()), "{verifier}"),
            Err(part) => assert!(found.is_err_and(|text| text.contains(part)), "{verifier}"),
        }
    }

    #[test]
    fn postgresql_makes_the_same() {
        check(PENCIL, "pencil", Ok(()));
        check(PENCIL, "pencil ", Err("is not the password's"));
    }

    #[test]
    fn what_would_be_hashed_as_a_password_is_never_sent() {
        for (from, to) in
            [("SCRAM-", "scram-"), ("$4096", "$"), ("$4096", "$x"), ("$4096", "$0"), (":", "$"), ("=", "")]
        {
            check(&PENCIL.replacen(from, to, 1), "pencil", Err("is not well-formed"));
        }
        check("", "pencil", Err("is not well-formed"));
        check(&format!("{PENCIL}\n"), "pencil", Err("is not well-formed"));
        check("SCRAM-SHA-256$4096:AAAA$AAAA:AAAA", "pencil", Err("is not well-formed"));
        check(&PENCIL.replacen("4096", "04096", 1), "pencil", Err("is not the password's"));
    }

    #[test]
    fn no_text_shows_a_value() {
        let fault = prove(&Secret::new("hunter2".into()), &Secret::new("hunter3".into())).expect_err("it is wrong");
        assert!(!fault.to_string().contains("hunter"));
    }
}
