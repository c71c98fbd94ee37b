//! Personal data cannot be printed by accident.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A value that belongs to a person. It prints as `[personal]`; reading it names a purpose.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Personal<T>(T);

/// Why personal data is read. Each purpose stands for a duty that the law gives to a school.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Checking and comparing rolls (A03, B01 to B06).
    RollCheck,
    /// Showing a child to the staff who answer for it, on their own screen.
    SchoolStaff,
    /// Writing a file that its reader asked for (an error workbook, a register).
    SchoolFile,
    /// Writing an official document that a duty asks for (D05 to D08, P6, E01 to E04).
    Document,
    /// Handing a child's record to the office that has to find it, sealed (2.4).
    Handover,
}

impl<T> Personal<T> {
    /// Wraps a value.
    pub const fn new(value: T) -> Self {
        Self(value)
    }

    /// Reads the value for `purpose`.
    pub const fn open(&self, _purpose: Purpose) -> &T {
        &self.0
    }
}

impl<T> fmt::Debug for Personal<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[personal]")
    }
}

impl<T> fmt::Display for Personal<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[personal]")
    }
}
