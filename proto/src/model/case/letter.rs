//! What parties write to each other about a case. A letter is the content of a parcel.

use serde::{Deserialize, Serialize};

use super::abroad::{Inquiry, Introduced, Refused, Replied};
use super::inquiry::{Checked, Listed, Outward, Posted};
use super::pool::{Match, Newcomer, PoolAsk, PoolKey, Roll, Tokens};
use super::{CaseId, Closing, Evidence, Leg, Office, Outcome, Overdue, Preview, Stage, TransferState};
use crate::model::day::{Day, Moment};
use crate::model::entry::Hash;
use crate::model::party::Party;
use crate::model::region::Region;
use crate::seal::{SealKey, Sealed};

/// One letter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Letter {
    /// The writer's sealing key: a unit to its county, a county to its unit.
    Key(SealKey),
    /// School to county: how a persuasion case stands. No name.
    Progress(Progress),
    /// School to county: the written report (D06), sealed.
    Report(Report),
    /// County to school: what the county or the government did or decided.
    Direction(Direction),
    /// School to county: the child is elsewhere, confirmed (X1).
    Referral(Referral),
    /// County to school: how the transfer stands; receipts go down to the school too.
    News(News),
    /// A step of custody between county and registrar: a message of the custody protocol, encoded by it.
    Custody(Vec<u8>),
    /// Origin county to inflow county: what an offer shows before it is accepted.
    Showing(Showing),
    /// Inflow county to origin county: release the record, for a purpose that is logged on both sides.
    Ask(Ask),
    /// Origin county to inflow county: the record, sealed.
    Release(Release),
    /// Inflow county to the school or town that verifies.
    Assignment(Assignment),
    /// That unit to its county: what it found.
    Finding(Finding),
    /// Inflow county to origin county: what became of the child.
    Answer(Answer),
    /// After the handover: what the old school still learns, sealed for the inflow county.
    Late(Late),
    /// Hub to its parent: the head of the log of openings.
    AuditHead(AuditHead),
    /// Hub to its parent: what an office below has not done in time. No name.
    Escalation(Escalation),
    /// County to its city: put this case into a letter to another province.
    Outward(Outward),
    /// City to county: how the inquiry by letter stands.
    Posted(Posted),
    /// County to school: a list from above names a child.
    Listed(Listed),
    /// School to county: what became of a child of a list.
    Checked(Checked),
    /// County to the keeper of a pool's key: hand it out.
    PoolAsk(PoolAsk),
    /// The keeper to a county: the pool's key, sealed.
    PoolKey(PoolKey),
    /// School to county: a child from elsewhere was enrolled; its ID number, sealed.
    Newcomer(Newcomer),
    /// School to county: many children who are in class; their ID numbers, sealed.
    Roll(Roll),
    /// County to the pool hub: tokens to match.
    Tokens(Tokens),
    /// The pool hub to two counties: their tokens are one child.
    Match(Match),
    /// County to school: who has answered for the child, as a file that anyone can check. No name.
    Proof(Proof),
    /// A hub to those who put steps in their places or read them: keys of a unit below it were revoked; a
    /// statement that is encoded by the custody protocol.
    Revocation(Vec<u8>),
    /// An entry of the reader's is in quarantine.
    Refused(Refused),
    /// Who the root of a neighbouring province is.
    Introduced(Introduced),
    /// From another province: find this child.
    Inquiry(Inquiry),
    /// To another province: what was found.
    Replied(Replied),
    /// To a hub above the parent: a signed step has no receipt, and the parent may keep letters back.
    Unheard(Unheard),
    /// Origin county to inflow county, and on after the case: its school has taken the case back.
    Withdrawn(Withdrawn),
    /// School to itself, in its own stream: a store that is put back is given it again. Nobody else can read it.
    Kept(Kept),
}

/// How a persuasion case stands at its school.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// Which.
    pub case: CaseId,
    /// From 1: the highest counts.
    pub revision: u32,
    /// Where it stands.
    pub stage: Stage,
    /// Since when.
    pub since: Day,
    /// The next step is due on this day.
    pub due: Option<Day>,
    /// A deadline was missed: the case went up by itself and shows one level up.
    pub overdue: bool,
    /// Set aside until this day.
    pub suspended_until: Option<Day>,
    /// The school asks the county to confirm that it is closed.
    pub closing: Option<Closing>,
    /// What the county did or decided as far as the school has heard, oldest first: a county whose store was put back
    /// finds there what it has lost. At most [`Progress::MOST_ACTS`].
    pub acts: Vec<Directed>,
}

