//! Writes workbooks as Excel 5.0/95 (BIFF5) and Excel 97 (BIFF8) did, so that the roster import is
//! tried on the form in which schools still keep their rolls. Text, number and date cells only.

use encoding_rs::GBK;

/// A cell.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// Nothing is written.
    Blank,
    /// Text.
    Text(String),
    /// A number in the general format.
    Number(f64),
    /// A number in a date format: days since 1899-12-30.
    Date(f64),
}

/// A sheet: its name and its rows.
#[derive(Debug, Clone, PartialEq)]
pub struct Sheet {
    /// As on the tab.
    pub name: String,
    /// Rows from the first one on.
    pub rows: Vec<Vec<Cell>>,
}

/// Which Excel wrote it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    /// Excel 97 to 2003.
    Biff8,
    /// Excel 5.0 and 95, text in GBK.
    Biff5 {
        /// Whether a CODEPAGE record says so.
        code_page: bool,
    },
}

/// The whole file.
pub fn write(version: Version, sheets: &[Sheet]) -> Vec<u8> {
    container(version.stream_name(), &stream(version, sheets, &[]))
}

/// The whole file with the mark of a password; its records are not enciphered.
pub fn write_with_password(version: Version, sheets: &[Sheet]) -> Vec<u8> {
    container(version.stream_name(), &stream(version, sheets, &record(FILE_PASS, &[1, 0, 1, 0, 1, 0])))
}

/// An OLE2 container (MS-CFB, sectors of 512 bytes) with one stream.
///
/// # Panics
/// When the stream is larger than the 109 table sectors of a header can address, about 7 MB.
pub fn container(name: &str, stream: &[u8]) -> Vec<u8> {
    let small = stream.len() < MINI_LIMIT;
    let mini_sectors = if small { count(stream.len().div_ceil(64)) } else { 0 };
    let data = count(stream.len().div_ceil(SECTOR));
    let mini_table = if small { count((mini_sectors as usize * 4).div_ceil(SECTOR)) } else { 0 };
    let directory = data + mini_table;
    let mut tables = 1;
    while (tables as usize) * 128 < (directory + 1 + tables) as usize {
        tables += 1;
    }
    assert!(tables <= 109, "the stream is too large for a header without further table sectors");

    let mut file = header(directory, tables, if small { data } else { END }, mini_table);
    padded(&mut file, stream);
    if small {
        padded(&mut file, &longs(chain(0, mini_sectors)));
    }
    let length = count(stream.len());
    let root_start = if small { 0 } else { END };
    let mut entries = entry("Root Entry", 5, 1, root_start, if small { mini_sectors * 64 } else { 0 });
    entries.extend(entry(name, 2, NONE, 0, length));
    padded(&mut file, &entries);
    let fat =
        chain(0, data).chain(chain(data, mini_table)).chain([END]).chain((0..tables).map(|_| TABLE_SECTOR));
    padded(&mut file, &longs(fat));
    file.resize(HEADER + (directory + 1 + tables) as usize * SECTOR, 0xFF);
    file
}

impl Version {
    const fn stream_name(self) -> &'static str {
        match self {
            Self::Biff8 => "Workbook",
            Self::Biff5 { .. } => "Book",
        }
    }
}

/// Globals, then the sheets; `extra` stands behind the first record.
fn stream(version: Version, sheets: &[Sheet], extra: &[u8]) -> Vec<u8> {
    let mut strings = Strings::default();
    let bodies: Vec<Vec<u8>> = sheets.iter().map(|s| body(version, s, &mut strings)).collect();
    let mut head = [begin(version, 5), extra.to_vec()].concat();
    match version {
        Version::Biff8 => head.extend(record(CODE_PAGE, &1200_u16.to_le_bytes())),
        Version::Biff5 { code_page: true } => head.extend(record(CODE_PAGE, &936_u16.to_le_bytes())),
        Version::Biff5 { code_page: false } => {}
    }
    for number_format in [GENERAL, SHORT_DATE, TEXT] {
        let mut format = vec![0; if version == Version::Biff8 { 20 } else { 16 }];
        format[2..4].copy_from_slice(&number_format.to_le_bytes());
        head.extend(record(FORMAT, &format));
    }
    let mut tail = if version == Version::Biff8 { strings.records() } else { Vec::new() };
    tail.extend(record(EOF, &[]));
    let names: Vec<Vec<u8>> = sheets.iter().map(|sheet| short_text(version, &sheet.name)).collect();
    let names_length: usize = names.iter().map(|name| 4 + 6 + name.len()).sum();
    let mut at = head.len() + names_length + tail.len();
    for (name, body) in names.iter().zip(&bodies) {
        let place = [&count(at).to_le_bytes()[..], &[0, 0], name].concat();
        head.extend(record(BOUND_SHEET, &place));
        at += body.len();
    }
    [head, tail, bodies.concat()].concat()
}

