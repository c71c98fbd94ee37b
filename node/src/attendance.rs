//! The roll call: who was absent, class by class and day by day (C01).
//!
//! A class that called the roll has everybody present whom it does not list. A class that did not call
//! it has no data, which is neither present nor absent. A correction is a new revision of the call, with
//! its reason; nothing is overwritten. It speaks of the children that it names: about the others silence is
//! no present mark, what was said of them stands (2.2).

use proto::model::calendar::{Calendar, Why};
use proto::model::day::{Day, Moment};
use proto::model::lang::{Lang, Say};
use proto::say;
use serde::{Deserialize, Serialize};

use crate::pupil::{Class, PupilId};

#[cfg(test)]
mod tests;

/// What a teacher says of a child. Part of a day at school is [`Mark::Present`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mark {
    /// At school.
    Present,
    /// Absent without a proper reason (无正当原因).
    Unexcused,
    /// Absent with one.
    Excused(Excuse),
}

/// A proper reason for an absence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Excuse {
    /// 病假
    Sick,
    /// 事假
    Leave,
    /// 其他
    Other,
}

/// One revision of a class's roll call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RollCall {
    /// Which class.
    pub class: Class,
    /// Which day.
    pub day: Day,
    /// Children who are not simply present, ascending, each once. A child who came back after a mark is
    /// listed as [`Mark::Present`].
    pub listed: Vec<(PupilId, Mark)>,
    /// When it was written.
    pub taken: Moment,
    /// The account that wrote it; never a name.
    pub by: String,
    /// From 1; the highest stands.
    pub revision: u32,
    /// Why it was changed, from the second revision on.
    pub correction: Option<String>,
}

/// What a day was for a child (`domain/2-states.md` 2.2, the counter).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum DayKind {
    /// At school: the counter begins anew.
    Present,
    /// Counts.
    AbsentUnexcused,
    /// Neither counts nor begins anew.
    AbsentExcused,
    /// The class did not call the roll: neither counts nor begins anew; a gap in the data.
    NoData,
    /// Passed over.
    NotASchoolDay,
}

/// A roll call as it is handed in: of the whole class, or of the children that a correction is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Handed {
    /// Which class.
    pub class: Class,
    /// Which day.
    pub day: Day,
    /// In any order.
    pub listed: Vec<(PupilId, Mark)>,
    /// Now.
    pub taken: Moment,
    /// The account that hands it in.
    pub by: String,
    /// Why, when the class already called the roll on this day.
    pub correction: Option<String>,
}

/// What the school knows of a class when a roll call is handed in.
#[derive(Debug, Clone, Copy)]
pub struct Known<'a> {
    /// The school's calendar.
    pub calendar: &'a Calendar,
    /// The children of the class on that day with their birth dates, ascending.
    pub members: &'a [(PupilId, Option<Day>)],
    /// Those of them who must be listed: marked SUSPECTED or DROPPED_OUT, on a leave that is over, or not in the
    /// latest roster. Silence about a missing child is no present mark (T03).
    pub must_list: &'a [PupilId],
    /// The revision that stands.
    pub before: Option<&'a RollCall>,
}

/// Why a roll call is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CallRefused {
    /// The school does not teach this class on that day.
    #[error("{day} is no school day for class {}.{}: {why:?}", class.grade, class.number)]
    NotASchoolDay {
        /// Which class.
        class: Class,
        /// Which day.
        day: Day,
        /// What the calendar says of it.
        why: Why,
    },
    /// The day has not come yet.
    #[error("{day} has not come yet, it is {today}")]
    FutureDay {
        /// Which day.
        day: Day,
        /// Today.
        today: Day,
    },
    /// A listed child is not of the class.
    #[error("pupil {pupil} is not of class {}.{}", class.grade, class.number)]
    NotOfClass {
        /// Which class.
        class: Class,
        /// Who.
        pupil: PupilId,
    },
    /// A child is listed twice.
    #[error("pupil {0} is listed twice")]
    Twice(PupilId),
    /// A child who is gone is neither listed as absent nor as present.
    #[error("pupil {0} is marked as gone and must be listed as absent or as present")]
    NotListed(PupilId),
    /// A change without a reason.
    #[error("the roll of class {}.{} on {day} was called before: a correction needs a reason", class.grade, class.number)]
    NoReason {
        /// Which class.
        class: Class,
        /// Which day.
        day: Day,
    },
}

impl RollCall {
    /// Takes a roll call: the next revision, or `None` when it says what already stands.
    ///
    /// # Errors
    /// [`CallRefused`]; then nothing changes.
    pub fn take(handed: Handed, known: &Known<'_>) -> Result<Option<Self>, CallRefused> {
        let Handed { class, day, mut listed, taken, by, correction } = handed;
        let today = taken.day();
        if day > today {
            return Err(CallRefused::FutureDay { day, today });
        }
        if let Some(why) = known.closed(day) {
            return Err(CallRefused::NotASchoolDay { class, day, why });
        }
        listed.sort_by_key(|(pupil, _)| *pupil);
        known.check_named(class, &listed)?;
        let kept: Vec<_> = known.kept(&listed).collect();
        listed.extend(kept);
        listed.sort_by_key(|(pupil, _)| *pupil);
        known.check_gone(&listed)?;
        let correction = correction.map(|c| c.trim().to_owned()).filter(|c| !c.is_empty());
        let revision = match known.before {
            None => 1,
            Some(before) if before.listed == listed => return Ok(None),
            Some(_) if correction.is_none() => return Err(CallRefused::NoReason { class, day }),
            Some(before) => before.revision + 1,
        };
        Ok(Some(Self { class, day, listed, taken, by, revision, correction }))
    }

