//! The conversation after one side was put back from an older copy, or made anew.

use proto::link::conversation::{Judgement, Way, Words, read_out, write_down};
use proto::link::turn::Offer;

use crate::pipe::{self, Copy, Side, body, pair, talk, talk_until, three};

/// A school and its county that have spoken about `kept` entries and, after these copies of both, about `lost` more.
async fn pair_since(kept: u32, lost: u32) -> (Side, Side, [Copy; 2]) {
    let (school, county) = pair();
    school.write(kept).await;
    talk(&school, &county).await;
    let then = [school.copy(), county.copy()];
    school.write(lost).await;
    talk(&school, &county).await;
    (school, county, then)
}

/// The same with a town between the two.
async fn three_since(kept: u32, lost: u32) -> (Side, Side, Side, [Copy; 3]) {
    let (school, town, county) = three();
    school.write(kept).await;
    talk(&school, &town).await;
    talk(&town, &county).await;
    let then = [school.copy(), town.copy(), county.copy()];
    school.write(lost).await;
    talk(&school, &town).await;
    talk(&town, &county).await;
    (school, town, county, then)
}

#[tokio::test]
async fn a_hub_restored_from_an_older_copy_is_filled_again() {
    let (school, county, [_, backup]) = pair_since(4, 3).await;
    county.restore(&backup);
    school.write(1).await;
    let (report, _) = talk(&school, &county).await;
    assert_eq!((report.refilled, report.waiting), (3, 0));
    assert!(county.applied().await == school.written());
    assert!(county.once().await);
}

#[tokio::test]
async fn a_school_restored_from_an_older_copy_starts_a_new_life_and_gets_its_entries_back() {
    let (school, county, [backup, _]) = pair_since(4, 3).await;
    school.restore(&backup);
    let (report, _) = talk(&school, &county).await;
    assert_eq!(report.new_lives, [Judgement::Behind]);
    assert_eq!((report.returned, report.waiting), (3, 0));
    assert_eq!(school.returned().await, [body(5), body(6), body(7)]);
    school.write(1).await;
    let (report, _) = talk(&school, &county).await;
    assert_eq!((report.waiting, report.new_lives.len()), (0, 0), "the new life is settled");
    assert!(county.applied().await.is_superset(&school.written()));
}

#[tokio::test]
async fn a_cut_before_the_lost_entries_come_back_asks_for_them_again() {
    for cut in 0..8 {
        let (school, county, [backup, _]) = pair_since(4, 3).await;
        school.restore(&backup);
        talk_until(&school, &county, cut).await;
        talk(&school, &county).await;
        assert_eq!(school.returned().await, [body(5), body(6), body(7)], "cut after turn {cut}");
        let (report, _) = talk(&school, &county).await;
        assert_eq!((report.waiting, report.new_lives.len()), (0, 0), "cut after turn {cut}");
    }
}

#[tokio::test]
async fn a_school_restored_twice_from_one_copy_gets_back_what_it_said_in_between() {
    let (school, county, [backup, _]) = pair_since(2, 1).await;
    school.restore(&backup);
    talk(&school, &county).await;
    school.write_as(&[800, 801]).await;
    talk(&school, &county).await;
    school.restore(&backup);
    let (report, _) = talk(&school, &county).await;
    assert_eq!((&report.new_lives[..], report.waiting), (&[Judgement::Outlived][..], 0));
    let back = school.returned().await;
    for n in [3, 800, 801] {
        assert!(back.contains(&body(n)), "{n}");
    }
}

#[tokio::test]
async fn an_earlier_life_that_a_town_hands_on_does_not_wait_for_ever() {
    let school = Side::new("p52/c5205/d520502/t520502100/s2152000001");
    let town = Side::new("p52/c5205/d520502/t520502100");
    let county = Side::new("p52/c5205/d520502");
    school.write(2).await;
    talk(&school, &town).await;
    let backup = school.copy();
    school.write(2).await;
    talk(&school, &town).await;
    school.restore(&backup);
    talk(&school, &county).await; // speaks to the county in its second life first
    talk(&school, &town).await;
    school.restore(&backup);
    talk(&school, &county).await;
    talk(&school, &town).await;
    assert_eq!(talk(&town, &county).await.0.waiting, 0);
    assert!(town.applied().await.is_subset(&county.applied().await));
    // the county is restored: everything is offered again, also what is over
    county.renumber().await;
    assert_eq!(talk(&town, &county).await.0.waiting, 0);
    // the county is made anew, and the town has forgotten: the school says everything again
    town.secure().await;
    talk(&school, &town).await;
    county.secure().await;
    school.write(1).await;
    talk(&school, &town).await;
    talk(&town, &county).await;
    county.restore(&county.empty());
    talk(&town, &county).await;
    talk(&school, &town).await;
    assert_eq!(talk(&town, &county).await.0.waiting, 0);
    assert!(school.held().await.is_subset(&county.applied().await));
}