fn body(version: Version, sheet: &Sheet, strings: &mut Strings) -> Vec<u8> {
    let columns = sheet.rows.iter().map(Vec::len).max().unwrap_or(0);
    let (rows, columns) = (count(sheet.rows.len()), short(columns));
    let mut out = begin(version, 16);
    let dimensions: Vec<u8> = match version {
        Version::Biff8 => {
            [&[0; 4][..], &rows.to_le_bytes(), &[0; 2], &columns.to_le_bytes(), &[0; 2]].concat()
        }
        Version::Biff5 { .. } => {
            [&[0; 2][..], &short(rows as usize).to_le_bytes(), &[0; 2], &columns.to_le_bytes(), &[0; 2]]
                .concat()
        }
    };
    out.extend(record(DIMENSIONS, &dimensions));
    for (row, cells) in sheet.rows.iter().enumerate() {
        for (column, cell) in cells.iter().enumerate() {
            out.extend(cell_record(version, short(row), short(column), cell, strings));
        }
    }
    out.extend(record(EOF, &[]));
    out
}

fn cell_record(version: Version, row: u16, column: u16, cell: &Cell, strings: &mut Strings) -> Vec<u8> {
    let place = |format: u16| [row.to_le_bytes(), column.to_le_bytes(), format.to_le_bytes()].concat();
    match cell {
        Cell::Blank => Vec::new(),
        Cell::Number(number) => record(NUMBER, &[&place(0)[..], &number.to_le_bytes()].concat()),
        Cell::Date(days) => record(NUMBER, &[&place(1)[..], &days.to_le_bytes()].concat()),
        Cell::Text(text) if version == Version::Biff8 => {
            record(LABEL_SST, &[&place(2)[..], &strings.add(text).to_le_bytes()].concat())
        }
        Cell::Text(text) => {
            let bytes = GBK.encode(text).0;
            record(LABEL, &[&place(2)[..], &short(bytes.len()).to_le_bytes(), &bytes].concat())
        }
    }
}

/// The shared strings of a BIFF8 workbook.
#[derive(Default)]
struct Strings {
    entries: Vec<Vec<u8>>,
}

impl Strings {
    fn add(&mut self, text: &str) -> u32 {
        let units: Vec<u16> = text.encode_utf16().collect();
        // Excel writes one byte a character where it can.
        let narrow: Option<Vec<u8>> = units.iter().map(|unit| u8::try_from(*unit).ok()).collect();
        let mut entry = short(units.len()).to_le_bytes().to_vec();
        match narrow {
            Some(bytes) => entry.extend([0].iter().chain(&bytes)),
            None => entry.extend([1].into_iter().chain(units.into_iter().flat_map(u16::to_le_bytes))),
        }
        self.entries.push(entry);
        count(self.entries.len() - 1)
    }

    /// SST and its CONTINUE records; no string is cut in two.
    fn records(&self) -> Vec<u8> {
        let total = count(self.entries.len()).to_le_bytes();
        let (mut out, mut kind, mut data) = (Vec::new(), SST, [total, total].concat());
        for entry in &self.entries {
            if data.len() + entry.len() > RECORD_LIMIT {
                out.extend(record(kind, &data));
                (kind, data) = (CONTINUE, Vec::new());
            }
            data.extend(entry);
        }
        out.extend(record(kind, &data));
        out
    }
}

