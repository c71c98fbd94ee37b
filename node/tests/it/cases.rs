//! Cases by the regulation: an autumn term with the National Day holiday, 28 September and 11 October being
//! make-up days.

use proto::model::case::{Act, CaseId, Closing, Letter, Stage};
use proto::model::personal::Purpose;
use proto::wire::school as wire;
use proto::wire::school::step_case_request::Step;
use tonic::{Code, Status};

use crate::campus::{Campus, MONDAY, afternoon, en, name, pupil, rule};
use crate::county::{County, held, letters, schools_key};
use crate::inflow::{listed, record_of};

const SIX_DAYS: [&str; 6] = [MONDAY, "2025-09-23", "2025-09-24", "2025-09-25", "2025-09-26", "2025-09-28"];

pub(crate) fn absentee() -> String {
    name(5, 1, 1)
}

impl Campus {
    pub(crate) async fn step(&self, step: Step) -> Result<wire::CaseReply, Status> {
        let request = wire::StepCaseRequest { case: absentee(), step: Some(step), ..Default::default() };
        Ok(self.client().step_case(en(request)).await?.into_inner())
    }

    pub(crate) async fn contact(&self) {
        let contact = wire::CaseContact {
            channel: "phone".to_owned(),
            reached: "parent".to_owned(),
            reason: "moved".to_owned(),
            promise: "国庆后返校".to_owned(),
            ..Default::default()
        };
        self.step(Step::Contact(contact)).await.unwrap();
    }

    pub(crate) async fn row(&self) -> wire::CaseRow {
        let request = wire::ShowCaseRequest { case: absentee() };
        self.client().show_case(en(request)).await.unwrap().into_inner().row.unwrap()
    }

    pub(crate) async fn id(&self) -> CaseId {
        self.row().await.case.parse().unwrap()
    }

    /// Where the case stands, and what is due when.
    pub(crate) async fn stands(&self) -> (String, String, String) {
        let row = self.row().await;
        (row.stage, row.duty, row.due)
    }

    /// A school day passes: the absentee is missing, the evening closes the day.
    pub(crate) async fn passes(&self, days: &[&str]) {
        self.school_days(days, &absentee()).await;
    }

    pub(crate) async fn refer(
        &self,
        to: &str,
        evidence: &str,
        note: &str,
    ) -> Result<wire::CaseReply, Status> {
        let request = wire::ReferCaseRequest {
            case: absentee(),
            to: to.to_owned(),
            evidence: evidence.to_owned(),
            note: note.to_owned(),
            ..Default::default()
        };
        Ok(self.client().refer_case(en(request)).await?.into_inner())
    }
}

fn as_text(stage: &str, duty: &str, due: &str) -> (String, String, String) {
    (stage.to_owned(), duty.to_owned(), due.to_owned())
}

/// A school that has joined, with a child who has just become SUSPECTED.
pub(crate) async fn suspected() -> (Campus, County) {
    let mut campus = Campus::with_roll().await;
    let county = County::join(&mut campus).await;
    county.show_key(&campus).await;
    campus.passes(&SIX_DAYS).await;
    (campus, county)
}

