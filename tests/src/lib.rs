#![doc = include_str!("../README.md")]

pub mod county;
pub mod dice;
pub mod files;
pub mod laws;
pub mod marks;
pub mod officers;
pub mod oracle;
pub mod plan;
pub mod proxy;
pub mod pupils;
pub mod rehearse;
pub mod search;
pub mod tree;
pub mod xls;
