//! A real tree on loopback: a province, a city, a county, a town, and schools that are nothing but their
//! end of the link.

#![expect(clippy::unwrap_used, reason = "a test stops at the first thing that is not as it should be")]

mod abroad;
mod cases;
mod documents;
mod duties;
mod enrolled;
mod figures;
mod harness;
mod lists;
mod mail;
mod mishaps;
mod moved;
mod nobody;
mod papers;
mod pool;
mod refused;
mod returns;
mod revoked;
mod trust;
