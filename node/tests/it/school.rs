//! A school's days, through its own services.

use crate::campus::{Campus, MONDAY, afternoon, day, en, name, pupil, roll, rule, said};
use node::serve::{StartError, inside, start};
use proto::model::day::Moment;
use proto::store::OpenError;
use proto::wire::school as wire;
use tonic::Code;

/// The first six school days of an absence that begins on [`MONDAY`]; the fifth is Friday, the sixth the
/// make-up Sunday before the National Day holiday.
const SIX_DAYS: [&str; 6] = [MONDAY, "2025-09-23", "2025-09-24", "2025-09-25", "2025-09-26", "2025-09-28"];

fn absentee() -> String {
    name(5, 1, 1)
}

#[tokio::test]
async fn a_second_import_of_the_same_file_changes_nothing() {
    let campus = Campus::with_roll().await;
    let again = campus.import(&roll(&[(5, 1, 4), (4, 2, 4)]), false).await.unwrap();
    assert_eq!((again.unchanged, again.written), (8, false));
    assert!(again.added.is_empty() && again.changed.is_empty() && again.missing.is_empty());
}

#[tokio::test]
async fn rows_mended_on_the_first_day_count_from_the_same_day_as_the_others() {
    let campus = Campus::new().await;
    let first = campus.import(&roll(&[(5, 1, 2)]), false).await.unwrap();
    let mended = campus.import(&roll(&[(5, 1, 4)]), false).await.unwrap();
    assert_eq!((first.since.as_str(), mended.since.as_str()), ("2025-09-01", "2025-09-01"));
    campus.clock.set(afternoon("2025-09-23"));
    let later = campus.import(&roll(&[(5, 1, 5)]), false).await.unwrap();
    assert_eq!((later.added.len(), later.since.as_str()), (1, "2025-09-23"));
}

#[tokio::test]
async fn a_changed_file_shows_what_it_would_change_before_it_does() {
    let campus = Campus::with_roll().await;
    // 甲五一零四 has moved to class 2, one of 4.2 is not in the file, and one line is wrong
    let moved = pupil(5, 1, 4).replace(",5,1班", ",5,2班");
    let file = roll(&[(5, 1, 3), (4, 2, 3)]) + &moved + &pupil(5, 1, 9).replace("99", "98");
    let rehearsed = campus.import(&file, true).await.unwrap();
    assert!(!rehearsed.written);
    assert_eq!((rehearsed.changed.len(), rehearsed.missing.len(), rehearsed.bad.len()), (1, 1, 1));
    assert_eq!(rehearsed.changed[0].class, "5.2");
    assert_eq!(campus.explain(&name(5, 1, 4)).await.child.unwrap().class, "5.1");

    let done = campus.import(&file, false).await.unwrap();
    assert!(done.written && !done.error_workbook.is_empty());
    assert_eq!(campus.explain(&name(5, 1, 4)).await.child.unwrap().class, "5.2");
    // who is not in the file stays on the roll
    assert_eq!(campus.status().await.children, 8);
}

#[tokio::test]
async fn six_days_of_absence_make_a_suspected_dropout() {
    let campus = Campus::with_roll().await;
    campus.school_days(&SIX_DAYS[..5], &absentee()).await;
    assert_eq!(campus.status_of(&absentee()).await, "ENROLLED");
    assert_eq!(campus.figure("2025-09-26", "alerted").await, 1);
    assert!(campus.notices().await.contains(&"alerted".to_owned()));

    campus.school_days(&SIX_DAYS[5..], &absentee()).await;
    assert_eq!(campus.status_of(&absentee()).await, "SUSPECTED");
    for (code, value) in [
        ("on_roll", 8),
        ("enrolled", 7),
        ("suspected", 1),
        ("newly_suspected", 1),
        ("absent_unexcused", 1),
        ("classes_due", 2),
        ("classes_called", 2),
    ] {
        assert_eq!(campus.figure("2025-09-28", code).await, value, "{code}");
    }
    let explained = campus.explain(&absentee()).await;
    assert_eq!(explained.steps.iter().map(|s| s.rule.as_str()).collect::<Vec<_>>(), ["T01", "T02"]);
    assert_eq!(explained.steps[1].days, SIX_DAYS);
}

