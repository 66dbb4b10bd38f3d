//! One process: what it is given, what it says, and how long it may take.

use std::io;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::Command;

use crate::model::Secret;
use crate::vault::VaultError;

/// The largest output that is read.
const OUTPUT: u64 = 64 << 20;
/// As much of the errors as is read.
const ERRORS: u64 = 64 << 10;

/// A process that has ended.
pub(super) struct Ended {
    pub(super) success: bool,
    pub(super) output: Secret<Vec<u8>>,
    /// What it said on standard error.
    pub(super) error: String,
}

/// Runs a program to its end, or kills it when its time is over.
#[expect(clippy::disallowed_methods, reason = "only the length is looked at")]
pub(super) async fn run(
    program: &Path,
    arguments: &[&str],
    input: &str,
    timeout: Duration,
) -> Result<Ended, VaultError> {
    let failed = |what: String| VaultError::Op { what };
    match tokio::time::timeout(timeout, to_end(program, arguments, input)).await {
        Ok(Ok(ended)) if ended.output.expose().len() as u64 > OUTPUT => {
            Err(failed(format!("answered with more than {} MiB", OUTPUT >> 20)))
        }
        Ok(Ok(ended)) => Ok(ended),
        Ok(Err(error)) if error.kind() == io::ErrorKind::NotFound => {
            Err(failed("is not installed, or not in `PATH`".into()))
        }
        Ok(Err(error)) => Err(failed(format!("cannot be run: {error}"))),
        Err(_) => Err(failed(format!("did not answer within {} s", timeout.as_secs_f64()))),
    }
}

#[expect(clippy::disallowed_methods, reason = "the `op` program is run here; ids go to its standard input")]
async fn to_end(program: &Path, arguments: &[&str], input: &str) -> io::Result<Ended> {
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()?;
    let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let write = async {
        if let Some(mut stdin) = stdin {
            // A program that does not want its input closes it.
            drop(stdin.write_all(input.as_bytes()).await);
        }
    };
    let ((), output, error, status) = tokio::join!(write, read(stdout, OUTPUT), read(stderr, ERRORS), child.wait());
    let (output, error, status) = (Secret::new(output?), error?, status?);
    Ok(Ended { success: status.success(), output, error: String::from_utf8_lossy(&error).into_owned() })
}

/// Reads one byte more than `limit` at most, and closes what is left: the program does not wait for a reader.
async fn read(stream: Option<impl AsyncRead + Unpin>, limit: u64) -> io::Result<Vec<u8>> {
    let mut bytes = vec![];
    if let Some(stream) = stream {
        stream.take(limit + 1).read_to_end(&mut bytes).await?;
    }
    Ok(bytes)
}