#[tokio::test]
async fn a_mark_opens_a_case_and_the_ladder_runs_to_the_confirmed_closing() {
    let (mut campus, county) = suspected().await;
    // contact the same day; the holiday does not count
    assert_eq!(campus.stands().await, as_text("P0", "contact", "2025-09-28"));
    assert_eq!(campus.row().await.cause, "suspected");
    campus.contact().await;
    assert_eq!(campus.stands().await, as_text("P1", "notice", "2025-10-11"));
    let notice = wire::CaseNotice {
        number: "劝〔2025〕1号".to_owned(),
        delivery: "家访".to_owned(),
        ..Default::default()
    };
    campus.passes(&["2025-10-09"]).await;
    campus.step(Step::Notice(notice)).await.unwrap();
    assert_eq!(campus.stands().await, as_text("P2", "report", "2025-10-13"));
    campus.step(Step::Report(wire::CaseReport::default())).await.unwrap();
    assert_eq!(campus.stands().await, as_text("P3", "inform", "2025-10-11"));

    let case = campus.id().await;
    let report = letters(&campus).await.into_iter().find_map(|letter| match letter {
        Letter::Report(report) => Some(report),
        _ => None,
    });
    let report = report.expect("the county has the key, so it is written at once");
    assert_eq!(report.number, "〔2025〕1号");
    let record = county.open(case, &report.record);
    assert_eq!(record.name.open(Purpose::SchoolStaff), &absentee());
    assert!(record.summary.open(Purpose::SchoolStaff).contains("国庆后返校"));

    campus.set(afternoon("2025-10-10"));
    county.direct(&campus, case, Act::GovernmentInformed, "2025-10-10").await;
    county.direct(&campus, case, Act::GovernmentPersuades, "2025-10-10").await;
    assert_eq!(campus.stands().await, as_text("P5", "visit", "2025-10-24"));
    // back on Monday: the roll call says so, and nobody has to say it again
    campus.set(afternoon("2025-10-13"));
    campus.call("5.1", "2025-10-13", &[(&absentee(), "present")], "").await.unwrap();
    assert_eq!(campus.row().await.stage, "P9");
    assert_eq!(campus.status_of(&absentee()).await, "ENROLLED");
    let early = campus.step(closing("RETURNED")).await.unwrap_err();
    assert_eq!((early.code(), rule(&early)), (Code::FailedPrecondition, "P9"));

    campus.set(afternoon("2026-06-15"));
    for on in ["2025-12-12", "2026-02-10", "2026-04-11", "2026-06-10"] {
        let step = Some(Step::Observation(wire::CaseObservation { note: "正常".to_owned() }));
        let observed =
            wire::StepCaseRequest { case: absentee(), on: on.to_owned(), step, ..Default::default() };
        campus.client().step_case(en(observed)).await.unwrap();
    }
    campus.step(closing("RETURNED")).await.unwrap();
    assert_eq!(held(&campus).await[0].closing, Some(Closing::Returned));
    county.direct(&campus, case, Act::ClosingConfirmed, "2026-06-15").await;
    assert_eq!(campus.row().await.stage, "P10");
    assert_eq!(held(&campus).await[0].stage, Stage::Closed);
    let open = campus.client().list_cases(en(wire::ListCasesRequest { all: false })).await.unwrap();
    assert!(open.into_inner().cases.is_empty());
    campus.stop().await;
}

fn closing(reason: &str) -> Step {
    Step::Closing(wire::CaseClosing { reason: reason.to_owned(), note: String::new() })
}

#[tokio::test]
async fn a_school_that_does_nothing_is_seen_above_and_the_report_files_itself() {
    let (mut campus, county) = suspected().await;
    assert!(!held(&campus).await[0].overdue);
    campus.passes(&["2025-09-29"]).await;
    assert!(held(&campus).await[0].overdue, "nobody was contacted on the day of the mark");
    assert!(campus.notices().await.contains(&"cases-overdue".to_owned()));
    assert_eq!(campus.row().await.office, "head");
    // contact on 28 September, notice five workdays later, report three more: 9 to 11, then 13 to 15 October
    campus
        .passes(&["2025-09-30", "2025-10-09", "2025-10-10", "2025-10-11", "2025-10-13", "2025-10-14"])
        .await;
    assert_eq!(campus.row().await.stage, "P0");
    campus.passes(&["2025-10-15", "2025-10-16"]).await;
    assert_eq!(campus.stands().await, as_text("P3", "inform", "2025-10-20"));
    let case = campus.id().await;
    let reports: Vec<_> = letters(&campus)
        .await
        .into_iter()
        .filter_map(|letter| match letter {
            Letter::Report(report) => Some(report),
            _ => None,
        })
        .collect();
    assert_eq!(reports.len(), 1);
    let record = county.open(case, &reports[0].record);
    assert!(record.phone.open(Purpose::SchoolStaff).is_empty(), "a report by the clock names no home");
    assert!(record.summary.open(Purpose::SchoolStaff).contains("自动报告"));
    campus.stop().await;
}

