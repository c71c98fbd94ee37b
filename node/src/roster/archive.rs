//! What an .xlsx would unpack to, measured before anything in it is parsed.

use std::io::{Cursor, Read};

use zip::ZipArchive;
use zip::result::ZipError;

use super::error::FileError;
use super::limits;

/// What kind of document a zip file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Archive {
    /// An .xlsx or .xlsm workbook.
    Xlsx,
    /// An .xlsb, .ods or anything else.
    Other,
}

/// Checks declared sizes, then unpacks every part once and counts, because a bomb declares what it
/// likes.
///
/// # Errors
/// [`FileError::Damaged`], [`FileError::Bomb`], [`FileError::Encrypted`].
pub(super) fn inspect(bytes: &[u8]) -> Result<Archive, FileError> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|_| FileError::Damaged)?;
    if archive.len() > limits::PARTS {
        return Err(FileError::Bomb);
    }
    let mut declared = 0_u64;
    let mut kind = Archive::Other;
    for at in 0..archive.len() {
        let part = archive.by_index_raw(at).map_err(|_| FileError::Damaged)?;
        declared = declared.saturating_add(part.size());
        if declared > limits::UNPACKED_BYTES || too_dense(part.size(), part.compressed_size()) {
            return Err(FileError::Bomb);
        }
        if part.name_raw().eq_ignore_ascii_case(b"xl/workbook.xml") {
            kind = Archive::Xlsx;
        }
    }
    let mut left = limits::UNPACKED_BYTES;
    for at in 0..archive.len() {
        left = left.checked_sub(unpack(&mut archive, at, left)?).ok_or(FileError::Bomb)?;
    }
    Ok(kind)
}

/// Unpacks one part into nothing and answers its true size.
fn unpack(archive: &mut ZipArchive<Cursor<&[u8]>>, at: usize, left: u64) -> Result<u64, FileError> {
    let part = archive.by_index(at).map_err(|error| match error {
        ZipError::UnsupportedArchive(ZipError::PASSWORD_REQUIRED) => FileError::Encrypted,
        _ => FileError::Damaged,
    })?;
    let (packed, strings) =
        (part.compressed_size(), part.name_raw().to_ascii_lowercase().ends_with(b"sharedstrings.xml"));
    let mut part = part.take(left.saturating_add(1));
    let mut start = Vec::new();
    (&mut part).take(HEAD).read_to_end(&mut start).map_err(|_| FileError::Damaged)?;
    let size = start.len() as u64
        + std::io::copy(&mut part, &mut std::io::sink()).map_err(|_| FileError::Damaged)?;
    // The reader reserves room for as many strings as the part claims to have.
    if too_dense(size, packed) || (strings && claimed_strings(&start) > size) {
        return Err(FileError::Bomb);
    }
    Ok(size)
}

const fn too_dense(unpacked: u64, packed: u64) -> bool {
    unpacked > SMALL && unpacked / limits::RATIO > packed
}

/// The `uniqueCount` of a shared string table; more than can be when it is no number.
fn claimed_strings(start: &[u8]) -> u64 {
    let text = String::from_utf8_lossy(start);
    text.match_indices("uniqueCount")
        .map(|(at, name)| {
            let value = text[at + name.len()..].trim_start_matches([' ', '\t', '\r', '\n', '=', '"', '\'']);
            let digits: String = value.chars().take_while(char::is_ascii_digit).collect();
            digits.parse().unwrap_or(u64::MAX)
        })
        .max()
        .unwrap_or(0)
}

/// Bytes within which the root element of a part stands.
const HEAD: u64 = 64 << 10;
/// Parts up to this size may be as dense as they like: they cannot hurt.
const SMALL: u64 = 4 << 20;

#[cfg(test)]
mod tests {
    use std::io::Write;

    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    use super::*;

    fn zip(parts: &[(&str, &[u8])]) -> Vec<u8> {
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, bytes) in parts {
            zip.start_file(*name, SimpleFileOptions::default()).unwrap();
            zip.write_all(bytes).unwrap();
        }
        zip.finish().unwrap().into_inner()
    }

    #[test]
    fn a_workbook_is_told_from_other_zip_files() {
        assert_eq!(inspect(&zip(&[("xl/workbook.xml", b"<workbook/>")])), Ok(Archive::Xlsx));
        assert_eq!(inspect(&zip(&[("xl/workbook.bin", b"")])), Ok(Archive::Other));
        assert_eq!(inspect(&zip(&[("content.xml", b"")])), Ok(Archive::Other));
        assert_eq!(inspect(b"PK\x03\x04"), Err(FileError::Damaged));
    }

    #[test]
    fn a_bomb_is_refused_whatever_it_declares() {
        let honest = zip(&[("xl/workbook.xml", b""), ("xl/worksheets/sheet1.xml", &vec![b' '; 32 << 20])]);
        assert_eq!(inspect(&honest), Err(FileError::Bomb));
        // The declared size stands in the local header and again in the central directory.
        let size = (32_u32 << 20).to_le_bytes();
        let mut lying = honest;
        while let Some(at) = lying.windows(4).position(|four| four == size) {
            lying[at..at + 4].copy_from_slice(&1_000_u32.to_le_bytes());
        }
        assert!(matches!(inspect(&lying), Err(FileError::Bomb | FileError::Damaged)));
    }

    #[test]
    fn a_string_table_cannot_claim_more_strings_than_bytes() {
        for claim in
            ["uniqueCount=\"99999999999\"", "uniqueCount = '99999999999999999999999'", "uniqueCount=\"x\""]
        {
            let table = format!("<sst {claim}></sst>");
            let bytes = zip(&[("xl/workbook.xml", b""), ("xl/SharedStrings.xml", table.as_bytes())]);
            assert_eq!(inspect(&bytes), Err(FileError::Bomb), "{claim}");
        }
    }
}
