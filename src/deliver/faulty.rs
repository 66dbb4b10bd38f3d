//! A disk in memory that fails at a chosen operation and forgets what was not synced.
//!
//! What is kept at a power cut: synced bytes of a file, synced names of a folder. Of unsynced bytes and names the
//! [`Cut`] decides, per folder and per change: any subset of a folder's changes may have reached the disk, a rename whole.

use std::any::Any;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};

use rustix::io::Errno;

use super::disk::{Disk, Dress, Kind, Look, NewFile};

/// What goes wrong at the chosen operation.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Fault {
    /// It fails, later ones work.
    Once(Errno),
    /// It and all later ones that change something fail.
    ForGood(Errno),
    /// The machine stops: nothing works until [`FaultyDisk::reboot`].
    PowerCut,
}

/// What a power cut spares of the unsynced: decides by a number, the same each time.
#[derive(Debug, Clone, Copy)]
pub(super) enum Cut {
    Nothing,
    Everything,
    /// The first so many thirds of each folder's changes.
    Prefix(usize),
    /// A subset that depends on the seed.
    Some(u64),
}

/// Some of each kind.
pub(super) const CUTS: [Cut; 9] = [
    Cut::Nothing,
    Cut::Everything,
    Cut::Prefix(1),
    Cut::Prefix(2),
    Cut::Some(1),
    Cut::Some(2),
    Cut::Some(3),
    Cut::Some(4),
    Cut::Some(5),
];

#[derive(Clone)]
enum Node {
    File { bytes: Vec<u8>, durable: Option<Vec<u8>>, mode: u32, owner: (u32, u32) },
    Folder { names: BTreeMap<OsString, usize>, durable: BTreeMap<OsString, usize>, pending: Vec<Step>, mode: u32 },
}

#[derive(Clone)]
enum Step {
    Add(OsString, usize),
    Remove(OsString),
    Rename(OsString, OsString, usize),
}

#[derive(Clone)]
struct State {
    nodes: Vec<Node>,
    operations: usize,
    /// Of files, of folders.
    syncs: (usize, usize),
    fault: Option<(usize, Fault)>,
    links: bool,
    hit: bool,
}

pub(super) struct FaultyDisk(Arc<Mutex<State>>);

struct Handle {
    disk: Arc<Mutex<State>>,
    node: usize,
}

/// Files with mode and bytes, and folders: what an observer sees.
pub(super) type View = BTreeMap<PathBuf, (u32, Option<Vec<u8>>)>;

impl FaultyDisk {
    pub(super) fn new(files: &[(&str, u32, &str)]) -> Self {
        let root = Node::Folder { names: BTreeMap::new(), durable: BTreeMap::new(), pending: Vec::new(), mode: 0o700 };
        let state = State { nodes: vec![root], operations: 0, syncs: (0, 0), fault: None, links: true, hit: false };
        let disk = Self(Arc::new(Mutex::new(state)));
        for (path, mode, bytes) in files {
            for folder in super::path::chain(super::path::folder(Path::new(path))) {
                _ = disk.make_folder(folder);
            }
            disk.create(Path::new(path)).unwrap().write(bytes.as_bytes()).unwrap();
            let node = disk.state().find(Path::new(path)).unwrap();
            if let Node::File { mode: now, .. } = &mut disk.state().nodes[node] {
                *now = *mode;
            }
        }
        disk.reboot(Cut::Everything)
    }

    /// The same disk, to break anew: fails at the nth operation from here.
    pub(super) fn failing(&self, at: usize, fault: Fault) -> Self {
        let state =
            State { operations: 0, syncs: (0, 0), fault: Some((at, fault)), hit: false, ..self.state().clone() };
        Self(Arc::new(Mutex::new(state)))
    }

    pub(super) fn without_links(self) -> Self {
        self.state().links = false;
        self
    }

    pub(super) fn healed(&self) -> Self {
        self.failing(usize::MAX, Fault::PowerCut)
    }

    /// Whether the fault was reached.
    pub(super) fn hit(&self) -> bool {
        self.state().hit
    }

    /// Whether something that is done to it reaches the fault.
    pub(super) fn reaches(&self, act: impl FnOnce(&Self)) -> bool {
        act(self);
        self.hit()
    }

    pub(super) fn syncs(&self) -> (usize, usize) {
        self.state().syncs
    }

    pub(super) fn operations(&self) -> usize {
        self.state().operations
    }

