//! Lists that are imported above the county: row by row they go down to the school, and the answers come back up.

use hub::desk::HubError;
use hub::desk::inbound::Filter;
use hub::inbound::Answer;
use proto::model::case::{Checked, Duty, Letter, ListResult, Way};
use proto::model::day::Day;
use proto::model::personal::Purpose;
use proto::seal::OpenKey;

use crate::duties::{ID, below, officer, on_duty, own};
use crate::harness::{EVENING, Place, School, Tree, day};

const LIST: &str = "教基〔2025〕1号";

pub(crate) fn numbered(serial: &str) -> String {
    let id = format!("{}{serial}", &ID[..14]);
    ('0'..='9').chain(['X']).find_map(|check| hub::pool::normal_id(&format!("{id}{check}"))).unwrap()
}

pub(crate) fn workbook(rows: &[[&str; 5]]) -> Vec<u8> {
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet();
    let header = ["姓名", "身份证号", "学校标识码", "学校名称", "家庭住址"];
    for (line, cells) in (0..).zip([&header].into_iter().chain(rows)) {
        for (column, cell) in (0..).zip(cells) {
            sheet.write_string(line, column, *cell).unwrap();
        }
    }
    book.save_to_buffer().unwrap()
}

/// Everybody calls until what was written has arrived.
async fn rounds(tree: &Tree, school: &School) {
    for _ in 0..4 {
        school.call(0).await.unwrap();
        tree.night().await;
    }
    school.call(0).await.unwrap();
}

/// The rows of a place: who is asked, and what was answered.
async fn rows(place: &Place) -> Vec<(Option<String>, Option<ListResult>)> {
    let rows = place.hub().lists(Filter::default()).await.unwrap();
    let shown = |row: hub::inbound::Row| {
        (row.school.map(|school| school.to_string()), row.answer.map(|answer| answer.result))
    };
    rows.into_iter().map(|(row, _)| shown(row)).collect()
}

fn due() -> Option<Day> {
    Some(day("2025-10-15"))
}

#[tokio::test]
async fn a_list_of_the_province_goes_down_to_the_school_and_its_answer_comes_up() {
    let tree = Tree::joined().await;
    let school = tree.school("2152000001").await;
    tree.town.sync().await;
    let own = OpenKey::generate();
    school.send(&tree.county.hub().me, Letter::Key(own.public())).await;
    let (first, second) = (numbered("101"), numbered("103"));
    let file = workbook(&[
        ["金丝雀", &first, "2152000001", "示范小学", "毕节市七星关区某路"],
        ["乙小明", &second, "", "不知名小学", ""],
    ]);
    let done =
        tree.province.hub().import_list(LIST.to_owned(), file, due(), "wang".to_owned()).await.unwrap();
    assert_eq!((done.rows, done.sent, done.unassigned), (2, 1, 1));
    rounds(&tree, &school).await;
    let city = tree.city.hub().me.to_string();
    let county = tree.county.hub().me.to_string();
    assert_eq!(rows(&tree.province).await, [(Some(city.clone()), None), (None, None)]);
    assert_eq!(rows(&tree.city).await, [(Some(county), None)]);
    assert_eq!(rows(&tree.county).await, [(Some(school.party.to_string()), None)]);
    let letters = school.letters();
    let listed = letters.iter().find_map(|letter| match letter {
        Letter::Listed(listed) => Some(listed.clone()),
        _ => None,
    });
    let listed = listed.expect("the school was asked");
    let way = Way { case: listed.case, from: &tree.county.hub().me, to: &school.party };
    assert_eq!(way.open(&listed.record, &own).unwrap().name.open(Purpose::SchoolStaff), "金丝雀");
    // ten workdays for the school, so that its county has time left before the list's day
    assert_eq!((listed.list.as_str(), listed.answer_by), (LIST, Some(day("2025-10-14"))));

    let case = listed.case;
    let checked = Checked { case, result: ListResult::InSchool, day: day(EVENING), note: String::new() };
    school.send(&tree.county.hub().me, Letter::Checked(checked)).await;
    rounds(&tree, &school).await;
    for place in [&tree.county, &tree.city] {
        assert_eq!(rows(place).await[0].1, Some(ListResult::InSchool), "{}", place.hub().me);
    }
    assert_eq!(rows(&tree.province).await, [(Some(city), Some(ListResult::InSchool)), (None, None)]);
}

#[tokio::test]
async fn a_row_that_names_no_place_is_given_to_an_office_below_and_answered_there() {
    let tree = Tree::joined().await;
    let school = tree.school("2152000001").await;
    tree.town.sync().await;
    rounds(&tree, &school).await;
    let file = workbook(&[["金丝雀", &numbered("101"), "", "不知名小学", ""]]);
    let city = tree.city.hub();
    assert_eq!(
        city.import_list(LIST.to_owned(), file, due(), "wang".to_owned()).await.unwrap().unassigned,
        1
    );
    let case = city.lists(Filter::default()).await.unwrap()[0].0.case;
    let by = || "wang".to_owned();
    let town = city.assign_row(case, tree.town.hub().me.clone(), by()).await;
    assert!(town.is_err(), "a town is no office of this city");
    city.assign_row(case, tree.county.hub().me.clone(), by()).await.unwrap();
    rounds(&tree, &school).await;
    let todo = tree.county.hub().todo().await.unwrap();
    assert!(todo.iter().any(|item| item.wait.duty() == Some(Duty::AssignRow)), "{todo:?}");
    let answer = Answer {
        result: ListResult::Elsewhere,
        day: day(EVENING),
        note: "已随迁".to_owned(),
        by: "wang".to_owned(),
    };
    let named = Answer { note: "金丝雀已随迁".to_owned(), ..answer.clone() };
    let refused = tree.county.hub().answer_row(case, named).await;
    assert!(matches!(refused, Err(HubError::NamesSomebody)), "{refused:?}");
    tree.county.hub().answer_row(case, answer.clone()).await.unwrap();
    rounds(&tree, &school).await;
    let row = city.lists(Filter::default()).await.unwrap().remove(0).0;
    let told = Answer { by: tree.county.hub().me.to_string(), ..answer };
    assert_eq!((row.answer, row.by, row.assigned_by), (Some(told), "wang".to_owned(), "wang".to_owned()));
}

