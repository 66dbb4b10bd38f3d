//! The edge to disk, time and randomness: what library code takes as arguments comes from here.

#![expect(clippy::disallowed_methods, reason = "this is the edge to disk, time and chance: everyone else comes here")]

use std::fs::File;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::exit::Failure;
use crate::Target;
use crate::deliver::{self, Output, Place, RealDisk};
use crate::model::Secret;
use crate::source::{FileError, Files, MAX_BYTES};

/// A folder that holds `env/` and `templates/`.
#[derive(Debug, Clone)]
pub struct Project {
    /// The folder.
    pub root: PathBuf,
}

impl Files for Project {
    fn read(&self, path: &str) -> Result<Vec<u8>, FileError> {
        read_bounded(&self.root.join(path), MAX_BYTES)
    }
}

/// Reads a file of at most `limit` bytes.
pub fn read_bounded(path: &Path, limit: usize) -> Result<Vec<u8>, FileError> {
    let failed = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::NotFound => FileError::NotFound,
        _ => FileError::Io(error.to_string()),
    };
    let file = File::open(path).map_err(failed)?;
    // `Take` hides the file's size, and the buffer would begin at 32 bytes.
    let size = file.metadata().map_or(0, |known| known.len());
    let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or(0).min(limit).saturating_add(1));
    file.take(limit as u64 + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() > limit { Err(FileError::TooLarge { limit }) } else { Ok(bytes) }
}

/// Where an environment was found.
#[derive(Debug, Clone)]
pub struct Found {
    /// Its project.
    pub project: Project,
    /// What to compile.
    pub target: Target,
    /// The folder of the document.
    pub folder: PathBuf,
}

/// Words after `rpconf rotate` that are verbs there, and so never an environment.
pub const ROTATE_VERBS: [&str; 7] = ["status", "resume", "finish", "abort", "rollback", "adopt", "unlock"];

/// Finds an environment: a name in the nearest `env/` above `folder`, or a path.
pub fn find(folder: &Path, asked: &str) -> Result<Found, Failure> {
    let path = Path::new(asked);
    if asked.contains('/') || path.extension().is_some_and(|e| e == "yml" || e == "yaml") {
        let path = folder.join(path);
        if !path.is_file() {
            return Err(Failure::Usage(format!("there is no document `{asked}`")));
        }
        return at(&path);
    }
    let project = nearest(folder)?;
    let path = project.root.join("env").join(format!("{asked}.yml"));
    if !path.is_file() {
        let known = names(&project.root.join("env"));
        let distance = |name: &&String| strsim::damerau_levenshtein(name, asked);
        let near = known.iter().min_by_key(distance).filter(|name| distance(name) <= asked.len().max(3) / 3);
        let hint = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
        return Err(Failure::Usage(format!(
            "there is no environment `{asked}` in {}{hint}",
            path.with_file_name("").display()
        )));
    }
    at(&path)
}

/// The name of an environment, whether its document is there or not.
pub fn name(asked: &str) -> Result<String, Failure> {
    let stem = Path::new(asked).file_stem().and_then(|stem| stem.to_str());
    let name = if asked.ends_with(".yml") || asked.ends_with(".yaml") { stem } else { Some(asked) };
    let plain = name.filter(|name| !name.is_empty() && !name.contains('/') && *name != "." && *name != "..");
    plain.map(str::to_string).ok_or_else(|| Failure::Usage(format!("`{asked}` cannot be an environment's name")))
}

/// Every environment of the nearest `env/`, as paths.
pub fn all(folder: &Path) -> Result<Vec<Found>, Failure> {
    let env = nearest(folder)?.root.join("env");
    names(&env).iter().map(|name| at(&env.join(format!("{name}.yml")))).collect()
}

/// A file of a render.
pub struct Rendered {
    /// Its path.
    pub path: PathBuf,
    /// Its permission bits.
    pub mode: u32,
    /// Whether the manifest of its folder names it, or it is one.
    pub named: bool,
}

/// Every file of the renders below a folder, sorted: a render's folder is one with a manifest.
pub fn rendered(folder: &Path) -> Result<Vec<Rendered>, Failure> {
    use std::os::unix::fs::PermissionsExt as _;
    let (mut found, mut open) = (vec![], vec![(folder.to_path_buf(), None)]);
    while let Some((next, above)) = open.pop() {
        let failed = |error: std::io::Error| Failure::file(&next, error);
        let manifest = next.join("manifest.json");
        let known = if manifest.is_file() { Some((next.clone(), manifest_of(&manifest)?)) } else { above };
        for entry in std::fs::read_dir(&next).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let look = entry.metadata().map_err(failed)?;
            if look.is_dir() {
                open.push((entry.path(), known.clone()));
            } else if let (true, Some((root, names))) = (look.is_file(), &known) {
                let path = entry.path();
                let named = path == manifest || path.strip_prefix(root).is_ok_and(|below| names.contains(below));
                found.push(Rendered { mode: look.permissions().mode() & 0o7777, path, named });
            }
        }
    }
    found.sort_by(|one, other| one.path.cmp(&other.path));
    Ok(found)
}

fn manifest_of(path: &Path) -> Result<std::collections::BTreeSet<PathBuf>, Failure> {
    let bytes = read_bounded(path, MAX_BYTES).map_err(|error| Failure::file(path, error))?;
    let manifest: serde_json::Value =
        serde_json::from_slice(&bytes).map_err(|_| Failure::file(path, "it is no manifest of a render"))?;
    let files = manifest.get("files").and_then(|files| files.as_array()).into_iter().flatten();
    Ok(files.filter_map(|file| file.get("path")?.as_str().map(PathBuf::from)).collect())
}