#[tokio::test]
async fn letters_wait_until_the_school_has_joined_and_the_county_has_shown_its_key() {
    let mut campus = Campus::with_roll().await;
    campus.passes(&SIX_DAYS).await;
    campus.contact().await;
    assert!(campus.notices().await.contains(&"letters-wait".to_owned()));
    let county = County::join(&mut campus).await;
    campus.passes(&["2025-09-29"]).await;
    let names: Vec<_> = letters(&campus).await.iter().map(Letter::name).collect();
    assert_eq!(names, ["key", "progress"], "one letter of what stands, not one a step");
    assert_eq!(held(&campus).await[0].stage, Stage::Contacting);
    campus.contact().await;
    campus.refer("520521", "PARENT_STATEMENT", "父亲来电").await.unwrap();
    assert!(!letters(&campus).await.iter().any(|letter| letter.name() == "referral"));
    county.show_key(&campus).await;
    assert!(letters(&campus).await.iter().any(|letter| letter.name() == "referral"));
    assert!(!campus.notices().await.contains(&"letters-wait".to_owned()));
    campus.stop().await;
}

#[tokio::test]
async fn a_correction_that_takes_the_mark_back_asks_for_the_closing() {
    let (mut campus, county) = suspected().await;
    campus.call("5.1", "2025-09-24", &[(&absentee(), "sick")], "补交病假条").await.unwrap();
    let row = campus.row().await;
    assert_eq!((row.stage.as_str(), row.closing.as_str()), ("P0", "OPENED_IN_ERROR"));
    let case = campus.id().await;
    county.direct(&campus, case, Act::ClosingRefused, "2025-09-28").await;
    campus.close_days().await.unwrap();
    assert!(campus.row().await.closing.is_empty(), "refused once, it is not asked again by itself");
    campus.stop().await;
}

/// A closed case of a child stays closed when a newer one looks for it.
#[tokio::test]
async fn only_the_newest_case_of_a_child_follows_a_new_mark() {
    let (mut campus, county) = suspected().await;
    let first = campus.id().await;
    campus.call("5.1", "2025-09-24", &[(&absentee(), "sick")], "补交病假条").await.unwrap();
    county.direct(&campus, first, Act::ClosingConfirmed, "2025-09-28").await;
    let open =
        wire::OpenCaseRequest { child: absentee(), cause: "register".to_owned(), ..Default::default() };
    campus.client().open_case(en(open)).await.unwrap();
    campus.passes(&["2025-09-29"]).await;
    assert_eq!(campus.status_of(&absentee()).await, "SUSPECTED");
    let open = campus.client().list_cases(en(wire::ListCasesRequest { all: false })).await.unwrap();
    let open = open.into_inner().cases;
    assert!(open.len() == 1 && open[0].cause == "register", "{open:?}");
    campus.stop().await;
}

#[tokio::test]
async fn absent_again_under_watch_the_same_case_begins_anew() {
    let (mut campus, _county) = suspected().await;
    let case = campus.id().await;
    campus.set(afternoon("2025-09-29"));
    campus.call("5.1", "2025-09-29", &[(&absentee(), "present")], "").await.unwrap();
    assert_eq!(campus.row().await.stage, "P9");
    campus
        .passes(&["2025-09-30", "2025-10-09", "2025-10-10", "2025-10-11", "2025-10-13", "2025-10-14"])
        .await;
    assert_eq!((campus.row().await.stage.as_str(), campus.id().await), ("P0", case));
    assert_eq!(campus.stands().await, as_text("P0", "contact", "2025-10-14"));
    let again =
        wire::OpenCaseRequest { child: absentee(), cause: "term-check".to_owned(), ..Default::default() };
    let again = campus.client().open_case(en(again)).await.unwrap_err();
    assert_eq!(again.code(), Code::FailedPrecondition);
    campus.stop().await;
}

