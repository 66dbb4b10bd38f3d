//! `rpconf vault encrypt`, `decrypt`, `edit`: vault files, opened, closed and edited.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command as Process;

use crate::cli::exit::{Exit, Failure, Outcome};
use crate::cli::memory::MemoryFolder;
use crate::cli::session::Session;
use crate::cli::vaults::{self, KeyArgs};
use crate::cli::world;
use crate::model::Secret;
use crate::vault::VaultError;
use crate::vault::file::{self, Armor, Key, Recipients, Seal};

/// Encrypt a plaintext vault file with age
///
/// For the holders of identities (`--to`, several times), else by a passphrase: RPCONF_AGE_PASSPHRASE, or asked for.
///
/// Example: rpconf vault encrypt env/demo.vault.yml --to age1…
#[derive(Debug, clap::Args)]
pub struct Encrypt {
    /// Plaintext vault file
    file: PathBuf,
    /// Recipient, `age1…`; may be given several times
    #[arg(long, value_name = "RECIPIENT")]
    to: Vec<String>,
    /// Where to write; FILE.age when absent
    #[arg(long, value_name = "PATH")]
    out: Option<PathBuf>,
}

/// Decrypt a vault file
///
/// Prints it, or writes it to a file of mode 0600.
///
/// Example: rpconf vault decrypt env/demo.vault.yml.age --out demo.vault.yml
#[derive(Debug, clap::Args)]
pub struct Decrypt {
    /// Encrypted vault file
    file: PathBuf,
    /// Where to write, instead of standard output
    #[arg(long, value_name = "PATH")]
    out: Option<PathBuf>,
    /// Let secrets be shown on a terminal
    #[arg(long)]
    reveal: bool,
    #[command(flatten)]
    key: KeyArgs,
}

/// Edit a vault file in an editor and close it again
///
/// The text stands in a file of mode 0600 in memory (a folder of mode 0700 on tmpfs) while $VISUAL or $EDITOR runs.
/// What does not parse is not written. An encrypted file is encrypted again for its `recipients`, else for the key that
/// opened it.
///
/// Example: rpconf vault edit env/demo.vault.yml.age
#[derive(Debug, clap::Args)]
pub struct Edit {
    /// Vault file
    file: PathBuf,
    #[command(flatten)]
    key: KeyArgs,
}

/// Runs `rpconf vault encrypt`.
pub fn encrypt(session: &Session, args: &Encrypt) -> Outcome {
    let path = session.at(&args.file);
    let text = plain(&path, &vaults::read(&path)?, None)?;
    let recipients = if args.to.is_empty() {
        Recipients::Passphrase(vaults::new_passphrase()?)
    } else {
        file::recipients(args.to.iter().map(String::as_str)).map_err(|error| sealed(&path, error))?
    };
    let out = args.out.clone().unwrap_or_else(|| appended(&args.file, ".age"));
    let bytes = file::encrypt(&text, &recipients, Armor::Text).map_err(|error| sealed(&path, error))?;
    world::write_private(&session.at(&out), bytes)?;
    session.ui.result(&format!("wrote {}\n", out.display()))?;
    Ok(Exit::Done)
}

/// Runs `rpconf vault decrypt`.
pub fn decrypt(session: &Session, args: &Decrypt) -> Outcome {
    let path = session.at(&args.file);
    if args.out.is_none() && session.ui.shows_results() && !args.reveal {
        return Err(Failure::Usage("secrets would be shown on the terminal; add `--reveal` if that is meant".into()));
    }
    let bytes = vaults::read(&path)?;
    let key = vaults::key(&path, &bytes, &args.key)?;
    let text = plain(&path, &bytes, key.as_ref())?;
    #[expect(clippy::disallowed_methods, reason = "to decrypt is what was asked; a terminal needs `--reveal`")]
    let text = text.expose();
    match &args.out {
        Some(out) => {
            world::write_private(&session.at(out), text.clone().into_bytes())?;
            session.ui.tell(&format!("wrote {}", out.display()));
        }
        None => session.ui.result(text)?,
    }
    Ok(Exit::Done)
}

/// Runs `rpconf vault edit`.
pub fn edit(session: &Session, args: &Edit) -> Outcome {
    let path = session.at(&args.file);
    let bytes = vaults::read(&path)?;
    let key = vaults::key(&path, &bytes, &args.key)?;
    let before = plain(&path, &bytes, key.as_ref())?;
    let name = path.display().to_string();
    let folder = MemoryFolder::new()?;
    #[expect(clippy::disallowed_methods, reason = "the editor's file, 0600 in a 0700 folder in memory")]
    let draft = folder.write("vault.yml", before.expose().as_bytes())?;
    run_editor(&draft)?;
    let after =
        String::from_utf8(vaults::read(&draft)?).map_err(|_| Failure::file(&path, "the edited text is not UTF-8"))?;
    #[expect(clippy::disallowed_methods, reason = "compared with the edited text, in memory")]
    if *before.expose() == after {
        session.ui.tell("nothing changed");
        return Ok(Exit::Done);
    }
    let content = file::parse(&name, &after, key.is_some())?;
    let after = Secret::new(after);
    let bytes = match (&key, Seal::of(&bytes)) {
        (Some(key), Ok(Seal::Identities | Seal::Passphrase)) => {
            let listed = content.recipients();
            let recipients = if listed.is_empty() || matches!(key, Key::Passphrase(_)) {
                key.recipients()
            } else {
                file::recipients(listed.iter().map(String::as_str)).map_err(|error| sealed(&path, error))?
            };
            file::encrypt(&after, &recipients, Armor::of(&bytes)).map_err(|error| sealed(&path, error))?
        }
        #[expect(clippy::disallowed_methods, reason = "a plaintext vault file is written back as one")]
        _ => after.expose().clone().into_bytes(),
    };
    world::write_private(&path, bytes)?;
    session.ui.result(&format!("wrote {}\n", args.file.display()))?;
    Ok(Exit::Done)
}

/// The text of a vault file, which must parse: a damaged one is not worth closing.
fn plain(path: &Path, bytes: &[u8], key: Option<&Key>) -> Result<Secret<String>, Failure> {
    let name = path.display().to_string();
    file::open(&name, bytes, key)?;
    match key {
        Some(key) if !matches!(Seal::of(bytes), Ok(Seal::None)) => {
            file::decrypt(bytes, key).map_err(|error| sealed(path, error))
        }
        _ => String::from_utf8(bytes.to_vec()).map(Secret::new).map_err(|_| Failure::file(path, "it is not UTF-8")),
    }
}

fn sealed(path: &Path, error: file::SealError) -> Failure {
    Failure::Vault(VaultError::Sealed { name: path.display().to_string(), error })
}

fn appended(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_os_string();
    name.push(ending);
    name.into()
}

/// Runs the editor on a file. Its name alone is an argument; no secret is.
#[expect(clippy::disallowed_methods, reason = "the user's editor is run; the file's name alone is an argument")]
fn run_editor(draft: &Path) -> Result<(), Failure> {
    let editor = vaults::editor();
    let mut words = editor.split_whitespace();
    let program = words.next().unwrap_or("vi");
    let _ = std::io::stdout().flush();
    let status =
        Process::new(program).args(words).arg(draft).status().map_err(|error| Failure::file(program, error))?;
    if status.success() { Ok(()) } else { Err(Failure::file(program, "the editor failed, and nothing was written")) }
}
