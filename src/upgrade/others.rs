//! Whom else an upgrade touches: environments that read a file which it edits.

use std::collections::BTreeMap;

use super::{Edited, Input};
use crate::check::{self, NoVault};
use crate::compile;
use crate::diag::{FileId, Notes, Severity, SourceMap};
use crate::schema;
use crate::source::{self, FileError, Files};

/// Another environment that reads an edited file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Other {
    /// Its name.
    pub environment: String,
    /// The edited files that it reads.
    pub files: Vec<String>,
    /// Its release before and after, where it goes along.
    pub releases: Option<(String, String)>,
    /// How many errors it has that it did not have; markers among them.
    pub errors: usize,
}

/// The environments among `inputs` that the edits touch.
pub fn others(files: &[Edited], inputs: &[Input<'_>]) -> Vec<Other> {
    let edited: BTreeMap<&str, &str> = files.iter().map(|file| (file.path.as_str(), file.text.as_str())).collect();
    let touched = |input: &Input<'_>| {
        let before = state(input, input.files)?;
        let read: Vec<String> =
            before.files.iter().filter(|file| edited.contains_key(file.as_str())).cloned().collect();
        if read.is_empty() || before.release.is_empty() {
            return None;
        }
        let after = state(input, &Over { files: input.files, edited: &edited });
        let errors = after.as_ref().map_or(1, |after| after.errors.saturating_sub(before.errors));
        let releases = after.map(|after| (before.release.clone(), after.release)).filter(|(old, new)| old != new);
        Some(Other { environment: input.environment.to_string(), files: read, releases, errors })
    };
    inputs.iter().filter_map(touched).collect()
}

struct State {
    files: Vec<String>,
    release: String,
    errors: usize,
}

fn state(input: &Input<'_>, files: &dyn Files) -> Option<State> {
    let (mut map, mut notes) = (SourceMap::default(), Notes::default());
    let tree = source::load(files, input.path, &mut map, &mut notes)?;
    let bad = schema::validate(&tree, &mut notes);
    let Input { environment, .. } = input;
    let sources: Vec<FileId> = map.files().collect();
    let compiling = compile::Input { environment, tree: &tree, sources: &sources, bad: &bad, containers: false, files };
    let plan = compile::compile(&compiling, &map, &mut notes);
    check::run(&plan, &NoVault, input.today, &mut notes);
    let errors = notes.sorted().iter().filter(|note| note.severity == Severity::Error).count();
    let files = map.files().map(|file| map.name(file).to_string()).collect();
    Some(State { files, release: plan.release, errors })
}

/// The files with some of them edited.
struct Over<'a> {
    files: &'a dyn Files,
    edited: &'a BTreeMap<&'a str, &'a str>,
}

impl Files for Over<'_> {
    fn read(&self, path: &str) -> Result<Vec<u8>, FileError> {
        match self.edited.get(path) {
            Some(text) => Ok(text.as_bytes().to_vec()),
            None => self.files.read(path),
        }
    }
}
