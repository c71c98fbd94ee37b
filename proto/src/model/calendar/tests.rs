use super::{
    Calendar, CalendarDocument, CalendarWarning, Fault, SchoolYear, Scope, Trigger, Why, age_on, weekday,
};
use crate::model::day::Day;
use crate::model::lang::{Lang, Say};
use crate::model::rulebook::{Basis, Rulebook};

fn d(text: &str) -> Day {
    text.parse().unwrap()
}

fn document(scope: &str, owner: &str, version: u32, rest: &str) -> CalendarDocument {
    let head = format!(
        "schema = 1\nschool_year = \"2025-2026\"\nscope = \"{scope}\"\nowner = \"{owner}\"\n\
         version = {version}\nissued = 2025-08-20\n"
    );
    CalendarDocument::parse(&(head + rest)).unwrap()
}

const TERMS: &str = "[[term]]\nno = 1\nfirst_day = 2025-09-01\nlast_day = 2026-01-23\n\
                     [[term]]\nno = 2\nfirst_day = 2026-03-02\nlast_day = 2026-07-03\n";

/// `domain/6-calendar.md` 6.2.
#[test]
fn a_number_is_put_into_a_text_that_stays_as_its_author_wrote_it() {
    let text = "schema = 1\nschool_year = \"2025-2026\"\nscope = \"county\"\nowner = \"520502\"\n\
                version=12#  草稿 version = 1\nissued = 2025-08-20\n";
    let numbered = CalendarDocument::numbered(text, 3).unwrap();
    assert_eq!(numbered, text.replace("version=12", "version=3"));
    let [read, other] = [text, &numbered].map(|text| CalendarDocument::parse(text).unwrap());
    assert!(read.version == 12 && other.version == 3 && read.says_the_same(&other));
    let freed = numbered + "[[day]]\ndate = 2025-10-15\nkind = \"no_class\"\n";
    assert!(!read.says_the_same(&CalendarDocument::parse(&freed).unwrap()));
    assert!(CalendarDocument::numbered("schema = 1", 3).is_err());
}

#[test]
fn the_worked_examples() {
    let calendar = Calendar::build(&[]);
    for (absent_from, fifth, sixth) in [
        ("2025-09-24", "2025-09-29", "2025-09-30"),
        ("2025-09-29", "2025-10-11", "2025-10-13"),
        ("2025-04-24", "2025-04-29", "2025-04-30"),
        ("2026-04-29", "2026-05-08", "2026-05-09"),
        ("2026-02-09", "2026-02-13", "2026-02-14"),
    ] {
        let told = calendar.explain(d(absent_from), &Rulebook::default(), None);
        assert_eq!((told.report_on, told.suspected_on), (Some(d(fifth)), Some(d(sixth))), "{absent_from}");
        assert_eq!(told.days.last().map(|l| l.day), told.suspected_on);
        let counted: Vec<_> = told.days.iter().filter_map(|l| l.counting_day).collect();
        assert_eq!(counted, [1, 2, 3, 4, 5, 6]);
        assert!(!told.provisional);
    }
}

#[test]
fn a_make_up_saturday_in_the_winter_break_is_not_counted() {
    let calendar = Calendar::build(&[document("county", "520502", 1, TERMS)]);
    for text in ["2026-02-09", "2026-02-13", "2026-02-14"] {
        assert_eq!(calendar.day(d(text), None).why, Why::OutsideTerm, "{text}");
    }
    let told = calendar.explain(d("2026-02-09"), &Rulebook::default(), None);
    assert_eq!((told.report_on, told.suspected_on), (Some(d("2026-03-06")), Some(d("2026-03-09"))));
    let literal = Rulebook::layered(&[("520502@1", "[absence]\nbasis = \"work_days\"")]).unwrap();
    assert_eq!(calendar.explain(d("2026-02-09"), &literal, None).suspected_on, Some(d("2026-02-14")));
}

