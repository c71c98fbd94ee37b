//! What is kept of custody: offers that wait, school days, alarms, the legs of this hub and those under it.

use proto::custody::chain::{Chain, State};
use proto::custody::registrar::{Registered, Registrar};
use proto::custody::side::{Held, Side};
use proto::custody::sign::Signed;
use proto::custody::step::StepKind;
use proto::link::post::random;
use proto::model::case::{CaseId, Leg};
use proto::model::day::{Day, Moment};
use proto::model::party::Party;
use proto::store::record::from_bytes;
use proto::store::{Record, Room, StoreError};
use serde::{Deserialize, Serialize};

/// An offer that waits for the registrar's officer (X3).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiting {
    /// Which leg.
    pub leg: Leg,
    /// Who offers.
    pub from: Party,
    /// To whom.
    pub to: Party,
    /// Since when.
    pub since: Moment,
    /// The proposal, encoded.
    pub proposal: Vec<u8>,
}

impl Record for Waiting {
    const VERSION: u8 = 1;
    const NAME: &'static str = "offer that waits";
}

/// School days of this hub's calendar on which it ran: a clock that jumps does not make offers expire.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
pub(super) struct SchoolDays {
    pub(super) count: u32,
    pub(super) last: Option<Day>,
}

impl Record for SchoolDays {
    const VERSION: u8 = 1;
    const NAME: &'static str = "school days";
}

/// An alarm that people must see.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alarmed {
    /// When.
    pub at: Moment,
    /// In both languages.
    pub words: (String, String),
}

impl Record for Alarmed {
    const VERSION: u8 = 1;
    const NAME: &'static str = "alarm";
}

pub(super) const REGISTRAR: &[u8] = b"h/c/R";
pub(super) const SCHOOL_DAYS: &[u8] = b"h/c/n";

pub(super) fn leg_key(kind: &str, leg: Leg) -> Vec<u8> {
    [case_key(kind, leg.case).as_slice(), &leg.number.to_be_bytes()].concat()
}

fn case_key(kind: &str, case: CaseId) -> Vec<u8> {
    [b"h/c/", kind.as_bytes(), b"/", &case.0].concat()
}

pub(super) fn side_key(registrar: &Party) -> Vec<u8> {
    format!("h/c/s/{registrar}").into_bytes()
}

fn leg_of(key: &[u8]) -> Option<Leg> {
    let (_, tail) = key.split_at_checked(key.len().checked_sub(18)?)?;
    let case = CaseId(tail[..16].try_into().ok()?);
    Some(case.leg(u16::from_be_bytes(tail[16..].try_into().ok()?)))
}

pub(super) fn legs_of<R: Record>(room: &Room<'_>, kind: &str) -> Result<Vec<(Leg, R)>, StoreError> {
    legs_under(room, format!("h/c/{kind}/").as_bytes())
}

fn legs_under<R: Record>(room: &Room<'_>, prefix: &[u8]) -> Result<Vec<(Leg, R)>, StoreError> {
    room.list(prefix)?
        .iter()
        .filter_map(|(key, value)| Some((leg_of(key)?, value)))
        .map(|(leg, v)| Ok((leg, from_bytes(v)?)))
        .collect()
}

/// A leg of this hub's own.
///
/// # Errors
/// When the store cannot read.
pub fn held(room: &Room<'_>, leg: Leg) -> Result<Held, StoreError> {
    Ok(room.read(&leg_key("p", leg))?.unwrap_or_default())
}

/// A leg under this hub as its registrar.
///
/// # Errors
/// When the store cannot read.
pub fn registered(room: &Room<'_>, leg: Leg) -> Result<Option<Registered>, StoreError> {
    room.read(&leg_key("r", leg))
}

/// All legs of this hub's own.
///
/// # Errors
/// When the store cannot read.
pub fn all_held(room: &Room<'_>) -> Result<Vec<(Leg, Held)>, StoreError> {
    legs_of(room, "p")
}

