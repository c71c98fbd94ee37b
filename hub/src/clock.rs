//! Whether this machine's clock can be trusted: while it cannot, nothing that runs by days moves on.
//!
//! | what stands still | what goes on |
//! |---|---|
//! | deadlines and escalations, expiry of offers, certificates issued again, days entered as expected, entries looked at again | sheets and letters in and out, what people decide, reminders |

use proto::link::caller::Parent;
use proto::link::post;
use proto::model::day::{Day, Moment};
use proto::model::lang::{Lang, Say};
use proto::say;
use proto::store::{Record, Room, StoreError};
use serde::{Deserialize, Serialize};

const HOUR: i64 = 3_600_000;
/// Where the last sure moment is kept.
const SURE: &[u8] = b"h/sure";

/// How the clock is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WrongClock {
    /// So many milliseconds off the parent's at the last contact; ahead when positive.
    Off(i64),
    /// It stands before an instant that was noted already.
    Back(Moment),
}

/// The latest moment at which nothing spoke against the clock.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct Sure(Moment);

impl Record for Sure {
    const VERSION: u8 = 1;
    const NAME: &'static str = "last sure moment";
}

/// The rule: the parent's word at the last contact goes before this machine's own record. `offset`: the parent's
/// clock minus this one; `limit` in milliseconds.
pub fn judge(offset: Option<i64>, sure: Option<Moment>, now: Moment, limit: i64) -> Option<WrongClock> {
    if let Some(offset) = offset.filter(|offset| !agrees(*offset, limit)) {
        return Some(WrongClock::Off(offset.saturating_neg()));
    }
    sure.filter(|sure| sure.since(now) > limit).map(WrongClock::Back)
}

/// Whether a clock that is `offset` milliseconds ahead of this one says that this one is right.
pub const fn agrees(offset: i64, limit: i64) -> bool {
    offset.unsigned_abs() <= limit.unsigned_abs()
}

/// What the rulebook's `clock.timers_stop_when_off_by_hours` allows, in milliseconds.
pub fn limit(hours: u32) -> i64 {
    i64::from(hours) * HOUR
}

/// Whether the clock of a hub that dials `parents` is wrong at `now`.
///
/// # Errors
/// When the store cannot read.
pub fn wrong(
    room: &Room<'_>,
    parents: &[Parent],
    now: Moment,
    limit: i64,
) -> Result<Option<WrongClock>, StoreError> {
    let mut contacts = Vec::new();
    for parent in parents {
        contacts.extend(post::contact(room, &parent.party)?);
    }
    // by the parents' clocks, which agree: this machine's own may have stood ahead at one of them
    let latest = contacts.into_iter().max_by_key(|contact| contact.last.plus_millis(contact.clock_offset));
    let sure = room.read::<Sure>(SURE)?.map(|sure| sure.0);
    Ok(judge(latest.map(|contact| contact.clock_offset), sure, now, limit))
}

/// Nothing speaks against the clock at `now`: the latest such moment is kept.
///
/// # Errors
/// When the store cannot read.
pub fn note(room: &mut Room<'_>, now: Moment) -> Result<(), StoreError> {
    if room.read::<Sure>(SURE)?.is_none_or(|sure| sure.0 < now) {
        confirm(room, now);
    }
    Ok(())
}

/// The parent or a person says that the clock is right at `now`, whatever was noted before.
pub fn confirm(room: &mut Room<'_>, now: Moment) {
    room.write(SURE, &Sure(now));
}

impl WrongClock {
    /// The moment up to which days may be counted.
    pub fn timers(self, now: Moment) -> Moment {
        match self {
            Self::Off(ahead) => now.plus_millis(-ahead.max(0)),
            Self::Back(_) => now,
        }
    }

    /// A word for tables and `--json`.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Off(_) => "clock-off",
            Self::Back(_) => "clock-back",
        }
    }

    /// Whether a person who names `day` says by that that the clock, which shows `today`, is right. Nobody can say
    /// so against the parent.
    pub fn confirmed_by(self, day: Day, today: Day) -> bool {
        matches!(self, Self::Back(_)) && day == today
    }

    /// What stands still.
    fn stands_still(lang: Lang) -> String {
        say!(
            lang,
            "计时已停止：不计逾期、不上报督办、划转不到期、不续发证书",
            "timers stand still: nothing becomes overdue or goes up, no offer expires, no certificate is renewed"
        )
    }
}

impl Say for WrongClock {
    fn say(&self, lang: Lang) -> String {
        let still = Self::stands_still(lang);
        match self {
            Self::Off(ahead) => {
                let hours = ahead.unsigned_abs() / HOUR.unsigned_abs();
                let (zh, en) = if *ahead > 0 { ("快", "ahead of") } else { ("慢", "behind") };
                say!(
                    lang,
                    "本机时间比上级{zh} {hours} 小时，{still}。请校正本机日期和时间，然后运行 sync。",
                    "This machine's clock is {hours} hours {en} its parent's; {still}. Set date and time, then run sync."
                )
            }
            Self::Back(sure) => say!(
                lang,
                "本机日期早于已有记录（{}），{still}。请核对本机日期：如有误，请校正；如无误（以前的日期有误），请运行 sync 与上级核对，省级节点请运行 clock confirm 今天的日期。",
                "This machine's date is before what was recorded already ({}); {still}. If the date is wrong, set it; if it is right and an earlier one was wrong, run sync, or at a province clock confirm TODAY'S-DATE.",
                sure.day()
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = 24 * HOUR;

    #[test]
    fn a_clock_is_wrong_by_more_than_a_day_and_the_parent_is_asked_first() {
        let now = Moment(400 * DAY);
        let sure = |days: i64| Some(now.plus_millis(days * DAY));
        for (offset, sure, wrong) in [
            (None, None, None),
            (Some(DAY), None, None),
            (Some(DAY + 1), None, Some(WrongClock::Off(-DAY - 1))),
            (Some(-3 * DAY), sure(0), Some(WrongClock::Off(3 * DAY))),
            (Some(-3 * DAY), sure(9), Some(WrongClock::Off(3 * DAY))),
            (Some(0), sure(1), None),
            (Some(0), sure(2), Some(WrongClock::Back(now.plus_millis(2 * DAY)))),
            (None, sure(2), Some(WrongClock::Back(now.plus_millis(2 * DAY)))),
            (None, sure(-300), None),
            (Some(i64::MIN), None, Some(WrongClock::Off(i64::MAX))),
        ] {
            assert_eq!(judge(offset, sure, now, DAY), wrong, "{offset:?} {sure:?}");
        }
    }

    #[test]
    fn days_are_counted_by_the_parents_clock_when_this_one_is_ahead_and_never_on() {
        let now = Moment(400 * DAY);
        assert_eq!(WrongClock::Off(3 * DAY).timers(now), now.plus_millis(-3 * DAY));
        assert_eq!(WrongClock::Off(-3 * DAY).timers(now), now);
        assert_eq!(WrongClock::Back(now.plus_millis(5 * DAY)).timers(now), now);
    }

    #[test]
    fn nobody_confirms_a_clock_against_the_parent_or_with_another_day() {
        let (today, back) = (Moment(400 * DAY).day(), WrongClock::Back(Moment(500 * DAY)));
        assert!(back.confirmed_by(today, today));
        assert!(!back.confirmed_by(today.next(), today));
        assert!(!WrongClock::Off(3 * DAY).confirmed_by(today, today));
    }
}
