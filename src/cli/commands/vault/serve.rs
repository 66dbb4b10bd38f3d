//! `rpconf vault serve`: a server that speaks as Connect does, over a vault file.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::cli::exit::{Exit, Failure, Outcome};
use crate::cli::session::Session;
use crate::cli::vaults::{self, KeyArgs};
use crate::cli::world;
use crate::cli::writing;
use crate::model::Secret;
use crate::vault::file;
use crate::vault::serve::{Fault, Grant, Options, Server, Token};

/// Serve a vault file as a 1Password Connect server would
///
/// For development, demos and CI without 1Password: vaults, items, files, writes with versions, generated values. Writes
/// go back to the file, all or nothing. It listens on this machine only, unless `--listen` says otherwise.
///
/// The token is the content of `--token-file`; a file that is not there yet is made, with a random token in it.
///
/// Example: rpconf vault serve env/demo.vault.yml --token-file /tmp/token
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Vault file
    file: PathBuf,
    /// Address to listen on
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// File that holds the token; made when it is not there
    #[arg(long, value_name = "FILE")]
    token_file: PathBuf,
    /// Vault that the token may read, `NAME` or `NAME:rw`; every vault, with writing, when absent
    #[arg(long, value_name = "VAULT")]
    grant: Vec<String>,
    /// Hold every answer back for so many milliseconds
    #[arg(long, value_name = "MS", default_value_t = 0)]
    latency: u64,
    /// Break on demand: `500*2`, `429:1`, `reset`, `truncate`, `html`, `silence:60`, …; may be given several times
    #[arg(long, value_name = "FAULT")]
    fail: Vec<String>,
    /// Answer so many reads of an item with the old one after a write
    #[arg(long, value_name = "N", default_value_t = 0)]
    stale_reads: u32,
    #[command(flatten)]
    key: KeyArgs,
}

/// Runs the command.
pub fn run(session: &Session, args: &Args) -> Outcome {
    let path = session.at(&args.file);
    let bytes = vaults::read(&path)?;
    let key = vaults::key(&path, &bytes, &args.key)?;
    let content = file::open(&path.display().to_string(), &bytes, key.as_ref())?;
    let faults = args.fail.iter().map(|text| text.parse::<Fault>()).collect::<Result<Vec<_>, _>>();
    let options = Options {
        tokens: vec![Token { secret: token(&session.at(&args.token_file))?, grants: grants(&args.grant)? }],
        latency: Duration::from_millis(args.latency),
        faults: faults.map_err(|error| Failure::Usage(error.to_string()))?,
        stale_reads: args.stale_reads,
    };
    let outside = writing::outside(&path, &bytes, &content, key)?;
    let server = Server::new(content, options, outside);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Failure::file("the asynchronous runtime", error))?;
    runtime.block_on(async {
        let failed = |error| Failure::file(args.listen.to_string(), error);
        let listener = tokio::net::TcpListener::bind(args.listen).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        session.ui.result(&format!("OP_CONNECT_HOST=http://{address}\n"))?;
        session.ui.tell("the server runs until it is interrupted");
        server.run(listener, async { drop(tokio::signal::ctrl_c().await) }).await.map_err(failed)?;
        Ok(Exit::Done)
    })
}

#[expect(clippy::disallowed_methods, reason = "a token file that is not there is made")]
fn token(path: &Path) -> Result<Secret<String>, Failure> {
    if !path.exists() {
        let mut random = [0; 32];
        world::fill_random(&mut random);
        world::write_private(path, crate::model::hex(&random).into_bytes())?;
    }
    let text = String::from_utf8(vaults::read(path)?).map_err(|_| Failure::file(path, "the token is not text"))?;
    match text.trim() {
        "" => Err(Failure::file(path, "the token is empty")),
        token => Ok(Secret::new(token.to_string())),
    }
}

fn grants(asked: &[String]) -> Result<Option<Vec<Grant>>, Failure> {
    let grant = |text: &String| match text.split_once(':') {
        None => Ok(Grant { vault: text.clone(), write: false }),
        Some((vault, "rw")) => Ok(Grant { vault: vault.to_string(), write: true }),
        Some((vault, "r")) => Ok(Grant { vault: vault.to_string(), write: false }),
        Some(_) => Err(Failure::Usage(format!("`{text}` is no grant; write `VAULT` or `VAULT:rw`"))),
    };
    if asked.is_empty() { Ok(None) } else { asked.iter().map(grant).collect::<Result<_, _>>().map(Some) }
}
