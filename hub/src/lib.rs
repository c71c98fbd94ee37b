//! A town, county, city or province: what it makes of the figures that come up to it.

pub mod rollup;
pub mod silence;
pub mod units;
pub mod view;
