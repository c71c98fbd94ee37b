//! Why the school refuses, and what its reader does about it.

use std::path::PathBuf;

use proto::identity::Mismatch;
use proto::identity::certificate::NotACertificate;
use proto::identity::code::NotACode;
use proto::identity::lineage::BadLineage;
use proto::link::caller::CallError;
use proto::link::courier::CourierError;
use proto::link::join::JoinError;
use proto::model::calendar::CalendarError;
use proto::model::case::NotACase;
use proto::model::day::{Day, NotADay};
use proto::model::lang::{Lang, Say};
use proto::model::party::Party;
use proto::model::personal::{Personal, Purpose};
use proto::model::reason;
use proto::office::said::Unsaid;
use proto::paper::register::RegisterError;
use proto::say;
use proto::store::{BackupError, StoreError};

use super::clock::WrongClock;
use super::withdraw::{FactRefused, NotAFact};
use crate::attendance::CallRefused;
use crate::files::FolderError;
use crate::persuasion::CaseRefused;
use crate::pupil::Class;
use crate::roster;
use crate::standing::StepRefused;

/// A refusal of the school.
#[derive(Debug, thiserror::Error)]
pub enum SchoolError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The data folder failed.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// The roster file is refused as a whole.
    #[error(transparent)]
    Roster(#[from] roster::Refused),
    /// The roll call is refused.
    #[error(transparent)]
    Call(#[from] CallRefused),
    /// The roll call is refused because of one child.
    #[error("{refused}")]
    CallOf {
        /// Why.
        refused: CallRefused,
        /// Class and name, for the school's own counter.
        who: Personal<String>,
    },
    /// The step is refused, by a rule.
    #[error(transparent)]
    Step(#[from] StepRefused),
    /// The step of a case is refused, by a rule.
    #[error(transparent)]
    Case(#[from] CaseRefused),
    /// A document is not written, or its delivery not entered.
    #[error(transparent)]
    Paper(#[from] RegisterError),
    /// The calendar is refused.
    #[error(transparent)]
    Calendar(#[from] CalendarError),
    /// A calendar of another layer or of another school.
    #[error("the calendar is of {0}, not of this school")]
    NotOurCalendar(String),
    /// The calendar's version is not above the one that is in use.
    #[error("the calendar has version {given}, version {held} is in use")]
    CalendarVersion {
        /// As given.
        given: u32,
        /// In use.
        held: u32,
    },
    /// No date.
    #[error(transparent)]
    Date(#[from] NotADay),
    /// A required part of the request is missing or no such word exists.
    #[error("{what}: {given:?} is not one of {choices}")]
    Word {
        /// Which part of the request.
        what: &'static str,
        /// As given.
        given: String,
        /// What there is.
        choices: &'static str,
    },
    /// A text that has to say something is empty.
    #[error(transparent)]
    Unsaid(#[from] Unsaid),
    /// A leave without its last day.
    #[error("a leave needs its last day")]
    NoUntil,
    /// A recorded fact is not withdrawn.
    #[error(transparent)]
    Fact(#[from] FactRefused),
    /// No number of a recorded fact.
    #[error(transparent)]
    FactNumber(#[from] NotAFact),
    /// No case number.
    #[error(transparent)]
    CaseNumber(#[from] NotACase),
    /// No class.
    #[error("{0:?} is not a class")]
    NotAClass(String),
    /// The school has no such class on that day.
    #[error("there is no class {}.{} with children on {day}", class.grade, class.number)]
    NoSuchClass {
        /// Which.
        class: Class,
        /// When.
        day: Day,
    },
    /// Nobody fits. What was asked for is not repeated: it may be a name.
    #[error("no child fits")]
    NoSuchChild,
    /// Several children fit.
    #[error("{found} children fit")]
    SeveralChildren {
        /// How many.
        found: usize,
        /// What was asked for: a name.
        asked: Personal<String>,
    },
    /// A line of a table is good, and its roll call is not taken because of another line.
    #[error("the roll call of class {}.{} on {day} is not taken because of line {line}", class.grade, class.number)]
    OtherLine {
        /// The other line.
        line: u32,
        /// Which class.
        class: Class,
        /// Which day.
        day: Day,
    },
    /// The table of absences cannot be read at all.
    #[error("the table of absences cannot be read: {0}")]
    Table(TableFault),
    /// No sheet was drawn up of this day.
    #[error("there is no sheet of {0}")]
    NoSheet(Day),
    /// No sheet was written yet.
    #[error("there is no sheet yet")]
    NoSheetYet,
    /// No roll was imported yet.
    #[error("no roll was imported yet")]
    NoRoll,
    /// The school has not joined: it knows no root to check against.
    #[error("this school knows no root: it has not joined")]
    NoRoot,
    /// The clock is wrong: no day is closed.
    #[error("the clock is wrong: {0:?}")]
    Clock(WrongClock),
    /// The store was restored and the parent not asked yet: no day is closed.
    #[error("the store was restored and the parent was not asked yet what is missing")]
    AsksFirst,
    /// The invitation's text is wrong.
    #[error(transparent)]
    Code(#[from] NotACode),
    /// The invitation is for somebody else.
    #[error("the invitation is for {invited}, this is {here}")]
    OtherUnit {
        /// For whom it is.
        invited: Party,
        /// Who this is.
        here: Party,
    },
    /// Store and certificate are another school's than the settings.
    #[error("the store and its certificate are of {held}, the settings say {here}")]
    OtherSchool {
        /// Whose store and certificate.
        held: Party,
        /// Who the settings say.
        here: Party,
    },
    /// Joining failed.
    #[error(transparent)]
    Join(#[from] JoinError),
    /// A certificate from above makes no sense.
    #[error(transparent)]
    Certificate(#[from] NotACertificate),
    /// The authorities above make no sense.
    #[error(transparent)]
    Lineage(#[from] BadLineage),
    /// Key and certificate do not belong together.
    #[error(transparent)]
    Mismatch(#[from] Mismatch),
    /// The authority is not the one that the invitation names.
    #[error("the authority is not the one of the invitation")]
    OtherAuthority,
    /// The call to the parent failed.
    #[error(transparent)]
    Sync(#[from] CallError),
    /// A file on a stick is not written or not taken.
    #[error(transparent)]
    Courier(#[from] CourierError),
    /// The backup failed.
    #[error(transparent)]
    Backup(#[from] BackupError),
    /// A file for the caller cannot be written.
    #[error("cannot write {}: {why}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// A dry run: all was tried and nothing is kept.
    #[error("a dry run")]
    Rehearsed(Box<super::table::TableTaken>),
    /// No such document was refused or held.
    #[error("there is no such document")]
    NoDocument,
}

/// Why a table of absences cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TableFault {
    /// Neither UTF-8 nor GB18030, or a workbook.
    #[error("not text")]
    NotText,
    /// Columns are missing; by name.
    #[error("columns are missing: {0}")]
    Columns(String),
    /// More lines than a school can have.
    #[error("too many lines")]
    TooLong,
}

impl Say for TableFault {
    fn say(&self, lang: Lang) -> String {
        match self {
            Self::NotText => say!(
                lang,
                "不是 CSV 文本。请在表格软件中另存为 CSV 再试",
                "it is no CSV text. Save it as CSV and try again"
            ),
            Self::Columns(missing) => say!(
                lang,
                "缺少列：{}。表头应有：日期、缺勤类型，以及学籍号，或班级和姓名",
                "columns are missing: {}. The header needs date, kind, and roll number or class and name",
                missing
            ),
            Self::TooLong => say!(lang, "行数过多，请分次导入", "it has too many lines; import it in parts"),
        }
    }
}

impl Say for SchoolError {
    fn say(&self, lang: Lang) -> String {
        match self {
            Self::Store(e) => e.say(lang),
            Self::Folder(e) => e.say(lang),
            Self::Roster(e) => e.say(lang),
            Self::Call(e) => e.say(lang),
            Self::CallOf { refused, who } => refused.of(who.open(Purpose::SchoolStaff), lang),
            Self::Step(e) => e.say(lang),
            Self::Case(e) => e.say(lang),
            Self::Paper(e) => e.say(lang),
            Self::Calendar(e) => e.say(lang),
            Self::Date(e) => e.say(lang),
            Self::CaseNumber(e) => e.say(lang),
            Self::Fact(e) => e.say(lang),
            Self::FactNumber(e) => e.say(lang),
            Self::Code(e) => e.say(lang),
            Self::Join(e) => e.say(lang),
            Self::Certificate(e) => e.say(lang),
            Self::Lineage(e) => e.say(lang),
            Self::Mismatch(e) => e.say(lang),
            Self::Sync(e) => e.say(lang),
            Self::Courier(e) => e.say(lang),
            Self::Backup(e) => e.say(lang),
            Self::Clock(e) => say!(lang, "{}。", "{}.", e.say(lang)),
            Self::AsksFirst => say!(
                lang,
                "数据是从备份恢复的，还没有向上级核对缺了什么，现在结账会冲掉上级已有的数字。请先运行 sync，再按 status 的提示补录。",
                "The data came back from a backup and the parent was not asked yet what is missing; a day closed now would replace what the parent holds. Run sync, then enter again what status names."
            ),
            Self::Table(e) => {
                let fault = e.say(lang);
                say!(lang, "缺勤表：{fault}。", "The table of absences: {fault}.")
            }
            other => other.say_rest(lang),
        }
    }
}

impl SchoolError {
    fn say_rest(&self, lang: Lang) -> String {
        match self {
            Self::NotOurCalendar(of) => say!(
                lang,
                "这份校历属于 {}。学校只能设置本校的校历：scope = \"school\"，owner 填本校标识码。",
                "This calendar is of {}. A school sets its own layer only: scope = \"school\", owner the school's code.",
                of
            ),
            Self::CalendarVersion { given, held } => say!(
                lang,
                "校历版本 {} 不高于现用版本 {}。请提高 version 后重试。",
                "The calendar's version {} is not above version {}, which is in use. Raise version and try again.",
                given,
                held
            ),
            Self::Word { what, given, choices } => say!(
                lang,
                "{} 不能是“{}”，可填：{}。",
                "{} cannot be {:?}; use one of: {}.",
                what,
                given,
                choices
            ),
            Self::Unsaid(unsaid) => unsaid.say(lang),
            Self::NotAClass(text) => say!(
                lang,
                "“{}”不是班级。请写年级和班号，例如 3.2（三年级 2 班）。",
                "{:?} is not a class. Write grade and number, such as 3.2.",
                text
            ),
            Self::NoSuchClass { class, day } => say!(
                lang,
                "{} 没有 {} 年级 {} 班的在籍学生。请核对班级，或先导入名册。",
                "On {} there are no children in class {}.{}. Check the class, or import the roll.",
                day,
                class.grade,
                class.number
            ),
            Self::NoSuchChild => say!(
                lang,
                "找不到这名学生，或该日不在该班。请核对姓名、班级和日期，或用学籍号、children 列出的编号。",
                "No child fits, or not in that class on that day. Check name, class and day, or use the roll number or the id that children lists."
            ),
            Self::SeveralChildren { found, asked } => say!(
                lang,
                "有 {} 名学生符合“{}”。请改用学籍号或 children 列出的编号。",
                "{} children fit {:?}. Use the roll number or the id that children lists.",
                found,
                asked.open(Purpose::SchoolStaff)
            ),
            Self::OtherLine { line, class, day } => say!(
                lang,
                "本行无误；因第 {} 行有误，{} 年级 {} 班 {} 的点名整体未导入。改正后请一并重新导入。",
                "Nothing is wrong with this line; because of line {} the roll call of class {}.{} on {} was not taken. Correct that line and import both again.",
                line,
                class.grade,
                class.number,
                day
            ),
            Self::NoUntil => say!(
                lang,
                "登记休学须用 --until 写明最后一天，例如 --until 2025-12-31。",
                "A leave needs its last day: --until, such as --until 2025-12-31."
            ),
            Self::NoSheet(day) => say!(
                lang,
                "没有 {} 的日报。该日尚未结账，或不是上课日。",
                "There is no sheet of {}: the day is not closed yet, or is no school day.",
                day
            ),
            Self::NoSheetYet => say!(
                lang,
                "还没有日报。上课日在夜间自动结账，也可以运行 sheet --close。",
                "There is no sheet yet. School days are closed at night by themselves; sheet --close does it now."
            ),
            other => other.say_of_files(lang),
        }
    }

    fn say_of_files(&self, lang: Lang) -> String {
        match self {
            Self::NoRoot => say!(
                lang,
                "本校还没有加入上级，不知道根证书。请用 --root 指明根证书文件，或先凭邀请码运行 join。",
                "This school has not joined and knows no root. Name the root's certificate with --root, or join first."
            ),
            Self::NoRoll => say!(
                lang,
                "尚未导入名册。请先运行 roster import。",
                "No roll was imported yet. Run roster import first."
            ),
            Self::OtherUnit { invited, here } => say!(
                lang,
                "邀请码是给 {} 的，本机是 {}。请核对 init 时填写的学校代码和主管部门，或向上级索取正确的邀请码。学校划归他处的，先停止程序，把 config.toml 中的 under 改为新的主管单位，再加入。",
                "The code is for {}, this is {}. Check the school code and the department given to init, or ask for the right code. A school that hangs elsewhere now: stop the program, set under in config.toml to its new manager, and join again.",
                invited,
                here
            ),
            Self::OtherSchool { held, here } => say!(
                lang,
                "数据和证书属于 {}，而 config.toml 写的是 {}，没有打开。请改回 config.toml；如确是另一所学校，请另用目录运行 init。",
                "The store and its certificate are of {}, config.toml says {}; nothing was opened. Set config.toml back; for another school run init in another folder.",
                held,
                here
            ),
            Self::OtherAuthority => say!(
                lang,
                "上级的证书与邀请码不符，没有加入。请向上级核对邀请码。",
                "The parent's certificate is not the one of the code; nothing was joined. Check the code with the parent."
            ),
            Self::File { path, why } => say!(
                lang,
                "无法写入 {}：{}。请检查磁盘、路径和权限。",
                "Cannot write {}: {}. Check the disk, the path and its permissions.",
                path.display(),
                reason::told(why, lang)
            ),
            Self::NoDocument => say!(
                lang,
                "没有这份文件。请用 rulebook show 查看。",
                "There is no such document. See rulebook show."
            ),
            other => other.to_string(),
        }
    }

    /// The rule that was broken, where it is one of the plans or the law.
    pub fn rule(&self) -> Option<&'static str> {
        match self {
            Self::Step(refused) => Some(refused.rule()),
            Self::Case(refused) => Some(refused.rule()),
            Self::Call(CallRefused::NotListed(_))
            | Self::CallOf { refused: CallRefused::NotListed(_), .. } => Some("T03"),
            Self::Call(_) | Self::CallOf { .. } => Some("C01"),
            _ => None,
        }
    }
}
