//! A disk as the recorder saw it change, and the disks that a power cut could have left.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::dice::Dice;

const PAGE: usize = 4096;

/// What a process did to its files.
pub enum Event {
    Create(String),
    Write { path: String, at: usize, data: Vec<u8> },
    Truncate { path: String, len: usize },
    Rename { from: String, to: String },
    Remove(String),
    MakeDir(String),
    Sync(String),
    Acknowledge(u64),
}

impl std::fmt::Debug for Event {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Create(path) => write!(f, "create {path}"),
            Self::Write { path, at, data } => write!(f, "write {path} {at}+{}", data.len()),
            Self::Truncate { path, len } => write!(f, "truncate {path} {len}"),
            Self::Rename { from, to } => write!(f, "rename {from} {to}"),
            Self::Remove(path) => write!(f, "remove {path}"),
            Self::MakeDir(path) => write!(f, "mkdir {path}"),
            Self::Sync(path) => write!(f, "sync {path}"),
            Self::Acknowledge(n) => write!(f, "ack {n}"),
        }
    }
}

/// What of the changes that were not yet synced is on disk after the cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    /// All: the process was killed, the machine was not.
    Process,
    /// None.
    SyncedOnly,
    /// Of each file the first so many, of the names the first so many.
    Prefix,
    /// Each page or none of it, in any order; of the names the first so many.
    Pages,
}

impl Cut {
    pub const ALL: [Self; 4] = [Self::Process, Self::SyncedOnly, Self::Prefix, Self::Pages];
}

/// The events in a log of the recorder.
pub fn read_log(log: &Path) -> Vec<Event> {
    let bytes = fs::read(log).expect("the recorder wrote a log");
    let mut rest = bytes.as_slice();
    let mut events = Vec::new();
    while !rest.is_empty() {
        let kind = take(&mut rest, 1)[0];
        let length = u32::from_le_bytes(take(&mut rest, 4).try_into().unwrap());
        let path = String::from_utf8(take(&mut rest, length as usize).to_vec()).unwrap();
        let at = number(&mut rest);
        let length = number(&mut rest);
        let data = take(&mut rest, length).to_vec();
        events.push(match kind {
            b'C' => Event::Create(path),
            b'W' => Event::Write { path, at, data },
            b'T' => Event::Truncate { path, len: at },
            b'R' => Event::Rename { from: path, to: String::from_utf8(data).unwrap() },
            b'U' | b'X' => Event::Remove(path),
            b'D' => Event::MakeDir(path),
            b'S' => Event::Sync(path),
            b'A' => Event::Acknowledge(u64::from_le_bytes(data.try_into().unwrap())),
            other => panic!("a note of kind {other}"),
        });
    }
    events
}

fn take<'a>(rest: &mut &'a [u8], len: usize) -> &'a [u8] {
    let (head, tail) = rest.split_at(len);
    *rest = tail;
    head
}

fn number(rest: &mut &[u8]) -> usize {
    usize::try_from(u64::from_le_bytes(take(rest, 8).try_into().unwrap())).unwrap()
}

#[derive(Debug, Clone, Copy)]
enum Node {
    Dir,
    File(usize),
}

type Names = BTreeMap<String, Node>;

#[derive(Debug, Clone)]
enum Change {
    Write { at: usize, data: Vec<u8> },
    Truncate(usize),
}

/// A file whatever it is called.
#[derive(Debug, Clone, Default)]
struct Inode {
    synced: Vec<u8>,
    pending: Vec<Change>,
}

#[derive(Debug, Clone)]
enum Naming {
    Set(String, Node),
    Remove(String),
    Rename(String, String),
}

/// Files and names: what was synced, and what came since.
#[derive(Debug, Default)]
pub struct Disk {
    inodes: Vec<Inode>,
    now: Names,
    synced: Names,
    pending: Vec<Naming>,
}

impl Disk {
    /// A disk that holds what lies in `root`.
    pub fn load(root: &Path) -> Self {
        let mut disk = Self::default();
        disk.load_dir(root, "");
        disk.synced = disk.now.clone();
        disk
    }