#[tokio::test]
async fn a_late_excuse_undoes_the_mark_and_restates_its_days_alone() {
    let campus = Campus::with_roll().await;
    campus.school_days(&SIX_DAYS, &absentee()).await;
    let reply = campus.call("5.1", "2025-09-24", &[(&absentee(), "sick")], "家长补交病假条").await.unwrap();
    assert_eq!(reply.revision, 2);
    let undone: Vec<(&str, bool)> =
        reply.consequences.iter().map(|c| (c.rule.as_str(), c.reversed)).collect();
    assert!(undone.contains(&("T02", true)), "{undone:?}");
    assert_eq!(campus.status_of(&absentee()).await, "ENROLLED");
    assert!(campus.explain(&absentee()).await.reversals.iter().any(|r| r.rule == "T02"));

    // the excused day itself, the day of the alert that moved, and the day of the mark
    let restated = campus.close_days().await.unwrap();
    let again = |day: &str| (day.to_owned(), 2);
    assert_eq!(restated, [again("2025-09-24"), again("2025-09-26"), again("2025-09-28")]);
    assert_eq!(campus.figure("2025-09-28", "newly_suspected").await, 0);
    assert_eq!(campus.figure("2025-09-24", "absent_excused").await, 1);
    assert!(campus.close_days().await.unwrap().is_empty(), "a second close finds nothing");
}

#[tokio::test]
async fn the_month_ends_on_a_day_without_school_and_still_has_its_sheet() {
    let campus = Campus::with_roll().await;
    let days = ["2025-09-30", "2025-10-09", "2025-10-10", "2025-10-11", "2025-10-13", "2025-10-14"];
    campus.school_days(&days, &absentee()).await;
    // marked on 14 October; the month is over on 15 November, a Saturday. Nobody called the roll meanwhile.
    campus.set(afternoon("2025-11-16"));
    let sheets = campus.close_days().await.unwrap();
    assert_eq!(campus.status_of(&absentee()).await, "DROPPED_OUT");
    assert_eq!(sheets.last(), Some(&("2025-11-15".to_owned(), 1)), "none on Sunday");
    assert_eq!(campus.figure("2025-11-15", "newly_dropped_out").await, 1);
    assert_eq!(campus.figure("2025-11-15", "dropped_out").await, 1);
    // back on Monday: silence would not do, the child is named
    campus.set(afternoon("2025-11-17"));
    let silent = campus.call("5.1", "2025-11-17", &[], "").await.unwrap_err();
    assert_eq!((silent.code(), rule(&silent)), (Code::FailedPrecondition, "T03"));
    campus.call("5.1", "2025-11-17", &[(&absentee(), "present")], "").await.unwrap();
    assert_eq!(campus.status_of(&absentee()).await, "ENROLLED");
    campus.close_days().await.unwrap();
    assert_eq!(campus.figure("2025-11-17", "returned").await, 1);
}

#[tokio::test]
async fn days_without_school_have_no_sheet_unless_something_happened() {
    let campus = Campus::with_roll().await;
    campus.set(afternoon("2025-10-12"));
    let days: Vec<String> = campus.close_days().await.unwrap().into_iter().map(|(day, _)| day).collect();
    // five days of the week, the make-up Sunday and two more days; then the holiday to 8 October, two days
    // and the make-up Saturday
    let school = ["22", "23", "24", "25", "26", "28", "29", "30"].map(|d| format!("2025-09-{d}"));
    let after = ["09", "10", "11"].map(|d| format!("2025-10-{d}"));
    assert_eq!(days, [school.as_slice(), after.as_slice()].concat());
}

#[tokio::test]
async fn forbidden_steps_are_refused_with_the_rules_id() {
    let campus = Campus::with_roll().await;
    let fact = |fact: &str, until: &str, evidence: &str| wire::RecordFactRequest {
        child: absentee(),
        fact: fact.to_owned(),
        until: until.to_owned(),
        evidence: evidence.to_owned(),
        ..Default::default()
    };
    for (wanted, id) in [
        (fact("drop-out", "", ""), "T04"),
        (fact("mark-suspected", "", ""), "T02"),
        (fact("delete", "", ""), "B07"),
        (fact("expel", "", ""), "LAW-CE 27"),
        (fact("suspend", "2025-12-31", ""), "T11"),
        (fact("end-leave", "", ""), "T12"),
        (fact("transfer-out", "", "x"), "T14"),
    ] {
        let refused = campus.fact(wanted.clone()).await.unwrap_err();
        assert_eq!((refused.code(), rule(&refused)), (Code::FailedPrecondition, id), "{wanted:?}");
    }
    let leave = campus.fact(fact("suspend", "2025-12-31", "鸭池镇批〔2025〕3号")).await.unwrap();
    assert_eq!(leave.child.unwrap().status, "SUSPENDED");
    let unknown = campus.fact(fact("promote", "", "")).await.unwrap_err();
    assert_eq!(unknown.code(), Code::InvalidArgument);
    campus.close_days().await.unwrap();
    assert_eq!(campus.figure(MONDAY, "suspended").await, 1);
}

