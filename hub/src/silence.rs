//! The silence board: who has sent no figures, for how long, and what is probably waiting there.
//!
//! What counts is the last day that figures came of, by whichever way: a school may call elsewhere while
//! its town is down, and a school may call every night and send nothing. A unit calls at night. A contact before noon speaks for the night of the day before, so a school that
//! called at 02:15 has told everything up to yesterday; the day after is missed when the next night has
//! passed without a call.

use std::cmp::Reverse;

use proto::link::book::{self, StreamRecord};
use proto::link::post::{self, Contact};
use proto::model::day::{Day, Moment};
use proto::model::lang::{Lang, Say};
use proto::model::party::Party;
use proto::say;
use proto::store::{Room, StoreError};
use serde::Serialize;

use crate::rollup;
use crate::units::{self, Status, Unit};

/// What is known of one unit.
#[derive(Debug, Clone)]
pub struct Known {
    /// From the register.
    pub unit: Unit,
    /// From the link.
    pub contact: Option<Contact>,
    /// The streams that it writes upwards, one for each life.
    pub streams: Vec<StreamRecord>,
    /// The last day that it sent figures of.
    pub last_day: Option<Day>,
}

/// How silent a unit is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// It has never called, and nothing of it is known.
    Never,
    /// Without figures for as many school days as the rulebook says, or more.
    Silent,
    /// Without figures of a school day, not yet that many.
    Late,
    /// Nothing is missing.
    Fresh,
}

/// One line of the board.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Line {
    /// Who.
    pub party: Party,
    /// Its name.
    pub name: String,
    /// How silent.
    pub state: State,
    /// When it last called.
    pub last_contact: Option<Moment>,
    /// School days missed since the last call, or since it was registered.
    pub school_days: u32,
    /// Calendar days of the same span.
    pub calendar_days: u32,
    /// The last number acknowledged, in its latest life.
    pub acked: u64,
    /// The last day that it sent figures of.
    pub last_day: Option<Day>,
    /// School days since then, or since it was registered: sheets that probably wait there. The state
    /// follows from it.
    pub backlog: u32,
    /// When its certificate ends.
    pub not_after: Option<Moment>,
    /// Its clock minus ours, in milliseconds, at the last call.
    pub clock_offset: i64,
    /// How many lives it has had here. More than one: it was restored, replaced or copied.
    pub lives: u32,
    /// What else needs a look.
    pub troubles: Vec<Trouble>,
}

/// What needs a look beside the silence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Trouble {
    /// Its certificate has ended.
    Expired(Moment),
    /// Its certificate ends within 30 days.
    Expires(Moment),
    /// Its clock is more than a day off: days may be closed under a wrong date. Milliseconds.
    Clock(i64),
    /// It has had this many lives here.
    Lives(u32),
    /// Two different entries came under one number: two machines run under one name.
    Forked,
}

/// Reads what is known of every unit below `me` that is active on the day of `now`, or invited.
///
/// # Errors
/// When the store cannot read.
pub fn gather(room: &Room<'_>, me: &Party, now: Moment) -> Result<Vec<Known>, StoreError> {
    let mut out = Vec::new();
    for unit in units::list(room, me)? {
        let open = unit.closed.is_none_or(|closed| now.day() < closed);
        if !open || matches!(unit.status, Status::Revoked { .. }) {
            continue;
        }
        let last_day = if unit.party.is_school() {
            rollup::last_sheet(room, &unit.party)?
        } else {
            rollup::last_totals(room, &unit.party)?
        };
        let contact = post::contact(room, &unit.party)?;
        let mut streams = book::streams(room, true, &unit.party)?;
        streams.retain(|stream| stream.id.origin == unit.party);
        out.push(Known { unit, contact, streams, last_day });
    }
    Ok(out)
}

/// The board, worst first. `silent_after` is the rulebook's `reporting.silent_after_days`, in school days;
/// `is_school_day` asks the unit's calendar.
pub fn board(
    known: &[Known],
    now: Moment,
    silent_after: u32,
    is_school_day: &dyn Fn(&Party, Day) -> bool,
) -> Vec<Line> {
    let mut lines: Vec<Line> =
        known.iter().map(|known| line(known, now, silent_after, is_school_day)).collect();
    lines.sort_by(|a, b| order(a).cmp(&order(b)).then_with(|| a.party.cmp(&b.party)));
    lines
}

