//! Generated from `schema/v1`, nothing else.

#![allow(
    missing_docs,
    clippy::all,
    clippy::too_many_lines,
    clippy::allow_attributes_without_reason,
    reason = "generated"
)]

pub use guixue::bureau::v1 as bureau;
pub use guixue::letter::v1 as letter;
pub use guixue::office::v1 as office;
pub use guixue::school::v1 as school;

tonic::include_proto!("guixue.v1");

/// The compiled schema, for gRPC reflection.
pub const DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/schema.bin"));

/// The packages, nested as their names are: so the generated code of one finds the other.
mod guixue {
    pub(super) mod letter {
        /// Letters about a case.
        pub mod v1 {
            tonic::include_proto!("guixue.letter.v1");
        }
    }

    pub(super) mod office {
        /// What a school and a hub tell their own command lines alike.
        pub mod v1 {
            tonic::include_proto!("guixue.office.v1");
        }
    }

    pub(super) mod school {
        /// A school's services for its own machine.
        pub mod v1 {
            pub use super::super::office::v1::{
                CountPapersPastRequest, DeliverPaperRequest, ExportCourierReply, ImportCourierReply,
                ListPapersReply, ListPapersRequest, PaperRow,
            };

            tonic::include_proto!("guixue.school.v1");
        }
    }

    pub(super) mod bureau {
        /// A hub's own services, on its own machine.
        pub mod v1 {
            pub use super::super::office::v1::{
                CountPapersPastRequest, DeliverPaperRequest, ExportCourierReply, ImportCourierReply,
                ListPapersReply, ListPapersRequest, PaperFile, PaperRow,
            };

            tonic::include_proto!("guixue.bureau.v1");
        }
    }
}
