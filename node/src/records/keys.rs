//! Under which key what lies. The map of prefixes is at the head of [`super`].

use proto::model::case::CaseId;
use proto::model::day::{Day, Moment};
use proto::model::party::Party;

use crate::pupil::{Class, PupilId};

/// The diary.
pub const DIARY: &[u8] = b"n/m";
/// The certificates.
pub const PAPERS: &[u8] = b"n/x";
/// The parents.
pub const PARENTS: &[u8] = b"n/q";
/// A random number that changes with the rules.
pub const GENERATION: &[u8] = b"n/g";
/// A random number that changes with the roll.
pub const SEATING: &[u8] = b"n/gs";
/// All pupils.
pub const PUPILS: &[u8] = b"n/p/";
/// All seats.
pub const SEATS: &[u8] = b"n/s/";
/// All standings that are not simply ENROLLED.
pub const STANDINGS: &[u8] = b"n/t/";
/// All called days, by class.
pub const CALLED: &[u8] = b"n/d/";
/// All reversals.
pub const UNDONE: &[u8] = b"n/h/";
/// All sheets.
pub const SHEETS: &[u8] = b"n/z/";
/// All days that were lost in a restore.
pub const LOST: &[u8] = b"n/l/";
/// All days that were closed before they came, and are open again.
pub const REOPENED: &[u8] = b"n/w/";
/// All that was set aside because its day had not come.
pub const SET_ASIDE: &[u8] = b"n/y/";
/// All recorded facts.
pub const FACTS: &[u8] = b"n/f/";
/// All roll calls.
pub const CALLS: &[u8] = b"n/c/";
/// Set while the parent has not been asked what a store that was put back has lost.
pub const ASK_FIRST: &[u8] = b"n/b";
/// All children on the roll whom the latest roster does not have.
pub const LEFT_OUT: &[u8] = b"n/j/";
/// Set when the parent knew of another machine of this school, of which this store has nothing.
pub const EARLIER_MACHINE: &[u8] = b"n/o";
/// All own calendars.
pub const CALENDARS: &[u8] = b"n/k/";
/// All answers from above.
pub const ANSWERS: &[u8] = b"n/e/";

/// All cases.
pub const CASES: &[u8] = b"n/v/";
/// All cases that a restored store has lost.
pub const LOST_CASES: &[u8] = b"n/vx/";
/// All transfers.
pub const TRANSFERS: &[u8] = b"n/vt/";
/// All children that another place believes to be here.
pub const INFLOWS: &[u8] = b"n/vi/";
/// All letters that wait to be written.
pub const LETTERS: &[u8] = b"n/vo/";
/// All directions without a case.
pub const DIRECTIONS: &[u8] = b"n/vd/";
/// All children that lists from above name.
pub const LISTED: &[u8] = b"n/vw/";
/// All children in class of whom the county is told.
pub const NEWCOMERS: &[u8] = b"n/vb/";
/// The log of openings.
pub const AUDIT: &[u8] = b"n/va/";
/// How much of it the county was told.
pub const OPENINGS_TOLD: &[u8] = b"n/vz";
/// The county's key.
pub const COUNTY_KEY: &[u8] = b"n/vk";
/// To whom our own key was sent.
pub const KEY_SENT: &[u8] = b"n/vs";

fn join(prefix: &[u8], parts: &[&[u8]]) -> Vec<u8> {
    let mut out = prefix.to_vec();
    parts.iter().for_each(|part| out.extend_from_slice(part));
    out
}

/// Days sort by their number; none lies before 1900, which is above -30000.
fn day_bytes(day: Day) -> [u8; 4] {
    (day.number() + 30_000).unsigned_abs().to_be_bytes()
}

fn class_bytes(class: Class) -> [u8; 3] {
    let [high, low] = class.number.to_be_bytes();
    [class.grade, high, low]
}

/// The day that a key ends with.
pub fn day_at_end(key: &[u8]) -> Option<Day> {
    let bytes = key.last_chunk::<4>()?;
    let number = i32::try_from(u32::from_be_bytes(*bytes)).ok()?;
    Day::from_number(number - 30_000).ok()
}