/// The old mark stands again, and no new one says so: what a wrong entry had brought about is undone with it.
#[tokio::test]
async fn a_return_that_was_entered_by_mistake_takes_the_case_up_again() {
    let (mut campus, _county) = suspected().await;
    campus.contact().await;
    campus.set(afternoon("2025-09-29"));
    campus.call("5.1", "2025-09-29", &[(&absentee(), "present")], "").await.unwrap();
    assert_eq!(campus.row().await.stage, "P9");
    campus.set(afternoon("2025-09-30"));
    campus.call("5.1", "2025-09-29", &[(&absentee(), "absent")], "误点").await.unwrap();
    assert_eq!(campus.status_of(&absentee()).await, "SUSPECTED");
    assert_eq!(campus.stands().await, as_text("P0", "contact", "2025-09-30"));
    campus.passes(&["2025-09-30"]).await;
    let shown = campus.client().show_case(en(wire::ShowCaseRequest { case: absentee() })).await.unwrap();
    let steps: Vec<_> = shown.into_inner().events.into_iter().map(|event| event.step).collect();
    assert_eq!(steps, ["open", "contact", "return", "reopen"], "once");
    campus.stop().await;
}

#[tokio::test]
async fn a_closing_that_a_wrong_note_asked_for_is_dropped_or_undone_with_it() {
    for confirmed in [false, true] {
        let (mut campus, county) = suspected().await;
        let case = campus.id().await;
        campus.call("5.1", "2025-09-24", &[(&absentee(), "sick")], "补交病假条").await.unwrap();
        assert_eq!(campus.row().await.closing, "OPENED_IN_ERROR");
        if confirmed {
            county.direct(&campus, case, Act::ClosingConfirmed, "2025-09-28").await;
            assert_eq!(campus.row().await.stage, "P10");
        }
        campus.call("5.1", "2025-09-24", &[(&absentee(), "absent")], "病假条是别人的").await.unwrap();
        campus.close_days().await.unwrap();
        let row = campus.row().await;
        assert_eq!((row.stage.as_str(), row.closing.as_str()), ("P0", ""), "confirmed: {confirmed}");
        assert_eq!((row.case.as_str(), held(&campus).await[0].closing), (&*case.to_string(), None));
        // asked for once more when it is right after all
        campus.call("5.1", "2025-09-24", &[(&absentee(), "sick")], "补交病假条").await.unwrap();
        assert_eq!(campus.row().await.closing, "OPENED_IN_ERROR", "confirmed: {confirmed}");
        campus.stop().await;
    }
}

#[tokio::test]
async fn a_fact_that_is_withdrawn_takes_its_placing_and_its_closing_with_it() {
    for (fact, stage, closing, again) in [("teach-at-home", "P8", "", "P0"), ("abroad", "P3", "ABROAD", "P3")]
    {
        let (mut campus, _county) = suspected().await;
        campus.contact().await;
        campus.set(afternoon("2025-11-03"));
        campus.close_days().await.unwrap();
        assert_eq!(campus.status_of(&absentee()).await, "DROPPED_OUT");
        let wanted = wire::RecordFactRequest {
            child: absentee(),
            fact: fact.to_owned(),
            evidence: "评〔2025〕1号".to_owned(),
            ..Default::default()
        };
        let recorded = campus.fact(wanted).await.unwrap().fact;
        campus.close_days().await.unwrap();
        let row = campus.row().await;
        assert_eq!((row.stage.as_str(), row.closing.as_str()), (stage, closing), "{fact}");
        let (reason, by) = ("登记错了学生".to_owned(), "office".to_owned());
        let withdrawn = wire::WithdrawFactRequest { fact: recorded, reason, by };
        campus.client().withdraw_fact(en(withdrawn)).await.unwrap();
        campus.close_days().await.unwrap();
        let row = campus.row().await;
        assert_eq!((row.stage.as_str(), row.closing.as_str()), (again, ""), "{fact}");
        campus.stop().await;
    }
}

