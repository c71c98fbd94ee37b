//! Official documents as .docx: what is to be said goes in, the bytes of a file come out that Word, WPS and
//! LibreOffice open and an official can still edit.
//!
//! ```text
//! PersuasionNotice ─┐
//! SchoolReport      ├─> Paper ── check ──> templates/paper/*.xml ──> zip ──> Personal<Vec<u8>>
//! ...               ┘
//! ```
//!
//! The wording of a document stands in its template, the measures of GB/T 9704-2012 in
//! `templates/paper/package/styles.xml`, as named styles that an office can change in one place. [`serial`]
//! gives numbers, [`delivery`] keeps who got a copy, [`register`] does both in one commit.
//!
//! | document | from | to | rule |
//! |---|---|---|---|
//! | [`PersuasionNotice`] 劝返通知书 | school | parents | D05, P2 |
//! | [`SchoolReport`] 书面报告 | school | county department, copy to the township | D06, D10, P3 |
//! | [`Notification`] 通报 | county department | township government | D07, P4 |
//! | [`GovernmentReport`] 书面报告 | county department | county government | D08, P4 |
//! | [`ReturnOrder`] 限期返校通知书 | township government, county department | parents | P6 |
//! | [`LedgerHandover`] 台账划转单 | city, province | inflow place | E01, E02 |
//! | [`AssistanceLetter`] 协查函 | city | city of another province | E04 |
//! | [`ReplyLetter`] 回函 | that city | the city that asked | X8 to X11 |

use serde::{Deserialize, Serialize};

use crate::model::day::Day;
use crate::model::lang::{Lang, Say};
use crate::model::personal::Personal;

mod check;
mod child;
pub mod delivery;
mod docx;
pub mod entry;
#[expect(unreachable_pub, reason = "askama makes every filter public")]
mod filters;
mod layout;
pub mod letterhead;
mod number;
mod persuasion;
pub mod register;
mod report;
pub mod serial;
mod table;
mod transfer;
mod words;

pub use check::PaperError;
pub use child::{Child, Contact, Guardian, Missing, Moved};
pub use number::{NotANumber, NotAPrefix, Number, Prefix, Year};
pub use persuasion::{Absence, Earlier, PersuasionNotice, ReturnOrder};
pub use report::{
    Attempt, Channel, GovernmentReport, Notification, Replaced, SchoolReport, Served, Standing,
};
pub use transfer::{Answered, AssistanceLetter, Finding, HandedOver, LedgerHandover, Numbered, ReplyLetter};

/// A document, before it is written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Paper {
    /// 劝返通知书
    PersuasionNotice(PersuasionNotice),
    /// 书面报告, school to county department
    SchoolReport(SchoolReport),
    /// 通报
    Notification(Notification),
    /// 书面报告, county department to county government
    GovernmentReport(GovernmentReport),
    /// 限期返校通知书
    ReturnOrder(ReturnOrder),
    /// 台账划转单
    LedgerHandover(LedgerHandover),
    /// 协查函
    AssistanceLetter(AssistanceLetter),
    /// 回函
    ReplyLetter(ReplyLetter),
}

/// Which document it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Kind {
    /// 劝返通知书 (D05)
    PersuasionNotice,
    /// 书面报告, school to county department (D06)
    SchoolReport,
    /// 通报 (D07)
    Notification,
    /// 书面报告, county department to county government (D08)
    GovernmentReport,
    /// 限期返校通知书 (P6)
    ReturnOrder,
    /// 台账划转单 (E01, E02)
    LedgerHandover,
    /// 协查函 (E04)
    AssistanceLetter,
    /// 回函 (X8 to X11)
    ReplyLetter,
}

/// What every document has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// 发文机关: the office's full name, which signs.
    pub issuer: String,
    /// 发文字号
    pub number: Number,
    /// 成文日期
    pub day: Day,
}

impl Paper {
    /// Which document it is.
    pub const fn kind(&self) -> Kind {
        match self {
            Self::PersuasionNotice(_) => Kind::PersuasionNotice,
            Self::SchoolReport(_) => Kind::SchoolReport,
            Self::Notification(_) => Kind::Notification,
            Self::GovernmentReport(_) => Kind::GovernmentReport,
            Self::ReturnOrder(_) => Kind::ReturnOrder,
            Self::LedgerHandover(_) => Kind::LedgerHandover,
            Self::AssistanceLetter(_) => Kind::AssistanceLetter,
            Self::ReplyLetter(_) => Kind::ReplyLetter,
        }
    }

    /// Who issues it, under which number, when.
    pub const fn head(&self) -> &Head {
        match self {
            Self::PersuasionNotice(paper) => &paper.head,
            Self::SchoolReport(paper) => &paper.head,
            Self::Notification(paper) => &paper.head,
            Self::GovernmentReport(paper) => &paper.head,
            Self::ReturnOrder(paper) => &paper.head,
            Self::LedgerHandover(paper) => &paper.head,
            Self::AssistanceLetter(paper) => &paper.head,
            Self::ReplyLetter(paper) => &paper.head,
        }
    }

    /// A name for the file; it names no person.
    pub fn file_name(&self) -> String {
        format!("{}（{}）.docx", self.kind().name(), self.head().number)
    }

    /// The document as a .docx file. The same document gives the same bytes.
    ///
    /// # Errors
    /// When something is missing that the document cannot do without, or its dates contradict each other.
    pub fn docx(&self) -> Result<Personal<Vec<u8>>, PaperError> {
        check::check(self)?;
        Ok(Personal::new(docx::pack(self)))
    }
}

impl Kind {
    /// All kinds.
    pub const ALL: [Self; 8] = [
        Self::PersuasionNotice,
        Self::SchoolReport,
        Self::Notification,
        Self::GovernmentReport,
        Self::ReturnOrder,
        Self::LedgerHandover,
        Self::AssistanceLetter,
        Self::ReplyLetter,
    ];

    /// The rule that asks for it.
    pub const fn rule(self) -> &'static str {
        match self {
            Self::PersuasionNotice => "D05",
            Self::SchoolReport => "D06",
            Self::Notification => "D07",
            Self::GovernmentReport => "D08",
            Self::ReturnOrder => "P6",
            Self::LedgerHandover => "E01",
            Self::AssistanceLetter => "E04",
            Self::ReplyLetter => "X8",
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::PersuasionNotice => "劝返通知书",
            Self::SchoolReport | Self::GovernmentReport => "书面报告",
            Self::Notification => "通报",
            Self::ReturnOrder => "限期返校通知书",
            Self::LedgerHandover => "台账划转单",
            Self::AssistanceLetter => "协查函",
            Self::ReplyLetter => "回函",
        }
    }
}

impl Say for Kind {
    fn say(&self, lang: Lang) -> String {
        let english = match self {
            Self::PersuasionNotice => "persuasion notice",
            Self::SchoolReport => "written report to the county department",
            Self::Notification => "notification of the township",
            Self::GovernmentReport => "written report to the county government",
            Self::ReturnOrder => "order to return to school",
            Self::LedgerHandover => "ledger handover",
            Self::AssistanceLetter => "assistance letter",
            Self::ReplyLetter => "reply letter",
        };
        lang.pick(self.name(), english).to_owned()
    }
}

#[cfg(test)]
mod samples;
#[cfg(test)]
mod tests;
