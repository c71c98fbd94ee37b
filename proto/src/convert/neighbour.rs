//! Introductions of other provinces on the wire.

use prost::Message as _;

use super::Malformed;
use crate::identity::certificate::Certificate;
use crate::model::day::Moment;
use crate::model::party::Party;
use crate::neighbour::{Introduction, MAX_UNITS, Signed};
use crate::seal::SealKey;
use crate::wire;

/// An introduction's content, as it is signed.
pub(crate) fn introduction_content_out(introduction: &Introduction) -> Vec<u8> {
    let Introduction { root, key, units, made } = introduction;
    let unit = |(party, key): &(Party, SealKey)| wire::UnitKey {
        party: party.to_string(),
        key: key.bytes().to_vec(),
    };
    wire::IntroductionContent {
        root: root.der().to_vec(),
        key: key.bytes().to_vec(),
        units: units.iter().map(unit).collect(),
        made: made.0,
    }
    .encode_to_vec()
}

/// A signed introduction.
pub(crate) fn introduction_out(signed: Signed) -> Vec<u8> {
    let Signed { content, signature } = signed;
    wire::Introduction { content, signature }.encode_to_vec()
}

/// A signed introduction and what it says; the signature is not looked at.
///
/// # Errors
/// When a field is missing, not of its form, or there are more units than a province has.
pub(crate) fn introduction_in(bytes: &[u8]) -> Result<(Signed, Introduction), Malformed> {
    let wire::Introduction { content, signature } =
        wire::Introduction::decode(bytes).map_err(|_| Malformed::NotA("introduction"))?;
    let told = wire::IntroductionContent::decode(content.as_slice())
        .map_err(|_| Malformed::NotA("introduction content"))?;
    if told.units.len() > MAX_UNITS {
        return Err(Malformed::TooLarge("introduction.units"));
    }
    let unit = |unit: wire::UnitKey| {
        let party = unit.party.parse().map_err(|_| Malformed::Field("unit.party"))?;
        Ok((party, SealKey::from_bytes(&unit.key).map_err(|_| Malformed::Field("unit.key"))?))
    };
    let introduction = Introduction {
        root: Certificate::authority(told.root).map_err(|_| Malformed::Field("introduction.root"))?,
        key: SealKey::from_bytes(&told.key).map_err(|_| Malformed::Field("introduction.key"))?,
        units: told.units.into_iter().map(unit).collect::<Result<_, Malformed>>()?,
        made: Moment(told.made),
    };
    Ok((Signed { content, signature }, introduction))
}
