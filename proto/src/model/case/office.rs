//! Who acts: an office, and what it has to do in time.

use serde::{Deserialize, Serialize};

use crate::model::day::Day;

/// Part of a hub's work that somebody is on duty for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Office {
    /// Persuasion cases of its schools (D07 to D11).
    Persuasion,
    /// Cases that move from place to place (E01 to E06).
    Transfer,
}

/// What an office has to do about a case. Written where it is due and where it is overdue: new ones are added
/// at the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Duty {
    /// D07, D08: tell the township government, report to the county government (P3 to P4).
    Inform,
    /// D09: the government assigns people (P4 to P5).
    Government,
    /// D09: they visit until the child is back (P5, P6).
    Visit,
    /// D11: the date of an order has passed (P6).
    Order,
    /// A closing that the school asked for is confirmed or refused (P10).
    Confirm,
    /// Check a school's referral (X1 to X2).
    CheckReferral,
    /// Answer an offer (X6 to X8).
    AnswerOffer,
    /// Decide on a case that came back (X9, X10, X12) or was never let go.
    DecideReturn,
    /// Give the case to a school or town that looks for the child (X7).
    Assign,
    /// The school or town looks for the child (X7 to X8).
    Verify,
    /// Tell the origin what was found (X8 to X11).
    Answer,
    /// Found, and not in class yet (X8b).
    Persuade,
    /// Not found here: offer the case to where the child is, or back (X9).
    HandBack,
    /// Its school has it again and corrects the referral, or goes on persuading (X9 to X1).
    AwaitSchool,
    /// The moving office has not let the offer go yet (X3).
    AwaitDispatch,
    /// No receipt of the other county yet (X5).
    AwaitReceipt,
    /// The other county has not answered yet (X6, X7).
    AwaitAnswer,
    /// A letter to another province is to be written or answered (E04).
    AwaitLetter,
    /// Two countersigned chains were seen (R9): people have to decide which holds.
    Frozen,
    /// Let an offer go, or send it back (X3 to X5).
    Dispatch,
    /// The case goes from place to place: the common superior decides (2.4 b).
    DecideLoop,
    /// The offer does not reach the other county: telephone, paper or a stick (R6).
    Deliver,
    /// The other county has not answered: press it (R4).
    Press,
    /// Write a letter to another province (E04), or send the one that is drafted.
    WriteLetter,
    /// A letter is to be answered by the other province (E04).
    LetterReply,
    /// Find out which school answers for a child of a list (A09).
    AssignRow,
    /// A child of a list is to be answered for (A09).
    AnswerRow,
    /// Blind matching found the child at another place too.
    Match,
    /// Not taken because the child is on a roll there: its roll is to be moved, then the case is closed (X11, T14).
    MoveRoll,
    /// A signed step has no receipt in time: a hub on the way may keep letters back.
    Unheard,
    /// A child of a list whose school is given by its code alone, which nobody here knows (A09).
    PlaceRow,
    /// A child of a list whose school's code is of another province (A09).
    ForeignRow,
    /// Another province found the child and persuades it: ask whether it is in class by now (E04, X8b).
    AskAgain,
    /// A letter of another province about a child who may be here is to be answered, or answered anew (E04).
    AnswerInquiry,
    /// A unit has the child, and its search was called off before: which place has it (X12, T18).
    FoundTwice,
    /// In class here by an officer's word, and no school has the child on its roll yet (X8, X11, T18).
    NameSchool,
    /// The other province has answered otherwise than was entered (E04).
    AnswersDiffer,
    /// The place where the case began has taken it back, because the child is there again: offer it back (X12).
    GiveBack,
    /// The school or office below has not answered for a child of a list by its day: press it, or answer (A09).
    PressRow,
}

impl Duty {
    /// Whether somebody else has to act now: this office only watches the day.
    pub const fn is_awaited(self) -> bool {
        matches!(
            self,
            Self::Verify
                | Self::Persuade
                | Self::AwaitSchool
                | Self::AwaitDispatch
                | Self::AwaitReceipt
                | Self::AwaitAnswer
                | Self::AwaitLetter
                | Self::LetterReply
                | Self::AnswerRow
                | Self::MoveRoll
        )
    }
}

/// A duty and its day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Overdue {
    /// What.
    pub duty: Duty,
    /// It was, or is, to be done by this day.
    pub due: Day,
}
