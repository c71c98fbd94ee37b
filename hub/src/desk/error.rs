//! Why a hub does not do what it was asked.

mod words;

use proto::custody::message::BadMessage;
use proto::custody::side::CannotMove;
use proto::identity::Mismatch;
use proto::identity::authority::AuthorityError;
use proto::identity::code::{NotACode, NotAnAddress};
use proto::identity::keys::KeyFileError;
use proto::identity::lineage::BadLineage;
use proto::link::caller::CallError;
use proto::link::courier::CourierError;
use proto::model::calendar::CalendarError;
use proto::model::case::{CaseId, Leg};
use proto::model::day::Day;
use proto::model::division::{FindError, UnitError};
use proto::model::party::{NotAParty, Party};
use proto::model::region::Region;
use proto::model::rulebook::RulebookError;
use proto::neighbour::NeighbourError;
use proto::office::owner::NotOwner;
use proto::paper::PaperError;
use proto::paper::register::RegisterError;
use proto::paper::serial::SerialError;
use proto::store::{BackupError, EngineError, KeyError, OpenError, StoreError};

use crate::clock::WrongClock;
use crate::config::ConfigError;
use crate::inbound::ListError;
use crate::incoming::IncomingError;
use crate::letter::LetterError;
use crate::persuasion::CaseError;
use crate::routing::RouteError;