/// An act of the county's, as the school was told of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Directed {
    /// What was done or decided.
    pub act: Act,
    /// On which day.
    pub day: Day,
    /// Number of the document, if any.
    pub number: String,
    /// For an order: return by this day.
    pub until: Option<Day>,
    /// Why, for a closing that is not confirmed; no personal data.
    pub note: String,
    /// In a round of the case before the present one.
    pub earlier: bool,
}

/// The school's written report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// Which.
    pub case: CaseId,
    /// From 1: a later one takes the place of those before, which are kept.
    pub revision: u32,
    /// The document's number.
    pub number: String,
    /// An [`super::Account`], sealed for the county.
    pub record: Sealed,
}

/// What the county tells the school.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Direction {
    /// Which.
    pub case: CaseId,
    /// What was done or decided.
    pub act: Act,
    /// On which day.
    pub day: Day,
    /// Number of the document, if any.
    pub number: String,
    /// For an order: return by this day.
    pub until: Option<Day>,
    /// Why, for a closing that is not confirmed; no personal data.
    pub note: String,
}

/// What the county or the government did or decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Act {
    /// P4: the township government was told and the county government was reported to.
    GovernmentInformed,
    /// P5: people were assigned who persuade until the child is back.
    GovernmentPersuades,
    /// A visit by the government's people.
    Visited,
    /// P6: ordered to return by a date.
    Ordered,
    /// P10: the closing is confirmed.
    ClosingConfirmed,
    /// The closing is not confirmed: the case goes on where it was.
    ClosingRefused,
    /// A list from above names the child: open a case and verify.
    OpenFromList,
}

/// The child is elsewhere, confirmed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Referral {
    /// Which.
    pub case: CaseId,
    /// From 1: the highest counts. A corrected referral replaces the one before, as long as it was not sent on.
    pub revision: u32,
    /// The finest place known.
    pub to: Region,
    /// What a place sees before it accepts.
    pub preview: Preview,
    /// A [`super::ChildRecord`], sealed for the county.
    pub record: Sealed,
    /// X12: the child came back, or the referral was a mistake.
    pub withdrawn: bool,
}

/// How the transfer stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct News {
    /// Which.
    pub leg: Leg,
    /// Where it stands.
    pub state: TransferState,
    /// The inflow place.
    pub place: Option<Region>,
    /// What was found there.
    pub outcome: Option<Outcome>,
    /// When.
    pub at: Moment,
    /// Why, for a return; no personal data.
    pub reason: String,
    /// The origin still answers for the child.
    pub yours: bool,
}

/// What an offer shows before it is accepted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Showing {
    /// Which.
    pub leg: Leg,
    /// The preview; the offer carries its hash.
    pub preview: Preview,
    /// The finest place known.
    pub place: Region,
}

/// A request for the record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ask {
    /// Which.
    pub leg: Leg,
    /// Why it is needed; no personal data.
    pub purpose: String,
    /// Seal it for this key.
    pub key: SealKey,
}

/// The record on its way to the inflow county.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Release {
    /// Which.
    pub leg: Leg,
    /// A [`super::ChildRecord`], sealed for the asker.
    pub record: Sealed,
}

/// Find this child.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assignment {
    /// Which.
    pub leg: Leg,
    /// What everybody on the way may know.
    pub preview: Preview,
    /// A [`super::ChildRecord`], sealed for the unit.
    pub record: Sealed,
    /// Answer by this day.
    pub due: Day,
}

/// What a unit found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// Which.
    pub leg: Leg,
    /// What.
    pub outcome: Outcome,
    /// On which day.
    pub day: Day,
    /// Where the child went on to.
    pub place: Option<Region>,
    /// For the county's eyes; no personal data.
    pub note: String,
}

/// What became of the child at the inflow place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// Which.
    pub leg: Leg,
    /// What.
    pub outcome: Outcome,
    /// On which day.
    pub day: Day,
    /// The origin should expect the roll transfer (T14).
    pub roll_transfer: bool,
}

/// What is learned after the handover.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Late {
    /// Which.
    pub case: CaseId,
    /// Sealed for the reader: text.
    pub text: Sealed,
    /// When it was written.
    pub at: Moment,
    /// What kind of evidence it is, if any.
    pub evidence: Option<Evidence>,
}