#[tokio::test]
async fn everything_is_there_after_a_restart() {
    let mut campus = Campus::with_roll().await;
    campus.school_days(&SIX_DAYS, &absentee()).await;
    let before = (campus.explain(&absentee()).await, campus.status().await);
    campus.reopen().await;
    assert_eq!((campus.explain(&absentee()).await, campus.status().await), before);
    assert!(campus.close_days().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_second_process_on_the_same_store_is_refused() {
    let mut campus = Campus::new().await;
    campus.close().await;
    let running = start(campus.options()).await.unwrap();
    let mut second = campus.options();
    second.store.lock_wait = std::time::Duration::ZERO;
    assert!(matches!(inside(second).await, Err(StartError::Open(OpenError::InUse { .. }))));
    // the way in is the running one
    let counter = proto::office::reach(&campus.dir()).await.unwrap().expect("it is running");
    let mut client = wire::school_client::SchoolClient::new(counter);
    assert_eq!(client.status(en(wire::StatusRequest {})).await.unwrap().into_inner().children, 0);
    drop(client);
    running.stop().await.unwrap();
    assert!(proto::office::reach(&campus.dir()).await.unwrap().is_none());
    campus.open().await;
}

#[tokio::test]
async fn a_stranger_without_the_token_is_turned_away() {
    let mut campus = Campus::new().await;
    campus.close().await;
    let running = start(campus.options()).await.unwrap();
    let address = running.api_address.expect("the campus serves its own machine");
    let url = format!("http://{address}");
    let channel = tonic::transport::Endpoint::from_shared(url).unwrap().connect().await.unwrap();
    let mut client = wire::school_client::SchoolClient::new(channel);
    let refused = client.status(wire::StatusRequest {}).await.unwrap_err();
    assert_eq!(refused.code(), Code::Unauthenticated);
    drop(client);
    running.stop().await.unwrap();
}

#[tokio::test]
async fn a_clock_that_went_back_stops_the_timers_and_says_so() {
    let campus = Campus::with_roll().await;
    campus.school_days(&SIX_DAYS[..2], &absentee()).await;
    campus.set(Moment(0));
    let refused = campus.close_days().await.unwrap_err();
    assert_eq!(refused.code(), Code::FailedPrecondition);
    assert!(refused.message().contains("2025-09-23"), "{}", refused.message());
    let status = campus.status().await;
    assert!(status.notices[0].urgent && status.notices[0].code == "clock-back");
    campus.set(afternoon(SIX_DAYS[2]));
    assert_eq!(campus.close_days().await.unwrap(), [(SIX_DAYS[2].to_owned(), 1)]);
}

#[tokio::test]
async fn refusals_are_worded_in_the_readers_language() {
    let campus = Campus::with_roll().await;
    let ask = |lang| said(wire::ExplainChildRequest { child: "无此人".to_owned() }, lang);
    let zh = campus.client().explain_child(ask("zh")).await.unwrap_err();
    let en = campus.client().explain_child(ask("en")).await.unwrap_err();
    assert_eq!((zh.code(), en.code()), (Code::NotFound, Code::NotFound));
    assert!(zh.message().contains("学籍号") && en.message().contains("roll number"));
    assert!(!zh.message().contains("无此人"), "what was asked for may be a name");
}

#[tokio::test]
async fn a_table_of_absences_becomes_roll_calls() {
    let campus = Campus::with_roll().await;
    let (one, two) = (name(5, 1, 1), name(4, 2, 2));
    let csv = format!(
        "班级,姓名,日期,缺勤类型\n5.1,{one},2025/9/22,无故未到\n4.2,{two},2025-09-22,病假\n4.2,无此人,2025-09-19,病假\n5.1,{one},2025-09-21,旷课\n"
    );
    let request = |dry_run| {
        let file = csv.clone().into_bytes();
        en(wire::ImportAbsencesRequest { file, dry_run, ..Default::default() })
    };
    let rehearsed = campus.client().import_absences(request(true)).await.unwrap().into_inner();
    assert_eq!((rehearsed.calls.len(), rehearsed.written), (2, false));
    let done = campus.client().import_absences(request(false)).await.unwrap().into_inner();
    assert_eq!(done.calls.iter().filter(|call| !call.unchanged).count(), 2);
    // nobody of that name, and a Sunday
    assert_eq!(done.problems.iter().map(|p| p.line).collect::<Vec<_>>(), [4, 5]);
    let again = campus.client().import_absences(request(false)).await.unwrap().into_inner();
    assert!(again.calls.iter().all(|call| call.unchanged));
    campus.close_days().await.unwrap();
    assert_eq!(campus.figure(MONDAY, "absent_unexcused").await, 1);
    assert_eq!(campus.figure(MONDAY, "absent_excused").await, 1);
}

#[tokio::test]
async fn a_late_sick_note_in_a_table_changes_its_child_alone() {
    let campus = Campus::with_roll().await;
    let (one, two, three) = (name(5, 1, 1), name(5, 1, 2), name(5, 1, 3));
    campus.call("5.1", MONDAY, &[(&one, "absent"), (&two, "absent"), (&three, "absent")], "").await.unwrap();
    let request = |reason: &str| {
        let csv = format!("班级,姓名,日期,缺勤类型,原因\n5.1,{two},{MONDAY},病假,感冒\n");
        let correction = reason.to_owned();
        en(wire::ImportAbsencesRequest { file: csv.into_bytes(), correction, ..Default::default() })
    };
    let silent = campus.client().import_absences(request("")).await.unwrap().into_inner();
    assert!(silent.calls.is_empty() && silent.problems[0].words.contains("--reason"), "{silent:?}");
    let done = campus.client().import_absences(request("补交病假条")).await.unwrap().into_inner();
    assert_eq!((done.calls[0].revision, done.calls[0].kept), (2, 2));
    campus.close_days().await.unwrap();
    assert_eq!(campus.figure(MONDAY, "absent_unexcused").await, 2);
    assert_eq!(campus.figure(MONDAY, "absent_excused").await, 1);
}

#[tokio::test]
async fn what_each_day_of_a_table_undoes_is_kept() {
    let campus = Campus::with_roll().await;
    let child = name(5, 1, 1);
    let days = [MONDAY, "2025-09-23", "2025-09-24", "2025-09-25", "2025-09-26", "2025-09-28"];
    campus.school_days(&days, &child).await;
    let csv = format!("班级,姓名,日期,缺勤类型\n5.1,{child},2025-09-24,病假\n5.1,{child},2025-09-25,病假\n");
    let (file, correction) = (csv.into_bytes(), "补交病假条".to_owned());
    let request = wire::ImportAbsencesRequest { file, correction, ..Default::default() };
    let done = campus.client().import_absences(en(request)).await.unwrap().into_inner();
    assert_eq!((done.calls.len(), done.problems.len()), (2, 0), "{done:?}");
    // the first day moves the alert and takes the mark back, the second takes the alert back
    let undone = campus.explain(&child).await.reversals;
    assert_eq!(undone.len(), 3, "{undone:?}");
}

#[tokio::test]
async fn every_line_of_a_table_of_absences_is_taken_or_named() {
    let campus = Campus::with_roll().await;
    let (good, bad, other) = (name(5, 1, 1), name(5, 1, 2), name(4, 2, 2));
    let csv = format!(
        "班级,姓名,日期,缺勤类型\n4.2,{other},{MONDAY},病假\n5.1,{good},{MONDAY},病假\n5.1,{bad},{MONDAY},迟到\n"
    );
    let request = en(wire::ImportAbsencesRequest { file: csv.into_bytes(), ..Default::default() });
    let done = campus.client().import_absences(request).await.unwrap().into_inner();
    assert_eq!(done.calls.len(), 1, "{done:?}");
    assert_eq!(done.problems.iter().map(|p| p.line).collect::<Vec<_>>(), [3, 4]);
    assert!(done.problems[0].words.contains("line 4"), "{}", done.problems[0].words);
    assert!(done.problems[1].words.contains("缺勤类型"), "{}", done.problems[1].words);
}

#[tokio::test]
async fn a_refusal_names_the_child_at_the_schools_own_counter() {
    let campus = Campus::with_roll().await;
    let child = name(5, 1, 1);
    let absent = || wire::Absence { child: child.clone(), mark: "absent".to_owned() };
    let request = en(wire::CallRollRequest {
        class: "5.1".to_owned(),
        day: MONDAY.to_owned(),
        absences: vec![absent(), absent()],
        ..Default::default()
    });
    let refused = campus.client().call_roll(request).await.unwrap_err();
    assert!(refused.message().contains(&format!("5.1 {child}")), "{}", refused.message());
}

#[tokio::test]
async fn the_schools_own_calendar_recounts_the_days() {
    let campus = Campus::with_roll().await;
    campus.school_days(&SIX_DAYS, &absentee()).await;
    let layer = |version: u32| {
        format!(
            "schema = 1\nschool_year = \"2025-2026\"\nscope = \"school\"\nowner = \"2152000001\"\nversion = {version}\n\
             issued = 2025-09-28\n\n[[day]]\ndate = 2025-09-24\nkind = \"no_class\"\nreason = \"暴雨停课\"\n"
        )
    };
    let set = |text: String| en(wire::SetSchoolCalendarRequest { text, dry_run: false });
    let reply = campus.client().set_school_calendar(set(layer(1))).await.unwrap().into_inner();
    assert!(reply.consequences.iter().any(|c| c.rule == "T02" && c.reversed));
    assert_eq!(campus.status_of(&absentee()).await, "ENROLLED");
    let foreign = layer(2).replace("2152000001", "2152000002");
    let refused = campus.client().set_school_calendar(set(foreign)).await.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
    let older = layer(1).replace("暴雨", "暴雪");
    let refused = campus.client().set_school_calendar(set(older)).await.unwrap_err();
    assert_eq!(refused.code(), Code::FailedPrecondition);
}

/// The county counts on a sheet of every day that its own calendar counts: a school that is closed says so.
#[tokio::test]
async fn a_day_that_the_school_alone_frees_has_its_sheet() {
    let campus = Campus::with_roll().await;
    campus.school_days(&SIX_DAYS, &absentee()).await;
    let layer = "schema = 1\nschool_year = \"2025-2026\"\nscope = \"school\"\nowner = \"2152000001\"\nversion = 1\n\
                 issued = 2025-09-28\n\n[[day]]\ndate = 2025-09-29\nkind = \"no_class\"\nreason = \"停电\"\n";
    let set = en(wire::SetSchoolCalendarRequest { text: layer.to_owned(), dry_run: false });
    campus.client().set_school_calendar(set).await.unwrap();
    campus.set(afternoon("2025-09-29"));
    assert_eq!(campus.close_days().await.unwrap(), [("2025-09-29".to_owned(), 1)]);
    assert_eq!(campus.figure("2025-09-29", "classes_due").await, 0);
    assert_eq!(campus.figure("2025-09-29", "on_roll").await, 8);
    // the week of National Day is free for everybody
    campus.set(afternoon("2025-10-03"));
    let sheets = campus.close_days().await.unwrap();
    assert_eq!(sheets.iter().map(|(day, _)| day.as_str()).collect::<Vec<_>>(), ["2025-09-30"]);
}

#[tokio::test]
async fn a_year_without_national_days_is_loud() {
    let campus = Campus::with_roll().await;
    campus.set(afternoon("2031-03-03"));
    campus.import(&roll(&[(5, 1, 4)]), false).await.unwrap();
    let status = campus.status().await;
    assert!(status.provisional);
    assert!(status.notices.iter().any(|n| n.code == "calendar-provisional" && n.urgent));
    campus.close_upto("2031-03-03").await.unwrap();
    let sheet = campus.client().show_sheet(en(wire::ShowSheetRequest::default())).await.unwrap();
    assert!(sheet.into_inner().sheet.unwrap().provisional);
}

#[tokio::test]
async fn a_backup_comes_back_as_a_new_life() {
    let mut campus = Campus::with_roll().await;
    campus.school_days(&SIX_DAYS[..3], &absentee()).await;
    let to = campus.beside("b.guixue");
    let request = en(wire::BackupRequest { to: to.display().to_string() });
    assert!(campus.client().backup(request).await.unwrap().into_inner().records > 0);
    let before = campus.explain(&absentee()).await;
    campus.school_days(&SIX_DAYS[3..], &absentee()).await;
    campus.close().await;

    let store = campus.dir().join("store");
    std::fs::remove_dir_all(&store).unwrap();
    let key = proto::store::KeyFile::open(&campus.dir().join("store.key")).unwrap();
    let party = "p52/c5205/d520502/s2152000001".parse().unwrap();
    proto::store::restore(&to, &key, &party, &store, proto::store::Options::node()).unwrap();
    campus.open().await;
    assert_eq!(campus.explain(&absentee()).await, before);
    // the lost days are entered again, under numbers that were never used
    campus.school_days(&SIX_DAYS[3..], &absentee()).await;
    assert_eq!(campus.status_of(&absentee()).await, "SUSPECTED");
    assert_eq!(day(&campus.status().await.last_closed), day(SIX_DAYS[5]));
}