#[tokio::test]
async fn a_case_from_a_list_keeps_the_number_that_it_has_above() {
    let mut campus = Campus::with_roll().await;
    let county = County::join(&mut campus).await;
    county.show_key(&campus).await;
    let case = CaseId::new([0x5a; 16]);
    county.direct(&campus, case, Act::OpenFromList, MONDAY).await;
    assert!(campus.notices().await.contains(&"listed-from-above".to_owned()));
    let opened = wire::OpenCaseRequest {
        child: absentee(),
        cause: "list".to_owned(),
        case: case.to_string(),
        by: String::new(),
    };
    let row = campus.client().open_case(en(opened)).await.unwrap().into_inner().row.unwrap();
    assert_eq!((row.case, row.cause), (case.to_string(), "list".to_owned()));
    assert!(!campus.notices().await.contains(&"listed-from-above".to_owned()));
    // nobody marked this child: a return rests on the roll call of the day
    let unproved = campus.step(Step::Back(wire::CaseReturn {})).await.unwrap_err();
    assert_eq!(rule(&unproved), "C05");
    campus.call("5.1", MONDAY, &[], "").await.unwrap();
    campus.step(Step::Back(wire::CaseReturn {})).await.unwrap();
    assert_eq!(campus.row().await.stage, "P9");
    campus.stop().await;
}

/// The clock of the school ran ahead when the case was opened: the county's word is heard all the same.
#[tokio::test]
async fn what_the_county_does_in_a_case_that_is_dated_ahead_arrives() {
    let (mut campus, county) = suspected().await;
    campus.set(afternoon("2025-11-20"));
    let open =
        wire::OpenCaseRequest { child: name(5, 1, 2), cause: "register".to_owned(), ..Default::default() };
    let row = campus.client().open_case(en(open)).await.unwrap().into_inner().row.unwrap();
    let case: CaseId = row.case.parse().unwrap();
    campus.set(afternoon("2025-10-09"));
    let ask = wire::CaseClosing { reason: "ABROAD".to_owned(), note: "护照".to_owned() };
    let step = Some(Step::Closing(ask));
    let asked = wire::StepCaseRequest { case: row.case.clone(), step, ..Default::default() };
    campus.client().step_case(en(asked)).await.unwrap();
    let stage = async || {
        let show = wire::ShowCaseRequest { case: row.case.clone() };
        campus.client().show_case(en(show)).await.unwrap().into_inner().row.unwrap().stage
    };
    county.direct(&campus, case, Act::GovernmentInformed, "2025-10-09").await;
    assert_eq!(stage().await, "P4");
    county.direct(&campus, case, Act::ClosingConfirmed, "2025-10-09").await;
    assert_eq!(stage().await, "P10");
    campus.stop().await;
}

/// A number is one case's only, and comes from above.
#[tokio::test]
async fn a_number_that_a_case_has_or_that_nobody_gave_opens_no_case() {
    let (mut campus, county) = suspected().await;
    let taken = campus.id().await;
    let open = |child: String, case: CaseId| wire::OpenCaseRequest {
        child,
        cause: "list".to_owned(),
        case: case.to_string(),
        by: String::new(),
    };
    campus.contact().await;
    let other = name(5, 1, 2);
    for (number, said) in [(taken, "already"), (CaseId::new([1; 16]), "nobody above")] {
        let refused = campus.client().open_case(en(open(other.clone(), number))).await.unwrap_err();
        assert_eq!((refused.code(), rule(&refused)), (Code::FailedPrecondition, "2.3"));
        assert!(refused.message().contains(said), "{}", refused.message());
    }
    let shown =
        campus.client().show_case(en(wire::ShowCaseRequest { case: taken.to_string() })).await.unwrap();
    let shown = shown.into_inner();
    assert_eq!(shown.row.unwrap().name, absentee(), "the first child has its case");
    assert_eq!(shown.contacts.len(), 1, "and what was done");
    // a list's number for one pupil is no other's
    let (given, key) = (CaseId::new([0x11; 16]), schools_key(&campus).await);
    let line = pupil(5, 1, 3);
    county.write(&campus, listed(given, County::seal(given, &record_of(&line), &key))).await;
    let refused = campus.client().open_case(en(open(other, given))).await.unwrap_err();
    assert_eq!(rule(&refused), "2.3");
    campus.client().open_case(en(open(name(5, 1, 3), given))).await.unwrap();
    campus.stop().await;
}
