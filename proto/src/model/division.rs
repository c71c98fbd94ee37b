//! The division table.
