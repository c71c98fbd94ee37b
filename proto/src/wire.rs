//! Generated from `schema/v1`, nothing else.

#![allow(
    missing_docs,
    clippy::all,
    clippy::too_many_lines,
    clippy::allow_attributes_without_reason,
    reason = "generated"
)]

tonic::include_proto!("guixue.v1");

/// Letters about a case.
pub mod letter {
    tonic::include_proto!("guixue.letter.v1");
}

/// A school's services for its own machine.
pub mod school {
    tonic::include_proto!("guixue.school.v1");
}

/// The compiled schema, for gRPC reflection.
pub const DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/schema.bin"));

/// A hub's own services, on its own machine.
pub mod bureau {
    tonic::include_proto!("guixue.bureau.v1");
}
