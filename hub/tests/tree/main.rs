//! A real tree on loopback: a province, a city, a county, a town, and schools that are nothing but their
//! end of the link.

#![expect(clippy::unwrap_used, reason = "a test stops at the first thing that is not as it should be")]

mod abroad;
mod addresses;
mod again;
mod asked;
mod called_off;
mod cases;
mod clocks;
mod codes;
mod corrected;
mod documents;
mod duties;
mod enrolled;
mod figures;
mod harness;
mod home;
mod kept_back;
mod lists;
mod mail;
mod mishaps;
mod moved;
mod nobody;
mod nowhere;
mod papers;
mod pool;
mod refused;
mod resettled;
mod returns;
mod revoked;
mod revoked_steps;
mod trust;
mod twice;
