//! What `diff` compares with: a render, what was applied, another document, another revision.

use std::path::{Path, PathBuf};

use super::exit::Failure;
use super::git::Revision;
use super::machine::{MachineArgs, Open};
use super::session::Session;
use super::world::{self, Found, Project};
use crate::Target;
use crate::deliver::{self, Disk, Generation, RealDisk};
use crate::diag::{Notes, SourceMap};
use crate::diff::File;
use crate::install::Made;
use crate::model::{Plan, Secret};
use crate::render::Selection;
use crate::source::Files;

/// What stands.
pub enum Old {
    /// What was applied to this host.
    Applied(Generation),
    /// A rendered folder.
    Rendered(PathBuf),
}

/// A file of it.
pub struct OldFile {
    /// The host.
    pub host: Option<String>,
    /// The service or output.
    pub name: String,
    /// In a render below its folder, on a host absolute.
    path: String,
    content: Secret<Vec<u8>>,
    format: Option<String>,
    secrets: Option<Vec<String>>,
}

impl OldFile {
    /// Whether a file that would be made stands in its place.
    pub fn is(&self, made: &Made<'_>) -> bool {
        made.target.path.as_deref() == Some(&self.path) || made.output.path == Path::new(&self.path)
    }

    /// It, to be compared.
    pub fn file(&self) -> File<'_> {
        File { content: &self.content, format: self.format.as_deref(), secrets: self.secrets.as_deref() }
    }
}

/// Finds what is asked for; when nothing is, what was applied to this host, else what was rendered.
pub fn find(
    session: &Session,
    asked: Option<&str>,
    machine: &MachineArgs,
    found: &Found,
    plan: &Plan,
) -> Result<Old, Failure> {
    let rendered = || found.project.root.join("build").join(&plan.environment);
    let number = match asked {
        None | Some("applied") => None,
        Some(asked) => match asked.strip_prefix("generation:") {
            Some(number) => Some(number.parse::<i64>().map_err(|_| {
                Failure::Usage(format!("`{asked}` names no generation; write `generation:-1` or `generation:7`"))
            })?),
            None => return Ok(Old::Rendered(session.at(Path::new(asked)))),
        },
    };
    let open = Open::below(session, &machine.root)?;
    let host = open.host(&plan.environment);
    let kept = match deliver::generations(&host) {
        // On a machine of somebody else's, what was applied is root's to read.
        Err(_) if asked.is_none() => vec![],
        kept => kept?,
    };
    let chosen = match number {
        None | Some(0) => kept.last(),
        Some(back) if back < 0 => usize::try_from(-back).ok().and_then(|back| kept.iter().rev().nth(back)),
        Some(number) => kept.iter().find(|kept| i64::try_from(**kept) == Ok(number)),
    };
    match (chosen, asked) {
        (Some(number), _) => Ok(Old::Applied(deliver::generation(&host, *number)?)),
        (None, None) => Ok(Old::Rendered(rendered())),
        (None, Some(asked)) => {
            Err(Failure::Usage(format!("there is no `{asked}` of `{}` on this host", plan.environment)))
        }
    }
}

impl Old {
    /// Its files, of a selection.
    pub fn files(self, selection: &Selection) -> Result<Vec<OldFile>, Failure> {
        match self {
            Old::Applied(generation) => Ok(applied(generation)),
            Old::Rendered(folder) => rendered(&folder, selection),
        }
    }
}

fn applied(generation: Generation) -> Vec<OldFile> {
    let host = generation.host;
    let file = |file: deliver::HostFile| OldFile {
        host: Some(host.clone()),
        name: file.name,
        path: file.path,
        content: file.content,
        format: file.format,
        secrets: Some(file.secrets),
    };
    generation.files.into_iter().map(file).collect()
}

/// The files that a render's manifest lists and that are there.
fn rendered(folder: &Path, selection: &Selection) -> Result<Vec<OldFile>, Failure> {
    let disk = RealDisk::open(folder)
        .map_err(|error| Failure::file(folder, format!("{error}; render first, or name what to compare with")))?;
    let failed = |error: std::io::Error| Failure::file(folder.join("manifest.json"), error);
    let bytes = disk.read(Path::new("manifest.json")).map_err(failed)?;
    let bad = || Failure::file(folder.join("manifest.json"), "it is no manifest of a render");
    let manifest: serde_json::Value = serde_json::from_slice(&bytes).map_err(|_| bad())?;
    let mut files = vec![];
    for entry in manifest.get("files").and_then(|files| files.as_array()).ok_or_else(bad)? {
        let text = |key: &str| entry.get(key).and_then(|value| value.as_str()).map(str::to_string);
        let (Some(path), Some(name), host) = (text("path"), text("name"), text("host")) else { return Err(bad()) };
        if selection.host.is_some() && selection.host != host {
            continue;
        }
        let names = |list: &serde_json::Value| -> Option<Vec<String>> {
            list.as_array()?.iter().map(|name| name.as_str().map(str::to_string)).collect()
        };
        let secrets = entry.get("secrets").and_then(names);
        match disk.read(Path::new(&path)) {
            Ok(content) => {
                let (content, format) = (Secret::new(content), text("format"));
                files.push(OldFile { host, name, path, content, format, secrets });
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(Failure::file(folder.join(path), error)),
        }
    }
    Ok(files)
}

/// The plan of another document, or of the same one at another revision.
pub fn plan(session: &Session, found: &Found, against: &str) -> Result<Plan, Failure> {
    let (target, files): (Target, Box<dyn Files>) = match world::find(&session.here, against) {
        Ok(Found { project: Project { root }, target, .. }) => (target, Box::new(Project { root })),
        Err(_) => (found.target.clone(), Box::new(Revision::find(&found.project.root, against)?)),
    };
    let (mut map, mut notes) = (SourceMap::default(), Notes::default());
    let plan = crate::compile(&target, files.as_ref(), &mut map, &mut notes);
    session.ui.findings(&notes, &map);
    let plan = plan.filter(|_| !notes.failed());
    plan.ok_or_else(|| Failure::Usage(format!("`{}` does not compile at `{against}`", target.path)))
}
