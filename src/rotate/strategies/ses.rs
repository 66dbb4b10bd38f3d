//! Amazon SES, whose SMTP password is derived from an IAM user's secret access key, and is good for one region.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::model::Secret;

/// How long a secret access key is. A derived password has 44 characters.
const KEY: usize = 40;

/// The date, the service and the rest of what a signature of version 4 is bound to; SES has them fixed.
const SCOPE: [&str; 3] = ["ses", "aws4_request", "SendRawEmail"];
const DATE: &str = "11111111";

/// The first byte of a derived password.
const VERSION: u8 = 4;

/// The region of one of SES's mail servers, such as `email-smtp.eu-west-1.amazonaws.com`.
pub fn region(host: &str) -> Option<&str> {
    let (service, rest) = host.split_once('.')?;
    let region = rest.strip_suffix(".amazonaws.com").or_else(|| rest.strip_suffix(".amazonaws.com.cn"))?;
    let is_ses = ["email-smtp", "email-smtp-fips"].contains(&service) && !region.contains('.');
    is_ses.then_some(region)
}

/// The SMTP password for what was typed: a secret access key is turned into one, anything else is one.
#[expect(clippy::disallowed_methods, reason = "only the length is looked at")]
pub fn password(typed: Secret<String>, region: &str) -> Secret<String> {
    if typed.expose().len() == KEY { derived(&typed, region) } else { typed }
}

/// The SMTP password of a secret access key.
#[expect(clippy::disallowed_methods, reason = "the key goes into a keyed digest, which is a secret again")]
pub fn derived(key: &Secret<String>, region: &str) -> Secret<String> {
    let mut bytes = Zeroizing::new(format!("AWS4{}", key.expose()).into_bytes());
    for part in [DATE, region].iter().chain(&SCOPE) {
        bytes = Zeroizing::new(digest(&bytes, part));
    }
    // Inserting could move the bytes, and leave them where they were.
    let versioned = Zeroizing::new([&[VERSION], bytes.as_slice()].concat());
    Secret::new(STANDARD.encode(versioned.as_slice()))
}

/// HMAC takes a key of any length.
fn digest(key: &[u8], text: &str) -> Vec<u8> {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { return vec![] };
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_region_is_in_the_servers_name() {
        let check = |host: &str, expect: Option<&str>| assert_eq!(region(host), expect, "{host}");
        check("email-smtp.eu-west-1.amazonaws.com", Some("eu-west-1"));
        check("email-smtp-fips.us-gov-west-1.amazonaws.com", Some("us-gov-west-1"));
        check("email-smtp.cn-north-1.amazonaws.com.cn", Some("cn-north-1"));
        check("smtp.example.org", None);
        check("email-smtp.eu-west-1.example.org", None);
        check("s3.eu-west-1.amazonaws.com", None);
    }

    #[test]
    fn a_password_is_left_as_it_was_typed() {
        let typed = |text: &str| password(Secret::new(text.to_string()), "eu-west-1").expose().clone();
        let key = "k".repeat(40);
        let made = typed(&key);
        assert!(made.len() == 44 && made.starts_with('B'), "a version byte and a digest: {}", made.len());
        assert_eq!((typed(&made), typed("short")), (made, "short".to_string()));
    }
}
