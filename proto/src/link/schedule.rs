//! When a party dials: once a night at a minute of its own, again after a failure with growing pauses,
//! at once when asked. Pure: time and chance come in.

use serde::{Deserialize, Serialize};

use crate::model::day::Moment;
use crate::model::party::Party;
use crate::store::Record;

/// The night and its pauses, from the rulebook's `[link]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plan {
    /// When the night's window opens, in minutes after local midnight.
    pub starts: u16,
    /// How long it stays open, in minutes.
    pub minutes: u16,
    /// The first pause after a failure, in milliseconds.
    pub first_pause: i64,
    /// The longest pause, in milliseconds.
    pub longest_pause: i64,
    /// After how long a silence of the first parent the next one is used, in milliseconds.
    pub fallback_after: i64,
}

/// After so many milliseconds without a try a silent parent is worth one: less than from one night to the
/// next, because calls do not fall on the same minute.
const TRY_SILENT_AGAIN: i64 = 16 * 3_600_000;

/// What a party remembers of its calls to one parent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Calls {
    /// When a conversation with nothing left waiting last ended.
    pub succeeded: Option<Moment>,
    /// When the parent last held a conversation to its end.
    pub answered: Option<Moment>,
    /// When it was last tried.
    pub tried: Option<Moment>,
    /// Failures since it last answered.
    pub failures: u32,
}

impl Record for Calls {
    const VERSION: u8 = 1;
    const NAME: &'static str = "calls";
}

/// The party's own minute inside the window: a county's schools do not dial in the same second. The
/// same every night, spread evenly over the first three quarters of the window.
pub fn spread(party: &Party, minutes: u16) -> i64 {
    let hash = blake3::hash(party.to_string().as_bytes());
    let number = u64::from_be_bytes(hash.as_bytes()[..8].try_into().expect("a hash has 32 bytes"));
    let span = (u64::from(minutes) * 60_000 * 3 / 4).max(1);
    i64::try_from(number % span).expect("a window is shorter than 2^63 milliseconds")
}

/// When to dial next after `now`.
pub fn next_dial(party: &Party, plan: &Plan, calls: &Calls, chance: u64, now: Moment) -> Moment {
    // what was noted while the clock stood ahead says nothing
    if calls.failures > 0
        && let Some(tried) = calls.tried.filter(|tried| *tried <= now)
    {
        return tried.plus_millis(pause(plan, calls.failures, chance)).max(now);
    }
    let today = now.day();
    let nights = [-1, 0, 1].map(|days| tonight(party, plan, Moment::at(today.plus(days), 0)));
    // one in which the night's bytes or hours were used up was tonight's call too
    let due = |at: &&Moment| calls.answered.is_none_or(|done| done < **at || done > now);
    // a night that was missed is made up for while its window is open
    let open = nights.iter().find(|at| due(at) && **at <= now && now < closes(plan, **at));
    let next = nights.iter().find(|at| **at > now).copied();
    open.map_or_else(|| next.unwrap_or(nights[2]), |_| now)
}

/// The window in which `now` lies closes at this instant; a conversation stops sending then. `None`
/// outside the window.
pub fn window_end(plan: &Plan, now: Moment) -> Option<Moment> {
    let opens = |days| Moment::at(now.day().plus(days), plan.starts);
    [-1, 0].map(opens).into_iter().find(|at| *at <= now && now < closes(plan, *at)).map(|at| closes(plan, at))
}

fn tonight(party: &Party, plan: &Plan, midnight: Moment) -> Moment {
    midnight.plus_millis(i64::from(plan.starts) * 60_000 + spread(party, plan.minutes))
}

fn closes(plan: &Plan, opens: Moment) -> Moment {
    opens.plus_millis(i64::from(plan.minutes) * 60_000)
}

/// The pause after the `failures`th failure: doubles from the first to the longest, then between a half
/// and the whole of that by chance.
pub fn pause(plan: &Plan, failures: u32, chance: u64) -> i64 {
    let doubled = plan.first_pause.saturating_mul(1_i64 << failures.saturating_sub(1).min(30));
    let most = doubled.clamp(1, plan.longest_pause.max(1));
    let half = most / 2;
    let part = i64::try_from(chance % (half.unsigned_abs() + 1)).unwrap_or(half);
    half + part
}