#[tokio::test]
async fn a_county_put_back_with_its_whole_disk_gets_again_what_its_towns_handed_on() {
    for cut in [usize::MAX, 1, 0] {
        let (school, town, county, [_, _, county_then]) = three_since(2, 2).await;
        county.restore(&county_then); // with the number of its store: nothing on the disk says so
        talk_until(&town, &county, cut).await;
        assert_eq!(talk(&town, &county).await.0.waiting, 0);
        assert!(county.applied().await == school.written(), "cut after turn {cut}");
        assert!(county.once().await);
    }
}

#[tokio::test]
async fn two_lives_of_one_number_are_never_taken_for_one() {
    let (school, county) = pair();
    let backup = school.copy();
    school.write(2).await;
    talk(&school, &county).await;
    school.restore(&backup); // as a node set up again with the old key
    school.write(1).await;
    let (report, _) = talk(&school, &county).await;
    assert_eq!((&report.new_lives[..], report.waiting), (&[Judgement::Outlived][..], 0));
    assert!(school.life().await > 1);
}

#[tokio::test]
async fn a_restored_school_that_has_written_on_is_a_fork_and_both_branches_are_kept() {
    let (school, county, [backup, _]) = pair_since(4, 2).await;
    school.restore(&backup);
    school.write_as(&[900, 901, 902]).await;
    let (report, _) = talk(&school, &county).await;
    assert_eq!(report.new_lives, [Judgement::Forked]);
    assert_eq!(report.waiting, 0);
    let applied = county.applied().await;
    for n in [1, 4, 5, 6, 900, 901, 902] {
        assert!(applied.contains(&body(n)), "{n}");
    }
}

/// Units of a restored county call first, or teachers of a restored school: it has written on before it hears what it
/// lost. Nobody takes that for a second machine, wherever the line is cut.
#[tokio::test]
async fn a_party_restored_and_written_on_is_not_taken_for_two_machines() {
    for cut in 0..8 {
        for (lost, since) in [(3, 2), (2, 3)] {
            let (school, county, [backup, _]) = pair_since(4, lost).await;
            school.restore(&backup);
            school.renumber().await;
            school.write_as(&(900..900 + since).collect::<Vec<_>>()).await;
            talk_until(&school, &county, cut).await;
            for night in 0..3 {
                school.write_as(&[1_000 + night]).await;
                let waiting = talk(&school, &county).await.0.waiting;
                assert!(waiting == 0 || night == 0, "cut after turn {cut}, night {night}: {waiting} wait");
                assert_eq!(county.two_machines(&school).await, None, "cut after turn {cut}, night {night}");
            }
            let applied = county.applied().await;
            assert!((900..900 + since).chain(1..=4 + lost).all(|n| applied.contains(&body(n))));
        }
    }
}

/// What no store can tell its parent, a disk image put back, is a sign of two machines until it was seen for a week to
/// be one.
#[tokio::test]
async fn a_disk_image_put_back_is_a_sign_of_two_machines_for_a_week() {
    let (school, county, [backup, _]) = pair_since(4, 2).await;
    school.restore(&backup);
    school.write_as(&[900, 901, 902]).await;
    for night in 0..9 {
        school.write_as(&[1_000 + night]).await;
        talk(&school, &county).await;
        assert_eq!(county.two_machines(&school).await.is_some(), night < 7, "night {night}");
        county.later(86_400_000);
    }
}

#[tokio::test]
async fn what_a_new_hub_lacks_and_nobody_keeps_is_said_again_from_the_facts() {
    let (school, county) = pair();
    school.write(6).await;
    talk(&school, &county).await;
    county.secure().await; // a verified backup: the school may forget
    school.write(1).await;
    talk(&school, &county).await;
    county.restore(&county.empty());
    let (report, _) = talk(&school, &county).await;
    assert_eq!(report.new_lives, [Judgement::Lost]);
    assert_eq!(report.waiting, 0);
    assert!(county.applied().await.contains(b"restated".as_slice()));
}

