//! A recorded fact that should not stand is withdrawn by a record of its own: the standing is computed as if it
//! were not there, what that undoes is kept as after a corrected roll call, and the sheets of the days concerned
//! go out again.
//!
//! Nothing is deleted: the fact, who withdrew it, when and why stay to be read.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use proto::model::case::CaseId;
use proto::model::day::{Day, Moment};
use proto::model::lang::{Lang, Say};
use proto::model::personal::Personal;
use proto::say;
use proto::store::{Room, StoreError};
use serde::{Deserialize, Serialize};

use super::books::{Book, Books, Consequence, restand};
use super::cases::handed_over;
use super::find::Names;
use super::{Law, School, SchoolError};
use crate::persuasion::Case;
use crate::pupil::{Pupil, PupilId};
use crate::records::{self, RecordedFacts, Withdrawn, keys};
use crate::standing::{Proposal, Recorded, propose};

/// The number by which a recorded fact is named: eight hexadecimal digits that follow from the fact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct FactId([u8; 4]);

/// Not the number of a fact.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no number of a recorded fact")]
pub struct NotAFact(pub String);

/// That a fact was withdrawn.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Withdrawal {
    /// Which.
    pub fact: FactId,
    /// When.
    pub at: Moment,
    /// The account.
    pub by: String,
    /// Why; no personal data.
    pub reason: String,
}

/// A recorded fact as people see it.
#[derive(Debug, Clone)]
pub struct FactView {
    /// Its number.
    pub id: FactId,
    /// Of whom.
    pub child: PupilId,
    /// The child's name.
    pub name: Personal<String>,
    /// The fact.
    pub recorded: Recorded,
    /// Whether it was withdrawn.
    pub withdrawn: Option<Withdrawal>,
}

/// Why a fact is not withdrawn.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FactRefused {
    /// None of that number.
    #[error("there is no recorded fact {0}")]
    Unknown(FactId),
    /// No reason was given.
    #[error("a withdrawal needs a reason")]
    NoReason,
    /// It was withdrawn before.
    #[error("fact {0} was withdrawn already")]
    Already(FactId),
    /// A case wrote it, and takes it back when it comes back.
    #[error("the case {0} has written the fact")]
    OfCase(CaseId),
    /// The child's case was handed over while it stood.
    #[error("the case {0} was handed over while it stood")]
    HandedOver(CaseId),
    /// A later fact would not be allowed without it.
    #[error("the later fact {later} of {day} needs it")]
    Needed {
        /// The later one.
        later: FactId,
        /// From which day that one holds.
        day: Day,
    },
}

impl Say for NotAFact {
    fn say(&self, lang: Lang) -> String {
        let found = &self.0;
        say!(
            lang,
            "“{found}”不是登记编号（八位数字或字母 a 至 f）。请用 fact list 查看编号。",
            "{found:?} is no number of a recorded fact (eight digits or letters a to f). See fact list."
        )
    }
}

impl Say for FactRefused {
    fn say(&self, lang: Lang) -> String {
        match self {
            Self::Unknown(id) => say!(
                lang,
                "没有编号为 {id} 的登记。请用 fact list 查看编号。",
                "There is no recorded fact {id}. See fact list."
            ),
            Self::NoReason => say!(
                lang,
                "撤回登记须写明原因：--reason 原因（不要写学生姓名）。",
                "A withdrawal needs its reason: --reason WHY (no names)."
            ),
            Self::Already(id) => say!(
                lang,
                "登记 {id} 已经撤回，不必再撤。",
                "Fact {id} was withdrawn already; there is nothing to do."
            ),
            Self::OfCase(case) => say!(
                lang,
                "该登记由个案 {case} 的移交自动产生，不能单独撤回。请先撤回移交：case withdraw {case}，登记随之恢复。",
                "The fact was written by case {case} as it was handed over and is not withdrawn by itself. Take the referral back: case withdraw {case}."
            ),
            Self::HandedOver(case) => say!(
                lang,
                "该登记之后，该生的个案 {case} 已移交外地办理，撤回会与对方的记录矛盾。请先撤回移交（case withdraw {case}），或联系县级部门。",
                "After it was recorded the child's case {case} was handed to another place; withdrawing it would contradict what that place holds. Take the referral back first (case withdraw {case}), or ask the county."
            ),
            Self::Needed { later, day } => say!(
                lang,
                "后来登记的 {later}（自 {day} 起）以它为前提。请先撤回那一项：fact withdraw {later}。",
                "The later fact {later} (from {day}) rests on it. Withdraw that one first: fact withdraw {later}."
            ),
        }
    }
}

impl FactId {
    /// The number of a fact of `child`.
    pub fn of(child: PupilId, recorded: &Recorded) -> Self {
        let mut hasher = blake3::Hasher::new();
        hasher.update(child.bytes());
        hasher.update(&recorded.recorded.0.to_be_bytes());
        hasher.update(&recorded.fact.effective().number().to_be_bytes());
        hasher.update(recorded.fact.kind().as_bytes());
        let hash = hasher.finalize();
        Self(hash.as_bytes()[..4].try_into().expect("a hash has 32 bytes"))
    }
}

impl fmt::Display for FactId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl FromStr for FactId {
    type Err = NotAFact;

    fn from_str(text: &str) -> Result<Self, NotAFact> {
        let digits = text.trim();
        let number = (digits.len() == 8).then(|| u32::from_str_radix(digits, 16).ok()).flatten();
        number.map(|number| Self(number.to_be_bytes())).ok_or_else(|| NotAFact(text.to_owned()))
    }
}

