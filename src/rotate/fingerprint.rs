//! Fingerprints: what journals and records tell values apart by.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::record::{Key, Standing};
use super::{Credential, Outside};
use crate::model::{Secret, hex};

/// `k1:` and the first 8 bytes of HMAC-SHA-256, in hexadecimal. A plain digest of a weak old password could be searched
/// for by whoever gets hold of a journal; this key is in the vault only.
#[expect(clippy::disallowed_methods, reason = "the value goes into a keyed digest, and nowhere else")]
pub fn fingerprint(key: &Key, credential: &Credential) -> String {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key.0.expose().as_bytes()) else { return String::new() };
    mac.update(credential.user.as_deref().unwrap_or_default().as_bytes());
    mac.update(&[0]);
    mac.update(credential.password.expose().as_bytes());
    let digest = mac.finalize().into_bytes();
    format!("k1:{}", hex(digest.get(..8).unwrap_or_default()))
}

/// Whether two reads of an item say the same, whatever else was edited in between. `throwaway` is a key for this one use.
pub fn same(one: &Standing, other: &Standing, throwaway: &Key) -> bool {
    let values = |it: &Standing| {
        let credentials = [Some(&it.current), it.next.as_ref(), it.previous.as_ref()];
        credentials.map(|credential| credential.map(|credential| fingerprint(throwaway, credential)))
    };
    let key = |it: &Standing| it.key.as_ref().map(|key| fingerprint(throwaway, &Credential::password(key.clone().0)));
    values(one) == values(other) && key(one) == key(other) && (&one.record, &one.last) == (&other.record, &other.last)
}

/// A new key.
pub fn new_key(outside: &dyn Outside) -> Key {
    let mut bytes = [0; 32];
    outside.random(&mut bytes);
    Key(Secret::new(hex(&bytes)))
}

/// A ULID: 48 bits of milliseconds, 80 of chance, in Crockford's base 32. Ids sort by time.
pub fn new_id(outside: &dyn Outside) -> String {
    const DIGITS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    let mut chance = [0; 10];
    outside.random(&mut chance);
    let millis = outside.now().as_millis() & 0xffff_ffff_ffff;
    let number = chance.iter().fold(millis, |number, byte| number << 8 | u128::from(*byte));
    (0..26)
        .rev()
        .filter_map(|digit| DIGITS.get((number >> (5 * digit)) as usize & 31))
        .map(|digit| char::from(*digit))
        .collect()
}
