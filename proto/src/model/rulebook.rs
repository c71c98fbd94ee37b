//! Rules as data: every threshold, cadence and switch, with the built-in founding values.
//!
//! A rulebook is the built-in values with the documents of the hubs above laid over them, from the
//! province down; the later layer wins, key by key. Unknown keys are passed over, because an older
//! party must accept a newer, additive rulebook; the command that issues a document names them
//! ([`Rulebook::check`]).

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::day::{Day, Moment};
use super::lang::Lang;
use super::region::Level;
use super::sheet::Indicator;

mod check;
#[cfg(test)]
mod tests;

pub(in crate::model) use check::line_of;
pub use check::{Allowed, RulebookError, Warning};

/// What the built-in rulebook calls itself.
pub const BUILT_IN: &str = "built-in";

/// The label of rules or of days for people: `built-in+county 520502@3` is `内置+县 520502@3`.
pub fn say_label(label: &str, lang: Lang) -> String {
    const ZH: [(&str, &str); 7] = [
        (BUILT_IN, "内置"),
        ("weekday rule", "按星期"),
        ("national ", "国家 "),
        ("province ", "省 "),
        ("city ", "市 "),
        ("county ", "县 "),
        ("school ", "学校 "),
    ];
    match lang {
        Lang::Zh => ZH.iter().fold(label.to_owned(), |text, (word, zh)| text.replace(word, zh)),
        Lang::En => label.to_owned(),
    }
}

