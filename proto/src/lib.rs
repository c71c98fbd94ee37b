//! What two parties must agree on: words ([`wire`]), meaning ([`model`]), manners ([`link`]).
//! It knows neither the school nor the hub.

pub mod convert;
pub mod identity;
pub mod link;
pub mod model;
pub mod office;
pub mod platform;
pub mod store;
pub mod version;
pub mod wire;
