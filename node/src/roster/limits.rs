//! How much a file may ask of the school's machine. A province's largest school has a few thousand
//! pupils; whatever asks for more is a mistake or an attack, and is refused before it is read.

/// Bytes of a file.
pub const FILE_BYTES: usize = 20 << 20;
/// Rows of pupils in a sheet.
pub const ROWS: usize = 20_000;
/// First rows of a sheet among which the header is looked for.
pub const HEADER_ROWS: usize = super::header::SEARCHED;
/// Cells that are looked at in one workbook, blank ones included.
pub const CELLS: u64 = 4_000_000;
/// Bytes to which the parts of an .xlsx may unpack.
pub(super) const UNPACKED_BYTES: u64 = 256 << 20;
/// Unpacked to packed bytes of one large part. Sheets of real rolls stay under 40.
pub(super) const RATIO: u64 = 200;
/// Parts of an .xlsx.
pub(super) const PARTS: usize = 2_000;
/// Columns of a sheet; those behind are not looked at.
pub(super) const COLUMNS: u32 = 512;
/// Characters of a name.
pub(super) const NAME_CHARS: usize = 60;
/// Characters of any other text.
pub(super) const TEXT_CHARS: usize = 300;
