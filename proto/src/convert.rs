//! Wire to model and back. The only module that names both: past it nobody meets an `Option` that must
//! not be empty.

mod body;
mod courier;
mod custody;
mod frame;
mod letter;
mod neighbour;
mod office;
mod paper;
mod parcel;
mod revoked;
mod turn;

pub use body::{Receipt, receipt_in, receipt_out, sheet_in, sheet_out, totals_in, totals_out};
pub(crate) use courier::{page_in, page_out, signed_in, signed_out};
pub use custody::{message_in, message_out};
pub(crate) use custody::{step_in, step_out};
pub use letter::{account_in, account_out, letter_in, letter_out, record_in, record_out};
pub(crate) use neighbour::{introduction_content_out, introduction_in, introduction_out};
pub use office::{exported_out, imported_out, issued_out, paper_out, register_out};
pub use parcel::{parcel_address_in, parcel_content_in, parcel_content_out, parcel_in, parcel_out};
pub use revoked::{revocation_in, revocation_out};
use turn::{offer_in, offer_out};
pub use turn::{turn_in, turn_out};

use crate::model::entry::Hash;

/// A message that does not say what it must.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// Not the protobuf message it should be.
    #[error("the bytes are no {0}")]
    NotA(&'static str),
    /// A field is missing or not of its form.
    #[error("the field {0} is missing or not of its form")]
    Field(&'static str),
    /// Larger than the limit.
    #[error("{0} is larger than its limit")]
    TooLarge(&'static str),
    /// Something that a later release writes: this one keeps it until it is upgraded.
    #[error("{0} is of a sort that this release does not know")]
    Later(&'static str),
}

/// The most items of one sort in a turn.
const MAX_ITEMS: usize = 10_000;

fn hash_in(bytes: &[u8], field: &'static str) -> Result<Hash, Malformed> {
    bytes.try_into().map(Hash).map_err(|_| Malformed::Field(field))
}
