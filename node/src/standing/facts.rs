//! What a standing is computed from.

use proto::model::day::{Day, Moment};
use proto::model::lang::{Lang, Say};
use proto::say;
use serde::{Deserialize, Serialize};

use super::RollMatch;
use crate::attendance::Mark;

/// All that is known of one child. Borrowed: most children have nothing but a class that called its
/// roll, and their standing must cost nothing.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// Birth date, for days off that depend on age.
    pub birth: Option<Day>,
    /// First day on this school's roll.
    pub on_roll_since: Day,
    /// Person against roll.
    pub roll_match: RollMatch,
    /// Days on which the child's class called the roll; of a child who changed class, each class's days
    /// while the child was in it.
    pub called: &'a DaySet,
    /// What roll calls say of the child by name, after all corrections, ascending by day, each day once.
    pub absent: &'a [(Day, Mark)],
    /// Recorded facts in any order.
    pub recorded: &'a [Recorded],
}

/// A set of days, quick to ask.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct DaySet(Vec<Day>);

/// A fact that somebody recorded, with what it rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recorded {
    /// What happened.
    pub fact: Fact,
    /// When it was written down.
    pub recorded: Moment,
    /// The account that wrote it down; never a name.
    pub by: String,
    /// Number of the approval, the assessment, the certificate, or what else proves it.
    pub evidence: String,
}

/// What can be recorded of a child beside the roll calls.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fact {
    /// Leave approved by the town government or the county department (T11). A second one that begins
    /// before the first is over extends it.
    Suspension {
        /// First day of leave.
        from: Day,
        /// Last day of leave.
        until: Day,
        /// Number of the approval.
        approval: String,
    },
    /// Back from leave (T12).
    SuspensionEnded {
        /// First day back.
        on: Day,
    },
    /// Taught at home (T09, from dropout T07).
    HomeTaught {
        /// From this day.
        from: Day,
        /// Number of the committee's assessment (F07).
        assessment: String,
    },
    /// Attends class again.
    HomeTaughtEnded {
        /// First day in class.
        on: Day,
    },
    /// The receiving school began a roll transfer (T14; T16 for a child who was missing).
    TransferStarted {
        /// From this day.
        on: Day,
        /// The receiving school's code, or its place.
        to: String,
    },
    /// The transfer was refused or lapsed (T15). A child who was missing before is missing again.
    TransferLapsed {
        /// From this day.
        on: Day,
    },
    /// The roll moved (T14).
    TransferredOut {
        /// First day on the other roll.
        on: Day,
        /// The receiving school's code, or its place.
        to: String,
    },
    /// Finished nine years (T22).
    Completed {
        /// From this day.
        on: Day,
    },
    /// Left the country (T21).
    Abroad {
        /// From this day.
        on: Day,
    },
    /// Died (T21).
    Deceased {
        /// On this day.
        on: Day,
    },
    /// On this roll again, after the roll was elsewhere or the child abroad (T18).
    BackOnRoll {
        /// First day on it.
        on: Day,
    },
}

impl Fact {
    /// What it is called in requests.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Suspension { .. } => "suspend",
            Self::SuspensionEnded { .. } => "end-leave",
            Self::HomeTaught { .. } => "teach-at-home",
            Self::HomeTaughtEnded { .. } => "end-home-teaching",
            Self::TransferStarted { .. } => "start-transfer",
            Self::TransferLapsed { .. } => "lapse-transfer",
            Self::TransferredOut { .. } => "transfer-out",
            Self::Completed { .. } => "complete",
            Self::Abroad { .. } => "abroad",
            Self::Deceased { .. } => "deceased",
            Self::BackOnRoll { .. } => "back-on-roll",
        }
    }

    /// The day from which it holds.
    pub const fn effective(&self) -> Day {
        match self {
            Self::Suspension { from, .. } | Self::HomeTaught { from, .. } => *from,
            Self::SuspensionEnded { on }
            | Self::HomeTaughtEnded { on }
            | Self::TransferStarted { on, .. }
            | Self::TransferLapsed { on }
            | Self::TransferredOut { on, .. }
            | Self::Completed { on }
            | Self::Abroad { on }
            | Self::Deceased { on }
            | Self::BackOnRoll { on } => *on,
        }
    }

    /// Whether it holds from the close of its day, after the roll call: what ends this school's search for a child
    /// does not take the mark of the same day back (2.2, forbidden).
    pub const fn holds_from_the_evening(&self) -> bool {
        matches!(
            self,
            Self::TransferStarted { .. }
                | Self::Completed { .. }
                | Self::Abroad { .. }
                | Self::Deceased { .. }
        )
    }
}

impl Say for Fact {
    fn say(&self, lang: Lang) -> String {
        match self {
            Self::Suspension { until, .. } => say!(lang, "休学至 {until}", "leave until {until}"),
            Self::SuspensionEnded { .. } => say!(lang, "休学结束", "end of a leave"),
            Self::HomeTaught { .. } => say!(lang, "送教上门", "taught at home"),
            Self::HomeTaughtEnded { .. } => say!(lang, "送教上门结束", "end of home teaching"),
            Self::TransferStarted { to, .. } => say!(lang, "转学办理（{to}）", "roll transfer to {to}"),
            Self::TransferLapsed { .. } => say!(lang, "转学未成", "lapsed transfer"),
            Self::TransferredOut { to, .. } => say!(lang, "转出（{to}）", "transferred to {to}"),
            Self::Completed { .. } => say!(lang, "完成义务教育", "end of compulsory school"),
            Self::Abroad { .. } => say!(lang, "出国（境）", "gone abroad"),
            Self::Deceased { .. } => say!(lang, "死亡", "died"),
            Self::BackOnRoll { .. } => say!(lang, "学籍转回", "on the roll again"),
        }
    }
}

impl Facts<'_> {
    /// What the roll call says of the child on `day`; `None` when the class did not call it.
    pub(super) fn mark_on(&self, day: Day) -> Option<Mark> {
        match self.absent.binary_search_by_key(&day, |(d, _)| *d) {
            Ok(at) => Some(self.absent[at].1),
            Err(_) => self.called.contains(day).then_some(Mark::Present),
        }
    }

    /// Whether the roll call of `day` names the child.
    pub(super) fn is_listed(&self, day: Day) -> bool {
        self.absent.binary_search_by_key(&day, |(d, _)| *d).is_ok()
    }

    /// The first day from `day` on at which a new absence may begin.
    pub(super) fn next_absence(&self, day: Day) -> Option<Day> {
        let at = self.absent.partition_point(|(d, _)| *d < day);
        self.absent[at..].iter().find(|(_, mark)| *mark == Mark::Unexcused).map(|(d, _)| *d)
    }
}

impl DaySet {
    /// Whether `day` is in the set.
    pub fn contains(&self, day: Day) -> bool {
        self.0.binary_search(&day).is_ok()
    }

    /// Adds a day; `false` when it was there.
    pub fn insert(&mut self, day: Day) -> bool {
        match self.0.binary_search(&day) {
            Ok(_) => false,
            Err(at) => {
                self.0.insert(at, day);
                true
            }
        }
    }

    /// The days, ascending.
    pub fn iter(&self) -> impl Iterator<Item = Day> + '_ {
        self.0.iter().copied()
    }
}

impl FromIterator<Day> for DaySet {
    fn from_iter<I: IntoIterator<Item = Day>>(days: I) -> Self {
        let mut days: Vec<Day> = days.into_iter().collect();
        days.sort();
        days.dedup();
        Self(days)
    }
}
