//! Whether this machine's clock can be trusted: a wrong one fires no timer and misses none.

use proto::model::day::{Day, Moment};
use proto::model::lang::{Lang, Say};
use proto::say;
use proto::store::{Room, StoreError};

use super::{Law, School};
use crate::records::{self, Diary};

const HOUR: i64 = 3_600_000;

/// How the school's days stand at an action.
#[derive(Debug, Clone, Copy)]
pub struct Today {
    /// By this machine.
    pub now: Moment,
    /// Why timers stand still, when they do.
    pub wrong: Option<WrongClock>,
    /// Up to this day statuses move on.
    pub timers: Day,
}

/// How the clock is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WrongClock {
    /// So many hours off the parent's at the last contact; ahead when positive.
    Off(i64),
    /// It stands before an instant that was recorded already.
    Back(Day),
}

impl WrongClock {
    /// A word for tables and `--json`.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Off(_) => "clock-off",
            Self::Back(_) => "clock-back",
        }
    }
}

impl Say for WrongClock {
    fn say(&self, lang: Lang) -> String {
        match self {
            Self::Off(hours) => {
                let (hours, ahead) = (hours.abs(), *hours > 0);
                let (zh, en) = if ahead { ("快", "ahead of") } else { ("慢", "behind") };
                say!(
                    lang,
                    "本机时间比上级{zh} {hours} 小时，计时已停止：不结账、不变更状态。请校正本机日期和时间，然后运行 sync",
                    "this machine's clock is {hours} hours {en} the parent's; timers stand still: no day is closed, no status moves on. Set date and time, then run sync"
                )
            }
            Self::Back(seen) => say!(
                lang,
                "本机日期早于已有记录（{}），计时已停止：不结账、不变更状态。请校正本机日期和时间",
                "this machine's date is before what was recorded already ({}); timers stand still: no day is closed, no status moves on. Set date and time",
                seen
            ),
        }
    }
}

impl School {
    /// How the days stand at `now`.
    pub(crate) fn today(&self, room: &Room<'_>, law: &Law, now: Moment) -> Result<Today, StoreError> {
        let diary = records::diary(room)?;
        let wrong = self.wrong_clock(room, law, &diary, now)?;
        let timers =
            if wrong.is_some() { diary.stood.unwrap_or(now.day()).min(now.day()) } else { now.day() };
        Ok(Today { now, wrong, timers })
    }

    fn wrong_clock(
        &self,
        room: &Room<'_>,
        law: &Law,
        diary: &Diary,
        now: Moment,
    ) -> Result<Option<WrongClock>, StoreError> {
        let limit = i64::from(law.rules.clock.timers_stop_when_off_by_hours) * HOUR;
        let mut contacts = Vec::new();
        for parent in self.parents_now() {
            contacts.extend(proto::link::post::contact(room, &parent.party)?);
        }
        let latest = contacts.into_iter().max_by_key(|contact| contact.conversations);
        if let Some(off) = latest.map(|c| c.clock_offset).filter(|off| off.abs() > limit) {
            return Ok(Some(WrongClock::Off(-off / HOUR)));
        }
        let back = diary.seen.filter(|seen| seen.since(now) > limit);
        Ok(back.map(|seen| WrongClock::Back(seen.day())))
    }
}
