//! Lists that name a school by its code alone: whom an earlier row told leads to it, and what else is missing is said.

use hub::desk::inbound::Filter;
use hub::todo::Wait;
use proto::model::case::{CaseId, Duty};
use proto::model::lang::{Lang, Say};
use proto::model::party::Party;

use crate::duties::officer;
use crate::harness::{Place, Tree};
use crate::lists::{numbered, workbook};

const CODE: &str = "2152000077";

async fn import(place: &Place, list: &str, rows: &[[&str; 5]]) -> Vec<(CaseId, Option<Party>)> {
    place.hub().import_list(list.to_owned(), workbook(rows), None, "wang".to_owned()).await.unwrap();
    let filter = Filter { list: Some(list.to_owned()), open: false };
    let rows = place.hub().lists(filter).await.unwrap();
    rows.into_iter().map(|(row, _)| (row.case, row.school)).collect()
}

async fn missing(place: &Place, case: CaseId) -> Option<(Duty, String)> {
    let items = place.hub().todo().await.unwrap();
    let item = items.into_iter().find(|item| item.case == case)?;
    let Wait::Own(duty) = item.wait else { panic!("{item:?}") };
    Some((duty, item.say(Lang::Zh)))
}

#[tokio::test]
async fn a_row_with_a_code_alone_says_that_its_county_is_missing_until_an_officer_knows_it() {
    let tree = Tree::joined().await;
    let (city, county) = (&tree.city, tree.county.hub().me.clone());
    let (one, two, three) = (numbered("101"), numbered("103"), numbered("105"));
    let code_alone = |id, name| [name, id, CODE, "", ""];
    let rows = import(city, "第一批", &[code_alone(&one, "金丝雀"), code_alone(&two, "乙小明")]).await;
    for (case, school) in &rows {
        assert_eq!(*school, None);
        let (duty, said) = missing(city, *case).await.unwrap();
        assert_eq!(duty, Duty::PlaceRow);
        assert!(said.contains("学校标识码") && said.contains("所在县区"), "{said}");
    }
    // one is given to the county: the other child of that school goes there too, and so does a later list's
    city.hub().assign_row(rows[0].0, county.clone(), officer()).await.unwrap();
    let filter = Filter { list: Some("第一批".to_owned()), open: false };
    let given = city.hub().lists(filter).await.unwrap();
    assert!(given.iter().all(|(row, _)| row.school.as_ref() == Some(&county)), "{given:?}");
    let later = import(city, "第二批", &[code_alone(&three, "丙小红")]).await;
    assert_eq!(later[0].1, Some(county));
}

#[tokio::test]
async fn a_code_of_another_province_says_so() {
    let tree = Tree::joined().await;
    let (foreign, named) = (numbered("101"), numbered("103"));
    let rows = [["金丝雀", &*foreign, "2144000077", "", ""], ["乙小明", &*named, CODE, "不知名小学", ""]];
    let rows = import(&tree.city, "第一批", &rows).await;
    let duties =
        [missing(&tree.city, rows[0].0).await.unwrap(), missing(&tree.city, rows[1].0).await.unwrap()];
    assert_eq!(duties[0].0, Duty::ForeignRow);
    assert!(duties[0].1.contains("外省"), "{}", duties[0].1);
    assert_eq!(duties[1].0, Duty::AssignRow, "a name is there, and nobody here knows it");
}