#[test]
fn an_explanation_lists_every_day_with_its_reason() {
    let told = Calendar::build(&[]).explain(d("2025-09-24"), &Rulebook::default(), None);
    assert_eq!(
        told.say(Lang::Zh),
        "自 2025-09-24 起缺课。规则：内置；校历：内置\n\
         2025-09-24 周三  第 1 天  上课日\n\
         2025-09-25 周四  第 2 天  上课日\n\
         2025-09-26 周五  第 3 天  上课日\n\
         2025-09-27 周六  不计  周末\n\
         2025-09-28 周日  第 4 天  调休上班（国庆节、中秋节）\n\
         2025-09-29 周一  第 5 天  上课日；班主任当日上报（T01）\n\
         2025-09-30 周二  第 6 天  上课日；自当日起标记为疑似辍学（T02）"
    );
    let json = serde_json::to_value(&told).unwrap();
    assert_eq!(json["suspected_on"], "2025-09-30");
    assert_eq!(json["days"][4]["why"], "make_up_day");
    assert_eq!(json["days"][5]["triggers"][0], "T01");
    assert_eq!(told.days[6].triggers, [Trigger::T02]);
}

#[test]
fn thresholds_come_from_the_rulebook() {
    let rules = "[absence]\nreport_on_day = 1\nsuspect_after_days = 3";
    let rules = Rulebook::layered(&[("520502@1", rules)]).unwrap();
    let told = Calendar::build(&[]).explain(d("2025-09-24"), &rules, None);
    assert_eq!((told.report_on, told.suspected_on), (Some(d("2025-09-24")), Some(d("2025-09-28"))));
    assert_eq!(told.rules, "built-in+520502@1");
}

#[test]
fn the_years_have_the_workdays_that_the_notices_give() {
    let calendar = Calendar::build(&[]);
    for (year, workdays) in [(2023, 249), (2024, 251), (2025, 248), (2026, 248)] {
        let first = Day::new(year, 1, 1).unwrap();
        let days = (0..366).map(|n| first.plus(n)).filter(|d| d.date().year() == year);
        assert_eq!(days.filter(|d| calendar.is_workday(*d)).count(), workdays, "{year}");
    }
}

#[test]
fn on_the_first_of_june_children_under_fourteen_stay_at_home() {
    let calendar = Calendar::build(&[]);
    let monday = d("2026-06-01");
    for (birth, counts) in [
        (Some("2012-06-02"), false),
        (Some("2012-06-01"), true),
        (Some("2010-01-01"), true),
        (Some("2019-09-01"), false),
        (None, true),
    ] {
        let verdict = calendar.day(monday, birth.map(d));
        assert_eq!(verdict.counts, counts, "{birth:?}");
        assert_eq!(verdict.reason, if counts { "" } else { "儿童节" });
    }
    // a Sunday: no substitute day follows
    assert!(calendar.day(d("2031-06-02"), Some(d("2024-01-01"))).counts);
    let held = "[[day]]\ndate = 2026-06-01\nkind = \"class\"\nreason = \"文艺汇演\"\n";
    let held = Calendar::build(&[document("school", "2152000001", 1, held)]);
    assert!(held.day(monday, Some(d("2019-09-01"))).counts);
}

#[test]
fn an_entry_may_hold_for_an_age_only() {
    let rest = "[[day]]\ndate = 2026-05-06\nkind = \"no_class\"\nfrom_age = 14\nreason = \"青年节\"\n\
                [[day]]\ndate = 2026-05-06\nkind = \"class\"\nonly_under_age = 14\n";
    let calendar = Calendar::build(&[document("county", "520502", 1, rest)]);
    let why = |birth: Option<&str>| calendar.day(d("2026-05-06"), birth.map(d)).why;
    assert_eq!(why(Some("2012-05-06")), Why::NoClass);
    assert_eq!(why(Some("2012-05-07")), Why::ClassAdded);
    assert_eq!(why(None), Why::Weekday);
    assert_eq!(age_on(d("2012-02-29"), d("2026-02-28")), 13);
}

