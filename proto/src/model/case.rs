//! A case: one child that is looked for, and what travels about it. Names stand only in [`ChildRecord`],
//! which leaves a party sealed.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::day::Day;
use super::personal::Personal;
use super::region::Region;

mod abroad;
mod inquiry;
mod letter;
mod office;
mod pool;
mod record;
mod words;

pub use crate::seal::way::Way;
pub use abroad::{Inquiry, Introduced, Refused, Replied};
pub use inquiry::{Checked, ListResult, Listed, Outward, Posted};
pub use letter::{
    Act, Answer, Ask, Assignment, AuditHead, Directed, Direction, Escalation, Finding, Kept, Late, Letter,
    News, Progress, Proof, Referral, Release, Report, Showing, Unheard, Withdrawn,
};
pub use office::{Duty, Office, Overdue};
pub use pool::{Handed, InClass, Match, Newcomer, PoolAsk, PoolKey, Roll, Tag, Token, TokenKind, Tokens};
pub use record::{Account, Grounds, Unwilling, Unwillingness};

/// Names a case for ever: random, made where the case is opened. Two offices that speak of a child speak of
/// this number.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CaseId(pub [u8; 16]);

/// A text that is no case number.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a case number: expected 32 hexadecimal digits")]
pub struct NotACase(pub String);

/// A stretch of a case's way from one place to another. A return and a way on are legs of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Leg {
    /// Which case.
    pub case: CaseId,
    /// From 1.
    pub number: u16,
}

/// Where a persuasion case stands (`domain/2-states.md` 2.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Stage {
    /// P0: opened.
    Opened,
    /// P1: a named person contacts parents and child.
    Contacting,
    /// P2: the notice (劝返通知书) is out.
    NoticeIssued,
    /// P3: reported in writing to the county.
    Reported,
    /// P4: the county told the township government and the county government.
    GovInformed,
    /// P5: the government persuades.
    GovPersuading,
    /// P6: ordered to return by a date.
    Ordered,
    /// P7: another place answers for the child.
    Moved,
    /// P8: lawfully placed outside a class.
    Placed,
    /// P9: back in class, under watch.
    Returned,
    /// P10: closed, confirmed by the county.
    Closed,
}

/// Why a case is closed (P10).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Closing {
    /// Back in class.
    Returned,
    /// Taught at home (F04).
    PlacedHome,
    /// Taught over video (F05).
    PlacedRemote,
    /// In a vocational school (F02).
    PlacedVocational,
    /// The committee certified that the child cannot study (F08).
    Exempt,
    /// Another place answers for the child.
    Moved,
    /// Left the country.
    Abroad,
    /// Died.
    Deceased,
    /// Finished nine years.
    Completed,
    /// Should never have been opened.
    OpenedInError,
}

/// What proves that the child is where it is said to be. Without one no case may be sent (E01, E02).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Evidence {
    /// A parent said so, on record.
    ParentStatement,
    /// The employer or the landlord.
    EmployerOrLandlord,
    /// A school at the place.
    SchoolConfirmation,
    /// The police answered.
    PoliceAnswer,
    /// Anything else, described in the record.
    Other,
}

/// What the inflow place found (X8 to X11).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Outcome {
    /// X8: in class here; the roll is added or its transfer begun.
    Placed,
    /// X8b: found, not yet in class; the inflow place persuades.
    Persuading,
    /// X9: not found, not confirmed, already gone.
    NotFound,
    /// X11: on a roll already; the origin needs the roll transfer only.
    AlreadyEnrolled,
    /// Went on to another place.
    MovedOn,
}

/// Where a transfer stands, as the school that sent it reads it (`domain/2-states.md` 2.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum TransferState {
    /// X0: drafted at the school.
    Draft,
    /// X1: submitted by the principal.
    Submitted,
    /// X2: checked by the county.
    CountyChecked,
    /// X3: with the office that moves it.
    Collected,
    /// X4: with the province.
    ProvinceReceived,
    /// X5: dispatched to the inflow place, or the letter is sent.
    Dispatched,
    /// X6: it arrived.
    Received,
    /// X7: the inflow place verifies.
    Verifying,
    /// X8: accepted, in class there.
    AcceptedPlaced,
    /// X8b: accepted, the inflow place persuades.
    AcceptedPersuading,
    /// X9: came back.
    ReturnedToSender,
    /// X10: came back with the name of another place.
    Misrouted,
    /// X11: on a roll there already.
    AlreadyEnrolled,
    /// X12: taken back by the sender.
    Withdrawn,
}