/// The child that follows a prefix of four bytes.
pub fn child_of(key: &[u8]) -> Option<PupilId> {
    key.get(4..20)?.try_into().ok().map(PupilId::new)
}

/// The class that a key of [`CALLED`] ends with.
pub fn class_at_end(key: &[u8]) -> Option<Class> {
    let [grade, high, low] = *key.last_chunk::<3>()?;
    Some(Class { grade, number: u16::from_be_bytes([high, low]) })
}

/// A pupil.
pub fn pupil(id: PupilId) -> Vec<u8> {
    join(PUPILS, &[id.bytes()])
}

/// A seat.
pub fn seat(id: PupilId) -> Vec<u8> {
    join(SEATS, &[id.bytes()])
}

/// Who has the blinded ID number.
pub fn by_id(blind: &[u8]) -> Vec<u8> {
    join(b"n/i/", &[blind])
}

/// Who has the blinded roll number.
pub fn by_roll(blind: &[u8]) -> Vec<u8> {
    join(b"n/r/", &[blind])
}

/// All roll calls of a day.
pub fn calls_of(day: Day) -> Vec<u8> {
    join(CALLS, &[&day_bytes(day)])
}

/// All revisions of a class's roll call.
pub fn calls(class: Class, day: Day) -> Vec<u8> {
    join(b"n/c/", &[&day_bytes(day), &class_bytes(class)])
}

/// One revision.
pub fn call(class: Class, day: Day, revision: u32) -> Vec<u8> {
    join(&calls(class, day), &[&revision.to_be_bytes()])
}

/// The days on which a class was called.
pub fn called(class: Class) -> Vec<u8> {
    join(CALLED, &[&class_bytes(class)])
}

/// All marks of a child.
pub fn marks(id: PupilId) -> Vec<u8> {
    join(b"n/a/", &[id.bytes()])
}

/// A mark.
pub fn mark(id: PupilId, day: Day) -> Vec<u8> {
    join(&marks(id), &[&day_bytes(day)])
}

/// A child's recorded facts.
pub fn facts(id: PupilId) -> Vec<u8> {
    join(FACTS, &[id.bytes()])
}

/// What was withdrawn of them.
pub fn withdrawn(id: PupilId) -> Vec<u8> {
    join(b"n/u/", &[id.bytes()])
}

/// That the latest roster does not have a child.
pub fn left_out(id: PupilId) -> Vec<u8> {
    join(LEFT_OUT, &[id.bytes()])
}

/// A standing.
pub fn standing(id: PupilId) -> Vec<u8> {
    join(STANDINGS, &[id.bytes()])
}

/// A reversal.
pub fn undone(id: PupilId, at: Moment, n: u16) -> Vec<u8> {
    join(UNDONE, &[id.bytes(), &at.0.max(0).to_be_bytes(), &n.to_be_bytes()])
}

/// All reversals of a child that were noted at a moment.
pub fn undone_at(id: PupilId, at: Moment) -> Vec<u8> {
    join(UNDONE, &[id.bytes(), &at.0.max(0).to_be_bytes()])
}

/// All reversals of a child.
pub fn undone_of(id: PupilId) -> Vec<u8> {
    join(UNDONE, &[id.bytes()])
}

/// A day's last sheet.
pub fn sheet(day: Day) -> Vec<u8> {
    join(SHEETS, &[&day_bytes(day)])
}

/// The revision of a day's sheet that a restored store has lost.
pub fn lost(day: Day) -> Vec<u8> {
    join(LOST, &[&day_bytes(day)])
}

/// A day that was closed before it came.
pub fn reopened(day: Day) -> Vec<u8> {
    join(REOPENED, &[&day_bytes(day)])
}

/// What was set aside at a moment.
pub fn set_aside(at: Moment) -> Vec<u8> {
    join(SET_ASIDE, &[&at.0.max(0).to_be_bytes()])
}

