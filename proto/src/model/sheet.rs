//! A day's de-identified counts of one school, and the totals that hubs make of them.
//!
//! Statutory counters only: exact, without any cross table.

use serde::{Deserialize, Serialize};

use super::day::{Day, Moment};
use super::region::Region;

/// How a counter behaves over days and periods.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Nature {
    /// How many there are at the end of the day. A period shows its last day; a school that did not
    /// report stands with its last sheet.
    Stock,
    /// How many events fell on the day. A period shows the sum; a school that did not report adds
    /// nothing.
    Flow,
}

macro_rules! indicators {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $nature:ident, $rule:literal, $zh:literal, $en:literal;)*) => {
        /// A statutory counter. The order is the wire's order: append only.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Indicator { $($(#[$doc])* $name,)* }

        impl Indicator {
            /// All counters in the wire's order.
            pub const ALL: [Self; [$($code),*].len()] = [$(Self::$name),*];

            /// The stable code used in documents, JSON and settings.
            pub const fn code(self) -> &'static str { match self { $(Self::$name => $code,)* } }
            /// The counter of this code.
            pub fn from_code(code: &str) -> Option<Self> { Self::ALL.into_iter().find(|i| i.code() == code) }
            /// Stock or flow.
            pub const fn nature(self) -> Nature { match self { $(Self::$name => Nature::$nature,)* } }
            /// The rule that defines it (`domain/1-rules.md`, `domain/2-states.md`).
            pub const fn rule(self) -> &'static str { match self { $(Self::$name => $rule,)* } }
            /// Its name in Chinese.
            pub const fn zh(self) -> &'static str { match self { $(Self::$name => $zh,)* } }
            /// Its name in English.
            pub const fn en(self) -> &'static str { match self { $(Self::$name => $en,)* } }
        }
    };
}

indicators! {
    /// Children on the school's roll who are counted here: every status but the end states, TRANSFERRED_OUT and
    /// TRANSFER_PENDING, so that a child between two schools is on one roll at most.
    OnRoll = "on_roll", Stock, "2.1", "在籍", "on roll";
    /// Status ENROLLED.
    Enrolled = "enrolled", Stock, "2.1", "在读", "enrolled";
    /// Status SUSPECTED.
    Suspected = "suspected", Stock, "T02", "疑似辍学", "suspected";
    /// Status DROPPED_OUT.
    DroppedOut = "dropped_out", Stock, "T04", "辍学", "dropped out";
    /// Status SUSPENDED (approved leave).
    Suspended = "suspended", Stock, "T11", "休学", "suspended study";
    /// Status HOME_TAUGHT.
    HomeTaught = "home_taught", Stock, "T09", "送教上门", "home taught";
    /// In the fifth counting day of absence or later, still ENROLLED: reported by the class teacher.
    Alerted = "alerted", Stock, "C02", "连续五日未到", "five days absent";
    /// Marked SUSPECTED with effect from this day.
    NewlySuspected = "newly_suspected", Flow, "T02", "新增疑似辍学", "newly suspected";
    /// DROPPED_OUT with effect from this day.
    NewlyDroppedOut = "newly_dropped_out", Flow, "T04", "新增辍学", "newly dropped out";
    /// Back at school on this day after SUSPECTED or DROPPED_OUT.
    Returned = "returned", Flow, "T03", "复学", "returned";
    /// Moved to another school's roll with effect from this day.
    TransferredOut = "transferred_out", Flow, "T14", "转出", "transferred out";
    /// Finished compulsory school with effect from this day.
    Completed = "completed", Flow, "T22", "完成义务教育", "completed";
    /// Absent without a proper reason on this day.
    AbsentUnexcused = "absent_unexcused", Flow, "C01", "无故未到", "absent, no reason";
    /// Absent with leave or a known sickness on this day.
    AbsentExcused = "absent_excused", Flow, "C01", "请假未到", "absent, excused";
    /// Classes that should have called the roll on this day.
    ClassesDue = "classes_due", Flow, "C01", "应点名班级", "classes due";
    /// Classes whose roll call was recorded.
    ClassesCalled = "classes_called", Flow, "C01", "已点名班级", "classes called";
    /// Status TRANSFER_PENDING: a roll transfer is running (T14; T16 of a child who was missing and is in class
    /// elsewhere, X8, X11). Counted apart from "on roll". Who is found elsewhere and in no class (X8b) stays SUSPECTED
    /// or DROPPED_OUT here, and is INFLOW_PENDING there, which is no stock of any sheet.
    TransfersPending = "transfers_pending", Stock, "T14", "转学办理中", "transfers pending";
}

