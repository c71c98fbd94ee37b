//! A list in a document: its heading row comes again on every page.

/// A column of a list.
#[derive(Debug, Clone, Copy)]
pub(super) struct Column {
    /// What stands in the heading row.
    pub(super) title: &'static str,
    /// In twips (1/1440 inch).
    pub(super) width: u32,
}

/// A list. Lines inside a cell are parted by `\n`.
pub(super) struct Table {
    pub(super) columns: &'static [Column],
    pub(super) rows: Vec<Vec<String>>,
}

impl Table {
    /// The width of all columns, in twips.
    pub(super) fn width(&self) -> u32 {
        self.columns.iter().map(|column| column.width).sum()
    }
}