#[tokio::test]
async fn a_row_that_its_school_does_not_know_is_given_to_another_and_who_was_asked_before_may_still_answer() {
    let tree = Tree::joined().await;
    let (first, second) = (tree.school("2152000001").await, tree.school("2152000002").await);
    tree.town.sync().await;
    let county = tree.county.hub();
    let file = workbook(&[["金丝雀", &numbered("101"), "", "不知名小学", ""]]);
    county.import_list(LIST.to_owned(), file, due(), officer()).await.unwrap();
    let row = async || county.lists(Filter::default()).await.unwrap().remove(0).0;
    let case = row().await.case;
    let says = async |school: &School, result| {
        let checked = Checked { case, result, day: day(EVENING), note: String::new() };
        school.send(&county.me, Letter::Checked(checked)).await;
        school.call(0).await.unwrap();
        tree.town.sync().await;
        row().await.answer.map(|answer| answer.result)
    };
    county.assign_row(case, first.party.clone(), officer()).await.unwrap();
    assert_eq!(says(&first, ListResult::Unknown).await, Some(ListResult::Unknown));
    county.assign_row(case, second.party.clone(), officer()).await.unwrap();
    assert_eq!(row().await.answer, None);
    assert_eq!(says(&first, ListResult::Unknown).await, None, "the other one is asked now");
    assert_eq!(
        says(&first, ListResult::Elsewhere).await,
        Some(ListResult::Elsewhere),
        "it has found the child"
    );
    let late = county.assign_row(case, first.party.clone(), officer()).await;
    assert!(matches!(late, Err(HubError::RowAnswered(_))), "{late:?}");
}

#[tokio::test]
async fn what_nobody_answers_for_is_a_duty_of_each_office_by_its_own_day_and_goes_one_level_up() {
    let tree = Tree::joined().await;
    let school = tree.school("2152000001").await;
    tree.town.sync().await;
    school.send(&tree.county.hub().me, Letter::Key(OpenKey::generate().public())).await;
    for place in [&tree.city, &tree.county] {
        on_duty(place).await;
    }
    rounds(&tree, &school).await;
    let file = workbook(&[["金丝雀", &numbered("101"), "2152000001", "示范小学", "毕节市七星关区某路"]]);
    // the list names no day: the rulebook's twenty workdays, and ten of them for the school
    tree.city.hub().import_list(LIST.to_owned(), file, None, officer()).await.unwrap();
    rounds(&tree, &school).await;
    let case = tree.city.hub().lists(Filter::default()).await.unwrap()[0].0.case;
    let (schools, lists) = ("2025-10-14".to_owned(), "2025-10-28".to_owned());
    assert_eq!(own(&tree.county, case).await, [(Duty::AnswerRow, schools, 0)]);
    assert_eq!(own(&tree.city, case).await, [(Duty::AnswerRow, lists.clone(), 0)]);

    tree.clock.set(tree.clock_at("2025-10-15"));
    rounds(&tree, &school).await;
    assert_eq!(own(&tree.county, case).await, [(Duty::PressRow, lists.clone(), 0)], "its school is behind");
    assert_eq!(own(&tree.city, case).await, [(Duty::AnswerRow, lists.clone(), 0)], "its county is not");
    assert_eq!(below(&tree.city, case).await, []);
    let row = tree.county.hub().lists(Filter::default()).await.unwrap().remove(0).0;
    assert!(row.is_to_press(day("2025-10-15")) && !row.is_overdue(day("2025-10-15")));

    tree.clock.set(tree.clock_at("2025-10-29"));
    rounds(&tree, &school).await;
    for place in [&tree.county, &tree.city] {
        assert_eq!(own(place, case).await, [(Duty::PressRow, lists.clone(), 1)], "{}", place.hub().me);
    }
    assert_eq!(below(&tree.city, case).await, [(Duty::PressRow, false, 1)], "the county's breach");
    assert_eq!(below(&tree.province, case).await, [(Duty::PressRow, false, 1)], "the city's breach");

    let on = day("2025-10-29");
    let answer = Answer { result: ListResult::Elsewhere, day: on, note: String::new(), by: officer() };
    tree.county.hub().answer_row(case, answer).await.unwrap();
    rounds(&tree, &school).await;
    for place in [&tree.county, &tree.city, &tree.province] {
        assert!(
            own(place, case).await.is_empty() && below(place, case).await.is_empty(),
            "{}",
            place.hub().me
        );
    }
}
