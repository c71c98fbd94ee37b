//! The container of old workbooks (OLE2, MS-CFB), checked before the workbook reader sees it.
//!
//! The reader follows sector chains without counting and reserves what a file claims, so a chain in a
//! circle would fill the memory and end the process, which no `catch_unwind` can stop. Here every
//! chain that it will follow is walked once with a bound.

use super::error::FileError;

/// A container whose chains end.
pub(super) struct Container<'a> {
    /// Everything behind the header.
    body: &'a [u8],
    sector: usize,
    fat: Vec<u32>,
    entries: Vec<Entry>,
    mini: Vec<u8>,
    mini_fat: Vec<u32>,
}

struct Entry {
    name: String,
    start: u32,
    length: usize,
}

impl<'a> Container<'a> {
    /// Reads tables and directory.
    ///
    /// # Errors
    /// [`FileError::Damaged`] when a sector is missing or a chain does not end.
    pub(super) fn open(bytes: &'a [u8]) -> Result<Self, FileError> {
        let header = bytes.get(..HEADER).ok_or(FileError::Damaged)?;
        let sector = match word(header, 30) {
            9 => 512,
            12 => 4096,
            _ => return Err(FileError::Damaged),
        };
        let body = bytes.get(sector..).ok_or(FileError::Damaged)?;
        let mut container = Self {
            body,
            sector,
            fat: Vec::new(),
            entries: Vec::new(),
            mini: Vec::new(),
            mini_fat: Vec::new(),
        };
        container.fat = container.allocation(header)?;
        let directory = container.chain(long(header, 48), usize::MAX)?;
        container.entries = directory.chunks_exact(ENTRY).map(|entry| Entry::read(entry, sector)).collect();
        if long(header, 64) > 0 {
            let (start, length) =
                container.entries.first().map_or((END, 0), |root| (root.start, root.length));
            container.mini = container.chain(start, length)?;
            let table = container.chain(long(header, 60), usize::MAX)?;
            container.mini_fat = longs(&table).collect();
        }
        Ok(container)
    }

    /// Whether there is a stream or storage of this name.
    pub(super) fn has(&self, name: &str) -> bool {
        self.entry(name).is_some()
    }

    /// The whole stream `name`; `None` when there is none.
    ///
    /// # Errors
    /// [`FileError::Damaged`] when the file ends before the stream does.
    pub(super) fn stream(&self, name: &str) -> Option<Result<Vec<u8>, FileError>> {
        let entry = self.entry(name)?;
        let stream = if entry.length < MINI_STREAM {
            follow(&self.mini, MINI_SECTOR, &self.mini_fat, entry.start, entry.length)
        } else {
            self.chain(entry.start, entry.length)
        };
        Some(stream.and_then(
            |stream| if stream.len() < entry.length { Err(FileError::Damaged) } else { Ok(stream) },
        ))
    }

    fn entry(&self, name: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.name.eq_ignore_ascii_case(name))
    }

    fn chain(&self, start: u32, length: usize) -> Result<Vec<u8>, FileError> {
        follow(self.body, self.sector, &self.fat, start, length)
    }

    /// The allocation table, through the table of its own sectors.
    fn allocation(&self, header: &[u8]) -> Result<Vec<u32>, FileError> {
        let sectors = self.body.len().div_ceil(self.sector);
        let mut tables: Vec<u32> = longs(&header[76..]).collect();
        let mut next = long(header, 68);
        let mut seen = 0;
        while next < FIRST_RESERVED {
            seen += 1;
            if seen > sectors {
                return Err(FileError::Damaged);
            }
            tables.extend(longs(sector(self.body, self.sector, next)?));
            next = tables.pop().ok_or(FileError::Damaged)?;
        }
        tables.retain(|id| *id < FIRST_RESERVED);
        if tables.len() > sectors {
            return Err(FileError::Damaged);
        }
        let mut fat = Vec::new();
        for id in tables {
            fat.extend(longs(sector(self.body, self.sector, id)?));
        }
        Ok(fat)
    }
}

impl Entry {
    fn read(bytes: &[u8], sector: usize) -> Self {
        let units: Vec<u16> =
            (0..64).step_by(2).map(|at| word(bytes, at)).take_while(|unit| *unit != 0).collect();
        // The upper half of the length means something in containers of large sectors only.
        let upper = if sector == 512 { 0 } else { u64::from(long(bytes, 124)) };
        let length = upper << 32 | u64::from(long(bytes, 120));
        Self {
            name: String::from_utf16_lossy(&units),
            start: long(bytes, 116),
            length: usize::try_from(length).unwrap_or(usize::MAX),
        }
    }
}

/// The bytes of a chain, at most `length`. A chain can have no more links than there are sectors.
fn follow(body: &[u8], size: usize, fat: &[u32], start: u32, length: usize) -> Result<Vec<u8>, FileError> {
    let mut bytes = Vec::new();
    let mut next = start;
    let mut left = body.len().div_ceil(size);
    while next != END {
        left = left.checked_sub(1).ok_or(FileError::Damaged)?;
        let sector = sector(body, size, next)?;
        bytes.extend_from_slice(&sector[..sector.len().min(length - bytes.len())]);
        if bytes.len() == length {
            break;
        }
        next = *usize::try_from(next).ok().and_then(|at| fat.get(at)).ok_or(FileError::Damaged)?;
    }
    Ok(bytes)
}

/// One sector; the last of a file may be short.
fn sector(body: &[u8], size: usize, id: u32) -> Result<&[u8], FileError> {
    let start = usize::try_from(id).ok().and_then(|id| id.checked_mul(size)).ok_or(FileError::Damaged)?;
    let rest = body.get(start..).filter(|rest| !rest.is_empty()).ok_or(FileError::Damaged)?;
    Ok(&rest[..rest.len().min(size)])
}

fn word(bytes: &[u8], at: usize) -> u16 {
    u16::from_le_bytes([bytes[at], bytes[at + 1]])
}

fn long(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

fn longs(bytes: &[u8]) -> impl Iterator<Item = u32> {
    bytes.chunks_exact(4).map(|four| long(four, 0))
}

/// How such a container begins.
pub(super) const MAGIC: &[u8] = b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1";
const HEADER: usize = 512;
const ENTRY: usize = 128;
/// Streams below this size live in the mini stream.
const MINI_STREAM: usize = 4096;
const MINI_SECTOR: usize = 64;
const END: u32 = 0xFFFF_FFFE;
const FIRST_RESERVED: u32 = 0xFFFF_FFFA;