/// `section: Type { key: type = default, allowed; }`: the struct, its default and its limits in one
/// table, so that none of the three can miss a key.
macro_rules! rulebook {
    ($($(#[$sdoc:meta])* $section:ident: $Section:ident {
        $($(#[$kdoc:meta])* $key:ident: $type:ty = $default:expr, $allowed:expr;)*
    })*) => {
        /// All rules in force at a party.
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(default)]
        pub struct Rulebook {
            label: String,
            $($(#[$sdoc])* pub $section: $Section,)*
        }

        impl Default for Rulebook {
            fn default() -> Self {
                Self { label: BUILT_IN.to_owned(), $($section: $Section::default(),)* }
            }
        }

        $(
            $(#[$sdoc])*
            #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
            #[serde(default)]
            pub struct $Section { $($(#[$kdoc])* pub $key: $type,)* }

            impl Default for $Section {
                fn default() -> Self {
                    Self { $($key: $default,)* }
                }
            }
        )*

        /// Every key that this release knows, with the values that it may have.
        pub const KEYS: &[(&str, &str, Allowed)] =
            &[$($((stringify!($section), stringify!($key), $allowed),)*)*];
    };
}

rulebook! {
    /// From an empty chair to a status.
    absence: Absence {
        /// On this counting day of absence the class teacher reports (C02, T01).
        report_on_day: u32 = 5, Allowed::Whole { min: 1, max: 30 };
        /// More than so many counting days: SUSPECTED from the next one (C03, T02).
        suspect_after_days: u32 = 5, Allowed::Whole { min: 1, max: 60 };
        /// SUSPECTED for more than so many months and not back: DROPPED_OUT (C04, T04).
        drop_out_after_months: u32 = 1, Allowed::Whole { min: 1, max: 12 };
        /// Which days count.
        basis: Basis = Basis::SchoolDays, Allowed::OneOf(&["school_days", "work_days"]);
        /// The month of T04 stands still outside terms. The plans do not say so: off.
        month_pauses_in_vacation: bool = false, Allowed::Flag;
        /// A month whose last day is a day off ends on the next workday (Civil Code 203): off, because
        /// it is a status timer and no filing deadline.
        month_rolls_over_days_off: bool = false, Allowed::Flag;
    }
    /// When a figure is on time, and how far a school's own figures travel.
    reporting: Reporting {
        /// A day's sheet is on time until this hour of the next calendar day.
        on_time_until: TimeOfDay = TimeOfDay::from_minutes(12 * 60), Allowed::TimeOfDay;
        /// The highest level that sees rows of single schools; above it totals of towns and counties alone. The
        /// county registers the schools and adds them up: lower than that it cannot be.
        school_rows_travel_to: Level = Level::County, Allowed::OneOf(&["county", "city", "province"]);
        /// A unit without a sheet for so many days stands on the silence board.
        silent_after_days: u32 = 2, Allowed::Whole { min: 1, max: 30 };
    }
    /// The nightly conversation with the party above.
    link: Link {
        /// The window in which units dial, each at its own minute, opens.
        night_starts: TimeOfDay = TimeOfDay::from_minutes(19 * 60), Allowed::TimeOfDay;
        /// Length of the window in minutes.
        night_minutes: u32 = 600, Allowed::Whole { min: 30, max: 1_440 };
        /// The first parent is silent for so many hours: the fallback parent is dialled.
        fallback_after_hours: u32 = 72, Allowed::Whole { min: 1, max: 720 };
        /// Bytes of entries that a unit may send in the call of a night, and in a call by hand; the rest goes the next
        /// night, and what comes down is not limited. 0 sets no limit.
        bytes_per_night: u64 = 0, Allowed::Whole { min: 0, max: 1 << 40 };
        /// First pause after a failed call, in seconds.
        retry_first_seconds: u32 = 10, Allowed::Whole { min: 1, max: 3_600 };
        /// Longest pause between two calls, in seconds.
        retry_most_seconds: u32 = 14_400, Allowed::Whole { min: 60, max: 86_400 };
        /// Which key exchanges a link takes.
        key_exchange: KeyExchange = KeyExchange::Hybrid, Allowed::OneOf(&["hybrid", "classic"]);
    }
    /// How long certificates and invitations last.
    certificates: Certificates {
        /// Days from issue to expiry: over the summer break and a repair.
        valid_days: u32 = 398, Allowed::Whole { min: 30, max: 825 };
        /// Days after expiry in which a party may still renew.
        grace_days: u32 = 180, Allowed::Whole { min: 0, max: 365 };
        /// Warned about so many days before expiry.
        warn_days: u32 = 30, Allowed::Whole { min: 1, max: 180 };
        /// Hours until an invitation code is void.
        invite_hours: u32 = 72, Allowed::Whole { min: 1, max: 720 };
    }
    /// What a wrong clock may still do.
    clock: ClockRules {
        /// Off the parent's clock by more than so many hours: timers stop and say so.
        timers_stop_when_off_by_hours: u32 = 24, Allowed::Whole { min: 1, max: 168 };
        /// More than so many days after the last moment that is sure: nothing is closed until the parent or a
        /// person has confirmed the date. Longer than any vacation.
        confirm_after_days: u32 = 100, Allowed::Whole { min: 70, max: 400 };
    }
    /// How figures are hidden that leave a jurisdiction.
    suppression: Suppression {
        /// Counts below this are hidden, with cells that would give them away.
        hide_below: u32 = 10, Allowed::Whole { min: 3, max: 100 };
        /// Other counts are rounded to a multiple of this.
        round_to: u32 = 5, Allowed::Whole { min: 1, max: 100 };
        /// Rates above so many percent are shown as "above".
        top_code_percent: u32 = 95, Allowed::Whole { min: 51, max: 100 };
        /// Rates below so many percent are shown as "below".
        bottom_code_percent: u32 = 5, Allowed::Whole { min: 0, max: 49 };
    }
    /// Which counters a hub shows. A sheet carries all of them: they must add up, and what is said of a day stands.
    indicators: Indicators {
        /// Codes of [`Indicator`], at least one that this release knows; others are passed over.
        list: Vec<String> = Indicator::ALL.map(|i| i.code().to_owned()).to_vec(), Allowed::Indicators;
    }
    /// The persuasion ladder (2.3). Where no rule gives a number the value is a default of this system.
    persuasion: Persuasion {
        /// Workdays from the opening to the first contact: 0 is the same day (P0 to P1).
        contact_within_days: u32 = 0, Allowed::Whole { min: 0, max: 10 };
        /// So many contacts without effect: the notice is due (P1 to P2).
        contacts_before_notice: u32 = 3, Allowed::Whole { min: 1, max: 20 };
        /// Or so many workdays after the first contact, whichever comes first (P1 to P2).
        notice_after_days: u32 = 5, Allowed::Whole { min: 1, max: 30 };
        /// Workdays after the notice without return: the written report is due (P2 to P3).
        report_after_days: u32 = 3, Allowed::Whole { min: 1, max: 30 };
        /// Workdays for the county to inform the governments (P3 to P4).
        inform_within_days: u32 = 2, Allowed::Whole { min: 1, max: 30 };
        /// Workdays for the government to send its people (P4 to P5).
        government_within_days: u32 = 5, Allowed::Whole { min: 1, max: 60 };
        /// The government visits at least every so many days (P5).
        visit_every_days: u32 = 14, Allowed::Whole { min: 1, max: 60 };
        /// An order gives at least so many days (P6).
        order_days: u32 = 15, Allowed::Whole { min: 1, max: 90 };
        /// School days under watch after a return (P9).
        watch_school_days: u32 = 30, Allowed::Whole { min: 1, max: 200 };
        /// Observations after a return.
        observations: u32 = 4, Allowed::Whole { min: 0, max: 12 };
        /// Days between two observations.
        observe_every_days: u32 = 60, Allowed::Whole { min: 1, max: 180 };
        /// Workdays for the county to confirm a closing (P10).
        confirm_within_days: u32 = 5, Allowed::Whole { min: 1, max: 60 };
        /// A case may be set aside for at most so many days at a time.
        suspend_most_days: u32 = 60, Allowed::Whole { min: 1, max: 365 };
    }
    /// Handing a case to another place (2.4). The plans give no deadlines: defaults of this system.
    transfer: Transfer {
        /// Workdays for the county to check a referral (X1 to X2).
        check_within_days: u32 = 2, Allowed::Whole { min: 1, max: 30 };
        /// Workdays for the moving office to approve and dispatch (X3 to X5).
        dispatch_within_days: u32 = 5, Allowed::Whole { min: 1, max: 30 };
        /// Whether its officer approves each case or the system dispatches at once.
        dispatch: Dispatch = Dispatch::Officer, Allowed::OneOf(&["officer", "automatic"]);
        /// An offer unread for so many of the registrar's workdays goes to the duty officer (R6).
        unread_after_days: u32 = 2, Allowed::Whole { min: 1, max: 30 };
        /// An offer that has not reached its county after so many workdays: telephone, paper or a stick (R6).
        undeliverable_after_days: u32 = 5, Allowed::Whole { min: 1, max: 30 };
        /// An offer is answered within so many of the registrar's workdays, or it expires (R4, X6 to X8).
        expire_after_days: u32 = 10, Allowed::Whole { min: 2, max: 60 };
        /// A reminder after so many of them.
        remind_after_days: u32 = 5, Allowed::Whole { min: 1, max: 60 };
        /// Workdays for the assigned school or town to answer (X7 to X8).
        verify_within_days: u32 = 5, Allowed::Whole { min: 1, max: 60 };
        /// After so many legs the common superior's officer decides.
        most_legs: u32 = 3, Allowed::Whole { min: 1, max: 10 };
        /// Workdays for each party to a move of the roll: for a school to have a child's roll moved that is on another
        /// roll already, and to ask about a transfer that is not through (T14, X11).
        move_roll_within_days: u32 = 10, Allowed::Whole { min: 1, max: 60 };
        /// Days within which another province is asked to answer a letter (E04).
        letter_reply_days: u32 = 30, Allowed::Whole { min: 5, max: 180 };
        /// Workdays within which a list is answered that names no day of its own (A09).
        list_reply_days: u32 = 20, Allowed::Whole { min: 1, max: 180 };
        /// Workdays for a school to answer for a child of a list, and never longer than the list gives (A09).
        list_check_days: u32 = 10, Allowed::Whole { min: 1, max: 60 };
    }
    /// The division table.
    divisions: Divisions {
        /// State of the official list that codes are read by.
        version: Day = Day::new(2023, 6, 30).expect("a date of the calendar"), Allowed::Date;
    }
    /// How long the record is kept.
    record: RecordRules {
        /// Days for which settled entries are kept for replay and audit.
        keep_entries_days: u32 = 400, Allowed::Whole { min: 30, max: 3_650 };
    }
}

/// Which days count towards an absence (`domain/6-calendar.md` 6.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// Workdays on which the school teaches.
    #[default]
    SchoolDays,
    /// Every statutory workday, terms and local closures notwithstanding.
    WorkDays,
}

/// Which key exchanges a link takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyExchange {
    /// X25519 with ML-KEM-768.
    #[default]
    Hybrid,
    /// X25519 alone: for lines on which the larger hello does not get through.
    Classic,
}

/// Who sends an offer on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Dispatch {
    /// An officer of the moving office approves it.
    #[default]
    Officer,
    /// The system, at once.
    Automatic,
}

/// A local hour and minute, written `19:00`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TimeOfDay(u16);

/// A text that is no time of day.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a time of day: expected hour:minute from 00:00 to 23:59")]
pub struct NotATime(pub String);

impl Rulebook {
    /// The built-in rulebook with `texts` laid over it, from the top of the tree down. Each text comes
    /// with the label that names it, such as `520000@1`.
    ///
    /// # Errors
    /// When a text is no TOML, a known key has a value that it may not have, or two rules of the result
    /// contradict each other. The rulebook that was in force before stays in force.
    pub fn layered(texts: &[(&str, &str)]) -> Result<Self, RulebookError> {
        let mut merged = toml::Table::new();
        let mut label = BUILT_IN.to_owned();
        for (name, text) in texts {
            let table = check::read(name, text)?;
            check::values(name, &table)?;
            merge(&mut merged, table);
            label = format!("{label}+{name}");
        }
        merged.remove("label");
        let mut book: Self = merged.try_into().expect("every known key was checked");
        check::relations(&label, &book)?;
        book.label = label;
        Ok(book)
    }

    /// What is wrong with a document before it is issued. Whether it agrees with the layers above it
    /// shows only when it is laid over them: [`Rulebook::layered`].
    ///
    /// # Errors
    /// When the text is no TOML or a known key has a value that it may not have.
    pub fn check(text: &str) -> Result<Vec<Warning>, RulebookError> {
        let table = check::read("", text)?;
        check::values("", &table)?;
        Ok(check::warnings(&table))
    }

    /// Which rules these are: `built-in+520000@1+520502@3`. Shown with every status (C03, T02).
    pub fn label(&self) -> &str {
        &self.label
    }
}

/// Lays `over` on `base`: tables key by key, everything else as a whole.
fn merge(base: &mut toml::Table, over: toml::Table) {
    for (key, value) in over {
        match (base.get_mut(&key), value) {
            (Some(toml::Value::Table(below)), toml::Value::Table(above)) => merge(below, above),
            (_, value) => {
                base.insert(key, value);
            }
        }
    }
}

impl Reporting {
    /// Until when a sheet of `day` counts as on time.
    pub fn deadline(&self, day: Day) -> Moment {
        Moment::at(day.next(), self.on_time_until.minutes())
    }
}

impl Indicators {
    /// The listed counters that this release knows, in the wire's order.
    pub fn known(&self) -> impl Iterator<Item = Indicator> {
        Indicator::ALL.into_iter().filter(|i| self.list.iter().any(|code| code == i.code()))
    }
}

impl TimeOfDay {
    /// So many minutes after midnight, on the clock face.
    pub const fn from_minutes(minutes: u16) -> Self {
        Self(minutes % 1_440)
    }

    /// Minutes since local midnight.
    pub const fn minutes(self) -> u16 {
        self.0
    }
}

impl FromStr for TimeOfDay {
    type Err = NotATime;

    fn from_str(text: &str) -> Result<Self, NotATime> {
        let wrong = || NotATime(text.to_owned());
        let (hour, minute) = text.split_once(':').ok_or_else(wrong)?;
        let number = |part: &str, below: u16| match part.parse::<u16>() {
            Ok(n) if part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit()) && n < below => Ok(n),
            _ => Err(wrong()),
        };
        Ok(Self(number(hour, 24)? * 60 + number(minute, 60)?))
    }
}

impl TryFrom<String> for TimeOfDay {
    type Error = NotATime;

    fn try_from(text: String) -> Result<Self, NotATime> {
        text.parse()
    }
}

impl From<TimeOfDay> for String {
    fn from(time: TimeOfDay) -> Self {
        time.to_string()
    }
}

impl fmt::Display for TimeOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.0 / 60, self.0 % 60)
    }
}
