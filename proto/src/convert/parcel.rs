//! Parcels on the wire.

use prost::Message as _;

use super::{Malformed, letter_in, letter_out};
use crate::model::day::Moment;
use crate::model::party::Party;
use crate::parcel::{Content, Parcel};
use crate::wire;

/// Certificates of a chain: a leaf and its issuers.
const MAX_CHAIN: usize = 6;

/// A parcel as an entry's body.
pub fn parcel_out(parcel: &Parcel) -> Vec<u8> {
    let Parcel { content, chain, signature } = parcel.clone();
    wire::Parcel { content, chain, signature }.encode_to_vec()
}

/// Reads a parcel; what it says is not looked at.
///
/// # Errors
/// When the bytes are none.
pub fn parcel_in(body: &[u8]) -> Result<Parcel, Malformed> {
    let wire::Parcel { content, chain, signature } =
        wire::Parcel::decode(body).map_err(|_| Malformed::NotA("parcel"))?;
    if chain.len() > MAX_CHAIN {
        return Err(Malformed::TooLarge("chain"));
    }
    Ok(Parcel { content, chain, signature })
}

/// What a parcel says, as it is signed.
pub fn parcel_content_out(content: &Content) -> Vec<u8> {
    wire::ParcelContent {
        id: content.id.to_vec(),
        from: content.from.to_string(),
        to: content.to.to_string(),
        sent: content.sent.0,
        letter: letter_out(&content.letter),
    }
    .encode_to_vec()
}

/// Who wrote a parcel and who is to read it.
///
/// # Errors
/// When the content does not say it.
pub fn parcel_address_in(content: &[u8]) -> Result<(Party, Party), Malformed> {
    let wire::ParcelContent { from, to, .. } =
        wire::ParcelContent::decode(content).map_err(|_| Malformed::NotA("parcel content"))?;
    let from = from.parse().map_err(|_| Malformed::Field("from"))?;
    let to = to.parse().map_err(|_| Malformed::Field("to"))?;
    Ok((from, to))
}

/// What a parcel says.
///
/// # Errors
/// [`Malformed::Later`] for a letter of a later release, which is kept until it can be read.
pub fn parcel_content_in(content: &[u8]) -> Result<Content, Malformed> {
    let (from, to) = parcel_address_in(content)?;
    let wire::ParcelContent { id, sent, letter, .. } =
        wire::ParcelContent::decode(content).map_err(|_| Malformed::NotA("parcel content"))?;
    Ok(Content {
        id: id.try_into().map_err(|_| Malformed::Field("id"))?,
        from,
        to,
        sent: Moment(sent),
        letter: letter_in(&letter)?,
    })
}