#[test]
fn a_boarding_school_adds_its_weekends() {
    // ten days on, four off, from Monday 8 September
    let rest = (0..14).map(|n| (d("2025-09-08").plus(n), if n < 10 { "class" } else { "no_class" })).fold(
        String::new(),
        |text, (day, kind)| {
            text + &format!("[[day]]\ndate = {day}\nkind = \"{kind}\"\nreason = \"大小周\"\n")
        },
    );
    let county = document("county", "520502", 1, TERMS);
    let calendar = Calendar::build(&[document("school", "2152000001", 1, &rest), county]);
    let days: Vec<_> = calendar
        .counting_days(d("2025-09-08"), None, Basis::SchoolDays)
        .take(11)
        .map(|d| d.to_string())
        .collect();
    assert_eq!((days[5].as_str(), days[9].as_str()), ("2025-09-13", "2025-09-17"));
    assert_eq!(days[10], "2025-09-22");
    assert_eq!(
        calendar.explain(d("2025-09-08"), &Rulebook::default(), None).suspected_on,
        Some(d("2025-09-13"))
    );
}

#[test]
fn the_later_layer_wins_each_day() {
    let day = |date: &str, kind: &str| format!("[[day]]\ndate = {date}\nkind = \"{kind}\"\n");
    let layers = [
        document("school", "2152000001", 1, &day("2025-11-07", "class")),
        document("county", "520502", 2, &(day("2025-11-06", "work") + &day("2025-11-07", "no_class"))),
        document("county", "520502", 1, &(day("2025-11-06", "off") + &day("2025-11-10", "off"))),
        document("city", "520500", 1, &day("2025-11-06", "off")),
        document("province", "520000", 1, &(day("2025-11-05", "off") + &day("2025-09-28", "no_class"))),
    ];
    let calendar = Calendar::build(&layers);
    for (date, why, layer) in [
        ("2025-11-05", Why::DayOff, "province 520000@1"),
        ("2025-11-06", Why::MakeUpDay, "county 520502@2"),
        ("2025-11-07", Why::ClassAdded, "school 2152000001@1"),
        ("2025-11-10", Why::Weekday, "weekday rule"),
        ("2025-09-28", Why::NoClass, "province 520000@1"),
        ("2025-10-01", Why::DayOff, "built-in"),
    ] {
        let verdict = calendar.day(d(date), None);
        assert_eq!((verdict.why, verdict.layer), (why, layer), "{date}");
    }
    assert!(calendar.is_workday(d("2025-09-28")) && calendar.is_workday(d("2025-11-07")));
    assert_eq!(
        calendar.label(),
        "built-in+province 520000@1+city 520500@1+county 520502@2+school 2152000001@1"
    );
}

#[test]
fn a_year_without_national_days_is_provisional() {
    let calendar = Calendar::build(&[]);
    assert!(calendar.provisional(d("2027-03-01")) && !calendar.provisional(d("2026-12-31")));
    let told = calendar.explain(d("2026-12-29"), &Rulebook::default(), None);
    assert!(told.provisional && told.say(Lang::En).contains("provisional"));
    assert_eq!(told.suspected_on, Some(d("2027-01-05")));
    assert_eq!(calendar.warnings(d("2027-03-01"))[0], CalendarWarning::NoNationalDays(2027));
    assert_eq!(calendar.warnings(d("2026-12-01"))[0], CalendarWarning::NoNationalDays(2027));

    let notice = "schema = 1\nschool_year = \"2026-2027\"\nscope = \"national\"\nowner = \"CN\"\nversion = 1\n\
                  issued = 2026-11-05\n[[day]]\ndate = 2027-01-01\nkind = \"off\"\nreason = \"元旦\"\n\
                  [[day]]\ndate = 2027-10-01\nkind = \"off\"\nreason = \"国庆节\"\n";
    let told = Calendar::build(&[CalendarDocument::parse(notice).unwrap()]);
    assert!(!told.provisional(d("2027-10-01")));
    assert_eq!(told.day(d("2027-01-01"), None).layer, "national CN@1");
}

