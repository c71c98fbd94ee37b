//! The parent as witness of a unit's log. It keeps the head and nothing else; with each new head come the
//! links from the one before, so it can compute for itself that the log only grew.

use proto::model::case::AuditHead;
use proto::model::day::Moment;
use proto::model::party::Party;
use proto::store::record::from_bytes;
use proto::store::{Record, Room, StoreError};
use serde::{Deserialize, Serialize};

use super::{Head, head, links};

const SENT: &[u8] = b"h/a-sent";
const SEEN: &str = "h/a-seen/";
/// Links in one letter.
const MOST: usize = 4_096;

/// What this hub knows of a unit's log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Witnessed {
    /// Whose log.
    pub unit: Party,
    /// Up to here it grew as a log grows.
    pub head: Head,
    /// When that was heard.
    pub at: Moment,
    /// What is wrong since.
    pub alarm: Option<Alarmed>,
}

/// An alarm that nobody has looked into.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alarmed {
    /// What is wrong.
    pub alarm: Alarm,
    /// Since when.
    pub since: Moment,
    /// The head that the unit tells now.
    pub told: Head,
}

/// What is wrong with a unit's log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Alarm {
    /// It has fewer records than before: it was cut, or the unit's store was put back.
    GoneBack,
    /// It does not go on from the head that is kept here: records were changed.
    OtherChain,
    /// Records between the head that is kept here and the new ones were not shown.
    Gap,
}

impl Record for Witnessed {
    const VERSION: u8 = 1;
    const NAME: &'static str = "witnessed audit head";
}

fn seen_key(unit: &Party) -> Vec<u8> {
    format!("{SEEN}{unit}").into_bytes()
}

fn mark_key(unit: &Party, n: u64) -> Vec<u8> {
    [format!("h/a-mark/{unit}/").as_bytes(), &n.to_be_bytes()].concat()
}

/// What the parent has to be told of this hub's own log, and notes that it was told. Call it until there is
/// nothing more.
///
/// # Errors
/// When the store cannot read.
pub fn tell(room: &mut Room<'_>) -> Result<Option<AuditHead>, StoreError> {
    let (head, sent) = (head(room)?, room.read::<Head>(SENT)?.unwrap_or(Head::START));
    if head == sent {
        return Ok(None);
    }
    // a log that was cut has nothing to show for it
    let base = if sent.n > head.n { head } else { sent };
    let links = links(room, base.n, MOST)?;
    let reached = links.iter().fold(base, Head::then);
    room.write(SENT, &reached);
    let Head { n, hash } = reached;
    Ok(Some(AuditHead { n, hash, since: base.n, base: base.hash, links }))
}

/// Takes the head that a unit tells. Gives the alarm that it raises, if any; an alarm stands until somebody
/// accepts the unit's head.
///
/// # Errors
/// When the store cannot read.
pub fn see(
    room: &mut Room<'_>,
    unit: &Party,
    told: &AuditHead,
    now: Moment,
) -> Result<Option<Alarm>, StoreError> {
    let to = Head { n: told.n, hash: told.hash };
    let known: Option<Witnessed> = room.read(&seen_key(unit))?;
    let held = known.as_ref().map(|known| known.head);
    if to.n < held.map_or(0, |held| held.n) && room.get(&mark_key(unit, to.n))?.as_deref() == Some(&to.hash.0)
    {
        // an earlier letter that came late: what it says was true
        return Ok(None);
    }
    let alarm = judge(held, told);
    let witnessed = match (alarm, known) {
        (None, known) => {
            room.put(mark_key(unit, to.n), to.hash.0);
            let alarm = known.and_then(|known| known.alarm);
            Witnessed { unit: unit.clone(), head: to, at: now, alarm }
        }
        (Some(alarm), known) => {
            let since = known.as_ref().and_then(|known| known.alarm.as_ref()).map_or(now, |old| old.since);
            let (head, at) = known.map_or((Head::START, now), |known| (known.head, known.at));
            Witnessed { unit: unit.clone(), head, at, alarm: Some(Alarmed { alarm, since, told: to }) }
        }
    };
    room.write(seen_key(unit), &witnessed);
    Ok(alarm)
}

/// Whether a log that was at `held` can be where `told` says. Who has seen nothing yet takes what is told.
fn judge(held: Option<Head>, told: &AuditHead) -> Option<Alarm> {
    let held = held.unwrap_or(Head { n: told.since, hash: told.base });
    let mut at = Head { n: told.since, hash: told.base };
    let mut passed = (at.n == held.n).then_some(at);
    for link in &told.links {
        at = at.then(link);
        if at.n == held.n {
            passed = Some(at);
        }
    }
    match passed {
        _ if told.n < held.n => Some(Alarm::GoneBack),
        _ if at != (Head { n: told.n, hash: told.hash }) => Some(Alarm::OtherChain),
        None => Some(Alarm::Gap),
        Some(passed) => (passed != held).then_some(Alarm::OtherChain),
    }
}

/// Takes the head that `unit` tells now for good, after somebody has looked into the alarm. Gives whether
/// there was one.
///
/// # Errors
/// When the store cannot read.
pub fn accept(room: &mut Room<'_>, unit: &Party, now: Moment) -> Result<bool, StoreError> {
    let Some(mut known) = room.read::<Witnessed>(&seen_key(unit))? else { return Ok(false) };
    let Some(alarmed) = known.alarm.take() else { return Ok(false) };
    room.put(mark_key(unit, alarmed.told.n), alarmed.told.hash.0);
    (known.head, known.at) = (alarmed.told, now);
    room.write(seen_key(unit), &known);
    Ok(true)
}

/// All logs that this hub is witness of.
///
/// # Errors
/// When the store cannot read.
pub fn all(room: &Room<'_>) -> Result<Vec<Witnessed>, StoreError> {
    room.list(SEEN.as_bytes())?.iter().map(|(_, value)| Ok(from_bytes(value)?)).collect()
}
