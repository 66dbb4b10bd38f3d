//! Moving a document to a newer release: what changes for this deployment, and the edits that make it so.
//!
//! The same document is compiled at both releases. What differs between the two plans, held against the catalog's
//! history, is what the upgrade tells of; what the new release refuses becomes operations on the tree ([`op::Op`]), until
//! nothing is refused but what only a person knows, which stands there as a marker. At last the operations become edits
//! of the texts ([`text`]).

mod carry;
mod compare;
mod draft;
mod facts;
mod formats;
mod hazards;
mod insert;
pub mod item;
mod op;
mod others;
mod remove;
mod report;
mod rest;
mod settings;
mod side;
mod target;
mod text;
mod yaml;

pub use others::{Other, others};
pub use report::{json, text};
pub use target::Refusal;

use std::rc::Rc;

use self::draft::Draft;
use self::item::Item;
use self::op::Op;
use self::side::Side;
use crate::catalog::{self, Version};
use crate::check::Day;
use crate::diag::{FileId, Notes, SourceMap, Span};
use crate::model::Service;
use crate::source::{self, Files, Node};

/// What is upgraded.
pub struct Input<'a> {
    /// The environment's name.
    pub environment: &'a str,
    /// Path of its document, as [`Files`] takes it.
    pub path: &'a str,
    /// Reads the files.
    pub files: &'a dyn Files,
    /// The day, for allowances that end.
    pub today: Day,
}

/// An upgrade, not yet written.
#[derive(Debug, Clone)]
pub struct Upgrade {
    /// The environment's name.
    pub environment: String,
    /// The document's release, as it is and as it becomes.
    pub releases: (Version, Version),
    /// The services with their versions before and after; none where a release does not have it.
    pub versions: Vec<(Service, Option<Version>, Option<Version>)>,
    /// What changes, by service and kind.
    pub items: Vec<Item>,
    /// The files that change, those that the document extends first.
    pub files: Vec<Edited>,
    /// Operations that no edit can make, as sentences with their places.
    pub by_hand: Vec<(Span, String)>,
    /// Values that somebody must fill in: path, and what is to be written.
    pub fill_in: Vec<(String, String)>,
    /// What is wrong still, markers left out: mostly what was wrong before.
    pub remaining: Vec<(Option<Span>, String)>,
}

impl Upgrade {
    /// That of a document which is at a release already.
    pub fn nothing(environment: &str, release: Version) -> Self {
        Self {
            environment: environment.to_string(),
            releases: (release, release),
            versions: vec![],
            items: vec![],
            files: vec![],
            by_hand: vec![],
            fill_in: vec![],
            remaining: vec![],
        }
    }

    /// Whether there is nothing to do.
    pub fn is_nothing(&self) -> bool {
        self.releases.0 == self.releases.1
    }
}

/// A file that changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edited {
    /// The file.
    pub file: FileId,
    /// Its path, as [`Files`] takes it.
    pub path: String,
    /// Its new text.
    pub text: String,
}

/// Plans the upgrade of a document.
pub fn plan(input: &Input<'_>, asked: &str, map: &mut SourceMap, notes: &mut Notes) -> Result<Upgrade, Refusal> {
    let Some(tree) = source::load(input.files, input.path, map, notes) else { return Err(Refusal::Document) };
    let release = tree.get("release").and_then(|node| node.scalar()).map(|scalar| scalar.text.clone());
    let release = release.unwrap_or_default();
    let Ok(from) = catalog::train(&release) else {
        notes.append(Side::compile(input, &tree, &target::find(asked)?, map).notes);
        return Err(Refusal::Document);
    };
    let bare = |release: &str| release.trim_start_matches('v').to_string();
    // A version between two trains is newer than the one whose forms it has.
    let at = Version::parse(&release).unwrap_or(from.release);
    if bare(asked) == bare(&release) {
        return Ok(Upgrade::nothing(input.environment, at));
    }
    let to = target::find(asked)?;
    if to.release < at || from.newer {
        return Err(Refusal::Older { asked: asked.to_string(), from: release });
    }
    if to.release == at {
        return Ok(Upgrade::nothing(input.environment, at));
    }
    let mut draft = Draft::new(input, map, Rc::clone(&tree), &from, to);
    draft.release(asked);
    settings::rewrite(&mut draft);
    formats::rewrite(&mut draft);
    rest::settle(&mut draft);
    let settled = draft.ops.len();
    hazards::tell(&mut draft);
    if draft.ops.len() > settled {
        rest::settle(&mut draft);
    }
    compare::tell(&mut draft);
    let (files, by_hand) = texts(input, &draft, map);
    Ok(Upgrade {
        environment: input.environment.to_string(),
        releases: (from.release, to.release),
        versions: draft.versions(),
        fill_in: draft.markers(),
        remaining: draft.remaining(),
        items: draft.finished(),
        files,
        by_hand,
    })
}

/// The files with the operations made. What is inserted goes to the environment's own document.
fn texts(input: &Input<'_>, draft: &Draft<'_>, map: &SourceMap) -> (Vec<Edited>, Vec<(Span, String)>) {
    let own = map.files().filter(|file| map.name(*file) == input.path).last();
    let (mut files, mut by_hand) = (vec![], vec![]);
    for file in map.files() {
        let here = |op: &&Op| op.file().or(own) == Some(file);
        let ops: Vec<&Op> = draft.ops.iter().filter(here).collect();
        let before = map.text(file);
        let (text, stuck) = text::edited(file, before, &ops);
        by_hand.extend(stuck.into_iter().map(|op| by_hand_of(&op, file, map)));
        if text != before {
            files.push(Edited { file, path: map.name(file).to_string(), text });
        }
    }
    // The release is written last: whoever is interrupted before it runs the same command again.
    files.sort_by_key(|edited| (draft.release_file() == Some(edited.file), edited.file));
    (files, by_hand)
}

/// The sentence on an edit that cannot be made. It shows no value: one may be a secret.
fn by_hand_of(op: &Op, file: FileId, map: &SourceMap) -> (Span, String) {
    match op {
        Op::Rename { key, to } => (*key, format!("rename `{}` to `{to}`", map.slice(*key))),
        Op::Replace { value, .. } => (*value, "write this value anew, as its item says".to_string()),
        Op::Remove { key } => (*key, format!("remove `{}`", map.slice(*key))),
        Op::Insert { path, .. } => (Span::new(file, 0, 0), format!("add `{path}`")),
    }
}

/// The value at a dotted path.
fn at(tree: &Rc<Node>, path: &str) -> Option<Rc<Node>> {
    path.split('.').try_fold(Rc::clone(tree), |node, key| node.get(key).cloned())
}