#[test]
fn without_terms_every_workday_is_taught_and_it_is_said() {
    let calendar = Calendar::build(&[]);
    let year: SchoolYear = "2025-2026".parse().unwrap();
    assert!(calendar.day(d("2026-02-10"), None).counts);
    assert_eq!(calendar.warnings(d("2026-02-10")), [CalendarWarning::NoTerms(year)]);

    let autumn = "[[term]]\nno = 1\nfirst_day = 2025-08-28\nlast_day = 2026-01-23\n";
    let calendar = Calendar::build(&[document("county", "520502", 1, autumn)]);
    assert!(calendar.day(d("2025-08-28"), None).counts);
    assert!(!calendar.day(d("2026-03-10"), None).counts);
    assert!(calendar.day(d("2026-09-10"), None).counts, "the next year has no terms yet");
    let warning = CalendarWarning::NoLaterTerm(year, d("2026-01-23"));
    assert_eq!(calendar.warnings(d("2026-03-10")), [warning]);
    assert!(calendar.warnings(d("2026-01-23")).is_empty());
    assert!(warning.say(Lang::Zh).contains("2026-01-23") && warning.say(Lang::En).contains("2026-01-23"));
}

#[test]
fn a_calendar_without_days_to_come_ends() {
    let rest = "[[term]]\nno = 1\nfirst_day = 2025-09-01\nlast_day = 2025-09-03\n";
    let mut documents = vec![document("county", "520502", 1, rest)];
    for first in 2026..2029 {
        let mut later = documents[0].clone();
        later.school_year = format!("{first}-{}", first + 1).parse().unwrap();
        documents.push(later);
    }
    let calendar = Calendar::build(&documents);
    assert_eq!(calendar.counting_days(d("2025-09-01"), None, Basis::SchoolDays).count(), 3);
    let told = calendar.explain(d("2025-09-01"), &Rulebook::default(), None);
    assert_eq!((told.report_on, told.suspected_on), (None, None));
}

/// A01, A03, A07, A08: from the first day of teaching in the county's calendar.
#[test]
fn what_is_due_at_the_start_of_a_term() {
    let year = "2025-2026".parse().unwrap();
    let rest = TERMS.to_owned() + "[[day]]\ndate = 2025-09-01\nkind = \"no_class\"\nreason = \"暴雨\"\n";
    let closed = "[[term]]\nno = 1\nfirst_day = 2025-09-08\nlast_day = 2026-01-16\n\
                  [[day]]\ndate = 2025-09-02\nkind = \"no_class\"\n";
    let calendar = Calendar::build(&[
        document("county", "520502", 1, &rest),
        document("school", "2152000001", 1, closed),
    ]);
    let due = calendar.term_deadlines(year, 1).unwrap();
    assert_eq!(
        [due.start, due.return_check, due.comparison, due.written_report, due.matching],
        ["2025-09-02", "2025-09-03", "2025-09-09", "2025-09-16", "2025-10-02"].map(d)
    );
    assert_eq!(calendar.first_instruction_day(year, 2), Some(d("2026-03-02")));
    assert_eq!(calendar.term_deadlines("2026-2027".parse().unwrap(), 1), None);
    assert_eq!(calendar.term_of(d("2025-09-02")), None, "the school itself begins later");
    assert_eq!(calendar.term_of(d("2026-07-03")).unwrap().term.no, 2);
    assert_eq!(weekday(due.start, Lang::En), "Tue");
}

