//! What comes from above: answers, documents, sheets that a restored store has lost, a parent that lost a
//! part, a parent's clock.

use std::sync::Arc;

use node::desk::School;
use node::desk::link::Caretaker;
use node::records::{Parents, keys};
use node::serve::{Running, start};
use proto::convert::{Receipt, receipt_out, sheet_in, sheet_out};
use proto::link::book;
use proto::link::caller::{Nights, Parent};
use proto::link::post::{self, Contact, Handler, Reason, Taken};
use proto::link::refusal::Refusal;
use proto::link::shelf::{self, DocumentFault};
use proto::link::turned_away;
use proto::model::day::Moment;
use proto::model::document::{Document, Topic};
use proto::model::entry::{Entry, Hash, Incarnation, Kind, Lane, StreamId};
use proto::model::lang::{Lang, Say};
use proto::model::party::Party;
use proto::model::sheet::{Counts, Indicator, Sheet};
use proto::store::{Room, StoreError};
use tonic::Code;

use crate::campus::{Campus, MONDAY, afternoon, day, name};

fn county() -> Party {
    "p52/c5205/d520502".parse().unwrap()
}

fn stream(origin: &Party, lane: Lane) -> StreamId {
    StreamId { origin: origin.clone(), life: Incarnation { number: 1, nonce: 7 }, lane }
}

fn entry(seq: u64, kind: Kind, body: Vec<u8>) -> Entry {
    Entry { seq, made: afternoon(MONDAY), kind, body }
}

/// Runs something in the running school's room.
async fn inside<T: Send + 'static>(
    running: &Running,
    action: impl FnOnce(&School, &mut Room<'_>) -> Result<T, StoreError> + Send + 'static,
) -> T {
    let school = running.school.clone();
    running.school.desk().act(move |room| action(&school, room)).await.unwrap()
}

/// A school with six days of absence, running.
async fn six_days() -> (Campus, Running) {
    let mut campus = Campus::with_roll().await;
    let days = [MONDAY, "2025-09-23", "2025-09-24", "2025-09-25", "2025-09-26", "2025-09-28"];
    campus.school_days(&days, &name(5, 1, 1)).await;
    campus.close().await;
    let running = start(campus.options()).await.unwrap();
    (campus, running)
}

/// The sheets in the outgoing stream, in order.
async fn outgoing(running: &Running) -> Vec<Sheet> {
    inside(running, |school, room| {
        let stream = book::current(room, school.party(), &Lane::Up)?.expect("days were closed");
        let (entries, _) = book::read(room, &stream.id, 1, usize::MAX)?;
        Ok(entries.iter().map(|entry| sheet_in(&entry.body).unwrap()).collect())
    })
    .await
}

#[tokio::test]
async fn every_sheet_is_in_the_stream_with_the_facts_it_counts() {
    let (_campus, running) = six_days().await;
    let sheets = outgoing(&running).await;
    assert_eq!(sheets.len(), 6);
    assert!(sheets.iter().all(|sheet| sheet.revision == 1 && !sheet.provisional));
    assert_eq!(sheets[5].counts.of(Indicator::NewlySuspected), 1);
    running.stop().await.unwrap();
}

#[tokio::test]
async fn a_revoked_school_says_so_by_whom_and_since_when_until_it_is_let_in_again() {
    let (campus, running) = six_days().await;
    let parents = Parents(vec![Parent { party: county(), address: "127.0.0.1:1".to_owned() }]);
    inside(&running, move |_, room| {
        room.write(keys::PARENTS, &parents);
        turned_away::note(room, &county(), Refusal::Revoked, afternoon("2025-09-28"))
    })
    .await;
    running.stop().await.unwrap();
    let running = start(campus.options()).await.unwrap();
    let away = || async {
        let seen = running.school.overview().await.unwrap();
        seen.line.parents.iter().find_map(|parent| parent.away.clone())
    };
    let said = away().await.expect("the parent refuses it").say(Lang::Zh);
    for words in ["停用", "p52/c5205/d520502", "2025-09-28", "join"] {
        assert!(said.contains(words), "{words}: {said}");
    }
    inside(&running, |_, room| turned_away::forget(room, &county())).await;
    assert_eq!(away().await, None);
    running.stop().await.unwrap();
}