/// All legs under this hub as their registrar.
///
/// # Errors
/// When the store cannot read.
pub fn all_registered(room: &Room<'_>) -> Result<Vec<(Leg, Registered)>, StoreError> {
    legs_of(room, "r")
}

/// The chains of a case as they are known here, by leg: this hub's own, or those under it as registrar.
///
/// # Errors
/// When the store cannot read.
pub fn chains(room: &Room<'_>, case: CaseId) -> Result<Vec<Chain>, StoreError> {
    let own =
        legs_under::<Held>(room, &case_key("p", case))?.into_iter().map(|(leg, held)| (leg, held.chain));
    let moved = legs_under::<Registered>(room, &case_key("r", case))?;
    let moved = moved.into_iter().map(|(leg, known)| (leg, known.chain));
    let mut chains: Vec<_> = own.chain(moved).filter(|(_, chain)| !chain.is_empty()).collect();
    chains.sort_by_key(|(leg, chain)| (leg.number, std::cmp::Reverse(chain.len())));
    chains.dedup_by_key(|(leg, _)| leg.number);
    Ok(chains.into_iter().map(|(_, chain)| chain).collect())
}

/// Whether `me` has offered a case on any leg and no step ends that: one more offer, under another registrar,
/// would let two places answer for the child (P6), for no registrar sees the legs of another.
///
/// # Errors
/// When the store cannot read.
pub(in crate::desk) fn is_offered_from(
    room: &Room<'_>,
    me: &Party,
    case: CaseId,
) -> Result<bool, StoreError> {
    let own = legs_under::<Held>(room, &case_key("p", case))?;
    Ok(own.iter().any(|(_, held)| {
        let pending = held.pending.as_ref().map(Signed::step);
        let offers = held.chain.frame().or(pending).is_some_and(|frame| frame.offerer == *me);
        offers && (held.chain.state() == State::Offered || pending.is_some())
    }))
}

/// The offers that wait for the registrar's officer.
///
/// # Errors
/// When the store cannot read.
pub fn waiting(room: &Room<'_>) -> Result<Vec<Waiting>, StoreError> {
    let mut open = Vec::new();
    for (leg, waiting) in legs_of::<Waiting>(room, "w")? {
        // this hub was put back from before it let the offer go, and its parties have shown it what stands
        let stands = registered(room, leg)?.is_some_and(|known| known.chain.state() != State::Held);
        open.extend((!stands).then_some(waiting));
    }
    Ok(open)
}

/// Whether the next offer of a leg is one too many for the system to let go: the case has gone from place to
/// place, or to and fro between two, more often than `most` times.
///
/// # Errors
/// When the store cannot read.
pub fn goes_round(room: &Room<'_>, leg: Leg, most: u32) -> Result<bool, StoreError> {
    let known = registered(room, leg)?;
    let steps = known.iter().flat_map(|known| known.chain.steps());
    let before = steps.filter(|step| step.step().kind == StepKind::Offer).count();
    Ok(u32::from(leg.number).saturating_add(u32::try_from(before).unwrap_or(u32::MAX)) > most)
}

/// The alarms, oldest first.
///
/// # Errors
/// When the store cannot read.
pub fn alarms(room: &Room<'_>) -> Result<Vec<Alarmed>, StoreError> {
    room.list(b"h/c/a/")?.iter().map(|(_, value)| Ok(from_bytes(value)?)).collect()
}

/// This hub as a party under `registrar`.
///
/// # Errors
/// When the store cannot read.
pub fn side(room: &mut Room<'_>, me: &Party, registrar: &Party) -> Result<Side, StoreError> {
    if let Some(side) = room.read(&side_key(registrar))? {
        return Ok(side);
    }
    let side = Side::new(me.clone(), registrar.clone(), random());
    room.write(side_key(registrar), &side);
    Ok(side)
}

pub(in crate::desk) fn as_registrar(room: &Room<'_>, me: &Party) -> Result<Registrar, StoreError> {
    Ok(room.read(REGISTRAR)?.unwrap_or_else(|| Registrar::new(me.clone(), random())))
}
