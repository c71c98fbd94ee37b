//! Letters that go into quarantine far from where they were written (I10): whoever wrote them is told.

use proto::link::post::Reason;
use proto::model::case::{CaseId, Finding, Letter, Outcome};
use proto::parcel;
use proto::store::Room;

use crate::harness::{EVENING, Place, Tree, day};

/// The answers that a hub has to what it wrote: from whom, and why.
async fn told(place: &Place) -> Vec<(String, Reason)> {
    let (_, answers) = place.hub().quarantine().await.unwrap();
    answers.into_iter().map(|answer| (answer.from.to_string(), answer.reason)).collect()
}

/// `from` writes what the reader has to refuse: it gave nothing to the one that answers.
async fn answer_nobody_asked(from: &Place, to: &Place) {
    let leg = CaseId::new([7; 16]).leg(1);
    let (day, note) = (day(EVENING), String::new());
    let finding = Letter::Finding(Finding { leg, outcome: Outcome::Placed, day, place: None, note });
    let (hub, to) = (from.hub().clone(), to.hub().me.clone());
    let send = move |room: &mut Room<'_>| {
        let identity = hub.state().identity.clone().unwrap();
        parcel::send(room, &identity, &to, finding, hub.clock.now())
    };
    from.hub().desk.act(send).await.unwrap();
}

#[tokio::test]
async fn a_letter_that_is_refused_two_hubs_away_is_answered_to_its_writer_and_to_who_brought_it() {
    let tree = Tree::joined().await;
    let other = Place::found("520521", tree.clock.clone()).await;
    other.join(&tree.city).await;
    answer_nobody_asked(&tree.county, &other).await;
    for _ in 0..3 {
        tree.night().await;
        other.sync().await;
    }
    let (held, _) = other.hub().quarantine().await.unwrap();
    assert_eq!(held.len(), 1, "{held:?}");
    assert_eq!(held[0].stream.origin, tree.city.hub().me, "it came down in the city's stream");
    let refused = ("p52/c5205/d520521".to_owned(), Reason::NotYours);
    assert_eq!(told(&tree.county).await, std::slice::from_ref(&refused), "who wrote it");
    assert_eq!(told(&tree.city).await, [refused], "who brought it");
    let (_, answers) = tree.county.hub().quarantine().await.unwrap();
    let own = answers[0].seq;
    let sent = |room: &mut Room<'_>| {
        let me = "p52/c5205/d520502".parse().unwrap();
        let lane = proto::model::entry::Lane::Up;
        let stream = proto::link::book::current(room, &me, &lane)?.unwrap();
        proto::link::book::read(room, &stream.id, 1, usize::MAX)
    };
    let (entries, _) = tree.county.hub().desk.act(sent).await.unwrap();
    let content =
        proto::convert::parcel_in(&entries[usize::try_from(own).unwrap() - 1].body).unwrap().content;
    let letter = proto::convert::parcel_content_in(&content).unwrap().letter;
    assert!(matches!(letter, Letter::Finding(_)), "by its number in the writer's own stream");
    assert!(other.hub().quarantine().await.unwrap().1.is_empty(), "nobody is told of a refusal's refusal");
}

#[tokio::test]
async fn a_school_s_letter_that_goes_wrong_past_its_county_comes_back_to_the_school() {
    let tree = Tree::joined().await;
    let school = tree.school("2152000001").await;
    tree.town.sync().await;
    let leg = CaseId::new([7; 16]).leg(1);
    let (day, note) = (day(EVENING), String::new());
    let finding = Letter::Finding(Finding { leg, outcome: Outcome::Placed, day, place: None, note });
    school.send(&tree.city.hub().me, finding).await;
    school.call(0).await.unwrap();
    for _ in 0..2 {
        tree.night().await;
        school.call(0).await.unwrap();
    }
    tree.night().await;
    school.call(0).await.unwrap();
    let letters = school.letters();
    assert!(letters.iter().any(|letter| matches!(letter, Letter::Refused(_))), "{letters:?}");
}