#[tokio::test]
async fn an_answer_from_above_is_kept_and_shown() {
    let (mut campus, running) = six_days().await;
    inside(&running, |school, room| {
        let mine = stream(school.party(), Lane::Up);
        let receipt = Receipt { stream: mine, seq: 3, reason: Reason::Day, detail: "2025-09-24".to_owned() };
        let down = stream(&county(), Lane::To(school.party().clone()));
        let taken = school.take(room, &down, &entry(1, Kind::RECEIPT, receipt_out(&receipt)), Moment(0))?;
        assert_eq!(taken, Taken::Applied);
        for (from, kind, body, reason) in [
            ("p52/c5206", Kind::RECEIPT, receipt_out(&receipt), Reason::NotYours),
            ("p52", Kind(99), Vec::new(), Reason::UnknownKind),
            ("p52", Kind::RECEIPT, b"junk".to_vec(), Reason::Unreadable),
        ] {
            let down = stream(&from.parse().unwrap(), Lane::To(school.party().clone()));
            let taken = school.take(room, &down, &entry(2, kind, body), Moment(0))?;
            assert_eq!(taken, Taken::Refused(reason, String::new()), "{from}");
        }
        Ok(())
    })
    .await;
    running.stop().await.unwrap();
    campus.open().await;
    let sync = campus.status().await.sync.unwrap();
    assert_eq!(sync.receipts.len(), 1);
    assert_eq!((sync.receipts[0].seq, sync.receipts[0].reason.as_str()), (3, "Day"));
}

fn rulebook(version: u32, body: &str) -> Document {
    Document {
        topic: Topic::Rulebook,
        issuer: county(),
        part: String::new(),
        version,
        previous: Hash::ROOT,
        issued: afternoon(MONDAY),
        body: body.to_owned(),
        signature: Vec::new(),
    }
}

#[tokio::test]
async fn a_new_rulebook_recounts_every_standing_and_restates_the_days() {
    let (mut campus, running) = six_days().await;
    inside(&running, |school, room| {
        assert_eq!(school.check(&rulebook(1, "")), Err(DocumentFault::Signature), "nobody vouches for it");
        let document = rulebook(1, "[absence]\nsuspect_after_days = 9\n");
        shelf::take(room, &document)?.unwrap();
        school.in_force(room, &document, afternoon("2025-09-28"))
    })
    .await;
    running.stop().await.unwrap();
    campus.open().await;
    assert_eq!(campus.status_of(&name(5, 1, 1)).await, "ENROLLED");
    assert!(campus.status().await.rules.contains("520502@1"));
    assert!(campus.explain(&name(5, 1, 1)).await.reversals.iter().any(|r| r.rule == "T02"));
    assert_eq!(campus.close_days().await.unwrap(), [("2025-09-28".to_owned(), 2)]);
}

#[tokio::test]
async fn a_list_of_counters_to_show_changes_no_sheet() {
    let (mut campus, running) = six_days().await;
    inside(&running, |school, room| {
        let document = rulebook(1, "[indicators]\nlist = [\"on_roll\", \"dropped_out\"]\n");
        shelf::take(room, &document)?.unwrap();
        school.in_force(room, &document, afternoon("2025-09-28"))
    })
    .await;
    running.stop().await.unwrap();
    campus.open().await;
    assert_eq!(campus.close_days().await.unwrap(), [], "what was said of a day stands");
    campus.school_days(&["2025-09-29"], &name(5, 1, 1)).await;
    assert_eq!(campus.figure("2025-09-29", "absent_unexcused").await, 1, "no zero where one was absent");
}

#[tokio::test]
async fn a_sheet_that_a_restored_store_lost_waits_for_its_roll_calls() {
    let (mut campus, running) = six_days().await;
    inside(&running, |school, room| {
        // the parent holds revision 4 of a day that this store never closed
        let mut counts = Counts::default();
        counts.set(Indicator::ClassesCalled, 2);
        let lost = Sheet {
            day: day("2025-09-29"),
            revision: 4,
            counts,
            provisional: false,
            closed: afternoon("2025-09-29"),
        };
        school.returned(room, &[entry(9, Kind::SHEET, sheet_out(&lost))], afternoon("2025-09-28"))
    })
    .await;
    running.stop().await.unwrap();
    campus.open().await;
    campus.set(afternoon("2025-09-29"));
    assert!(campus.notices().await.contains(&"lost-days".to_owned()));
    assert!(campus.close_days().await.unwrap().is_empty(), "what the parent holds stands");
    campus.call("5.1", "2025-09-29", &[(&name(5, 1, 1), "present")], "").await.unwrap();
    assert!(campus.close_days().await.unwrap().is_empty(), "one class is still missing");
    campus.call("4.2", "2025-09-29", &[], "").await.unwrap();
    assert_eq!(campus.close_days().await.unwrap(), [("2025-09-29".to_owned(), 5)]);
    assert!(!campus.notices().await.contains(&"lost-days".to_owned()));
}

#[tokio::test]
async fn a_lost_sheet_that_lacked_a_class_waits_for_no_more_than_it_had() {
    let (mut campus, running) = six_days().await;
    inside(&running, |school, room| {
        let mut counts = Counts::default();
        counts.set(Indicator::ClassesCalled, 1);
        let day = day("2025-09-29");
        let lost = Sheet { day, revision: 1, counts, provisional: false, closed: afternoon("2025-09-29") };
        school.returned(room, &[entry(9, Kind::SHEET, sheet_out(&lost))], afternoon("2025-09-28"))
    })
    .await;
    running.stop().await.unwrap();
    campus.open().await;
    campus.set(afternoon("2025-09-29"));
    assert!(campus.close_days().await.unwrap().is_empty());
    campus.call("5.1", "2025-09-29", &[(&name(5, 1, 1), "present")], "").await.unwrap();
    assert_eq!(campus.close_days().await.unwrap(), [("2025-09-29".to_owned(), 2)]);
}

