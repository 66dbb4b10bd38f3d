//! Every environment variable that rpconf reads, in one place.

use std::ffi::OsString;
use std::path::PathBuf;

use crate::model::Secret;

/// The variables, with what each is for.
pub const VARIABLES: &[(&str, &str)] = &[
    ("OP_CONNECT_HOST", "URL of the 1Password Connect server"),
    ("OP_CONNECT_TOKEN", "token for Connect"),
    ("OP_CONNECT_TOKEN_FILE", "file that holds the token, instead of OP_CONNECT_TOKEN"),
    ("CREDENTIALS_DIRECTORY", "set by systemd: its file `op-connect-token` is the token when nothing else is set"),
    ("OP_CONNECT_CA_FILE", "certificates in PEM that are trusted besides the system's"),
    ("SSL_CERT_FILE", "certificates in PEM that are trusted in place of the system's"),
    ("SSL_CERT_DIR", "folder of such certificates"),
    ("RPCONF_AGE_IDENTITY", "file of age identities that open an encrypted vault file"),
    ("RPCONF_AGE_PASSPHRASE", "passphrase that opens an encrypted vault file"),
    ("VISUAL", "editor of `rpconf vault edit`"),
    ("EDITOR", "editor, when VISUAL is not set"),
    (
        "XDG_RUNTIME_DIR",
        "folder in memory, for the draft of `rpconf vault edit` and the module of `rpconf run`; else /dev/shm",
    ),
    ("PYTHONPATH", "what `rpconf run` leaves behind its own folder there"),
    ("PATH", "where `apply` finds systemctl and the commands of `on_change` and `health`, which get it too"),
    ("HOME", "handed to those commands"),
    ("LANG", "handed to those commands"),
    ("AWS_ENDPOINT_URL_IAM", "where IAM and STS are, when they are not AWS's own, for `rpconf rotate ENV s3`"),
    ("XDG_STATE_HOME", "where rotations keep journals and the audit; else ~/.local/state"),
    ("SSH_AUTH_SOCK", "handed to `on_rotate`, with the variables of Connect but for OP_CONNECT_TOKEN"),
    ("USER", "the operator whom a rotation's lock and records name"),
    ("NO_COLOR", "any value: no colour"),
    ("COLUMNS", "width of reports, when standard error is no terminal"),
];

/// A variable as text; empty counts as unset.
pub fn text(name: &str) -> Option<String> {
    value(name).and_then(|value| value.into_string().ok())
}

/// A variable that is a path.
pub fn path(name: &str) -> Option<PathBuf> {
    value(name).map(PathBuf::from)
}

/// A variable that is a secret.
pub fn secret(name: &str) -> Option<Secret<String>> {
    text(name).map(Secret::new)
}

#[expect(clippy::disallowed_methods, reason = "this is the one place that reads the process's environment")]
fn value(name: &str) -> Option<OsString> {
    debug_assert!(VARIABLES.iter().any(|(known, _)| *known == name), "{name} is not in the table");
    std::env::var_os(name).filter(|value| !value.is_empty())
}