#[tokio::test]
async fn a_hub_restored_from_an_older_copy_gets_its_own_document_back_from_a_child() {
    let (school, county) = pair();
    let first = pipe::document(1, None, "a = 1");
    let second = pipe::document(2, Some(&first), "a = 2");
    county.issue(&first).await;
    let backup = county.copy();
    county.issue(&second).await;
    talk(&school, &county).await;
    county.restore(&backup);
    talk(&school, &county).await;
    assert_eq!(county.documents().await, [second]);
}

#[tokio::test]
async fn a_party_whose_own_words_come_back_is_told_before_it_hears_anything_else() {
    for writes_on in [false, true] {
        let (school, county, [school_then, county_then]) = pair_since(4, 3).await;
        county.restore(&county_then);
        talk(&school, &county).await;
        let told = (school.noticed().await, county.noticed().await);
        assert_eq!(told, (None, None), "the county has said nothing that it forgot");
        school.restore(&school_then);
        if writes_on {
            school.write_as(&[900]).await;
        }
        county.tell(&school, 1000).await;
        talk(&school, &county).await;
        assert_eq!(school.noticed().await, Some(0), "before the county's words are heard");
        assert!(school.applied().await.contains(&body(1000)), "and then they are heard");
        assert_eq!(county.noticed().await, None);
    }
}

#[tokio::test]
async fn a_school_and_its_town_put_back_together_learn_that_the_county_knows_it_otherwise() {
    for branch in [&[900][..], &[900, 901, 902, 903]] {
        let (school, town, county, [school_then, town_then, _]) = three_since(2, 3).await;
        school.restore(&school_then);
        town.restore(&town_then);
        school.write_as(branch).await;
        for _ in 0..3 {
            talk(&school, &town).await;
            talk(&town, &county).await;
        }
        assert!(school.life().await > 1, "the county's word went down to the school");
        assert!(county.applied().await.contains(b"restated".as_slice()), "and all that stands came up again");
        let (report, _) = talk(&town, &county).await;
        assert_eq!(report.waiting, 0, "nothing waits");
    }
}

#[tokio::test]
async fn a_branch_that_the_county_refused_is_not_offered_again_until_the_county_may_lack_it() {
    let (school, town, county, [school_then, town_then, _]) = three_since(2, 3).await;
    school.restore(&school_then);
    town.restore(&town_then);
    school.write_as(&[900]).await;
    talk(&school, &town).await;
    assert_eq!(offered(&town).await, (2, 1), "the town's own stream and the branch");
    for night in 0..3 {
        talk(&town, &county).await;
        talk(&school, &town).await;
        let (streams, of_the_first_life) = offered(&town).await;
        assert_eq!(of_the_first_life, 0, "night {night}");
        assert_eq!(streams, if night == 0 { 2 } else { 1 }, "its own stream and what is news");
    }
    let quiet = talk(&town, &county).await;
    assert_eq!((quiet.0.waiting, quiet.0.sent, quiet.1), (0, 0, 2), "one turn each way, without an entry");
    // the county is made anew: it may lack anything, so this branch is as good as any other
    county.restore(&county.empty());
    talk(&town, &county).await;
    assert!(county.applied().await.contains(&body(900)), "the branch is taken where there is no other");
}

/// How many streams the town would offer the county now, and how many of them are of a school's first life.
async fn offered(town: &Side) -> (usize, usize) {
    let offers = town.opening().await.offers;
    let first = |offer: &&Offer| offer.stream.origin != town.post.me && offer.stream.life.number == 1;
    (offers.len(), offers.iter().filter(first).count())
}

#[tokio::test]
async fn an_old_stick_of_a_county_that_was_put_back_acknowledges_nothing() {
    let (school, town, county, [_, _, county_then]) = three_since(2, 2).await;
    let words = write_down(&county.post, &town.post.me, Way::Down, Words::default(), None).await;
    county.restore(&county_then);
    county.renumber().await;
    county.later(1_000);
    talk_until(&town, &county, 2).await; // the town has heard that the county is another one, and no more
    for old in words.expect("memory reads") {
        let heard = read_out(&town.post, &county.post.me, Way::Up, old, false).await.expect("good words");
        assert!(heard.stale && heard.report.acked == 0, "{heard:?}");
    }
    assert_eq!(talk(&town, &county).await.0.waiting, 0);
    assert!(county.applied().await == school.written());
}
