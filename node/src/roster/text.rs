//! Tables saved as text: CSV and TSV, as UTF-8 (with or without a byte order mark), as GB18030, or
//! as the UTF-16 that Excel calls "Unicode text".

use encoding_rs::{Encoding, GB18030, UTF_8, UTF_16LE};

use super::error::FileError;
use super::table::{Collector, Table};
use super::value::{Cell, is_private};

/// Reads a table of text.
pub(super) fn read(bytes: &[u8]) -> Result<Table, FileError> {
    let text = decode(bytes)?;
    if let Some(line) = text.lines().position(|line| line.chars().any(is_private)) {
        return Err(FileError::PrivateUse(line + 1));
    }
    let mut collector = Collector::new("");
    for (number, record) in (1..).zip(Records { rest: &text, separator: separator(&text) }) {
        let cells =
            record.into_iter().map(|cell| if cell.is_empty() { Cell::Empty } else { Cell::Text(cell) });
        if !collector.take(number, cells.collect())? {
            break;
        }
    }
    collector.finish()?.ok_or(FileError::NoHeader)
}

/// Byte order mark, then UTF-8, then GB18030, each strict. GB18030 and not GBK, because town names
/// and children's names need its four-byte characters.
fn decode(bytes: &[u8]) -> Result<String, FileError> {
    let strictly = |encoding: &'static Encoding, bytes| {
        encoding.decode_without_bom_handling_and_without_replacement(bytes).map(String::from)
    };
    let text = match bytes {
        [0xEF, 0xBB, 0xBF, rest @ ..] => strictly(UTF_8, rest),
        [0xFF, 0xFE, rest @ ..] => strictly(UTF_16LE, rest),
        _ => strictly(UTF_8, bytes).or_else(|| strictly(GB18030, bytes)),
    };
    let text = text.ok_or(FileError::Encoding)?;
    // A null is what binary files have and no table has.
    if text.contains('\0') { Err(FileError::Unknown) } else { Ok(text) }
}

/// The separator that the first lines have most of.
fn separator(text: &str) -> char {
    let first: Vec<&str> = text.lines().take(super::limits::HEADER_ROWS).collect();
    let count = |separator: char| first.iter().map(|line| line.matches(separator).count()).sum::<usize>();
    SEPARATORS.into_iter().rev().max_by_key(|separator| count(*separator)).unwrap_or(',')
}

const SEPARATORS: [char; 3] = [',', '\t', ';'];

/// The records of a CSV text. A blank line is a record too: Excel shows it as a row, and the row
/// numbers of messages must be those that Excel shows.
struct Records<'a> {
    rest: &'a str,
    separator: char,
}

impl Iterator for Records<'_> {
    type Item = Vec<String>;

    fn next(&mut self) -> Option<Vec<String>> {
        if self.rest.is_empty() {
            return None;
        }
        let mut record = Vec::new();
        loop {
            let (cell, end) = self.cell();
            record.push(cell);
            if end {
                return Some(record);
            }
        }
    }
}

impl Records<'_> {
    /// The next cell, and whether the record ends behind it.
    fn cell(&mut self) -> (String, bool) {
        let mut cell = String::new();
        let mut quoted = self.rest.starts_with('"');
        let mut chars = self.rest.char_indices().skip(usize::from(quoted)).peekable();
        while let Some((at, c)) = chars.next() {
            let next = chars.peek().map(|(_, next)| *next);
            match c {
                '"' if quoted && next == Some('"') => {
                    chars.next();
                    cell.push('"');
                }
                '"' if quoted => quoted = false,
                _ if quoted => cell.push(c),
                '\r' if next == Some('\n') => {}
                '\n' | '\r' => {
                    self.rest = &self.rest[at + 1..];
                    return (cell, true);
                }
                _ if c == self.separator => {
                    self.rest = &self.rest[at + c.len_utf8()..];
                    return (cell, false);
                }
                _ => cell.push(c),
            }
        }
        self.rest = "";
        (cell, true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_keep_blank_lines_and_quotes() {
        let text = "a,\"b,\"\"c\"\"\nd\",\r\n\r\nx\n\"open";
        let records: Vec<Vec<String>> = Records { rest: text, separator: ',' }.collect();
        assert_eq!(records, [vec!["a", "b,\"c\"\nd", ""], vec![""], vec!["x"], vec!["open"]]);
    }

    #[test]
    fn every_encoding_of_a_school_is_read() {
        let text = "姓名,联通,㳇𠮷";
        let (gb18030, _, _) = GB18030.encode(text);
        let utf16: Vec<u8> =
            [0xFF, 0xFE].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect();
        for bytes in [text.as_bytes(), &[b"\xEF\xBB\xBF", text.as_bytes()].concat(), &gb18030, &utf16] {
            assert_eq!(decode(bytes).as_deref(), Ok(text));
        }
        assert_eq!(decode(b"\xC1\xAA\xCD\xA8").as_deref(), Ok("联通"), "the case that fools guessers");
        assert_eq!(decode(b"\xFF\xFF\xFF"), Err(FileError::Encoding));
        assert_eq!(decode(b"a\0b"), Err(FileError::Unknown));
        assert_eq!(decode(b"\xEF\xBB\xBF\xC1\xAA"), Err(FileError::Encoding));
    }

    #[test]
    fn the_separator_is_the_one_used_most() {
        for (text, is) in [("a,b\tc\td", '\t'), ("a,b", ','), ("a;b;c,d", ';'), ("a", ',')] {
            assert_eq!(separator(text), is, "{text}");
        }
    }

    #[test]
    fn private_use_characters_are_refused_with_their_line() {
        assert_eq!(read("姓名,性别,班级\n张\u{E123},男,1".as_bytes()), Err(FileError::PrivateUse(2)));
    }
}