/// The other documents in an environment's folder.
pub fn beside(found: &Found) -> Result<Vec<Found>, Failure> {
    let others = names(&found.folder).into_iter().filter(|name| *name != found.target.environment);
    others.map(|name| at(&found.folder.join(format!("{name}.yml")))).collect()
}

fn at(path: &Path) -> Result<Found, Failure> {
    let bad = || Failure::Usage(format!("`{}` cannot be the path of a document", path.display()));
    let folder = path.parent().map(Path::to_path_buf).ok_or_else(bad)?;
    let whole = folder.canonicalize().map_err(|error| Failure::file(&folder, error))?;
    let root = whole.parent().unwrap_or(&whole).to_path_buf();
    let below = whole.strip_prefix(&root).unwrap_or(Path::new("")).join(path.file_name().ok_or_else(bad)?);
    let environment = path.file_stem().and_then(|name| name.to_str()).ok_or_else(bad)?.to_string();
    if ROTATE_VERBS.contains(&environment.as_str()) {
        let why = "is a verb of `rpconf rotate`, and cannot be an environment's name; rename its file";
        return Err(Failure::Usage(format!("`{environment}` {why}")));
    }
    let path = below.to_str().ok_or_else(bad)?.to_string();
    let target = Target { environment, path, containers: false };
    Ok(Found { project: Project { root }, target, folder: whole })
}

fn nearest(folder: &Path) -> Result<Project, Failure> {
    let start = folder.canonicalize().map_err(|error| Failure::file(folder, error))?;
    let root = start.ancestors().find(|above| above.join("env").is_dir());
    let root =
        root.ok_or_else(|| Failure::Usage(format!("there is no folder `env` in {} or above it", start.display())))?;
    Ok(Project { root: root.to_path_buf() })
}

/// The names of the documents in a folder, sorted.
fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let name = |entry: std::fs::DirEntry| {
        let name = entry.file_name().to_str()?.strip_suffix(".yml")?.to_string();
        entry.path().is_file().then_some(name)
    };
    let mut names: Vec<String> = entries.filter_map(name).filter(|name| !name.ends_with(".vault")).collect();
    names.sort_unstable();
    names
}

/// Letters that no other run has, for the names of staged files.
pub fn suffix() -> String {
    let mut random = [0; 8];
    fill_random(&mut random);
    crate::model::hex(&random)
}

/// Fills a buffer from the kernel's generator, which answers in full for a buffer as small as ours (getrandom(2)).
#[expect(clippy::panic, reason = "without random numbers neither a token nor a staged file's name could be trusted")]
pub fn fill_random(buffer: &mut [u8]) {
    let mut filled = 0;
    while let Some(rest) = buffer.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        match rustix::rand::getrandom(rest, rustix::rand::GetRandomFlags::empty()) {
            Ok(count) => filled += count,
            Err(rustix::io::Errno::INTR) => {}
            // Linux has it since 3.17; without it nothing here could be made safely.
            Err(error) => panic!("the kernel has no random numbers: {error}"),
        }
    }
}

/// Time since 1970.
pub fn since_1970() -> Duration {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default()
}

/// Seconds since 1970.
pub fn seconds_since_1970() -> u64 {
    since_1970().as_secs()
}

/// The day, in UTC.
pub fn today() -> crate::check::Day {
    crate::check::Day::from_unix(seconds_since_1970())
}

/// Time since a moment.
pub struct Stopwatch(std::time::Instant);

impl Stopwatch {
    /// Begins now.
    pub fn start() -> Self {
        Self(std::time::Instant::now())
    }

    /// How long ago that was.
    pub fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }
}

/// Writes a file that everyone may read, all of it or nothing.
pub fn write_public(path: &Path, bytes: Vec<u8>) -> Result<(), Failure> {
    let failed = |error: std::io::Error| Failure::file(path, error);
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or("file");
    let staged = path.with_file_name(format!(".{name}.rpconf-{}", suffix()));
    let write = || -> std::io::Result<()> {
        let mut file = File::create_new(&staged)?;
        file.write_all(&bytes)?;
        file.sync_all()?;
        std::fs::rename(&staged, path)
    };
    write().map_err(|error| {
        let _ = std::fs::remove_file(&staged);
        failed(error)
    })
}

/// Writes a document again, with the mode that it had. A link stays one: what it leads to is written.
pub fn rewrite(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let path = &path.canonicalize().map_err(|error| Failure::file(path, error))?;
    let mode = std::fs::metadata(path).map(|known| known.permissions()).map_err(|error| Failure::file(path, error))?;
    write_public(path, bytes.to_vec())?;
    std::fs::set_permissions(path, mode).map_err(|error| Failure::file(path, error))
}

/// What changed between two texts, as `diff -u` shows it.
pub fn unified_diff(name: &str, before: &str, after: &str) -> String {
    let diff = similar::TextDiff::from_lines(before, after);
    diff.unified_diff().context_radius(2).header(name, name).to_string()
}

/// Writes a file of mode 0600, all of it or nothing: staged beside it, synced, renamed.
pub fn write_private(path: &Path, bytes: Vec<u8>) -> Result<(), Failure> {
    let bad = || Failure::Usage(format!("`{}` cannot be the path of a file", path.display()));
    let (folder, name) = (path.parent().ok_or_else(bad)?, path.file_name().ok_or_else(bad)?);
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let folder = folder.canonicalize().map_err(|error| Failure::file(folder, error))?;
    let disk = RealDisk::open(&folder).map_err(|error| Failure::file(&folder, error))?;
    let output = Output { path: name.into(), content: Secret::new(bytes) };
    deliver::deliver(&[output], &Place::folder(&disk, Path::new("")), &suffix())?;
    Ok(())
}