/// How far a log of openings reaches, for its witness. The links show that it goes on from the head that
/// the witness keeps: a log that was written anew does not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditHead {
    /// Records in the log.
    pub n: u64,
    /// The hash after the last.
    pub hash: Hash,
    /// The links begin after this record; 0: at the beginning.
    pub since: u64,
    /// The hash after that record.
    pub base: Hash,
    /// A digest of each record from there up to the head; what they say is not in them.
    pub links: Vec<Hash>,
}

/// What an office has not done in time, for the one above it. It stands until a later one takes it back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Escalation {
    /// About which case.
    pub case: CaseId,
    /// Whose office: the writer's, or one below it.
    pub by: Party,
    /// Which office.
    pub office: Office,
    /// The highest counts. Rises also where a store was put back: it is not below the writer's clock.
    pub revision: u64,
    /// What is open; nothing: it was done, and the escalation is taken back.
    pub open: Vec<Overdue>,
    /// Nobody is on duty there, so everything that is open goes up at once.
    pub unattended: bool,
}

/// A step that the writer has signed and that has no receipt. It stands until the same step is said to be over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unheard {
    /// Of which leg.
    pub leg: Leg,
    /// The step's number in its leg.
    pub step: u32,
    /// When it was signed.
    pub sent: Day,
    /// The receipt has come: the notice is taken back.
    pub over: bool,
}

/// X12 after another place has accepted: where the case began has taken it back, which takes both sides (2.4).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Withdrawn {
    /// The leg on which the reader took the case.
    pub leg: Leg,
    /// The county where the case began: it goes back there.
    pub county: Party,
    /// Since when it is known there.
    pub day: Day,
    /// Back in class, or what else ends the search; `None`: a mistake, or not said.
    pub why: Option<Closing>,
}

/// What a school keeps of a case, sealed for itself alone ([`crate::seal::kept`]).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// Which.
    pub case: CaseId,
    /// A record of the school's own.
    pub record: Sealed,
}

/// The chains of a case, once it was handed over, for the school that referred it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proof {
    /// Which.
    pub case: CaseId,
    /// A proof file of [`crate::custody::proof`], at most [`Proof::MAX`] bytes.
    pub file: String,
}

impl Progress {
    /// Acts that are restated, the latest: nine years of visits every two weeks.
    pub const MOST_ACTS: usize = 256;
}

impl From<Direction> for Directed {
    fn from(direction: Direction) -> Self {
        let Direction { act, day, number, until, note, .. } = direction;
        Self { act, day, number, until, note, earlier: false }
    }
}

impl News {
    /// For a unit that looks for a child on `leg`: whether it need not any more, because the case went on, or because
    /// another unit is asked on the same leg.
    pub fn ends(&self, leg: Leg) -> bool {
        let another = self.leg == leg && self.state == TransferState::Verifying;
        !self.yours && (self.leg.number > leg.number || another)
    }
}

impl Proof {
    /// Bytes of a proof file that a letter carries: a longer one is fetched from the county by hand.
    pub const MAX: usize = 256 << 10;
}

impl Letter {
    /// For logs and lists: what sort of letter it is.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Key(_) => "key",
            Self::Progress(_) => "progress",
            Self::Report(_) => "report",
            Self::Direction(_) => "direction",
            Self::Referral(_) => "referral",
            Self::News(_) => "news",
            Self::Custody(_) => "custody",
            Self::Showing(_) => "showing",
            Self::Ask(_) => "ask",
            Self::Release(_) => "release",
            Self::Assignment(_) => "assignment",
            Self::Finding(_) => "finding",
            Self::Answer(_) => "answer",
            Self::Late(_) => "late evidence",
            Self::AuditHead(_) => "audit head",
            Self::Escalation(_) => "escalation",
            Self::Outward(_) => "outward",
            Self::Posted(_) => "posted",
            Self::Listed(_) => "listed",
            Self::Checked(_) => "checked",
            Self::PoolAsk(_) => "pool ask",
            Self::PoolKey(_) => "pool key",
            Self::Newcomer(_) => "newcomer",
            Self::Roll(_) => "roll",
            Self::Revocation(_) => "revocation",
            Self::Tokens(_) => "tokens",
            Self::Match(_) => "match",
            Self::Proof(_) => "proof",
            Self::Refused(_) => "refused",
            Self::Introduced(_) => "introduced",
            Self::Inquiry(_) => "inquiry",
            Self::Replied(_) => "replied",
            Self::Unheard(_) => "unheard",
            Self::Withdrawn(_) => "withdrawn",
            Self::Kept(_) => "kept",
        }
    }
}
