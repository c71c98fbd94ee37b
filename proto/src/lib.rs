//! What two parties must agree on: words ([`wire`]), meaning ([`model`]), manners ([`link`]).
//! It knows neither the school nor the hub.

pub mod identity;
pub mod link;
pub mod model;
pub mod platform;
pub mod store;
