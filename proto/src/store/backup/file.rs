//! The backup file.
//!
//! ```text
//! header   "guixue-backup" 0 | version u8 | key id 8 | salt 32 | party length u16 | party
//! chunk n  length u32 | sealed(raw length u32 | zstd(pairs: key length u32, key, value length u32, value))
//! last     length u32 | sealed(records u64 | bytes u64 | root 32)
//! ```
//!
//! Every file has a key of its own (derived with the salt), so a plain counter serves as nonce; the last
//! chunk says so in its nonce and the header's hash is associated data of every chunk. A chunk left out,
//! repeated, moved, or taken from another file does not open. Numbers are little-endian.

use std::io::{Read, Write};

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};

use super::{BackupReport, Broken};
use crate::model::party::Party;
use crate::store::{KeyFile, Pair};

const MAGIC: &[u8; 14] = b"guixue-backup\0";
const VERSION: u8 = 1;
/// Pairs are gathered to about this many bytes before they are compressed and sealed.
const CHUNK: usize = 256 * 1024;
const LEVEL: i32 = 3;

/// What the file is encrypted with, known once the header is.
struct Seal {
    cipher: XChaCha20Poly1305,
    header: [u8; 32],
    next: u64,
}

impl Seal {
    fn new(key: &KeyFile, header: &[u8], salt: &[u8; 32]) -> Self {
        let file_key = blake3::keyed_hash(&key.derive("guixue 2026 backup"), salt);
        let cipher = XChaCha20Poly1305::new(file_key.as_bytes().into());
        Self { cipher, header: *blake3::hash(header).as_bytes(), next: 0 }
    }

    fn nonce(&mut self, last: bool) -> XNonce {
        let mut nonce = [0; 24];
        nonce[..8].copy_from_slice(&self.next.to_le_bytes());
        nonce[8] = u8::from(last);
        self.next += 1;
        nonce.into()
    }
}

/// Counts and hashes pairs in order: two stores with the same report hold the same.
#[derive(Debug, Default)]
pub(super) struct Tally {
    records: u64,
    bytes: u64,
    root: blake3::Hasher,
}

impl Tally {
    pub(super) fn add(&mut self, (key, value): &Pair) {
        self.records += 1;
        self.bytes += (key.len() + value.len()) as u64;
        for part in [key, value] {
            self.root.update(&(part.len() as u64).to_le_bytes());
            self.root.update(part);
        }
    }

    pub(super) fn report(&self) -> BackupReport {
        BackupReport { records: self.records, bytes: self.bytes, root: *self.root.finalize().as_bytes() }
    }
}

/// Writes a backup, pair by pair.
pub(super) struct FileWriter<W> {
    out: W,
    seal: Seal,
    raw: Vec<u8>,
    tally: Tally,
}

impl<W: Write> FileWriter<W> {
    pub(super) fn new(mut out: W, key: &KeyFile, party: &Party) -> Result<Self, Broken> {
        let mut salt = [0; 32];
        getrandom::fill(&mut salt).map_err(|e| Broken::Io(std::io::Error::other(e.to_string())))?;
        let party = party.to_string();
        let length = u16::try_from(party.len()).expect("a party's path is short");
        let header =
            [MAGIC, &[VERSION][..], &key.id(), &salt, &length.to_le_bytes(), party.as_bytes()].concat();
        out.write_all(&header)?;
        Ok(Self { out, seal: Seal::new(key, &header, &salt), raw: Vec::new(), tally: Tally::default() })
    }

    pub(super) fn pair(&mut self, pair: &Pair) -> Result<(), Broken> {
        self.tally.add(pair);
        for part in [&pair.0, &pair.1] {
            let length = u32::try_from(part.len()).map_err(|_| Broken::TooLong)?;
            self.raw.extend(length.to_le_bytes());
            self.raw.extend(part);
        }
        if self.raw.len() >= CHUNK { self.flush_pairs() } else { Ok(()) }
    }

    pub(super) fn finish(mut self) -> Result<(W, BackupReport), Broken> {
        if !self.raw.is_empty() {
            self.flush_pairs()?;
        }
        let report = self.tally.report();
        let summary = [&report.records.to_le_bytes()[..], &report.bytes.to_le_bytes(), &report.root].concat();
        self.chunk(&summary, true)?;
        self.out.flush()?;
        Ok((self.out, report))
    }

    fn flush_pairs(&mut self) -> Result<(), Broken> {
        let length = u32::try_from(self.raw.len()).map_err(|_| Broken::TooLong)?;
        let packed = zstd::bulk::compress(&self.raw, LEVEL)?;
        self.raw.clear();
        self.chunk(&[&length.to_le_bytes()[..], &packed].concat(), false)
    }

