//! Files that must not be taken, each with its reason; and what a stick tells its finder.

use std::sync::Arc;

use proto::identity::Identity;
use proto::identity::authority::{AUTHORITY_DAYS, Authority, LEAF_DAYS};
use proto::identity::csr;
use proto::identity::keys::SecretKey;
use proto::identity::lineage::Lineage;
use proto::link::conversation::{Way, Words};
use proto::link::courier::{CourierError, MAX_FILE};
use proto::model::day::Moment;
use proto::model::lang::{Lang, Say};

use crate::courier::{Desk, pair};
use crate::pipe::{Side, talk};

pub(crate) const COUNTY: &str = "p52/c5205/d520502";
pub(crate) const SCHOOL: &str = "p52/c5205/d520502/s2152000001";
const OTHER_SCHOOL: &str = "p52/c5205/d520502/s2152000002";
const NOW: Moment = Moment(1_758_643_200_000);

fn authority(party: &str) -> Authority {
    Authority::create(&party.parse().expect("a party"), NOW, AUTHORITY_DAYS).expect("an authority")
}

fn identity(above: &Authority, party: &str) -> Identity {
    let (key, party) = (SecretKey::generate(), party.parse().expect("a party"));
    let leaf = above.issue_leaf(&csr::request(&party, &key), &party, NOW, LEAF_DAYS).expect("a leaf");
    let lineage = Lineage::below(above.certificate(), None).expect("a lineage");
    Identity::new(Arc::new(key), leaf, lineage).expect("they belong together")
}

/// A school's and its county's.
pub(crate) fn identities() -> (Identity, Identity) {
    let county = authority(COUNTY);
    (identity(&county, SCHOOL), identity(&county, COUNTY))
}

async fn good() -> (Desk, Desk, Vec<u8>) {
    let (school, county) = pair().await;
    school.side.write(5).await;
    let file = school.export(Words::default()).await.remove(0).bytes;
    (school, county, file)
}

async fn refused(county: &Desk, file: &[u8]) -> CourierError {
    let before = county.side.copy();
    let error = county.import(file).await.expect_err("it must not be taken");
    assert!(county.side.copy() == before, "a refused file changes nothing: {error}");
    for lang in [Lang::Zh, Lang::En] {
        assert!(error.say(lang).len() > 20, "{error}");
    }
    error
}

#[tokio::test]
async fn a_truncated_file_says_how_much_is_missing() {
    let (_, county, file) = good().await;
    for length in [8, 9, 17, 25, 26, file.len() / 2, file.len() - 1] {
        let error = refused(&county, &file[..length]).await;
        assert!(
            matches!(error, CourierError::Cut { have, .. } if have == length as u64),
            "{length}: {error}"
        );
    }
}

#[tokio::test]
async fn some_other_file_is_told_from_a_bundle() {
    let (_, county, file) = good().await;
    for other in [&b""[..], b"PK\x03\x04 a workbook", &file[1..], &file[..7]] {
        assert!(matches!(refused(&county, other).await, CourierError::NotABundle));
    }
}

#[tokio::test]
async fn an_edited_file_is_refused_wherever_it_was_edited() {
    let (_, county, file) = good().await;
    for at in (26..file.len()).step_by(97).chain([file.len() - 1]) {
        let mut edited = file.clone();
        edited[at] ^= 1;
        assert!(matches!(refused(&county, &edited).await, CourierError::Changed), "byte {at}");
    }
}

#[tokio::test]
async fn a_longer_file_is_taken_for_edited_not_read_past_its_end() {
    let (_, county, mut file) = good().await;
    file.extend_from_slice(b"and more");
    assert!(matches!(refused(&county, &file).await, CourierError::Changed));
}

#[tokio::test]
async fn a_file_of_a_future_format_asks_for_an_upgrade() {
    let (_, county, mut file) = good().await;
    file[9] = 2;
    assert!(matches!(refused(&county, &file).await, CourierError::Newer { found: 2, known: 1 }));
}

#[tokio::test]
async fn a_file_over_the_limit_is_not_even_opened() {
    let (_, county, mut file) = good().await;
    file.resize(usize::try_from(MAX_FILE).expect("fits") + 1, 0);
    assert!(matches!(refused(&county, &file).await, CourierError::TooLarge));
}

#[tokio::test]
async fn a_file_for_somebody_else_does_not_open() {
    let (school, _, file) = good().await;
    let error = school.import(&file).await.expect_err("it is for the county");
    assert!(matches!(error, CourierError::OtherKey));
}

#[tokio::test]
async fn an_answer_for_another_school_does_not_open() {
    let above = authority(COUNTY);
    let desk = |party, way| Desk { side: Side::new(party), identity: identity(&above, party), way };
    let (one, other, county) = (desk(SCHOOL, Way::Up), desk(OTHER_SCHOOL, Way::Up), desk(COUNTY, Way::Down));
    talk(&one.side, &county.side).await;
    talk(&other.side, &county.side).await;
    let swapped = county.export(Words::default()).await.remove(0).bytes;
    assert!(matches!(other.import(&swapped).await, Err(CourierError::OtherKey)));
    one.import(&swapped).await.expect("it was for this one");
}

#[tokio::test]
async fn a_file_in_the_name_of_another_school_is_refused() {
    let (school, county, _) = good().await;
    // another school of the county puts its own certificate under a page of this one
    let above = authority(COUNTY);
    let posing = Desk { identity: identity(&above, OTHER_SCHOOL), ..school };
    let file = posing.export(Words::default()).await.remove(0).bytes;
    assert!(matches!(refused(&county, &file).await, CourierError::Unvouched(Some(_))), "another authority");
}

#[tokio::test]
async fn a_certificate_that_has_run_out_is_refused_on_a_stick_too() {
    let (_, county, file) = good().await;
    county.side.later(i64::from(LEAF_DAYS) * 86_400_000 + 10_000);
    assert!(matches!(refused(&county, &file).await, CourierError::Peer(_)));
}

#[tokio::test]
async fn a_lost_stick_tells_nothing() {
    let (school, county, file) = good().await;
    let told = |bytes: &[u8], word: &str| bytes.windows(word.len()).any(|w| w == word.as_bytes());
    for word in ["fact number", "2152000001", "520502", "guixue.internal"] {
        assert!(!told(&file, word), "{word}");
    }
    // nor do two files tell that they say the same
    let again = school.export(Words::default()).await.remove(0).bytes;
    assert_ne!(file[26..90], again[26..90]);
    county.import(&file).await.expect("a good bundle");
    county.import(&again).await.expect("a good bundle");
    assert_eq!(county.side.applied().await, school.side.written());
}
