//! Opens the vault that the command line or the document names.

use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::Duration;

use super::env;
use super::exit::Failure;
use super::prompt;
use super::world::{read_bounded, suffix};
use crate::model::{Secret, VaultChoice};
use crate::source::{FileError, MAX_BYTES};
use crate::vault::connect::{Clock, Connect, Exchange, Settings};
use crate::vault::file::{self, Content, Key, Seal, SealError, identities};
use crate::vault::{FileVault, OpCli, Vault, VaultError};

/// How long one call of the `op` program may take: somebody may have to touch a sensor meanwhile.
const OP_TIMEOUT: Duration = Duration::from_secs(60);

/// A vault that is ready to be asked.
pub struct Open {
    /// It.
    pub vault: Rc<dyn Vault>,
    /// Whether it answers over a network, and so needs a runtime and a lock file.
    pub remote: bool,
}

/// What the command line says of the vault.
#[derive(Debug, Clone, clap::Args)]
pub struct VaultArgs {
    /// Vault to ask instead of the document's: `connect`, `op` or `file:PATH`
    #[arg(long, value_name = "BACKEND")]
    pub vault: Option<String>,
    /// Let the Connect token cross plain http to another machine
    #[arg(long)]
    pub allow_http: bool,
    /// How many seconds Connect's answers may take together
    #[arg(long, value_name = "SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub deadline: u64,
    /// Fail instead of looking up names that the lock file does not know
    #[arg(long)]
    pub locked: bool,
}

/// What tells two choices of vault apart: environments with the same one share a batch.
pub fn identity(args: &VaultArgs, choice: &VaultChoice, folder: &Path) -> String {
    match &args.vault {
        Some(asked) if asked != "file" => asked.clone(),
        _ => format!("{:?} {:?}", choice.backend, choice.file.as_ref().map(|file| folder.join(file))),
    }
}

/// A vault as it is named.
pub(super) enum Backend {
    File(PathBuf),
    Connect,
    Op,
}

/// Which vault is meant. `folder` is the document's, where its own vault file is looked for; `here` is where one stands.
pub(super) fn named(args: &VaultArgs, choice: &VaultChoice, folder: &Path, here: &Path) -> Result<Backend, Failure> {
    let (backend, file) = match args.vault.as_deref() {
        Some(asked) => match asked.split_once(':') {
            Some(("file", path)) => ("file", Some(if here == Path::new(".") { path.into() } else { here.join(path) })),
            _ if asked == "file" => ("file", choice.file.as_ref().map(|file| folder.join(file))),
            _ => (asked, None),
        },
        None => (choice.backend.as_deref().unwrap_or("connect"), choice.file.as_ref().map(|file| folder.join(file))),
    };
    match (backend, file) {
        ("file", Some(path)) => Ok(Backend::File(path)),
        ("file", None) => Err(Failure::Usage("the file vault needs a file: write `--vault file:PATH`".into())),
        ("connect", _) => Ok(Backend::Connect),
        ("op", _) => Ok(Backend::Op),
        (other, _) => {
            Err(Failure::Usage(format!("there is no vault backend `{other}`; backends are connect, op and file:PATH")))
        }
    }
}

/// Opens the vault to read it.
pub fn open(
    args: &VaultArgs,
    choice: &VaultChoice,
    folder: &Path,
    here: &Path,
    observe: impl Fn(&Exchange) + 'static,
) -> Result<Open, Failure> {
    match named(args, choice, folder, here)? {
        Backend::File(path) => Ok(Open { vault: Rc::new(file_vault(&path)?), remote: false }),
        Backend::Connect => Ok(Open { vault: Rc::new(connect(args, choice, observe)?), remote: true }),
        Backend::Op => Ok(Open { vault: Rc::new(OpCli::new("op", OP_TIMEOUT)), remote: true }),
    }
}

/// Reads a vault file, decrypting it where it is encrypted.
pub fn file_vault(path: &Path) -> Result<FileVault, Failure> {
    Ok(FileVault::new(content(path)?))
}

/// What a vault file says.
pub fn content(path: &Path) -> Result<Content, Failure> {
    let bytes = read(path)?;
    let key = key(path, &bytes, &KeyArgs::default())?;
    Ok(file::open(&path.display().to_string(), &bytes, key.as_ref())?)
}

/// How a command is told what opens an encrypted file.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct KeyArgs {
    /// File of age identities, instead of RPCONF_AGE_IDENTITY
    #[arg(long, value_name = "FILE")]
    identity: Option<PathBuf>,
}

