#![doc = include_str!("../README.md")]

pub mod convert;
pub mod custody;
pub mod identity;
pub mod link;
pub mod model;
pub mod neighbour;
pub mod office;
pub mod paper;
pub mod parcel;
pub mod platform;
pub mod seal;
pub mod store;
pub mod version;
pub mod wire;
