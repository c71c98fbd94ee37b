//! The division table: which places there are, what they are called, and which hub manages which.
//!
//! The codes are a tree of digits; who manages whom is another tree. A municipality's districts hang
//! on the municipality, a province-run county on the province, the towns of a city without counties
//! on the city (`domain/4-divisions.md` 4.4). [`Divisions::managing_parent`] is the second tree.
//!
//! The data (`data/divisions.csv`, `data/divisions_flags.csv`) is one snapshot: the statistics bureau's codes
//! of 2023-06-30, taken from china-division 2.7.0 (MIT). Codes that were abolished before are not in it.

mod find;
mod hukou;
mod near;
mod table;
mod tree;

pub use find::FindError;
pub use hukou::{Hukou, NoHukou};
pub use table::{Division, Divisions, Flag, Flags, Place};
pub use tree::{AdministeredBy, BadManager, NoHub, UnitError};