/// The key for a file: an identity file, or a passphrase that is set or asked for; none for a plaintext file.
pub fn key(path: &Path, bytes: &[u8], args: &KeyArgs) -> Result<Option<Key>, Failure> {
    let sealed = |error| Failure::Vault(VaultError::Sealed { name: path.display().to_string(), error });
    match Seal::of(bytes).map_err(sealed)? {
        Seal::None => Ok(None),
        Seal::Passphrase => {
            let known = env::secret("RPCONF_AGE_PASSPHRASE");
            let question = format!("Passphrase for {}", path.display());
            let passphrase = known.map_or_else(|| prompt::passphrase(&question), |known| Ok(Some(known)))?;
            passphrase
                .map(|passphrase| Some(Key::Passphrase(passphrase)))
                .ok_or_else(|| sealed(SealError::NeedsPassphrase))
        }
        Seal::Identities => {
            let known = args.identity.clone().or_else(|| env::path("RPCONF_AGE_IDENTITY"));
            let path = known.ok_or_else(|| sealed(SealError::NeedsIdentities))?;
            let text = String::from_utf8(read(&path)?).map_err(|_| Failure::file(&path, "it is not text"))?;
            identities(&Secret::new(text)).map(Some).map_err(sealed)
        }
    }
}

/// A passphrase to close a file by: set, or typed twice.
pub fn new_passphrase() -> Result<Secret<String>, Failure> {
    if let Some(known) = env::secret("RPCONF_AGE_PASSPHRASE") {
        return Ok(known);
    }
    let nobody = || Failure::Usage("name recipients by `--to`, or set RPCONF_AGE_PASSPHRASE".into());
    let first = prompt::passphrase("New passphrase")?.ok_or_else(nobody)?;
    let second = prompt::passphrase("The same again")?.ok_or_else(nobody)?;
    #[expect(clippy::disallowed_methods, reason = "both were typed here and are compared in memory")]
    let (same, empty) = (first.expose() == second.expose(), first.expose().is_empty());
    match (same, empty) {
        (true, false) => Ok(first),
        (true, true) => Err(Failure::Usage("an empty passphrase closes nothing".into())),
        (false, _) => Err(Failure::Usage("the two passphrases differ".into())),
    }
}

/// The editor of whoever runs this.
pub fn editor() -> String {
    env::text("VISUAL").or_else(|| env::text("EDITOR")).unwrap_or_else(|| "vi".into())
}

/// Reads a local file.
pub fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    read_bounded(path, MAX_BYTES * 4).map_err(|error| match error {
        FileError::NotFound => Failure::file(path, "there is no such file"),
        other => Failure::file(path, other),
    })
}

/// A client of the Connect server that the variables name.
pub(super) fn connect(
    args: &VaultArgs,
    choice: &VaultChoice,
    observe: impl Fn(&Exchange) + 'static,
) -> Result<Connect, Failure> {
    let missing = |what: &str| Failure::Vault(VaultError::Settings { what: what.into() });
    let host = env::text("OP_CONNECT_HOST").ok_or_else(|| missing("`OP_CONNECT_HOST` is not set"))?;
    let mut settings = Settings::new(host, token()?.ok_or_else(|| missing("`OP_CONNECT_TOKEN` is not set"))?);
    settings.allow_http = args.allow_http || choice.allow_http;
    settings.deadline = Duration::from_secs(args.deadline);
    settings.ca = env::path("OP_CONNECT_CA_FILE").map(|path| read(&path)).transpose()?;
    if settings.is_https() {
        settings.system_ca = system_ca();
    }
    let seed = u64::from_str_radix(&suffix(), 16).unwrap_or(1);
    Ok(Connect::new(&settings, Rc::new(Clock::new(seed)), observe)?)
}

/// Where systems keep their certificates in one file: Debian's and Alpine's way, Fedora's, SUSE's, BSD's.
const BUNDLES: [&str; 4] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
];

/// The system's certificates; none where the platform is to be asked for them, as a folder of OpenSSL's is read there.
fn system_ca() -> Option<Vec<u8>> {
    if env::path("SSL_CERT_DIR").is_some() {
        return None;
    }
    let named = env::path("SSL_CERT_FILE").map(|path| vec![path]);
    let candidates = named.unwrap_or_else(|| BUNDLES.map(PathBuf::from).to_vec());
    candidates.iter().find_map(|path| read_bounded(path, MAX_BYTES * 4).ok())
}

/// The token: the variable, else its file, else the credential that systemd hands over.
#[expect(clippy::disallowed_methods, reason = "systemd hands the token over as a file, where it was told to")]
fn token() -> Result<Option<Secret<String>>, Failure> {
    if let Some(token) = env::secret("OP_CONNECT_TOKEN") {
        return Ok(Some(token));
    }
    let handed: Option<PathBuf> = env::path("CREDENTIALS_DIRECTORY").map(|folder| folder.join("op-connect-token"));
    let path = env::path("OP_CONNECT_TOKEN_FILE").or_else(|| handed.filter(|path| path.exists()));
    let Some(path) = path else { return Ok(None) };
    let text = String::from_utf8(read(&path)?).map_err(|_| Failure::file(&path, "the token is not text"))?;
    Ok(Some(Secret::new(text)))
}