/// The own calendar of a school year by its first year.
pub fn calendar(first_year: i16) -> Vec<u8> {
    join(CALENDARS, &[&first_year.to_be_bytes()])
}

/// An answer to entry `seq` of a life.
pub fn answer(life: u32, seq: u64) -> Vec<u8> {
    join(ANSWERS, &[&life.to_be_bytes(), &seq.to_be_bytes()])
}

/// A case.
pub fn case(id: CaseId) -> Vec<u8> {
    join(CASES, &[&id.0])
}

/// A child's cases.
pub fn cases_of(id: PupilId) -> Vec<u8> {
    join(b"n/vc/", &[id.bytes()])
}

/// A case's transfer.
pub fn transfer(id: CaseId) -> Vec<u8> {
    join(TRANSFERS, &[&id.0])
}

/// A case that came in.
pub fn inflow(id: CaseId) -> Vec<u8> {
    join(INFLOWS, &[&id.0])
}

/// All revocations that are known.
pub const REVOCATIONS: &[u8] = b"n/vu/";

/// Keys of a hub that were revoked at a moment.
pub fn revocation(party: &Party, from: Moment) -> Vec<u8> {
    join(REVOCATIONS, &[party.to_string().as_bytes(), b" ", &from.0.to_be_bytes()])
}

/// The proof that a case was handed over.
pub fn proof(id: CaseId) -> Vec<u8> {
    join(b"n/vp/", &[&id.0])
}

/// All late evidence of a case.
pub fn late_of(id: CaseId) -> Vec<u8> {
    join(b"n/vl/", &[&id.0])
}

/// One piece of late evidence.
pub fn late(id: CaseId, n: u32) -> Vec<u8> {
    join(&late_of(id), &[&n.to_be_bytes()])
}

/// A letter that waits.
pub fn letter(kind: u8, id: CaseId, n: u32) -> Vec<u8> {
    join(LETTERS, &[&[kind], &id.0, &n.to_be_bytes()])
}

/// All letters of one kind that wait.
pub fn letters_of(kind: u8) -> Vec<u8> {
    join(LETTERS, &[&[kind]])
}

/// All directions about a case that is not here.
pub fn directions_of(id: CaseId) -> Vec<u8> {
    join(DIRECTIONS, &[&id.0])
}

/// One of them, by its parcel.
pub fn direction(id: CaseId, parcel: [u8; 16]) -> Vec<u8> {
    join(DIRECTIONS, &[&id.0, &parcel])
}

/// A child that a list from above names.
pub fn listed(id: CaseId) -> Vec<u8> {
    join(LISTED, &[&id.0])
}

/// What the county was told of a child in class.
pub fn newcomer(id: PupilId) -> Vec<u8> {
    join(NEWCOMERS, &[id.bytes()])
}

/// Which written report the county has.
pub fn told_report(id: CaseId) -> Vec<u8> {
    join(b"n/vr/", &[&id.0])
}

/// What the parent knows of a lost case.
pub fn lost_case(id: CaseId) -> Vec<u8> {
    join(LOST_CASES, &[&id.0])
}

/// A kept case of a child who is not on the roll.
pub fn kept_case(id: CaseId) -> Vec<u8> {
    join(b"n/vy/", &[&id.0])
}

/// An opening.
pub fn opening(n: u64) -> Vec<u8> {
    join(AUDIT, &[&n.to_be_bytes()])
}

/// The last number of a year's reports.
pub fn report_number(year: i16) -> Vec<u8> {
    join(b"n/vn/", &[&year.to_be_bytes()])
}

/// The case that follows a prefix of five bytes.
pub fn case_in_letter(key: &[u8]) -> Option<(u8, CaseId, u32)> {
    let (kind, rest) = key.get(LETTERS.len()..)?.split_first()?;
    let (id, n) = rest.split_first_chunk::<16>()?;
    Some((*kind, CaseId::new(*id), u32::from_be_bytes(n.try_into().ok()?)))
}
