use super::{Absence, Allowed, BUILT_IN, Basis, KEYS, Rulebook, RulebookError, TimeOfDay, Warning};
use crate::model::day::Day;
use crate::model::lang::{Lang, Say};
use crate::model::sheet::Indicator;

#[test]
fn the_founding_values_are_those_of_the_plan() {
    let book = Rulebook::default();
    assert_eq!(book.absence, Absence { report_on_day: 5, suspect_after_days: 5, ..Absence::default() });
    assert_eq!((book.absence.drop_out_after_months, book.absence.basis), (1, Basis::SchoolDays));
    assert!(!book.absence.month_pauses_in_vacation && !book.absence.month_rolls_over_days_off);
    assert_eq!(book.indicators.known().collect::<Vec<_>>(), Indicator::ALL);
    assert_eq!(book.label(), BUILT_IN);
    let day: Day = "2025-09-30".parse().unwrap();
    assert_eq!(book.reporting.deadline(day).to_string(), "2025-10-01 12:00:00");
}

#[test]
fn every_founding_value_is_one_that_its_key_may_have() {
    let text = toml::to_string(&Rulebook::default()).unwrap();
    let body = text.split_once('\n').unwrap().1;
    assert_eq!(Rulebook::check(body), Ok(vec![]), "{body}");
    assert_eq!(Rulebook::layered(&[("all", body)]).unwrap().absence, Absence::default());
    let table: toml::Table = toml::from_str(&text).unwrap();
    for (section, key, _) in KEYS {
        assert!(table[*section].get(key).is_some(), "{section}.{key}");
    }
}

#[test]
fn the_later_layer_wins_key_by_key() {
    let province = "[absence]\nreport_on_day = 3\nsuspect_after_days = 4\n[link]\nnight_starts = \"20:30\"";
    let county = "[absence]\nsuspect_after_days = 6\n[indicators]\nlist = [\"on_roll\", \"of_the_future\"]";
    let book = Rulebook::layered(&[("520000@1", province), ("520502@3", county)]).unwrap();
    assert_eq!((book.absence.report_on_day, book.absence.suspect_after_days), (3, 6));
    assert_eq!(book.link.night_starts, TimeOfDay::from_minutes(20 * 60 + 30));
    assert_eq!(book.link.night_minutes, 600);
    assert_eq!(book.indicators.known().collect::<Vec<_>>(), [Indicator::OnRoll]);
    assert_eq!(book.label(), "built-in+520000@1+520502@3");
}

#[test]
fn a_newer_rulebook_is_accepted_and_its_unknown_keys_are_named_to_the_issuer() {
    let text = "label = \"forged\"\n[absence]\nreport_on_dya = 4\n[weather]\nsnow = true\n\
                [indicators]\nlist = [\"on_roll\", \"of_the_future\"]";
    assert_eq!(
        Rulebook::check(text).unwrap(),
        [
            Warning::UnknownKey("absence.report_on_dya".into()),
            Warning::UnknownKey("label".into()),
            Warning::UnknownKey("weather".into()),
            Warning::UnknownIndicator("of_the_future".into()),
        ]
    );
    assert_eq!(Rulebook::layered(&[("520502@9", text)]).unwrap().label(), "built-in+520502@9");
}

#[test]
fn a_value_that_a_key_may_not_have_is_refused_by_name_and_range() {
    for (text, key, range) in [
        ("[absence]\nreport_on_day = 0", "absence.report_on_day", "from 1 to 30"),
        ("[absence]\nreport_on_day = \"5\"", "absence.report_on_day", "from 1 to 30"),
        ("[absence]\nbasis = \"calendar_days\"", "absence.basis", "\"school_days\", \"work_days\""),
        ("[absence]\nmonth_pauses_in_vacation = 1", "absence.month_pauses_in_vacation", "true or false"),
        ("absence = 5", "absence", "section"),
        ("[link]\nnight_starts = \"24:00\"", "link.night_starts", "19:00"),
        ("[link]\nbytes_per_night = -1", "link.bytes_per_night", "from 0"),
        ("[reporting]\nschool_rows_travel_to = \"nation\"", "reporting.school_rows_travel_to", "\"county\""),
        ("[suppression]\nhide_below = 1", "suppression.hide_below", "from 3"),
        ("[divisions]\nversion = \"2023-06-31\"", "divisions.version", "2023-06-30"),
        ("[indicators]\nlist = []", "indicators.list", "at least one"),
        ("[indicators]\nlist = [\"nope\"]", "indicators.list", "at least one"),
    ] {
        let refused = Rulebook::check(text).unwrap_err();
        assert!(matches!(&refused, RulebookError::Value { key: k, .. } if k == key), "{text}: {refused}");
        assert!(refused.say(Lang::En).contains(range), "{}", refused.say(Lang::En));
        assert!(refused.say(Lang::Zh).contains(key), "{}", refused.say(Lang::Zh));
        assert!(Rulebook::layered(&[("520502@1", text)]).unwrap_err().to_string().contains("520502@1"));
    }
}

#[test]
fn what_is_no_toml_is_refused_with_its_line() {
    let refused = Rulebook::check("[absence]\nreport_on_day = 5\nsuspect_after_days = = 5").unwrap_err();
    assert!(matches!(refused, RulebookError::Syntax { line: 3, .. }), "{refused}");
}

#[test]
fn rules_that_contradict_each_other_are_refused() {
    for text in [
        "[absence]\nsuspect_after_days = 4",
        "[link]\nretry_first_seconds = 61\nretry_most_seconds = 60",
        "[certificates]\nvalid_days = 30\nwarn_days = 31",
    ] {
        let refused = Rulebook::layered(&[("520502@1", text)]).unwrap_err();
        assert!(matches!(refused, RulebookError::Order { .. }), "{text}: {refused}");
    }
}

#[test]
fn a_limit_admits_its_ends_and_nothing_beyond() {
    for (section, key, allowed) in KEYS {
        let Allowed::Whole { min, max } = allowed else { continue };
        for (value, fits) in [(*min, true), (*max, true), (min - 1, false), (max + 1, false)] {
            let text = format!("[{section}]\n{key} = {value}");
            assert_eq!(Rulebook::check(&text).is_ok(), fits, "{text}");
        }
    }
}
