//! Manners: how two parties talk.

pub mod net;
pub mod tls;