/// Which parent to dial: the first that is not silent for too long; when all are, the one tried longest
/// ago. `parents` in order of preference. A silent one is tried again once a night, so that a town whose
/// machine was away gets its schools back, and one that was never tried at once: it may have joined just now.
pub fn choose(plan: &Plan, parents: &[Calls], since: Moment, now: Moment) -> usize {
    let answered = |calls: &Calls| calls.answered.filter(|at| *at <= now).unwrap_or(since);
    let silent = |calls: &Calls| now.since(answered(calls)) > plan.fallback_after;
    let forgotten = |calls: &Calls| match calls.tried {
        Some(tried) => now.since(tried) > TRY_SILENT_AGAIN,
        None => calls.answered.is_none(),
    };
    parents
        .iter()
        .position(|calls| !silent(calls) || forgotten(calls))
        .or_else(|| (0..parents.len()).min_by_key(|&i| parents[i].tried))
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAN: Plan = Plan {
        starts: 19 * 60,
        minutes: 600,
        first_pause: 10_000,
        longest_pause: 14_400_000,
        fallback_after: 72 * 3_600_000,
    };

    fn at(text: &str, minute: u16) -> Moment {
        Moment::at(text.parse().unwrap(), minute)
    }

    fn school(n: u32) -> Party {
        format!("p52/c5205/d520502/s215200{n:04}").parse().unwrap()
    }

    #[test]
    fn a_countys_schools_spread_over_the_night() {
        let mut minutes: Vec<i64> = (0..400).map(|n| spread(&school(n), 600) / 60_000).collect();
        minutes.sort_unstable();
        assert!(minutes[399] < 450, "within the first three quarters");
        let busiest = minutes.chunk_by(|a, b| a == b).map(<[i64]>::len).max();
        assert!(busiest < Some(8), "400 schools over 450 minutes: {busiest:?} in the busiest one");
    }

    #[test]
    fn calls_that_were_noted_while_the_clock_was_ahead_hold_nothing_up() {
        let (me, me_too, ahead) = (school(1), school(2), at("2026-09-24", 20 * 60));
        let now = at("2025-09-24", 4 * 60);
        let failed = Calls { tried: Some(ahead), failures: 3, ..Calls::default() };
        assert_eq!(next_dial(&me, &PLAN, &failed, 0, now), now, "the night is still open");
        let done = Calls { succeeded: Some(ahead), answered: Some(ahead), tried: Some(ahead), failures: 0 };
        assert_eq!(next_dial(&me_too, &PLAN, &done, 0, now), now);
        let since = at("2025-09-01", 0);
        assert_eq!(choose(&PLAN, &[done, Calls::default()], since, now), 1, "it may be silent for weeks");
    }

    #[test]
    fn one_call_a_night_and_a_missed_one_is_made_up_for() {
        let me = school(1);
        let fresh = Calls::default();
        let evening = next_dial(&me, &PLAN, &fresh, 0, at("2025-09-24", 12 * 60));
        assert_eq!(evening.day(), "2025-09-24".parse().unwrap());
        let done =
            Calls { succeeded: Some(evening), answered: Some(evening), tried: Some(evening), failures: 0 };
        assert_eq!(next_dial(&me, &PLAN, &done, 0, evening.plus_millis(1)), evening.plus_millis(86_400_000));
        // the night's bytes were used up: what waits goes the next night
        let used_up = Calls { succeeded: None, ..done };
        assert_eq!(
            next_dial(&me, &PLAN, &used_up, 0, evening.plus_millis(1)),
            evening.plus_millis(86_400_000)
        );
        // switched off at its minute, on again before the window closes
        let late = at("2025-09-25", 4 * 60);
        assert_eq!(next_dial(&me, &PLAN, &fresh, 0, late), late);
        // on again when the window is closed: the next night
        assert!(next_dial(&me, &PLAN, &fresh, 0, at("2025-09-25", 9 * 60)) >= at("2025-09-25", 19 * 60));
    }

    #[test]
    fn pauses_grow_to_hours_with_chance_in_them() {
        for (failures, most) in [(1, 10_000), (2, 20_000), (5, 160_000), (12, 14_400_000), (60, 14_400_000)] {
            assert_eq!(pause(&PLAN, failures, 0), most / 2);
            assert_eq!(pause(&PLAN, failures, u64::try_from(most).unwrap() / 2), most);
        }
        let tried = at("2025-09-24", 20 * 60);
        let failing = Calls { tried: Some(tried), failures: 3, ..Calls::default() };
        assert_eq!(next_dial(&school(1), &PLAN, &failing, 0, tried), tried.plus_millis(20_000));
    }

    #[test]
    fn the_next_parent_is_used_when_the_first_is_silent_too_long() {
        let began = at("2025-09-01", 0);
        let now = at("2025-09-10", 0);
        let answered = |day: &str| Calls { answered: Some(at(day, 0)), ..Calls::default() };
        let never = Calls::default();
        for (parents, chosen) in [
            (vec![answered("2025-09-09"), answered("2025-09-09")], 0),
            (vec![answered("2025-09-05"), answered("2025-09-09")], 1),
            // silent, and not tried since last night
            (
                vec![
                    Calls { tried: Some(at("2025-09-09", 0)), ..answered("2025-09-05") },
                    answered("2025-09-09"),
                ],
                0,
            ),
            // tried tonight, in vain
            (vec![Calls { tried: Some(now), ..answered("2025-09-05") }, answered("2025-09-09")], 1),
            (vec![never, never], 0),
            // a town that joined after its school
            (vec![never, answered("2025-09-09")], 0),
            (vec![Calls { tried: Some(now), ..never }, answered("2025-09-09")], 1),
            (vec![Calls { tried: Some(now), ..never }, never], 1),
        ] {
            assert_eq!(choose(&PLAN, &parents, began, now), chosen, "{parents:?}");
        }
        assert_eq!(
            choose(&PLAN, &[never, never], at("2025-09-08", 0), now),
            0,
            "three days of patience at the start"
        );
    }

    #[test]
    fn the_window_may_cross_midnight() {
        assert_eq!(window_end(&PLAN, at("2025-09-25", 60)), Some(at("2025-09-25", 5 * 60)));
        assert_eq!(window_end(&PLAN, at("2025-09-24", 20 * 60)), Some(at("2025-09-25", 5 * 60)));
        assert_eq!(window_end(&PLAN, at("2025-09-24", 12 * 60)), None);
    }
}