#[test]
fn a_document_reads_back_as_it_was_written() {
    let text = "schema = 1\nschool_year = \"2025-2026\"\nscope = \"school\"\nowner = \"2152000001\"\nversion = 3\n\
                issued = 2025-08-20\n\n[[term]]\nno = 1\nfirst_day = 2025-09-01\nlast_day = 2026-01-23\n\n\
                [[day]]\ndate = 2025-10-10\nkind = \"no_class\"\nfrom_age = 6\nonly_under_age = 14\n\
                reason = \"\\\"农忙假\\\"\"\n\n[[day]]\ndate = 2025-10-18\nkind = \"class\"\n";
    let document = CalendarDocument::parse(text).unwrap();
    assert_eq!(CalendarDocument::parse(&document.to_text()), Ok(document.clone()));
    assert_eq!(document.days[0].reason, "\"农忙假\"");
    let quoted = text.replace("2025-10-18", "\"2025-10-18\"");
    assert_eq!(CalendarDocument::parse(&quoted), Ok(document));
}

#[test]
fn a_bad_document_is_refused_with_its_line() {
    let good = "schema = 1\nschool_year = \"2025-2026\"\nscope = \"county\"\nowner = \"520502\"\nversion = 3\n\
                issued = 2025-08-20\n[[term]]\nno = 1\nfirst_day = 2025-09-01\nlast_day = 2026-01-23\n\
                [[day]]\ndate = 2025-09-28\nkind = \"work\"\nreason = \"国庆节调休\"\n";
    CalendarDocument::parse(good).unwrap();
    let year: SchoolYear = "2025-2026".parse().unwrap();
    for (from, to, line, fault) in [
        ("schema = 1", "schema = 2", 1, Some(Fault::Schema(2))),
        ("2025-2026", "2025-2027", 2, Some(Fault::Year("2025-2027".into()))),
        ("\"county\"", "\"town\"", 3, None),
        ("\"520502\"", "\"520500\"", 4, Some(Fault::Owner { scope: Scope::County, owner: "520500".into() })),
        ("version = 3", "version = 0", 5, Some(Fault::Version)),
        ("version = 3", "version = 3\nnote = 1", 6, None),
        ("2025-08-20", "2025-02-30", 6, None),
        ("no = 1", "no = 9", 7, Some(Fault::TermNumber(9))),
        ("2026-01-23", "2025-08-31", 7, Some(Fault::TermBackwards(1))),
        ("2026-01-23", "2026-09-23", 7, Some(Fault::OutsideYear { day: d("2026-09-23"), year })),
        (
            "[[day]]",
            "[[term]]\nno = 2\nfirst_day = 2026-01-20\nlast_day = 2026-07-01\n[[day]]",
            11,
            Some(Fault::TermsOverlap(1, 2)),
        ),
        ("2025-09-28", "2025-07-28", 11, Some(Fault::OutsideYear { day: d("2025-07-28"), year })),
        ("2025-09-28", "\"28.9.2025\"", 12, None),
        ("\"work\"", "\"holiday\"", 13, None),
        (
            "\"work\"",
            "\"work\"\nfrom_age = 14\nonly_under_age = 14",
            11,
            Some(Fault::NoAge { from: 14, under: 14 }),
        ),
        (
            "\"work\"",
            "\"work\"\n[[day]]\ndate = 2025-09-28\nkind = \"off\"\nonly_under_age = 14",
            14,
            Some(Fault::DayTwice(d("2025-09-28"))),
        ),
        ("date = 2025-09-28\n", "", 11, None),
        ("issued = 2025-08-20\n", "", 1, None),
    ] {
        let refused = CalendarDocument::parse(&good.replacen(from, to, 1)).unwrap_err();
        assert_eq!(refused.line, line, "{to}: {refused}");
        match fault {
            Some(fault) => assert_eq!(refused.fault, fault),
            None => assert!(matches!(refused.fault, Fault::Syntax(_)), "{to}: {refused}"),
        }
        assert!(
            refused.say(Lang::Zh).starts_with(&format!("校历文件第 {line} 行")),
            "{}",
            refused.say(Lang::Zh)
        );
    }
}
