//! The province before the first school day: everybody has joined. Nothing goes wrong in that and it is the same
//! for every seed, so it is done once, and every seed starts from the folders and disks as they were then.

use std::fs;
use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result};
use prost::Message;
use proto::model::day::Day;
use proto::platform;
use tests::files::Form;
use tests::plan::{Plan, plan};
use tests::pupils::Size;

use crate::chance;
use crate::trace::Trace;
use crate::world::World;

/// Two of every kind of seat, nearly.
const SCHOOLS: usize = 11;
/// What chance is founded on: it has no part in what a seed decides.
const CHANCE: u64 = 2025;

/// Everybody, in the order of the plan's hubs and schools.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct Province {
    #[prost(message, repeated, tag = "1")]
    machines: Vec<Founded>,
}

/// A machine that was switched off.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct Founded {
    /// Its name on the network.
    #[prost(string, tag = "1")]
    host: String,
    /// Settings and keys: paths within its folder.
    #[prost(message, repeated, tag = "2")]
    files: Vec<Piece>,
    /// What is on its disk.
    #[prost(message, repeated, tag = "3")]
    pub(crate) pairs: Vec<Piece>,
}

/// Something with a name.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct Piece {
    #[prost(bytes = "vec", tag = "1")]
    pub(crate) name: Vec<u8>,
    #[prost(bytes = "vec", tag = "2")]
    pub(crate) content: Vec<u8>,
}

/// Who there is: few children, for the simulation is about what travels.
pub(crate) fn everybody() -> Plan {
    let mut plan = plan(1, SCHOOLS);
    for school in &mut plan.schools {
        school.size = Size { grades: (1, 2), classes: 1, children: 4 };
        school.form = Form::Utf8Text;
    }
    plan
}

/// Founds the province on `day`, with folders below `dir` while it works.
///
/// # Errors
/// Somebody does not join.
pub(crate) fn found(dir: &Path, day: Day) -> Result<Province> {
    chance::seed(CHANCE);
    let plan = everybody();
    let mut world = World::new(&plan, None, CHANCE, day, dir, Trace::new(false))?;
    world.join_all(&plan)?;
    let machines = world.seats.values().map(|seat| {
        let machine = &seat.machine;
        let mut files = Vec::new();
        gather(&machine.dir, &machine.dir, &mut files)?;
        Ok(Founded { host: machine.host.clone(), files, pairs: machine.drive.content() })
    });
    Ok(Province { machines: machines.collect::<Result<_>>()? })
}

fn gather(root: &Path, dir: &Path, files: &mut Vec<Piece>) -> Result<()> {
    for entry in fs::read_dir(dir)? {
        let path = entry?.path();
        if path.is_dir() {
            gather(root, &path, files)?;
        } else {
            let name = path.strip_prefix(root)?.to_str().context("a path in letters")?.as_bytes().to_vec();
            files.push(Piece { name, content: fs::read(&path)? });
        }
    }
    Ok(())
}

impl Province {
    /// The machine of this name.
    pub(crate) fn machine(&self, host: &str) -> Option<&Founded> {
        self.machines.iter().find(|machine| machine.host == host)
    }
}

impl Founded {
    /// Writes its settings and keys into `dir`.
    ///
    /// # Errors
    /// What the file system says.
    pub(crate) fn unpack(&self, dir: &Path) -> Result<()> {
        for file in &self.files {
            let path = dir.join(std::str::from_utf8(&file.name)?);
            platform::private_dir(path.parent().context("a file in a folder")?)?;
            platform::new_private_file(&path)?.write_all(&file.content)?;
        }
        Ok(())
    }
}