    /// What it says of a child of the class.
    pub fn mark_of(&self, pupil: PupilId) -> Mark {
        self.listed.binary_search_by_key(&pupil, |(p, _)| *p).map_or(Mark::Present, |at| self.listed[at].1)
    }
}

impl Known<'_> {
    /// What the standing call says of children whom `named` leaves out; also of those who sit in another class since:
    /// what was said of them stands.
    pub fn kept<'k>(&'k self, named: &'k [(PupilId, Mark)]) -> impl Iterator<Item = (PupilId, Mark)> + 'k {
        let standing = self.before.into_iter().flat_map(|before| &before.listed).copied();
        standing.filter(|(pupil, _)| named.iter().all(|(other, _)| other != pupil))
    }

    fn is_member(&self, pupil: PupilId) -> bool {
        self.members.binary_search_by_key(&pupil, |(p, _)| *p).is_ok()
    }

    /// Why the class has no school on `day`; `None` when somebody in it has.
    fn closed(&self, day: Day) -> Option<Why> {
        (!is_due(self.calendar, day, self.members.iter().map(|(_, birth)| *birth)))
            .then(|| self.calendar.day(day, self.members.first().and_then(|(_, birth)| *birth)).why)
    }

    /// Each child is named once, and of the class.
    fn check_named(&self, class: Class, named: &[(PupilId, Mark)]) -> Result<(), CallRefused> {
        for pair in named.windows(2) {
            if pair[0].0 == pair[1].0 {
                return Err(CallRefused::Twice(pair[0].0));
            }
        }
        match named.iter().find(|(pupil, _)| !self.is_member(*pupil)) {
            Some((stranger, _)) => Err(CallRefused::NotOfClass { class, pupil: *stranger }),
            None => Ok(()),
        }
    }

    /// Who is gone is listed.
    fn check_gone(&self, listed: &[(PupilId, Mark)]) -> Result<(), CallRefused> {
        let is_listed = |pupil: &PupilId| listed.binary_search_by_key(pupil, |(p, _)| *p).is_ok();
        match self.must_list.iter().find(|pupil| self.is_member(**pupil) && !is_listed(pupil)) {
            Some(gone) => Err(CallRefused::NotListed(*gone)),
            None => Ok(()),
        }
    }
}

/// Whether a class should call the roll: the school teaches somebody in it on `day`.
pub fn is_due(calendar: &Calendar, day: Day, births: impl IntoIterator<Item = Option<Day>>) -> bool {
    births.into_iter().any(|birth| calendar.day(day, birth).counts)
}

impl DayKind {
    /// What a day was: whether the school taught the child, whether the class called the roll, and what
    /// the call says.
    pub const fn of(taught: bool, mark: Option<Mark>) -> Self {
        match (taught, mark) {
            (false, _) => Self::NotASchoolDay,
            (true, None) => Self::NoData,
            (true, Some(Mark::Present)) => Self::Present,
            (true, Some(Mark::Unexcused)) => Self::AbsentUnexcused,
            (true, Some(Mark::Excused(_))) => Self::AbsentExcused,
        }
    }
}

impl Say for CallRefused {
    /// A child is called by its id: who may see its name uses [`CallRefused::of`].
    fn say(&self, lang: Lang) -> String {
        self.of(&self.pupil().map_or_else(String::new, |pupil| pupil.to_string()), lang)
    }
}

impl CallRefused {
    /// The child because of whom the roll call is refused, when it is one child.
    pub const fn pupil(&self) -> Option<PupilId> {
        match self {
            Self::NotOfClass { pupil, .. } | Self::Twice(pupil) | Self::NotListed(pupil) => Some(*pupil),
            Self::NotASchoolDay { .. } | Self::FutureDay { .. } | Self::NoReason { .. } => None,
        }
    }

    /// The refusal, with `child` in the child's place.
    pub fn of(&self, child: &str, lang: Lang) -> String {
        match self {
            Self::NotASchoolDay { class, day, why } => say!(
                lang,
                "{} 年级 {} 班 {} 不上课（{}）。如当天确实上课，请先在学校校历中增加该日",
                "class {}.{} has no school on {} ({}); if it was taught, add the day to the school's calendar first",
                class.grade,
                class.number,
                day,
                why.say(lang)
            ),
            Self::FutureDay { day, today } => say!(
                lang,
                "{} 尚未到来（今天是 {}），不能提前点名。请核对日期",
                "{} has not come yet (today is {}): the roll cannot be called ahead, check the date",
                day,
                today
            ),
            Self::NotOfClass { class, .. } => say!(
                lang,
                "学生 {} 当日不在 {} 年级 {} 班（未在籍，或在别的班），请核对班级和日期",
                "pupil {} was not in class {}.{} on that day (not on the roll yet, or in another class), check class and day",
                child,
                class.grade,
                class.number
            ),
            Self::Twice(_) => {
                say!(
                    lang,
                    "学生 {} 在名单中出现两次，请删去一行",
                    "pupil {} is listed twice, delete one line",
                    child
                )
            }
            Self::NotListed(_) => say!(
                lang,
                "学生 {} 已标记为疑似辍学、辍学，或休学期满、转学办理中久未到校、不在最新名册中，点名时必须写明“未到”或“到校”",
                "pupil {} is marked suspected or dropped out, overdue from leave, long away while a transfer runs, or not in the latest roster: list the child as absent or as present",
                child
            ),
            Self::NoReason { class, day } => say!(
                lang,
                "{} 年级 {} 班 {} 已点过名，更正须写明原因（--reason，或缺勤表中的“更正原因”列）",
                "the roll of class {}.{} on {} was called before, give the reason for the correction (--reason, or a column 更正原因 in the table)",
                class.grade,
                class.number,
                day
            ),
        }
    }
}