/// All that the inflow place sees before it accepts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preview {
    /// Two years wide, its lower end: 12 stands for 12 or 13.
    pub age_from: u8,
    /// 1 to 9.
    pub grade: u8,
    /// Where the last school is managed.
    pub last: Region,
    /// What proves the move.
    pub evidence: Evidence,
}

/// What an office needs in order to find one child. Leaves a party only sealed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChildRecord {
    /// Name.
    pub name: Personal<String>,
    /// `男` or `女`.
    pub sex: Personal<String>,
    /// Birth date.
    pub birth: Personal<Day>,
    /// ID number; empty when the child has none.
    pub id_number: Personal<String>,
    /// Roll number (学籍号); empty when the child has none.
    pub roll_number: Personal<String>,
    /// Guardian.
    pub guardian: Personal<String>,
    /// How to reach the guardian.
    pub phone: Personal<String>,
    /// The last known address.
    pub address: Personal<String>,
    /// The school that lost the child, as it calls itself.
    pub school: String,
    /// What the evidence is, in words.
    pub evidence: Personal<String>,
    /// What was done so far, in words.
    pub summary: Personal<String>,
    /// In how many contacts the child or its family was reached; `None` where nobody counted. A document says no more
    /// than that (E03, E04).
    pub reached: Option<u32>,
    /// That the child does not come back, as somebody recorded it (E03); without it no letter goes to another province
    /// (E04).
    pub unwilling: Option<Unwilling>,
    /// Disability and other needs, in words; empty when none is known.
    pub needs: Personal<String>,
}

impl CaseId {
    /// From 16 random bytes.
    pub const fn new(random: [u8; 16]) -> Self {
        Self(random)
    }

    /// The leg of that number.
    pub const fn leg(self, number: u16) -> Leg {
        Leg { case: self, number }
    }
}

impl Preview {
    /// The band of two years in which `age` lies.
    pub const fn band(age: u8) -> u8 {
        age / 2 * 2
    }

    /// BLAKE3 over the preview: what an OFFER commits to.
    pub fn hash(&self) -> super::entry::Hash {
        let text = format!("{}|{}|{}|{:?}", self.age_from, self.grade, self.last, self.evidence);
        super::entry::Hash(*blake3::hash(text.as_bytes()).as_bytes())
    }
}

impl TransferState {
    /// The child is in class, or on a roll, where it was found (X8, X11): its roll follows it (T14). Who is found and
    /// in no class yet (X8b) is missing where its roll is.
    pub const fn roll_follows(self) -> bool {
        matches!(self, Self::AcceptedPlaced | Self::AlreadyEnrolled)
    }
}

impl Stage {
    /// Whether somebody still has to bring the child back.
    pub const fn is_open(self) -> bool {
        !matches!(self, Self::Moved | Self::Closed)
    }
}

impl fmt::Display for CaseId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for CaseId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl fmt::Display for Leg {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.case, self.number)
    }
}

impl FromStr for CaseId {
    type Err = NotACase;

    fn from_str(text: &str) -> Result<Self, NotACase> {
        let wrong = || NotACase(text.to_owned());
        if text.len() != 32 || !text.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(wrong());
        }
        u128::from_str_radix(text, 16).map(|n| Self(n.to_be_bytes())).map_err(|_| wrong())
    }
}

impl TryFrom<String> for CaseId {
    type Error = NotACase;

    fn try_from(text: String) -> Result<Self, NotACase> {
        text.parse()
    }
}

impl From<CaseId> for String {
    fn from(id: CaseId) -> Self {
        id.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::{CaseId, Preview};

    #[test]
    fn a_case_number_reads_back_and_nothing_else_does() {
        let id = CaseId::new([0x0a, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 0xff]);
        assert_eq!(id.to_string(), "0a0102030405060708090a0b0c0d0eff");
        assert_eq!(id.to_string().parse(), Ok(id));
        for wrong in ["", "0a", "0a0102030405060708090a0b0c0d0ef", "+a0102030405060708090a0b0c0d0eff"] {
            assert!(wrong.parse::<CaseId>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn an_age_is_shown_as_a_band_of_two_years() {
        assert_eq!([11, 12, 13, 14].map(Preview::band), [10, 12, 12, 14]);
    }
}