fn begin(version: Version, kind: u16) -> Vec<u8> {
    let (number, length): (u16, usize) = if version == Version::Biff8 { (0x0600, 16) } else { (0x0500, 8) };
    let mut data = [number.to_le_bytes(), kind.to_le_bytes()].concat();
    data.resize(length, 0);
    record(BOF, &data)
}

fn short_text(version: Version, text: &str) -> Vec<u8> {
    match version {
        Version::Biff8 => {
            let units: Vec<u16> = text.encode_utf16().collect();
            let length = u8::try_from(units.len()).expect("a tab's name has at most 31 characters");
            [length, 1].into_iter().chain(units.into_iter().flat_map(u16::to_le_bytes)).collect()
        }
        Version::Biff5 { .. } => {
            let bytes = GBK.encode(text).0;
            let length = u8::try_from(bytes.len()).expect("a tab's name has at most 31 characters");
            [&[length][..], &bytes].concat()
        }
    }
}

fn record(kind: u16, data: &[u8]) -> Vec<u8> {
    [&kind.to_le_bytes()[..], &short(data.len()).to_le_bytes(), data].concat()
}

fn header(directory: u32, tables: u32, mini_table_start: u32, mini_tables: u32) -> Vec<u8> {
    let mut out = b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1".to_vec();
    out.resize(24, 0);
    for short in [0x3E, 3, 0xFFFE, 9, 6] {
        out.extend(u16::to_le_bytes(short));
    }
    out.resize(44, 0);
    for long in [tables, directory, 0, count(MINI_LIMIT), mini_table_start, mini_tables, END, 0] {
        out.extend(long.to_le_bytes());
    }
    for table in 0..109 {
        out.extend(if table < tables { directory + 1 + table } else { NONE }.to_le_bytes());
    }
    out
}

fn entry(name: &str, kind: u8, child: u32, start: u32, length: u32) -> Vec<u8> {
    let mut out: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let name_length = short(out.len() + 2);
    out.resize(64, 0);
    out.extend(name_length.to_le_bytes());
    out.extend([kind, 1]);
    for sibling in [NONE, NONE, child] {
        out.extend(sibling.to_le_bytes());
    }
    out.resize(116, 0);
    out.extend(start.to_le_bytes());
    out.extend(u64::from(length).to_le_bytes());
    out
}

/// The links of `length` sectors from `start` on.
fn chain(start: u32, length: u32) -> impl Iterator<Item = u32> {
    (1..=length).map(move |link| if link == length { END } else { start + link })
}

fn longs(numbers: impl Iterator<Item = u32>) -> Vec<u8> {
    numbers.flat_map(u32::to_le_bytes).collect()
}

/// Appends whole sectors.
fn padded(file: &mut Vec<u8>, bytes: &[u8]) {
    file.extend(bytes);
    file.resize(HEADER + (file.len() - HEADER).next_multiple_of(SECTOR), 0xFF);
}

fn count(number: usize) -> u32 {
    u32::try_from(number).expect("an old workbook is smaller than 4 GB")
}

fn short(number: usize) -> u16 {
    u16::try_from(number).expect("an old workbook has at most 65,535 of anything here")
}

const HEADER: usize = 512;
const SECTOR: usize = 512;
const MINI_LIMIT: usize = 4096;
const END: u32 = 0xFFFF_FFFE;
const NONE: u32 = 0xFFFF_FFFF;
const TABLE_SECTOR: u32 = 0xFFFF_FFFD;

const BOF: u16 = 0x0809;
const EOF: u16 = 0x000A;
const FILE_PASS: u16 = 0x002F;
const CONTINUE: u16 = 0x003C;
const CODE_PAGE: u16 = 0x0042;
const BOUND_SHEET: u16 = 0x0085;
const FORMAT: u16 = 0x00E0;
const SST: u16 = 0x00FC;
const LABEL_SST: u16 = 0x00FD;
const DIMENSIONS: u16 = 0x0200;
const NUMBER: u16 = 0x0203;
const LABEL: u16 = 0x0204;
/// Bytes of data in one record of BIFF8.
const RECORD_LIMIT: usize = 8224;

const GENERAL: u16 = 0;
const SHORT_DATE: u16 = 14;
const TEXT: u16 = 49;
