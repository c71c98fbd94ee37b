//! The words of a case as numbers. The names are the same on both sides, so each list stands here once, and
//! the compiler finds a word that one side lacks.

use crate::model::case::{
    Act, Closing, Duty, Evidence, ListResult, Office, Outcome, Stage, TokenKind, TransferState, Unwillingness,
};
use crate::wire::letter as wire;

/// A word with a number on the wire.
pub(super) trait Word: Copy + Sized {
    /// Its number, never 0.
    fn number(self) -> i32;
    /// The word of that number, if this release knows one.
    fn from_number(number: i32) -> Option<Self>;
}

/// The number of a word that may be missing: 0 then.
pub(super) fn number_of<W: Word>(word: Option<W>) -> i32 {
    word.map_or(0, Word::number)
}

macro_rules! same_words {
    ($($type:ident { $($variant:ident)* })*) => {$(
        impl Word for $type {
            fn number(self) -> i32 {
                match self { $(Self::$variant => wire::$type::$variant.into()),* }
            }

            fn from_number(number: i32) -> Option<Self> {
                match wire::$type::try_from(number).ok()? {
                    wire::$type::Unspecified => None,
                    $(wire::$type::$variant => Some(Self::$variant),)*
                }
            }
        }
    )*};
}

same_words! {
    Stage {
        Opened Contacting NoticeIssued Reported GovInformed GovPersuading Ordered Moved Placed Returned Closed
    }
    Closing {
        Returned PlacedHome PlacedRemote PlacedVocational Exempt Moved Abroad Deceased Completed OpenedInError
    }
    Evidence { ParentStatement EmployerOrLandlord SchoolConfirmation PoliceAnswer Other }
    Outcome { Placed Persuading NotFound AlreadyEnrolled MovedOn }
    TransferState {
        Draft Submitted CountyChecked Collected ProvinceReceived Dispatched Received Verifying AcceptedPlaced
        AcceptedPersuading ReturnedToSender Misrouted AlreadyEnrolled Withdrawn
    }
    Act {
        GovernmentInformed GovernmentPersuades Visited Ordered ClosingConfirmed ClosingRefused OpenFromList
    }
    Office { Persuasion Transfer }
    Duty {
        Inform Government Visit Order Confirm
        CheckReferral AnswerOffer DecideReturn Assign Verify Answer Persuade HandBack AwaitSchool
        AwaitDispatch AwaitReceipt AwaitAnswer AwaitLetter Frozen Dispatch DecideLoop Deliver Press
        WriteLetter LetterReply AssignRow AnswerRow Match MoveRoll Unheard PlaceRow ForeignRow AskAgain AnswerInquiry PressRow
        FoundTwice NameSchool AnswersDiffer
        GiveBack
    }
    ListResult {
        InSchool Elsewhere Persuading Returned Placed Exempt Moved Abroad Completed Deceased Unknown
    }
    TokenKind { Lost Offered Enrolled }
    Unwillingness { Child Guardian Both PersuasionFailed }
}