    fn load_dir(&mut self, dir: &Path, name: &str) {
        for entry in fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            let inner = join(name, path.file_name().unwrap().to_str().unwrap());
            if path.is_dir() {
                self.now.insert(inner.clone(), Node::Dir);
                self.load_dir(&path, &inner);
            } else {
                self.now.insert(inner, Node::File(self.inodes.len()));
                self.inodes.push(Inode { synced: fs::read(&path).unwrap(), pending: Vec::new() });
            }
        }
    }

    /// Lets an event happen.
    pub fn apply(&mut self, event: &Event) {
        match event {
            Event::Create(path) if path == "acks" => {}
            Event::Create(path) => {
                self.inodes.push(Inode::default());
                self.name(Naming::Set(path.clone(), Node::File(self.inodes.len() - 1)));
            }
            Event::Write { path, at, data } => {
                self.file(path).pending.push(Change::Write { at: *at, data: data.clone() });
            }
            Event::Truncate { path, len } => self.file(path).pending.push(Change::Truncate(*len)),
            Event::Rename { from, to } => self.name(Naming::Rename(from.clone(), to.clone())),
            Event::Remove(path) => self.name(Naming::Remove(path.clone())),
            Event::MakeDir(path) => self.name(Naming::Set(path.clone(), Node::Dir)),
            Event::Sync(path) => self.sync(path),
            Event::Acknowledge(_) => {}
        }
    }

    fn file(&mut self, path: &str) -> &mut Inode {
        match self.now.get(path) {
            Some(Node::File(n)) => &mut self.inodes[*n],
            other => panic!("{path} is {other:?}, not a file"),
        }
    }

    fn name(&mut self, naming: Naming) {
        rename(&mut self.now, &naming);
        self.pending.push(naming);
    }

    fn sync(&mut self, path: &str) {
        if let Some(Node::File(n)) = self.now.get(path) {
            let inode = &mut self.inodes[*n];
            for change in std::mem::take(&mut inode.pending) {
                write(&mut inode.synced, &change);
            }
            return;
        }
        // a folder: the names in it, and none elsewhere
        let all = std::mem::take(&mut self.pending);
        let (here, elsewhere): (Vec<_>, Vec<_>) = all.into_iter().partition(|naming| {
            let (Naming::Set(name, _) | Naming::Remove(name) | Naming::Rename(_, name)) = naming;
            parent(name) == path
        });
        self.pending = elsewhere;
        here.iter().for_each(|naming| rename(&mut self.synced, naming));
    }

    /// Writes to `root` what the disk holds after a power cut now.
    pub fn write_out(&self, root: &Path, cut: Cut, dice: &mut Dice) {
        for (name, node) in self.names_after(cut, dice) {
            let path = root.join(&name);
            match node {
                Node::Dir => fs::create_dir(path).unwrap(),
                Node::File(n) => fs::write(path, self.content_after(n, cut, dice)).unwrap(),
            }
        }
    }

    fn names_after(&self, cut: Cut, dice: &mut Dice) -> Names {
        let kept = match cut {
            Cut::Process => return self.now.clone(),
            Cut::SyncedOnly => 0,
            Cut::Prefix | Cut::Pages => dice.up_to(self.pending.len()),
        };
        let mut names = self.synced.clone();
        self.pending[..kept].iter().for_each(|naming| rename(&mut names, naming));
        // what lies in a folder that has no name is not to be found
        let whole = names.clone();
        names.retain(|name, _| ancestors(name).all(|dir| whole.contains_key(dir)));
        names
    }

    fn content_after(&self, n: usize, cut: Cut, dice: &mut Dice) -> Vec<u8> {
        let Inode { synced, pending } = &self.inodes[n];
        let mut content = synced.clone();
        match cut {
            Cut::Process => pending.iter().for_each(|change| write(&mut content, change)),
            Cut::SyncedOnly => {}
            Cut::Prefix => {
                let kept = dice.up_to(pending.len());
                pending[..kept].iter().for_each(|change| write(&mut content, change));
            }
            Cut::Pages => {
                let pages = pending.iter().flat_map(pages).filter(|_| dice.up_to(1) == 1);
                pages.for_each(|change| write(&mut content, &change));
            }
        }
        content
    }
}

/// A change as the pages that a disk may write one without the other.
fn pages(change: &Change) -> Vec<Change> {
    let Change::Write { at, data } = change else { return vec![change.clone()] };
    let (mut out, mut from) = (Vec::new(), 0);
    while from < data.len() {
        let to = data.len().min((at + from) / PAGE * PAGE + PAGE - at);
        out.push(Change::Write { at: at + from, data: data[from..to].to_vec() });
        from = to;
    }
    out
}

fn write(content: &mut Vec<u8>, change: &Change) {
    match change {
        Change::Truncate(len) => content.resize(*len, 0),
        Change::Write { at, data } => {
            let end = at + data.len();
            if content.len() < end {
                content.resize(end, 0);
            }
            content[*at..end].copy_from_slice(data);
        }
    }
}

fn rename(names: &mut Names, naming: &Naming) {
    match naming {
        Naming::Set(name, node) => drop(names.insert(name.clone(), *node)),
        Naming::Remove(name) => drop(names.remove(name)),
        Naming::Rename(from, to) => {
            if let Some(node) = names.remove(from) {
                names.insert(to.clone(), node);
            }
        }
    }
}

fn join(dir: &str, name: &str) -> String {
    if dir.is_empty() { name.to_owned() } else { format!("{dir}/{name}") }
}

fn parent(name: &str) -> &str {
    name.rsplit_once('/').map_or("", |(dir, _)| dir)
}

fn ancestors(name: &str) -> impl Iterator<Item = &str> {
    name.match_indices('/').map(|(at, _)| &name[..at])
}