fn order(line: &Line) -> impl Ord + use<> {
    (line.state, Reverse(line.backlog), Reverse(line.school_days), Reverse(line.troubles.len()))
}

fn line(known: &Known, now: Moment, silent_after: u32, is_school_day: &dyn Fn(&Party, Day) -> bool) -> Line {
    let Known { unit, contact, streams, last_day } = known;
    let today = now.day();
    let told = contact.as_ref().map_or(unit.since.plus(-1), |contact| spoke_for(contact.last));
    let school_days =
        |after: Day| between(after, today).filter(|day| is_school_day(&unit.party, *day)).count();
    let missed = number(school_days(told));
    let spoken = || streams.iter().filter(|stream| stream.tail.seq > 0);
    let latest = spoken().max_by_key(|stream| (stream.id.life.number, stream.tail.seq));
    let lives = number(spoken().count());
    let backlog = number(school_days(last_day.unwrap_or(unit.since.plus(-1))));
    Line {
        party: unit.party.clone(),
        name: unit.name.clone(),
        state: match backlog {
            _ if contact.is_none() && last_day.is_none() => State::Never,
            0 => State::Fresh,
            n if n < silent_after => State::Late,
            _ => State::Silent,
        },
        last_contact: contact.as_ref().map(|contact| contact.last),
        school_days: missed,
        calendar_days: number(between(told, today).count()),
        acked: latest.map_or(0, |stream| stream.tail.seq),
        last_day: *last_day,
        backlog,
        not_after: unit.not_after,
        clock_offset: contact.as_ref().map_or(0, |contact| contact.clock_offset),
        lives,
        troubles: troubles(known, now, lives),
    }
}

fn troubles(known: &Known, now: Moment, lives: u32) -> Vec<Trouble> {
    let certificate = known.unit.not_after.and_then(|end| match end.since(now) {
        left if left <= 0 => Some(Trouble::Expired(end)),
        left if left <= EXPIRES_SOON => Some(Trouble::Expires(end)),
        _ => None,
    });
    let offset = known.contact.as_ref().map_or(0, |contact| contact.clock_offset);
    let clock = (offset.unsigned_abs() > DAY.unsigned_abs()).then_some(Trouble::Clock(offset));
    let forked = known.streams.iter().any(|stream| stream.forks > 0).then_some(Trouble::Forked);
    let lives = (lives > 1).then_some(Trouble::Lives(lives));
    [certificate, clock, forked, lives].into_iter().flatten().collect()
}

const DAY: i64 = 86_400_000;
const EXPIRES_SOON: i64 = 30 * DAY;

/// The last day that a contact at `at` can have told everything of.
fn spoke_for(at: Moment) -> Day {
    at.plus_millis(-DAY / 2).day()
}

/// The days after `after` and before `today`, at most ten years of them.
fn between(after: Day, today: Day) -> impl Iterator<Item = Day> {
    let days = (today.number() - after.number() - 1).clamp(0, 3_660);
    (1..=days).map(move |n| after.plus(n))
}

