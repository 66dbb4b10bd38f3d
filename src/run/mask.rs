//! A stream of bytes with secrets taken out, however it is cut into pieces.

use super::forms::{Needles, SHORTEST};

/// What stands for a secret, whatever its length.
const MASKED: &[u8] = b"********";

/// The filter. What may be the beginning of a secret is held back until it is known.
pub struct Mask<'n> {
    needles: &'n Needles,
    /// Bytes that were not written yet.
    held: Vec<u8>,
    /// How many of them are known to be part of a secret.
    covered: usize,
    /// Whether the last thing that was written is a mask, which goes on into what is held.
    inside: bool,
}

impl<'n> Mask<'n> {
    /// A filter for secrets.
    pub fn new(needles: &'n Needles) -> Self {
        Self { needles, held: vec![], covered: 0, inside: false }
    }

    /// Takes in bytes and answers what may be written.
    pub fn push(&mut self, bytes: &[u8]) -> Vec<u8> {
        self.held.extend_from_slice(bytes);
        self.release(false)
    }

    /// Whether bytes are held back.
    pub fn holds(&self) -> bool {
        !self.held.is_empty()
    }

    /// What may be written when nothing has come for a while: a prompt must not wait for the key that it asks for. More
    /// than three bytes of what may be a secret stay.
    pub fn idle(&mut self) -> Vec<u8> {
        if self.held.len() < SHORTEST && self.covered == 0 { self.release(true) } else { vec![] }
    }

    /// The rest, when nothing more will come.
    pub fn finish(&mut self) -> Vec<u8> {
        self.release(true)
    }

    fn release(&mut self, all: bool) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.held.len());
        let mut at = 0;
        let mut covered = self.covered;
        while let Some(rest) = self.held.get(at..).filter(|rest| !rest.is_empty()) {
            let first = rest.first().copied().unwrap_or_default();
            let mut undecided = false;
            for needle in self.needles.beginning_with(first) {
                if rest.starts_with(needle) {
                    covered = covered.max(at + needle.len());
                } else if !all && needle.starts_with(rest) {
                    undecided = true;
                }
            }
            if undecided {
                break;
            }
            if at >= covered {
                out.push(first);
                self.inside = false;
            } else if !self.inside {
                out.extend_from_slice(MASKED);
                self.inside = true;
            }
            at += 1;
        }
        self.held.drain(..at);
        self.covered = covered.saturating_sub(at);
        out
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::Secret;

    fn needles(secrets: &[&str]) -> Needles {
        let secrets: Vec<Secret<String>> = secrets.iter().map(|secret| Secret::new((*secret).to_string())).collect();
        Needles::new(&secrets)
    }

    fn masked(needles: &Needles, pieces: &[&[u8]]) -> String {
        let mut mask = Mask::new(needles);
        let mut out: Vec<u8> = pieces.iter().flat_map(|piece| mask.push(piece)).collect();
        out.extend(mask.finish());
        String::from_utf8_lossy(&out).into_owned()
    }

    #[test]
    fn secrets_are_masked() {
        let check = |secrets: &[&str], output: &str, expect: &str| {
            let needles = needles(secrets);
            assert_eq!(masked(&needles, &[output.as_bytes()]), expect);
            let bytes: Vec<&[u8]> = output.as_bytes().chunks(1).collect();
            assert_eq!(masked(&needles, &bytes), expect);
        };
        check(&["hunter22"], "a hunter22 b\n", "a ******** b\n");
        check(&["hunter22"], "hunter2 hunter2", "hunter2 hunter2");
        check(&["hunter22"], "hunhunter22hunter22", "hun********");
        check(&["abcabc"], "abcabcabcd", "********d");
        check(&["secret", "secretive"], "secretive secreting", "******** ********ing");
        check(&["sesame"], "c2VzYW1l dXNlcjpzZXNhbWU=", "******** dXNlcjp********=");
        check(&[], "nothing", "nothing");
    }

    #[test]
    fn a_prompt_does_not_wait() {
        let needles = needles(&["$ hunter22"]);
        let mut mask = Mask::new(&needles);
        assert_eq!(mask.push(b"user$ "), b"user");
        assert!(mask.holds());
        assert_eq!(mask.idle(), b"$ ");
        assert_eq!(mask.push(b"$ hunt"), b"");
        assert_eq!(mask.idle(), b"", "more than three bytes of a secret");
        assert_eq!(mask.push(b"er22!"), b"********!");
    }

    proptest! {
        #[test]
        fn pieces_make_no_difference(
            secrets in prop::collection::vec("[ab]{4,7}|[a-c%+/ é]{4,9}", 1..4),
            parts in prop::collection::vec(prop_oneof!["[abc%+/ é]{0,6}", "[0-9]"], 0..12),
            uses in prop::collection::vec((0_usize..4, 0_usize..12), 0..6),
            cuts in prop::collection::vec(1_usize..9, 1..40),
        ) {
            let mut parts = parts;
            for (which, place) in uses {
                if let Some(secret) = secrets.get(which) {
                    let place = place.min(parts.len());
                    parts.insert(place, secret.clone());
                }
            }
            let output = parts.concat();
            let all: Vec<&str> = secrets.iter().map(String::as_str).collect();
            let needles = needles(&all);
            let whole = masked(&needles, &[output.as_bytes()]);
            let (mut pieces, mut rest, mut cut) = (vec![], output.as_bytes(), cuts.iter().cycle());
            while !rest.is_empty() {
                let (piece, next) = rest.split_at((*cut.next().expect("a cycle")).min(rest.len()));
                pieces.push(piece);
                rest = next;
            }
            prop_assert_eq!(&masked(&needles, &pieces), &whole);
            for secret in &secrets {
                prop_assert!(!whole.contains(secret.as_str()), "{secret:?} is in {whole:?}");
            }
        }
    }
}
