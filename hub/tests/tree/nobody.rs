//! Nothing is decided and nothing is opened by nobody: every command that says by whom refuses an empty account.

use hub::desk::HubError;
use hub::desk::casework::Order;
use hub::desk::letter::Opening;
use hub::desk::official::{Replying, Writer};
use hub::desk::transfer::moving::Declining;
use hub::inbound::Answer;
use hub::letter::Reply;
use hub::persuasion::CaseError;
use proto::custody::step::RejectReason;
use proto::model::case::{Act, CaseId, ListResult, Office, Outcome, Unwilling, Unwillingness};

use crate::duties::found;
use crate::harness::{EVENING, Place, day, evening};

const CASE: CaseId = CaseId::new([7; 16]);
/// What is typed where an account is asked for.
const NOBODY: &str = " ";

fn nobody() -> String {
    NOBODY.to_owned()
}

fn why() -> String {
    "核查".to_owned()
}

fn opening() -> Opening {
    Opening { by: nobody(), purpose: why() }
}

fn writer() -> Writer {
    Writer { by: nobody(), purpose: why() }
}

fn refused<T: std::fmt::Debug>(what: &str, done: Result<T, HubError>) {
    assert!(matches!(done, Err(HubError::Case(CaseError::Nobody))), "{what}: {done:?}");
}

#[tokio::test]
async fn every_command_that_says_by_whom_refuses_an_empty_account() {
    let place = Place::found("520502", evening()).await;
    // joined nowhere: the account is looked at before anything else
    let hub = place.hub();
    let (unit, list, day) = (hub.me.clone(), "教基〔2025〕1号".to_owned(), day(EVENING));
    refused("inbound assign", hub.assign_row(CASE, unit.clone(), nobody()).await);
    let answer = Answer { result: ListResult::Unknown, day, note: String::new(), by: nobody() };
    refused("inbound answer", hub.answer_row(CASE, answer).await);
    refused("inbound import", hub.import_list(list.clone(), Vec::new(), None, nobody()).await);
    let reply = || Reply { outcome: Outcome::NotFound, day, place: None, note: String::new(), by: nobody() };
    let (number, to) = (|| "1号".to_owned(), "440306".parse().unwrap());
    refused("letter draft", hub.draft_letter(to, "毕教函".parse().unwrap(), Vec::new(), nobody()).await);
    refused("letter send", hub.send_letter(number(), None, nobody()).await);
    refused("letter reply", hub.answer_letter(number(), number(), reply()).await);
    refused("letter reply --correct", hub.correct_letter(number(), number(), reply(), why()).await);
    refused("incoming pass", hub.pass_incoming(number(), to, nobody()).await);
    refused("incoming assign", hub.assign_incoming(number(), unit.clone(), nobody()).await);
    refused("incoming answer", hub.answer_incoming(number(), reply()).await);
    let unwilling = Unwilling { kind: Unwillingness::Child, on: day };
    refused("transfer unwilling", hub.record_unwilling(CASE, unwilling, nobody()).await);
    let replying = Replying { list: list.clone(), to: why(), letter: None, day: None };
    refused("inbound reply", hub.reply_to_list(replying, writer()).await);
    refused("transfer hand-on", hub.hand_on(CASE, None, nobody(), why()).await);
    refused("transfer send-back", hub.send_referral_back(CASE, nobody(), why()).await);
    refused("transfer open", hub.open_record(CASE, nobody(), why()).await);
    refused("transfer paper", hub.issue_handover(CASE, None, why(), nobody()).await);
    refused("transfer accept", hub.accept(CASE, nobody()).await);
    refused("transfer reject", hub.reject(CASE, nobody(), RejectReason::NotHere, why()).await);
    refused("transfer recall", hub.recall(CASE, nobody()).await);
    refused("transfer assign", hub.assign(CASE, unit.clone(), nobody()).await);
    refused("transfer conclude", hub.conclude(CASE, found(Outcome::NotFound), nobody()).await);
    refused("transfer dispatch", hub.dispatch(None, nobody()).await);
    refused("transfer dispatch --docx", hub.dispatch_on_paper(None, nobody()).await);
    refused("transfer decline", hub.decline(CASE.leg(1), Declining::default(), nobody()).await);
    refused("letter show --docx", hub.letter_on_paper(list, None, writer()).await);
    let order =
        Order { act: Act::Visited, day: None, number: String::new(), until: None, note: String::new() };
    refused("case visit", hub.direct(CASE, order, nobody()).await);
    refused("case report", hub.open_report(CASE, None, why(), nobody()).await);
    refused("duty set", hub.set_duty(Office::Transfer, None, nobody()).await);
    refused("audit export", hub.export_audit(nobody()).await);
    refused("audit accept", hub.accept_head(unit, nobody()).await);
}

#[tokio::test]
async fn nobody_opens_a_list_that_was_imported() {
    let place = Place::found("52", evening()).await;
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet();
    for (line, cells) in (0..).zip([["姓名", "出生日期", "学校"], ["金丝雀", "2013-05-01", "外地某校"]])
    {
        for (column, cell) in (0..).zip(cells) {
            sheet.write_string(line, column, cell).unwrap();
        }
    }
    let list = "教基〔2025〕1号".to_owned();
    let file = book.save_to_buffer().unwrap();
    assert_eq!(place.hub().import_list(list.clone(), file, None, "wang".to_owned()).await.unwrap().rows, 1);
    refused("inbound export", place.hub().export_list(list, opening()).await);
}