/// Why a hub does not do what it was asked. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum HubError {
    /// The settings.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The store did not open.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The store's key.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// A key of the identity.
    #[error(transparent)]
    Identity(#[from] KeyFileError),
    /// The certificates do not fit each other.
    #[error(transparent)]
    Mismatch(#[from] Mismatch),
    /// The authorities above do not hold together.
    #[error(transparent)]
    Lineage(#[from] BadLineage),
    /// The authority does not issue.
    #[error(transparent)]
    Authority(#[from] AuthorityError),
    /// The folder is another user's.
    #[error(transparent)]
    NotOwner(#[from] NotOwner),
    /// There is a hub in the folder already.
    #[error("{} holds a hub already", .0.display())]
    Exists(std::path::PathBuf),
    /// Store and certificate are another hub's than the settings.
    #[error("the store and its certificate are of {held}, the settings say {me}")]
    OtherHub {
        /// Whose store and certificate.
        held: Party,
        /// Who the settings say.
        me: Party,
    },
    /// This hub has not joined its parent.
    #[error("{0} has not joined its parent yet")]
    NotJoined(Party),
    /// A province has nobody to join.
    #[error("{0} is a root: there is nobody above it to join")]
    Root(Party),
    /// No such division.
    #[error(transparent)]
    Find(#[from] FindError),
    /// A letter to another province.
    #[error(transparent)]
    Letter(#[from] LetterError),
    /// A letter from another province.
    #[error(transparent)]
    Incoming(#[from] IncomingError),
    /// A province that is not taken for a neighbour.
    #[error(transparent)]
    Neighbour(#[from] NeighbourError),
    /// A document that is not written.
    #[error(transparent)]
    Paper(#[from] PaperError),
    /// A list that cannot be read.
    #[error(transparent)]
    List(#[from] ListError),
    /// There is no number for a document.
    #[error(transparent)]
    Serial(#[from] SerialError),
    /// There is no way between two places.
    #[error(transparent)]
    Route(#[from] RouteError),
    /// The place may not be a unit here.
    #[error(transparent)]
    Unit(#[from] UnitError),
    /// Neither a school code nor a party.
    #[error(transparent)]
    NotAParty(#[from] NotAParty),
    /// A school was named without the hub that manages it.
    #[error("a school needs --under: the town or hub that manages it")]
    NoManager,
    /// A school may hang on this hub or on one of its towns only.
    #[error("{place} is neither {me} nor one of its towns")]
    NotATown {
        /// The place given.
        place: String,
        /// This hub.
        me: Party,
    },
    /// The school is in the register under another manager: it would count twice.
    #[error("the school is already registered as {0}")]
    Elsewhere(Party),
    /// No such unit here.
    #[error("{0} is no unit of this hub")]
    NoUnit(String),
    /// The hub's last totals have schools in them.
    #[error("schools of {0} still count")]
    StillCounts(Party),
    /// The unit's certificate was revoked.
    #[error("{0} was revoked")]
    Revoked(Party),
    /// Nobody of that name has knocked with a valid certificate.
    #[error("{0} has not knocked with a valid certificate")]
    NoKnock(Party),
    /// Children cannot dial the address.
    #[error(transparent)]
    Address(#[from] NotAnAddress),
    /// The public address has port 0 and the hub is not running.
    #[error("the public address has no port yet")]
    NoPort,
    /// The invitation cannot be read.
    #[error(transparent)]
    Code(#[from] NotACode),
    /// The invitation is for another party.
    #[error("the invitation is for {unit}, this hub is {me}")]
    OtherUnit {
        /// Whom it invites.
        unit: Party,
        /// This hub.
        me: Party,
    },
    /// The parent did not take this hub in.
    #[error("the parent did not take this hub in: {0}")]
    Join(String),
    /// A rulebook's text.
    #[error(transparent)]
    Rulebook(#[from] RulebookError),
    /// A calendar's text.
    #[error(transparent)]
    Calendar(#[from] CalendarError),
    /// A calendar of another place.
    #[error("the calendar belongs to {owner}, this hub is {me}")]
    OtherCalendar {
        /// Whose it is.
        owner: String,
        /// This hub.
        me: Party,
    },
    /// A text over the limit.
    #[error("the document has {0} bytes, more than a document may have")]
    TooLong(usize),
    /// No such document here.
    #[error("no such document is held or refused here")]
    NoDocument,
    /// The document is this hub's own, and nothing speaks against it.
    #[error("the document is this hub's own and stands")]
    OwnDocument,
    /// A call to the parent failed.
    #[error(transparent)]
    Call(#[from] CallError),
    /// A file on a stick is not written or not taken.
    #[error(transparent)]
    Courier(#[from] CourierError),
    /// A backup failed.
    #[error(transparent)]
    Backup(#[from] BackupError),
    /// A case does not stand where it was to be acted on.
    #[error(transparent)]
    Case(#[from] CaseError),
    /// A document is not written.
    #[error(transparent)]
    Register(#[from] RegisterError),
    /// A word in a request makes no sense.
    #[error("{field}: {found:?} cannot be read")]
    Field {
        /// Which part of the request.
        field: &'static str,
        /// What it says.
        found: String,
    },
    /// A period whose end lies before its beginning.
    #[error("the period from {from} to {to} runs backwards")]
    Backwards {
        /// Its first day.
        from: Day,
        /// Its last day.
        to: Day,
    },
    /// A day that has not come.
    #[error("{day} has not come, today is {today}")]
    NotYet {
        /// Which.
        day: Day,
        /// Today.
        today: Day,
    },
    /// The machine shows another day than a person says.
    #[error("{day} is not today: this machine shows {today}")]
    NotToday {
        /// What the person says.
        day: Day,
        /// What the machine shows.
        today: Day,
    },
    /// The machine's clock is wrong.
    #[error("this machine's clock is wrong: {}", .0.code())]
    Clock(WrongClock),
    /// Rows of a list have no answer yet.
    #[error("{open} rows of the list {list:?} have no answer yet")]
    Unanswered {
        /// Which list.
        list: String,
        /// How many.
        open: usize,
    },
    /// No such case here.
    #[error("no case {0} here")]
    NoCase(CaseId),
    /// The child of a list was answered for.
    #[error("row {0} of a list was answered")]
    RowAnswered(CaseId),
    /// The case is on its way.
    #[error("case {0} is on its way")]
    OnItsWay(CaseId),
    /// Nobody looked for the child in this county.
    #[error("nobody looked for the child of case {0} here")]
    NotSearched(CaseId),
    /// A remark names a person, or gives a number by which one is known.
    #[error("the remark names somebody")]
    NamesSomebody,
    /// The child has an open case here, so it is not in class here.
    #[error("the child of case {case} has case {other} here")]
    CaseHere {
        /// The case that is offered.
        case: CaseId,
        /// The child's own.
        other: CaseId,
    },
    /// Nothing of the case waits for an officer's word.
    #[error("nothing is to be settled in case {0}")]
    NothingToSettle(CaseId),
    /// Its school was told to correct it, and has not answered.
    #[error("case {0} was sent back to its school")]
    SentBackAlready(CaseId),
    /// Nothing of that number is offered, or was offered from here.
    #[error("case {0} is not offered")]
    NotOffered(CaseId),
    /// Another place answers for the child.
    #[error("another place answers in case {0}")]
    NotOurs(CaseId),
    /// The record of the case is not here, or does not open.
    #[error("the record of case {0} is not here or does not open")]
    NoRecord(CaseId),
    /// Nobody recorded that the child does not come back: no letter goes to another province (E03, E04).
    #[error("nobody recorded that the child of case {0} does not come back")]
    NotAsked(CaseId),
    /// Nobody said where the child is.
    #[error("no place is known in case {0}")]
    NoPlace(CaseId),
    /// The place is outside the tree: the case stays (S4).
    #[error("{0} is outside the tree")]
    Abroad(Region),
    /// No offer waits here under that number.
    #[error("no offer {0} waits here")]
    NothingWaits(Leg),
    /// This hub has begun a new life as registrar, and a party of the leg has not shown its chains yet.
    #[error("a party of leg {0} has not reported yet")]
    NotReported(Leg),
    /// The unit has not told its sealing key yet.
    #[error("{0} has not told its sealing key yet")]
    NoSealKey(Party),
    /// A step of custody that cannot be made now.
    #[error(transparent)]
    Move(#[from] CannotMove),
    /// A step whose signature does not hold.
    #[error(transparent)]
    Forged(#[from] BadMessage),
    /// A file or a socket.
    #[error("{what}: {why}")]
    Io {
        /// What was tried.
        what: String,
        /// What the system said.
        why: std::io::Error,
    },
}

impl From<EngineError> for HubError {
    fn from(error: EngineError) -> Self {
        match error {
            EngineError::Open(error) => Self::Open(error),
            EngineError::Key(error) => Self::Key(error),
        }
    }
}
