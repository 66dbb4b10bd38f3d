//! Generations: what was applied, one file each, all of it, for its owner alone.
//!
//! The newest is what stands. One that restored an older one says so, and with that holds the environment: nothing else
//! has to be kept in step with it. Numbers give the order; a clock may jump.

use std::path::PathBuf;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::error::failed;
use super::{DeliverError, Host, HostFile};
use crate::model::{Reaction, Secret};

const VERSION: u32 = 1;

/// What was applied once.
#[derive(Debug)]
pub struct Generation {
    /// From 1.
    pub number: u64,
    /// When, in seconds since 1970.
    pub time: u64,
    /// The host's name in the document.
    pub host: String,
    /// The generation that a rollback took this from; the environment is held while it stands.
    pub restored: Option<u64>,
    /// Every file.
    pub files: Vec<HostFile>,
}

/// The numbers of the generations that a host has, the oldest first.
pub fn generations(host: &Host) -> Result<Vec<u64>, DeliverError> {
    let (disk, state) = (host.disk, host.state());
    if disk.look(&state).map_err(failed(disk, "look at", &state))?.is_none() {
        return Ok(vec![]);
    }
    let names = disk.list(&state).map_err(failed(disk, "list", &state))?;
    let number = |name: std::ffi::OsString| {
        name.to_str()?.strip_prefix("generation-")?.strip_suffix(".json")?.parse::<u64>().ok()
    };
    let mut numbers: Vec<u64> = names.into_iter().filter_map(number).collect();
    numbers.sort_unstable();
    Ok(numbers)
}

/// The generation that stands.
pub fn current(host: &Host) -> Result<Option<Generation>, DeliverError> {
    generations(host)?.last().map(|newest| generation(host, *newest)).transpose()
}

/// One generation.
#[expect(clippy::disallowed_methods, reason = "parsed into secrets again")]
pub fn generation(host: &Host, number: u64) -> Result<Generation, DeliverError> {
    let (disk, path) = (host.disk, path(host, number));
    let bytes = Secret::new(disk.read(&path).map_err(failed(disk, "read", &path))?);
    read(bytes.expose(), number).ok_or_else(|| DeliverError::Generation { path: disk.show(&path) })
}

/// The generation that a rollback goes to: the newest that is older than what stands, or than what that was taken from.
pub fn before(host: &Host, standing: &Generation) -> Result<Option<u64>, DeliverError> {
    let from = standing.restored.unwrap_or(standing.number);
    Ok(generations(host)?.into_iter().rfind(|number| *number < from))
}

pub(super) fn path(host: &Host, number: u64) -> PathBuf {
    host.state().join(format!("generation-{number}.json"))
}

#[derive(Serialize, Deserialize)]
struct Wire<F> {
    version: u32,
    time: u64,
    host: String,
    #[serde(default)]
    restored: Option<u64>,
    files: Vec<F>,
}

#[derive(Serialize, Deserialize)]
struct WireFile<C> {
    name: String,
    path: String,
    owner: String,
    group: String,
    mode: u32,
    reactions: Vec<Reaction>,
    format: Option<String>,
    secrets: Vec<String>,
    content: C,
}

/// A generation's bytes.
#[expect(
    clippy::disallowed_methods,
    reason = "a generation is a full copy, as private as the most private of its files"
)]
pub(super) fn write(
    files: &[HostFile],
    host: &str,
    time: u64,
    restored: Option<u64>,
) -> Result<Secret<Vec<u8>>, serde_json::Error> {
    let encoded: Vec<Zeroizing<String>> =
        files.iter().map(|file| Zeroizing::new(STANDARD.encode(file.content.expose()))).collect();
    let file = |(file, content): (&HostFile, &Zeroizing<String>)| WireFile {
        name: file.name.clone(),
        path: file.path.clone(),
        owner: file.owner.clone(),
        group: file.group.clone(),
        mode: file.mode,
        reactions: file.reactions.clone(),
        format: file.format.clone(),
        secrets: file.secrets.clone(),
        content: SecretText(content.clone()),
    };
    let wire = Wire {
        version: VERSION,
        time,
        host: host.to_string(),
        restored,
        files: files.iter().zip(&encoded).map(file).collect(),
    };
    // Room for all of it at once: a buffer that grows leaves copies of a secret behind.
    let room = encoded.iter().map(|text| text.len() + 4096).sum::<usize>() + 4096;
    let mut bytes = Vec::with_capacity(room);
    serde_json::to_writer(&mut bytes, &wire)?;
    Ok(Secret::new(bytes))
}

struct SecretText(Zeroizing<String>);

impl Serialize for SecretText {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

#[expect(clippy::disallowed_methods, reason = "decoded into a secret again")]
fn read(bytes: &[u8], number: u64) -> Option<Generation> {
    let wire: Wire<WireFile<Secret<String>>> = serde_json::from_slice(bytes).ok()?;
    if wire.version != VERSION {
        return None;
    }
    let file = |file: WireFile<Secret<String>>| {
        Some(HostFile {
            name: file.name,
            path: file.path,
            content: Secret::new(STANDARD.decode(file.content.expose()).ok()?),
            owner: file.owner,
            group: file.group,
            mode: file.mode,
            reactions: file.reactions,
            format: file.format,
            secrets: file.secrets,
        })
    };
    let files = wire.files.into_iter().map(file).collect::<Option<_>>()?;
    Some(Generation { number, time: wire.time, host: wire.host, restored: wire.restored, files })
}