    fn chunk(&mut self, plain: &[u8], last: bool) -> Result<(), Broken> {
        let nonce = self.seal.nonce(last);
        let sealed = self.seal.cipher.encrypt(&nonce, Payload { msg: plain, aad: &self.seal.header });
        let sealed = sealed.map_err(|_| Broken::TooLong)?;
        self.out.write_all(&u32::try_from(sealed.len()).map_err(|_| Broken::TooLong)?.to_le_bytes())?;
        Ok(self.out.write_all(&sealed)?)
    }
}

/// Reads a backup and believes nothing that is not sealed.
pub(super) struct FileReader<R> {
    from: R,
    seal: Seal,
}

impl<R: Read> FileReader<R> {
    pub(super) fn open(mut from: R, key: &KeyFile, party: &Party) -> Result<Self, Broken> {
        let magic: [u8; 14] = take(&mut from).map_err(|_| Broken::NotABackup)?;
        let [version]: [u8; 1] = take(&mut from).map_err(|_| Broken::NotABackup)?;
        if magic != *MAGIC {
            return Err(Broken::NotABackup);
        }
        if version != VERSION {
            return Err(Broken::Newer(version));
        }
        let id: [u8; 8] = take(&mut from)?;
        let salt: [u8; 32] = take(&mut from)?;
        let length: [u8; 2] = take(&mut from)?;
        let name = take_vec(&mut from, u16::from_le_bytes(length).into())?;
        if id != key.id() {
            return Err(Broken::WrongKey);
        }
        if name != party.to_string().as_bytes() {
            return Err(Broken::OtherParty(String::from_utf8_lossy(&name).into_owned()));
        }
        let header = [MAGIC, &[VERSION][..], &id, &salt, &length, &name].concat();
        Ok(Self { from, seal: Seal::new(key, &header, &salt) })
    }

    /// Hands every pair to `each`, in order, and returns the report when the whole file is what was written.
    pub(super) fn read(mut self, mut each: impl FnMut(Pair)) -> Result<BackupReport, Broken> {
        let mut tally = Tally::default();
        loop {
            match self.chunk()? {
                Chunk::Pairs(raw) => {
                    let mut rest = raw.as_slice();
                    while !rest.is_empty() {
                        let pair = (part(&mut rest)?, part(&mut rest)?);
                        tally.add(&pair);
                        each(pair);
                    }
                }
                Chunk::Last(summary) => {
                    let report = tally.report();
                    let rest = self.from.read(&mut [0])?;
                    return if rest == 0 && summary == report { Ok(report) } else { Err(Broken::Damaged) };
                }
            }
        }
    }

    fn chunk(&mut self) -> Result<Chunk, Broken> {
        let length = u32::from_le_bytes(take(&mut self.from)?);
        let sealed = take_vec(&mut self.from, u64::from(length))?;
        let at = self.seal.next;
        let nonce = self.seal.nonce(false);
        if let Ok(plain) = self.unseal(&nonce, &sealed) {
            let (length, packed) = plain.split_first_chunk().ok_or(Broken::Damaged)?;
            let length = u32::from_le_bytes(*length) as usize;
            return zstd::bulk::decompress(packed, length).map(Chunk::Pairs).map_err(|_| Broken::Damaged);
        }
        self.seal.next = at;
        let nonce = self.seal.nonce(true);
        let plain = self.unseal(&nonce, &sealed)?;
        let mut rest = plain.as_slice();
        let (records, bytes) = (take(&mut rest)?, take(&mut rest)?);
        let (records, bytes) = (u64::from_le_bytes(records), u64::from_le_bytes(bytes));
        Ok(Chunk::Last(BackupReport { records, bytes, root: take(&mut rest)? }))
    }

    fn unseal(&self, nonce: &XNonce, sealed: &[u8]) -> Result<Vec<u8>, Broken> {
        let payload = Payload { msg: sealed, aad: &self.seal.header };
        self.seal.cipher.decrypt(nonce, payload).map_err(|_| Broken::Damaged)
    }
}

enum Chunk {
    Pairs(Vec<u8>),
    Last(BackupReport),
}

fn part(rest: &mut &[u8]) -> Result<Vec<u8>, Broken> {
    let length = u32::from_le_bytes(take(rest)?);
    take_vec(rest, u64::from(length))
}

fn take<const N: usize>(from: &mut impl Read) -> Result<[u8; N], Broken> {
    let mut out = [0; N];
    from.read_exact(&mut out)?;
    Ok(out)
}

/// Reads as it goes: a false length costs no memory.
fn take_vec(from: &mut impl Read, length: u64) -> Result<Vec<u8>, Broken> {
    let mut out = Vec::new();
    from.by_ref().take(length).read_to_end(&mut out)?;
    if out.len() as u64 == length { Ok(out) } else { Err(Broken::Damaged) }
}