/// How many counters this release knows.
pub const INDICATORS: usize = Indicator::ALL.len();

/// The counters in [`Indicator::ALL`]'s order. Stored and sent without the zeros at the end, so that a
/// counter added to the list leaves what was written before readable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(from = "Vec<u64>", into = "Vec<u64>")]
pub struct Counts(pub [u64; INDICATORS]);

impl From<Vec<u64>> for Counts {
    fn from(packed: Vec<u64>) -> Self {
        let mut counts = Self::default();
        for (slot, value) in counts.0.iter_mut().zip(packed) {
            *slot = value;
        }
        counts
    }
}

impl From<Counts> for Vec<u64> {
    fn from(counts: Counts) -> Self {
        let used = counts.0.iter().rposition(|&n| n != 0).map_or(0, |last| last + 1);
        counts.0[..used].to_vec()
    }
}

impl Counts {
    /// One counter.
    pub const fn of(&self, indicator: Indicator) -> u64 {
        self.0[indicator as usize]
    }

    /// Sets one counter.
    pub const fn set(&mut self, indicator: Indicator, value: u64) {
        self.0[indicator as usize] = value;
    }

    /// Adds one to a counter.
    pub const fn count(&mut self, indicator: Indicator) {
        self.0[indicator as usize] += 1;
    }

    /// Counter by counter sum.
    pub fn add(&mut self, other: &Self) {
        for (mine, theirs) in self.0.iter_mut().zip(other.0) {
            *mine += theirs;
        }
    }

    /// Counter by counter difference.
    ///
    /// # Panics
    /// When a counter would fall below zero: a total lost count of what it is made of.
    pub fn sub(&mut self, other: &Self) {
        for (mine, theirs) in self.0.iter_mut().zip(other.0) {
            *mine = mine.checked_sub(theirs).expect("a total holds all that was added to it");
        }
    }

    /// Only the counters of `nature`; the others are 0.
    #[must_use]
    pub fn only(&self, nature: Nature) -> Self {
        let mut out = Self::default();
        for indicator in Indicator::ALL {
            if indicator.nature() == nature {
                out.set(indicator, self.of(indicator));
            }
        }
        out
    }
}

/// One school's counts of one day. A correction is a new revision of the same day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sheet {
    /// The day that is counted.
    pub day: Day,
    /// From 1; the highest stands.
    pub revision: u32,
    /// The counters.
    pub counts: Counts,
    /// The day was counted without a calendar for its year: weekday rule only (6.3).
    pub provisional: bool,
    /// When the school closed the day.
    pub closed: Moment,
}

/// The totals of one day as one hub has them: a row for each place directly below it, and one for the
/// schools that report straight to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Totals {
    /// The day that is counted.
    pub day: Day,
    /// From 1; the highest stands.
    pub revision: u32,
    /// When the totals were drawn up.
    pub drawn: Moment,
    /// Each place once, ascending.
    pub rows: Vec<TotalsRow>,
}

/// One place's line in [`Totals`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TotalsRow {
    /// A town, or the hub's own region for schools that report straight to it.
    pub place: Region,
    /// Sums over the schools: stocks of their last sheets up to the day, flows of the day.
    pub counts: Counts,
    /// How the schools reported.
    pub reporting: Reporting,
    /// Of the expected, those of whom nothing is due: the day is free by the calendar of their hub (6.1).
    pub free: u32,
}

/// How the units below a figure reported for a day (expected, actual, on time: `UI.md` 1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Reporting {
    /// Schools that should report.
    pub expected: u32,
    /// Schools with a sheet of this very day.
    pub reported: u32,
    /// Of these, received within the day's deadline.
    pub on_time: u32,
    /// Of these, changed after the deadline by a correction.
    pub restated: u32,
    /// Of these, counted without a calendar.
    pub provisional: u32,
}

impl Reporting {
    /// Sum.
    pub const fn add(&mut self, other: Self) {
        self.expected += other.expected;
        self.reported += other.reported;
        self.on_time += other.on_time;
        self.restated += other.restated;
        self.provisional += other.provisional;
    }

    /// Difference.
    ///
    /// # Panics
    /// When a number would fall below zero: a total lost count of what it is made of.
    pub fn sub(&mut self, other: Self) {
        let minus = |mine: u32, theirs: u32| {
            mine.checked_sub(theirs).expect("a total holds all that was added to it")
        };
        self.expected = minus(self.expected, other.expected);
        self.reported = minus(self.reported, other.reported);
        self.on_time = minus(self.on_time, other.on_time);
        self.restated = minus(self.restated, other.restated);
        self.provisional = minus(self.provisional, other.provisional);
    }
}
