//! A town, county, city or province: what it makes of the figures that come up to it.
//!
//! ```text
//! cli -> api (Bureau) -> desk -> registry, units, rollup, view, silence, rulebook, directory (rules)
//! link -> gate (who may speak) -> desk::intake (what it means) -> rollup
//! serve: the listener, the caller, the keeper that follows changes, the local services
//! ```

pub mod api;
pub mod cli;
pub mod config;
pub mod desk;
pub mod directory;
pub mod enrolment;
pub mod files;
pub mod gate;
pub mod metrics;
pub mod platform;
pub mod rollup;
pub mod rulebook;
pub mod serve;
pub mod silence;
pub mod units;
pub mod view;
