//! Figures as they are told.

use proto::model::day::Day;
use proto::model::division::Divisions;
use proto::model::lang::{Lang, Say};
use proto::model::party::Party;
use proto::model::region::Region;
use proto::model::sheet::Indicator;
use proto::say;
use proto::wire::bureau as wire;

use super::words;
use crate::desk::watch::shown_name;
use crate::desk::{Hub, HubError};
use crate::units::Unit;
use crate::view::{Figure, Share, Subject};

/// Answers for a place and its days.
pub(super) async fn rollup(
    hub: &Hub,
    asked: &wire::RollupRequest,
    lang: Lang,
) -> Result<wire::RollupReply, HubError> {
    let place = match asked.place.as_str() {
        "" => hub.me.region(),
        words => Divisions::shipped().find(words)?,
    };
    if place != hub.me.region() && !inside(hub, place) {
        return Err(HubError::NoUnit(asked.place.clone()));
    }
    let days = match (words::day("from", &asked.from)?, words::day("to", &asked.to)?) {
        (Some(from), Some(to)) => Some((from, to)),
        (Some(day), None) | (None, Some(day)) => Some((day, day)),
        (None, None) => None,
    };
    let days = days.map(|(from, to)| period(from, to, hub.clock.now().day())).transpose()?;
    let shown = hub.figures(place, days).await?;
    let rules = hub.state();
    let listed: Vec<Indicator> = rules.rules.indicators.known().collect();
    let name = |party: &Party| shown.names.get(party).cloned();
    let figure = |figure: &Figure| told(figure, &listed, &name, lang);
    Ok(wire::RollupReply {
        from: shown.view.from.to_string(),
        to: shown.view.to.to_string(),
        own: Some(figure(&shown.view.own)),
        below: shown.view.below.iter().map(figure).collect(),
        missing: shown.missing.iter().map(|(unit, last)| missing(unit, *last)).collect(),
    })
}

/// The days that were asked for, as far as they have come.
fn period(from: Day, to: Day, today: Day) -> Result<(Day, Day), HubError> {
    if from > to {
        return Err(HubError::Backwards { from, to });
    }
    if from > today {
        return Err(HubError::NotYet { day: from, today });
    }
    Ok((from, to.min(today)))
}

fn inside(hub: &Hub, place: Region) -> bool {
    Divisions::shipped().party_of(place, &hub.config.by).is_ok_and(|party| party.is_below(&hub.me))
}

fn missing(unit: &Unit, last: Option<Day>) -> wire::Missing {
    wire::Missing {
        party: unit.party.to_string(),
        name: shown_name(unit),
        last_day: last.map(|day| day.to_string()).unwrap_or_default(),
    }
}

/// A figure with the counters that are listed: one that is not is no zero.
fn told(
    figure: &Figure,
    listed: &[Indicator],
    name: &dyn Fn(&Party) -> Option<String>,
    lang: Lang,
) -> wire::Figure {
    let (kind, code, name) = match &figure.subject {
        Subject::Place(place) => ("place", place.to_string(), place_name(*place)),
        Subject::Straight(place) => {
            let place_name = place_name(*place);
            let name = say!(lang, "{place_name}直属学校", "schools run by {place_name} itself");
            ("straight", place.to_string(), name)
        }
        Subject::School(school) => {
            let code = school.school_code().map(|code| code.to_string()).unwrap_or_default();
            let name = name(school).unwrap_or_else(|| code.clone());
            ("school", code, name)
        }
    };
    let counts = listed.iter().map(|i| (i.code().to_owned(), figure.counts.of(*i))).collect();
    let permille = |share: Option<Share>| share.map(|share| share.tenths_per(100));
    wire::Figure {
        kind: kind.to_owned(),
        code,
        name,
        counts,
        expected: figure.reporting.expected,
        reported: figure.reporting.reported,
        on_time: figure.reporting.on_time,
        restated: figure.reporting.restated,
        provisional: figure.reporting.provisional,
        reporting_permille: permille(figure.reporting_rate()),
        on_time_permille: permille(figure.on_time_rate()),
        as_of: figure.as_of.map_or(0, |at| at.0),
        carried: figure.carried,
        corrected: figure.restated,
    }
}

fn place_name(place: Region) -> String {
    Divisions::shipped().name(place).map_or_else(|| place.to_string(), str::to_owned)
}

/// A line of the silence board in one sentence, with its troubles.
pub(super) fn sentence(line: &crate::silence::Line, lang: Lang) -> String {
    let troubles = line.troubles.iter().map(|trouble| trouble.say(lang));
    std::iter::once(line.say(lang)).chain(troubles).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use proto::model::sheet::{Counts, Reporting};

    use super::*;

    #[test]
    fn a_counter_that_the_rulebook_leaves_out_is_no_zero() {
        let figure = Figure {
            subject: Subject::Place("520502".parse().unwrap()),
            counts: Counts::default(),
            reporting: Reporting::default(),
            as_of: None,
            carried: 0,
            restated: false,
        };
        let told = told(&figure, &[Indicator::OnRoll], &|_| None, Lang::Zh);
        assert_eq!(told.counts.into_iter().collect::<Vec<_>>(), [("on_roll".to_owned(), 0)]);
    }

    #[test]
    fn a_period_runs_forward_and_ends_today_at_the_latest() {
        let day = |text: &str| -> Day { text.parse().unwrap() };
        let (monday, today, later) = (day("2026-11-16"), day("2026-11-22"), day("2026-11-30"));
        assert_eq!(period(monday, today, today).unwrap(), (monday, today));
        assert_eq!(period(monday, later, today).unwrap(), (monday, today));
        assert!(matches!(period(today, monday, today), Err(HubError::Backwards { .. })));
        assert!(matches!(period(later, later, today), Err(HubError::NotYet { .. })));
    }
}
