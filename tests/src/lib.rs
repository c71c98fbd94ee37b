//! The whole tree in one process.

pub mod county;
pub mod xls;
