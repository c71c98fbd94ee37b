//! The whole tree in one process.

pub mod xls;