#[tokio::test]
async fn a_restored_school_closes_no_day_before_it_knows_what_it_lost() {
    let (mut campus, running) = six_days().await;
    let parent = Parent { party: county(), address: "127.0.0.1:1".to_owned() };
    inside(&running, move |_, room| {
        room.write(keys::PARENTS, &Parents(vec![parent]));
        Ok(())
    })
    .await;
    let copy = campus.beside("b.guixue");
    running.school.backup(Some(copy.clone())).await.unwrap();
    let before = outgoing(&running).await;
    running.stop().await.unwrap();
    let (store, dir) = (campus.dir().join("store"), campus.dir());
    std::fs::remove_dir_all(&store).unwrap();
    let key = proto::store::KeyFile::open(&dir.join("store.key")).unwrap();
    let me = "p52/c5205/d520502/s2152000001".parse().unwrap();
    proto::store::restore(&copy, &key, &me, &store, proto::store::Options::node()).unwrap();

    campus.open().await;
    campus.set(afternoon("2025-09-30"));
    assert!(campus.notices().await.contains(&"ask-first".to_owned()));
    let refused = campus.close_days().await.unwrap_err();
    assert_eq!(refused.code(), Code::FailedPrecondition);
    campus.close().await;
    let running = start(campus.options()).await.unwrap();
    let nights = Caretaker(Arc::clone(&running.school));
    nights.prepare().await.unwrap();
    drop(nights);
    assert!(outgoing(&running).await == before, "a sheet without its roll calls would replace the true one");
    let life = |room: &mut Room<'_>, me: &Party| book::current(room, me, &Lane::Up);
    let record = inside(&running, move |school, room| life(room, school.party())).await.unwrap();
    assert_eq!(record.id.life.number, 1, "in the old life the parent sees what is missing");
    running.stop().await.unwrap();
}

#[tokio::test]
async fn a_parent_that_lost_a_part_hears_every_day_again() {
    let (_campus, running) = six_days().await;
    inside(&running, |school, room| school.restate(room, afternoon("2025-09-28"))).await;
    let sheets = outgoing(&running).await;
    assert_eq!(sheets.len(), 12);
    assert_eq!(sheets[..6], sheets[6..], "the same sheets under new numbers");
    running.stop().await.unwrap();
}

#[tokio::test]
async fn a_clock_far_off_the_parents_closes_no_day() {
    let (mut campus, running) = six_days().await;
    let parent = Parent { party: county(), address: "127.0.0.1:1".to_owned() };
    let contact = Contact {
        last: afternoon("2025-09-28"),
        clock_offset: -30 * 86_400_000,
        store: 1,
        software: "0".to_owned(),
        version: 1,
        conversations: 1,
    };
    inside(&running, move |_, room| {
        room.write(keys::PARENTS, &Parents(vec![parent]));
        post::note_contact(room, &county(), &contact)?;
        Ok(())
    })
    .await;
    running.stop().await.unwrap();
    campus.open().await;
    campus.set(afternoon("2025-10-09"));
    let refused = campus.close_days().await.unwrap_err();
    assert_eq!(refused.code(), Code::FailedPrecondition);
    assert!(refused.message().contains("720 hours ahead"), "{}", refused.message());
    assert_eq!(campus.notices().await[0], "clock-off");
    campus.close().await;
    // the call takes place all the same, and nothing is closed before it
    let running = start(campus.options()).await.unwrap();
    let nights = Caretaker(Arc::clone(&running.school));
    nights.prepare().await.unwrap();
    assert_eq!(nights.parents().len(), 1);
    drop(nights);
    assert_eq!(outgoing(&running).await.len(), 6);
    running.stop().await.unwrap();
}

#[tokio::test]
async fn the_night_closes_today_once_its_window_is_open() {
    let mut campus = Campus::with_roll().await;
    campus.close().await;
    let running = start(campus.options()).await.unwrap();
    let nights = Caretaker(Arc::clone(&running.school));
    campus.set(Moment::at(day("2025-09-23"), 18 * 60));
    nights.prepare().await.unwrap();
    let days = |sheets: Vec<Sheet>| sheets.iter().map(|sheet| sheet.day.to_string()).collect::<Vec<_>>();
    assert_eq!(days(outgoing(&running).await), [MONDAY]);
    campus.set(Moment::at(day("2025-09-23"), 19 * 60));
    nights.prepare().await.unwrap();
    assert_eq!(days(outgoing(&running).await), [MONDAY, "2025-09-23"]);
    drop(nights);
    running.stop().await.unwrap();
}