    /// The disk after a power cut.
    pub(super) fn reboot(&self, cut: Cut) -> Self {
        let mut state = self.state().clone();
        for (number, node) in state.nodes.iter_mut().enumerate() {
            match node {
                Node::File { bytes, durable, .. } => {
                    let lost = match cut {
                        Cut::Everything => bytes.clone(),
                        Cut::Nothing | Cut::Prefix(_) => Vec::new(),
                        Cut::Some(seed) => bytes[..bytes.len() * (seed as usize % 3) / 2 % (bytes.len() + 1)].to_vec(),
                    };
                    *bytes = durable.clone().unwrap_or(lost);
                    *durable = Some(bytes.clone());
                }
                Node::Folder { names, durable, pending, .. } => {
                    let all = pending.len();
                    for (index, step) in pending.drain(..).enumerate() {
                        let kept = match cut {
                            Cut::Nothing => false,
                            Cut::Everything => true,
                            Cut::Prefix(thirds) => index < (all * thirds).div_ceil(3),
                            Cut::Some(seed) => mix(seed, number, index).is_multiple_of(2),
                        };
                        if kept {
                            step.apply(durable);
                        }
                    }
                    *names = durable.clone();
                }
            }
        }
        state.fault = None;
        Self(Arc::new(Mutex::new(state)))
    }

    pub(super) fn view(&self) -> View {
        let state = self.state();
        let mut view = View::new();
        let mut open = vec![(PathBuf::new(), 0)];
        while let Some((path, node)) = open.pop() {
            match &state.nodes[node] {
                Node::File { bytes, mode, .. } => _ = view.insert(path, (*mode, Some(bytes.clone()))),
                Node::Folder { names, mode, .. } => {
                    open.extend(names.iter().map(|(name, child)| (path.join(name), *child)));
                    view.insert(path, (*mode, None));
                }
            }
        }
        view
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }
}

