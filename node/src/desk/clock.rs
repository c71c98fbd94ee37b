//! Whether this machine's clock can be trusted: a wrong one fires no timer and misses none.

use proto::link::acquaintance;
use proto::link::post::{self, Contact};
use proto::model::day::{Day, Moment};
use proto::model::lang::{Lang, Say};
use proto::say;
use proto::store::{Room, StoreError};

use super::{Law, School};
use crate::records::{self, Diary};

const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;

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
    /// It stands further after this day, the last that is sure, than any vacation is long, and neither the parent
    /// nor a person has confirmed it.
    Jumped(Day),
}

impl WrongClock {
    /// A word for tables and `--json`.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Off(_) => "clock-off",
            Self::Back(_) => "clock-back",
            Self::Jumped(_) => "clock-jumped",
        }
    }

    /// Whether a person who names `day` says by that that the clock, which shows `today`, is right.
    pub fn confirmed_by(self, day: Option<Day>, today: Day) -> bool {
        matches!(self, Self::Jumped(_) | Self::Back(_)) && day == Some(today)
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
                "本机日期早于已有记录（{}），计时已停止：不结账、不变更状态。请核对本机日期：如有误，请校正；如无误（以前的日期有误），请运行 sync 与上级核对，或运行 sheet 今天的日期 --close 确认",
                "this machine's date is before what was recorded already ({}); timers stand still: no day is closed, no status moves on. If the date is wrong, set it; if it is right and an earlier one was wrong, run sync, or confirm it with sheet TODAY'S-DATE --close",
                seen
            ),
            Self::Jumped(last) => say!(
                lang,
                "本机日期距最后可确认的日期（{}）过久，可能有误，计时已停止：不结账、不变更状态。请核对本机日期；如无误，请运行 sync 与上级核对，或运行 sheet 今天的日期 --close 确认",
                "this machine's date is too long after the last day that is sure ({}) and may be wrong; timers stand still: no day is closed, no status moves on. Check the date; if it is right, run sync, or confirm it with sheet TODAY'S-DATE --close",
                last
            ),
        }
    }
}

/// How far clocks may be apart, in milliseconds.
fn limit(law: &Law) -> i64 {
    i64::from(law.rules.clock.timers_stop_when_off_by_hours) * HOUR
}

/// Whether the parent's clock, so many milliseconds ahead of this one, says that this one is right.
pub(super) fn agrees(law: &Law, offset: i64) -> bool {
    offset.abs() <= limit(law)
}

/// A parent's clock minus this one at the latest contact: by the parents' clocks, which agree, because this machine's
/// own may have stood ahead at one of them.
fn latest_offset(contacts: impl IntoIterator<Item = Contact>) -> Option<i64> {
    let latest = contacts.into_iter().max_by_key(|contact| contact.last.plus_millis(contact.clock_offset));
    latest.map(|contact| contact.clock_offset)
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
        let limit = limit(law);
        let (mut contacts, mut sure) =
            (Vec::new(), diary.began.map(|day| Moment::at(day, 0)).max(diary.seen));
        for parent in self.parents_now() {
            contacts.extend(post::contact(room, &parent.party)?);
            sure = sure.max(acquaintance::heard(room, &parent.party)?);
        }
        if let Some(off) = latest_offset(contacts).filter(|off| !agrees(law, *off)) {
            return Ok(Some(WrongClock::Off(-off / HOUR)));
        }
        let back = diary.seen.filter(|seen| seen.since(now) > limit);
        let far = i64::from(law.rules.clock.confirm_after_days) * DAY;
        let jumped = sure.filter(|sure| now.since(*sure) > far);
        Ok(back
            .map(|seen| WrongClock::Back(seen.day()))
            .or(jumped.map(|sure| WrongClock::Jumped(sure.day()))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two days ahead it spoke with the town for the hundredth time; set right, for the first time with the county.
    #[test]
    fn the_last_contact_is_the_one_that_the_parents_clocks_call_the_last() {
        let at = |day: i32, hour: u16| Moment::at(Day::new(2026, 10, 1).unwrap().plus(day), hour * 60);
        let contact = |last: Moment, clock_offset: i64, conversations: u64| Contact {
            last,
            clock_offset,
            store: 1,
            software: String::new(),
            version: 1,
            conversations,
        };
        let (town, county) = (contact(at(20, 18), -2 * DAY, 100), contact(at(18, 19), 40, 1));
        assert_eq!(latest_offset([town.clone(), county.clone()]), Some(40));
        assert_eq!(latest_offset([county, town.clone()]), Some(40));
        let again = contact(at(18, 20), 5, 101);
        assert_eq!(latest_offset([again, contact(at(18, 19), 40, 1)]), Some(5));
        assert_eq!(latest_offset([town]), Some(-2 * DAY));
        assert_eq!(latest_offset([]), None);
    }
}