/// The facts of a child that stand.
///
/// # Errors
/// When the store cannot read.
pub fn standing_facts(room: &Room<'_>, child: PupilId) -> Result<Vec<Recorded>, StoreError> {
    let mut facts = room.read::<RecordedFacts>(&keys::facts(child))?.unwrap_or_default().0;
    if !facts.is_empty() {
        let Withdrawn(gone) = room.read(&keys::withdrawn(child))?.unwrap_or_default();
        facts.retain(|fact| !gone.iter().any(|gone| gone.fact == FactId::of(child, fact)));
    }
    Ok(facts)
}

impl School {
    /// Recorded facts, of one child or of all, oldest first; withdrawn ones too.
    ///
    /// # Errors
    /// When nobody fits, or several do.
    pub async fn facts(self: &Arc<Self>, child: Option<String>) -> Result<Vec<FactView>, SchoolError> {
        self.act(move |school, room, _| {
            let child = child.map(|words| school.child(room, &mut Names::default(), &words, None));
            let of = match child.transpose()? {
                Some(id) => vec![(id, room.read::<RecordedFacts>(&keys::facts(id))?.unwrap_or_default())],
                None => records::by_child(room, keys::FACTS)?,
            };
            let mut views = Vec::new();
            for (child, RecordedFacts(facts)) in of {
                let Some(pupil) = room.read::<Pupil>(&keys::pupil(child))? else { continue };
                let Withdrawn(gone) = room.read(&keys::withdrawn(child))?.unwrap_or_default();
                views.extend(facts.into_iter().map(|recorded| {
                    let id = FactId::of(child, &recorded);
                    let withdrawn = gone.iter().find(|gone| gone.fact == id).cloned();
                    FactView { id, child, name: pupil.name.clone(), recorded, withdrawn }
                }));
            }
            // those of one moment stay in the order in which they were entered
            views.sort_by_key(|view| view.recorded.recorded);
            Ok(views)
        })
        .await
    }

    /// Withdraws a recorded fact.
    ///
    /// # Errors
    /// [`FactRefused`], when something rests on it.
    pub async fn withdraw_fact(
        self: &Arc<Self>,
        id: FactId,
        reason: String,
        by: String,
    ) -> Result<(PupilId, Vec<Consequence>), SchoolError> {
        if reason.trim().is_empty() {
            return Err(FactRefused::NoReason.into());
        }
        self.act(move |school, room, now| {
            let (child, recorded) = find(room, id)?.ok_or(FactRefused::Unknown(id))?;
            let law = school.law(room)?;
            let today = school.today(room, &law, now)?;
            let Withdrawn(mut gone) = room.read(&keys::withdrawn(child))?.unwrap_or_default();
            if gone.iter().any(|gone| gone.fact == id) {
                return Err(FactRefused::Already(id).into());
            }
            let book = Books::default().child(room, child)?.cloned().ok_or(SchoolError::NoSuchChild)?;
            nothing_rests_on(room, &law, &book, (child, &recorded), today.timers)?;
            gone.push(Withdrawal { fact: id, at: now, by, reason: reason.trim().to_owned() });
            room.write(keys::withdrawn(child), &Withdrawn(gone));
            let day = recorded.fact.effective();
            let mut diary = records::diary(room)?;
            let upto = book.upto(today.timers, diary.closed).max(day.min(today.timers));
            diary.touch(day);
            room.write(keys::DIARY, &diary);
            let consequences = restand(room, &law, &mut Books::default(), child, upto, now)?;
            school.tell_if_newcomer_left(room, child, now)?;
            Ok((child, consequences))
        })
        .await
    }
}

/// The fact of this number, and whose it is.
fn find(room: &Room<'_>, id: FactId) -> Result<Option<(PupilId, Recorded)>, StoreError> {
    for (child, RecordedFacts(facts)) in records::by_child(room, keys::FACTS)? {
        if let Some(found) = facts.into_iter().find(|fact| FactId::of(child, fact) == id) {
            return Ok(Some((child, found)));
        }
    }
    Ok(None)
}

/// Whether what came later would have been possible without the fact.
fn nothing_rests_on(
    room: &Room<'_>,
    law: &Law,
    book: &Book,
    (child, recorded): (PupilId, &Recorded),
    today: Day,
) -> Result<(), SchoolError> {
    if let Ok(case) = recorded.evidence.parse::<CaseId>()
        && room.read::<Case>(&keys::case(case))?.is_some()
    {
        return Err(FactRefused::OfCase(case).into());
    }
    if let Some(case) = handed_over(room, child, recorded.recorded)? {
        return Err(FactRefused::HandedOver(case).into());
    }
    let mut kept: Vec<Recorded> = book.recorded.iter().filter(|fact| *fact != recorded).cloned().collect();
    kept.sort_by_key(|fact| fact.recorded);
    let (before, later) = kept.split_at(kept.partition_point(|fact| fact.recorded <= recorded.recorded));
    let mut without = Book { recorded: before.to_vec(), ..book.clone() };
    for fact in later {
        let on = fact.recorded.day().min(today);
        let proposal = Proposal::Record { fact: &fact.fact, evidence: &fact.evidence };
        if propose(&proposal, &without.stand(law, on), book.seat.since, on).is_err() {
            let day = fact.fact.effective();
            return Err(FactRefused::Needed { later: FactId::of(child, fact), day }.into());
        }
        without.recorded.push(fact.clone());
    }
    Ok(())
}