/// A small mixer (splitmix64's finaliser), so that no source of randomness is needed.
fn mix(seed: u64, number: usize, index: usize) -> u64 {
    let mut x = seed ^ ((number as u64) << 32) ^ (index as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

impl Step {
    fn apply(self, names: &mut BTreeMap<OsString, usize>) {
        match self {
            Step::Add(name, node) => _ = names.insert(name, node),
            Step::Remove(name) => _ = names.remove(&name),
            Step::Rename(from, to, node) => {
                names.remove(&from);
                names.insert(to, node);
            }
        }
    }
}

impl State {
    /// Counts an operation that changes the disk, and fails it if its turn has come.
    fn change(&mut self) -> io::Result<()> {
        self.operations += 1;
        match self.fault {
            Some((at, fault)) if self.operations >= at => {
                let first = self.operations == at;
                self.hit = true;
                match fault {
                    Fault::Once(errno) if first => Err(errno.into()),
                    Fault::Once(_) => Ok(()),
                    Fault::ForGood(errno) => Err(errno.into()),
                    Fault::PowerCut => Err(Errno::NODEV.into()),
                }
            }
            _ => Ok(()),
        }
    }

    /// Looking works until the power is cut.
    fn observe(&self) -> io::Result<()> {
        match self.fault {
            Some((at, Fault::PowerCut)) if self.operations >= at => Err(Errno::NODEV.into()),
            _ => Ok(()),
        }
    }

    fn find(&self, path: &Path) -> io::Result<usize> {
        path.iter().try_fold(0, |node, part| match &self.nodes[node] {
            Node::Folder { names, .. } => names.get(part).copied().ok_or(Errno::NOENT.into()),
            Node::File { .. } => Err(Errno::NOTDIR.into()),
        })
    }

    /// Checks a step against the names as they are, and takes it.
    fn step(&mut self, folder: &Path, step: Step) -> io::Result<()> {
        let node = self.find(folder)?;
        let Node::Folder { names, pending, .. } = &mut self.nodes[node] else { return Err(Errno::NOTDIR.into()) };
        match &step {
            Step::Add(name, _) if names.contains_key(name) => return Err(Errno::EXIST.into()),
            Step::Remove(name) | Step::Rename(name, ..) if !names.contains_key(name) => return Err(Errno::NOENT.into()),
            _ => {}
        }
        step.clone().apply(names);
        pending.push(step);
        Ok(())
    }

    fn add(&mut self, path: &Path, node: Node) -> io::Result<usize> {
        self.nodes.push(node);
        let number = self.nodes.len() - 1;
        self.step(super::path::folder(path), Step::Add(name(path), number))?;
        Ok(number)
    }
}

fn name(path: &Path) -> OsString {
    path.file_name().unwrap().to_os_string()
}

impl Disk for FaultyDisk {
    fn look(&self, path: &Path) -> io::Result<Option<Look>> {
        let state = self.state();
        state.observe()?;
        let node = match state.find(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            node => node?,
        };
        let (kind, mode, owner, size) = match &state.nodes[node] {
            Node::File { bytes, mode, owner, .. } => (Kind::File, *mode, *owner, bytes.len() as u64),
            Node::Folder { mode, .. } => (Kind::Folder, *mode, (0, 0), 0),
        };
        Ok(Some(Look { kind, mode, owner, size, id: (0, node as u64), modified: (0, 0) }))
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<OsString>> {
        let state = self.state();
        state.observe()?;
        match &state.nodes[state.find(folder)?] {
            Node::Folder { names, .. } => Ok(names.keys().cloned().collect()),
            Node::File { .. } => Err(Errno::NOTDIR.into()),
        }
    }

    fn writable(&self, _: &Path) -> io::Result<()> {
        self.state().observe()
    }

    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        let state = self.state();
        state.observe()?;
        match &state.nodes[state.find(path)?] {
            Node::File { bytes, .. } => Ok(bytes.clone()),
            Node::Folder { .. } => Err(Errno::ISDIR.into()),
        }
    }

    fn make_folder(&self, path: &Path) -> io::Result<()> {
        let mut state = self.state();
        state.change()?;
        let (names, durable) = (BTreeMap::new(), BTreeMap::new());
        state.add(path, Node::Folder { names, durable, pending: Vec::new(), mode: 0o700 }).map(|_| ())
    }

    fn tighten(&self, folder: &Path) -> io::Result<()> {
        let mut state = self.state();
        state.change()?;
        let node = state.find(folder)?;
        if let Node::Folder { mode, .. } = &mut state.nodes[node] {
            *mode = 0o700;
        }
        Ok(())
    }

    fn create(&self, path: &Path) -> io::Result<Box<dyn NewFile + '_>> {
        let mut state = self.state();
        state.change()?;
        let node = state.add(path, Node::File { bytes: Vec::new(), durable: None, mode: 0o600, owner: (0, 0) })?;
        Ok(Box::new(Handle { disk: self.0.clone(), node }))
    }

    fn link(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut state = self.state();
        state.change()?;
        if !state.links {
            return Err(Errno::PERM.into());
        }
        let node = state.find(from)?;
        state.step(super::path::folder(to), Step::Add(name(to), node))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut state = self.state();
        state.change()?;
        assert_eq!(from.parent(), to.parent(), "renamed across folders, which a crash may tear apart");
        let node = state.find(from)?;
        if state.find(to).ok() == Some(node) {
            return Ok(());
        }
        state.step(super::path::folder(from), Step::Rename(name(from), name(to), node))
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        let mut state = self.state();
        state.change()?;
        state.step(super::path::folder(path), Step::Remove(name(path)))
    }

    fn remove_folder(&self, path: &Path) -> io::Result<()> {
        let mut state = self.state();
        state.change()?;
        let node = state.find(path)?;
        match &state.nodes[node] {
            Node::Folder { names, .. } if names.is_empty() => {}
            _ => return Err(Errno::NOTEMPTY.into()),
        }
        state.step(super::path::folder(path), Step::Remove(name(path)))
    }

    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        let mut state = self.state();
        state.change()?;
        state.syncs.1 += 1;
        let node = state.find(folder)?;
        if let Node::Folder { names, durable, pending, .. } = &mut state.nodes[node] {
            *durable = names.clone();
            pending.clear();
        }
        Ok(())
    }

    fn lock(&self, folder: &Path) -> io::Result<Box<dyn Any>> {
        let state = self.state();
        state.observe()?;
        state.find(folder).map(|_| Box::new(()) as Box<dyn Any>)
    }
}

impl NewFile for Handle {
    /// An append that fails leaves half of its bytes, as a full disk does.
    fn write(&mut self, new: &[u8]) -> io::Result<()> {
        let mut state = self.disk.lock().unwrap();
        let result = state.change();
        let written = if result.is_ok() { new.len() } else { new.len() / 2 };
        if let Node::File { bytes, .. } = &mut state.nodes[self.node] {
            bytes.extend_from_slice(&new[..written]);
        }
        result
    }

    fn dress(&mut self, dress: Dress) -> io::Result<()> {
        let mut state = self.disk.lock().unwrap();
        state.change()?;
        if let Node::File { mode, owner, .. } = &mut state.nodes[self.node] {
            (*mode, *owner) = (dress.mode, dress.owner.unwrap_or(*owner));
        }
        Ok(())
    }

    fn sync(&mut self) -> io::Result<()> {
        let mut state = self.disk.lock().unwrap();
        state.change()?;
        state.syncs.0 += 1;
        if let Node::File { bytes, durable, .. } = &mut state.nodes[self.node] {
            *durable = Some(bytes.clone());
        }
        Ok(())
    }
}