fn number(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

impl Say for State {
    fn say(&self, lang: Lang) -> String {
        let (zh, en) = match self {
            Self::Never => ("从未联系", "never called"),
            Self::Silent => ("失联", "silent"),
            Self::Late => ("迟报", "late"),
            Self::Fresh => ("正常", "fresh"),
        };
        lang.pick(zh, en).to_owned()
    }
}

impl Say for Line {
    fn say(&self, lang: Lang) -> String {
        let Self { name, school_days, backlog, .. } = self;
        let last = self.last_contact.map_or_else(|| say!(lang, "无", "none"), |at| at.to_string());
        match self.state {
            State::Never => say!(
                lang,
                "{name}：登记后从未联系，已过 {school_days} 个上课日。请联系该单位，确认已安装程序并用邀请码加入。",
                "{name} has never called, {school_days} school days after it was registered. Ask whether the program is installed and has joined with its invitation."
            ),
            State::Silent | State::Late if *school_days == 0 => say!(
                lang,
                "{name}：照常联系（最近一次 {last}），但缺 {backlog} 个上课日的日报。请询问是否漏了结日，或日报被退回。",
                "{name} calls as it should (last {last}), but the sheets of {backlog} school days are missing. Ask whether the days were closed, or sheets refused."
            ),
            State::Silent => say!(
                lang,
                "{name}：已有 {school_days} 个上课日没有联系，最后一次是 {last}，估计积压 {backlog} 天的日报。请打电话询问电源、网络和值班情况。",
                "{name} has been silent for {school_days} school days, last call {last}; about {backlog} days of sheets wait there. Telephone: power, line, who is on duty?"
            ),
            State::Late => say!(
                lang,
                "{name}：已有 {school_days} 个上课日没有联系，最后一次是 {last}，估计积压 {backlog} 天的日报。今晚仍未联系时请询问。",
                "{name} has not called for {school_days} school days, last call {last}; about {backlog} days of sheets wait there. Ask when it stays silent tonight."
            ),
            State::Fresh => say!(lang, "{name}：最近一次联系 {last}。", "{name} last called {last}."),
        }
    }
}

impl Say for Trouble {
    fn say(&self, lang: Lang) -> String {
        match self {
            Self::Expired(end) => say!(
                lang,
                "证书已于 {end} 到期，目前处于宽限期。请让该单位尽快联网一次，证书会自动更新。",
                "Its certificate ended at {end} and is in its grace. Let it call once soon: the certificate renews by itself."
            ),
            Self::Expires(end) => say!(
                lang,
                "证书将于 {end} 到期。下次联系时会自动更新。",
                "Its certificate ends at {end}. It renews by itself at the next call."
            ),
            Self::Clock(millis) => {
                let hours = millis / 3_600_000;
                say!(
                    lang,
                    "该单位电脑时钟与本机相差 {hours} 小时，日期可能记错。请到该单位校正系统时间。",
                    "Its clock is {hours} hours off, so days may be closed under a wrong date. Have its system time set right."
                )
            }
            Self::Lives(lives) => say!(
                lang,
                "该单位先后有 {lives} 份程序数据与本机联系：恢复过备份、换过电脑或被复制。请确认只有一台电脑在用。",
                "It has spoken with {lives} lives: restored, replaced or copied. Make sure that only one machine is in use."
            ),
            Self::Forked => say!(
                lang,
                "同一编号收到过两份不同的数据，可能有两台电脑以同一名义上报。请立即停用其中一台。",
                "Two different entries came under one number: two machines may run under one name. Stop one of them at once."
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proto::model::entry::{Hash, Incarnation, Lane, Mark, StreamId};

    fn day(n: i8) -> Day {
        Day::new(2025, 9, n).unwrap()
    }

    /// September 2025: the 1st is a Monday. 09:00 of the day.
    fn at(n: i8, minute: u16) -> Moment {
        Moment::at(day(n), minute)
    }

    fn known(code: u32, contact: Option<Moment>, last_day: Option<Day>) -> Known {
        let party: Party = format!("p52/c5205/d520502/s21520000{code:02}").parse().unwrap();
        let unit =
            Unit { status: Status::Active, ..Unit::invited(party, format!("第{code}小学"), day(1)) };
        let contact = contact.map(|last| Contact {
            last,
            clock_offset: 0,
            store: 1,
            software: String::new(),
            version: 1,
            conversations: 1,
        });
        Known { unit, contact, streams: Vec::new(), last_day }
    }

    fn stream(of: &Known, number: u32, seq: u64, forks: u32) -> StreamRecord {
        let life = Incarnation { number, nonce: 1 };
        let id = StreamId { origin: of.unit.party.clone(), life, lane: Lane::Up };
        let tail = Mark { seq, hash: Hash::ROOT };
        StreamRecord { id, base: 1, before: Hash::ROOT, tail, safe: 0, restate: false, forks }
    }

    fn weekdays(_: &Party, day: Day) -> bool {
        day.is_weekday()
    }

    #[test]
    fn only_school_days_that_were_missed_count() {
        // contact and its minute, last sheet, now (09:00) -> state with 2 school days allowed,
        // school days and calendar days since the contact, backlog
        for (contact, last_day, now, state, school, calendar, backlog) in [
            ((11, 135), 10, 11, State::Fresh, 0, 0, 0),   // called last night
            ((10, 135), 9, 11, State::Late, 1, 1, 1),     // the night to the 11th was missed
            ((10, 1_380), 10, 11, State::Fresh, 0, 0, 0), // called in the evening, after school
            ((10, 900), 9, 11, State::Late, 0, 0, 1),     // an afternoon call, without that day's sheet
            ((6, 135), 5, 8, State::Fresh, 0, 2, 0),      // Saturday to Monday: no school day between
            ((6, 135), 5, 9, State::Late, 1, 3, 1),
            ((6, 135), 5, 10, State::Silent, 2, 4, 2),
            ((6, 135), 5, 12, State::Silent, 4, 6, 4),
            ((11, 135), 5, 11, State::Silent, 0, 0, 3), // calls every night and sends nothing
            ((4, 135), 10, 11, State::Fresh, 5, 7, 0),  // its sheets come by another way
            ((12, 135), 11, 11, State::Fresh, 0, 0, 0), // a clock that went back
        ] {
            let unit = known(1, Some(at(contact.0, contact.1)), Some(day(last_day)));
            let board = board(&[unit], at(now, 540), 2, &weekdays);
            let line = &board[0];
            assert_eq!(
                (line.state, line.school_days, line.calendar_days, line.backlog),
                (state, school, calendar, backlog),
                "{contact:?} {last_day} {now}"
            );
        }
    }

    #[test]
    fn the_worst_come_first_with_what_is_known_of_them() {
        let now = at(18, 540);
        let never = known(1, None, None);
        let fresh = known(2, Some(at(18, 135)), Some(day(17)));
        let mut silent = known(3, Some(at(9, 135)), Some(day(8)));
        silent.streams = vec![stream(&silent, 1, 40, 0), stream(&silent, 2, 3, 1), stream(&silent, 3, 0, 0)];
        silent.unit.not_after = Some(at(17, 0));
        if let Some(contact) = &mut silent.contact {
            contact.clock_offset = -2 * DAY;
        }
        let mut worse = known(4, Some(at(4, 135)), Some(day(3)));
        worse.unit.not_after = Some(at(30, 0));
        let late = known(5, Some(at(17, 135)), Some(day(16)));
        let board = board(&[fresh, late, silent, never, worse], now, 2, &weekdays);
        let seen: Vec<_> = board
            .iter()
            .map(|l| (l.name.as_str(), l.state, l.school_days, l.backlog, l.acked, l.lives))
            .collect();
        assert_eq!(
            seen,
            [
                ("第1小学", State::Never, 13, 13, 0, 0),
                ("第4小学", State::Silent, 10, 10, 0, 0),
                ("第3小学", State::Silent, 7, 7, 3, 2),
                ("第5小学", State::Late, 1, 1, 0, 0),
                ("第2小学", State::Fresh, 0, 0, 0, 0),
            ]
        );
        assert_eq!(board[1].troubles, [Trouble::Expires(at(30, 0))]);
        assert_eq!(
            board[2].troubles,
            [Trouble::Expired(at(17, 0)), Trouble::Clock(-2 * DAY), Trouble::Forked, Trouble::Lives(2)]
        );
        assert!(
            board[1]
                .say(Lang::Zh)
                .contains("第4小学：已有 10 个上课日没有联系，最后一次是 2025-09-04 02:15:00")
        );
        assert!(
            board[3]
                .say(Lang::En)
                .contains("has not called for 1 school days, last call 2025-09-17 02:15:00")
        );
        assert!(board[2].troubles[1].say(Lang::Zh).contains("相差 -48 小时"));
    }

    #[test]
    fn the_board_is_gathered_from_the_register_the_link_and_the_figures() {
        let shelf = proto::store::MemoryStore::default();
        let mut room = Room::new(&shelf);
        let me: Party = "p52/c5205/d520502".parse().unwrap();
        let mut unit = known(1, Some(at(9, 135)), None);
        units::put(&mut room, &me, &unit.unit).unwrap();
        let contact = unit.contact.take().unwrap();
        post::note_contact(&mut room, &unit.unit.party, &contact);
        let mut closed = known(2, None, None).unit;
        closed.closed = Some(day(5));
        units::put(&mut room, &me, &closed).unwrap();
        let sheet = proto::model::sheet::Sheet {
            day: day(8),
            revision: 1,
            counts: proto::model::sheet::Counts::default(),
            provisional: false,
            closed: Moment(0),
        };
        let life = Incarnation { number: 1, nonce: 1 };
        rollup::apply_sheet(&mut room, &me, &unit.unit.party, &sheet, life, at(9, 135), at(9, 360)).unwrap();
        let gathered = gather(&room, &me, at(9, 540)).unwrap();
        assert_eq!(gathered.len(), 1, "a closed unit is not missed");
        assert_eq!((gathered[0].last_day, &gathered[0].contact), (Some(day(8)), &Some(contact)));
    }
}
