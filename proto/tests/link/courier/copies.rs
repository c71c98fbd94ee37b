//! Old files, and sides that were put back from a copy.

use proto::link::conversation::Words;

use super::{call, pair, trip};
use crate::pipe::body;

#[tokio::test]
async fn an_old_answer_does_not_take_back_what_a_newer_one_acknowledged() {
    let (school, county) = pair().await;
    school.side.write(1).await;
    let first = school.export(Words::default()).await;
    let heard = county.import(&first[0].bytes).await.expect("a good bundle");
    let old = county.answer(Words::default(), Some(&heard)).await.expect("an answer");
    school.side.write(5).await;
    call(&school, &county).await;
    let late = school.import(&old[0].bytes).await.expect("late, and good");
    assert!(late.stale && !late.ask_again);
    assert_eq!(late.report.refilled, 0);
    let again = school.export(Words::default()).await;
    assert_eq!(again[0].entries, 0, "all of it is acknowledged still");
}

#[tokio::test]
async fn a_county_put_back_from_a_copy_gets_everything_again_by_stick() {
    let (school, county) = pair().await;
    school.side.write(2).await;
    trip(&school, &county).await;
    let copy = county.side.copy();
    school.side.write(2).await;
    trip(&school, &county).await;
    county.side.restore(&copy);
    county.side.renumber().await;
    school.side.write(1).await;
    let (up, _) = trip(&school, &county).await;
    assert_eq!((up.gaps[0].from, up.gaps[0].to), (3, 4), "what is missing is named");
    trip(&school, &county).await;
    assert_eq!(county.side.applied().await, school.side.written());
    assert_eq!(school.export(Words::default()).await[0].entries, 0);
}

#[tokio::test]
async fn a_school_put_back_from_a_copy_gets_back_by_stick_what_it_had_sent() {
    let (school, county) = pair().await;
    school.side.write(2).await;
    trip(&school, &county).await;
    let (copy, earlier) =
        (school.side.copy(), county.answer(Words::default(), None).await.expect("a bundle"));
    school.side.write(3).await;
    trip(&school, &county).await;
    school.side.restore(&copy);
    school.side.renumber().await;
    let old = school.import(&earlier[0].bytes).await.expect("a good bundle");
    assert!(old.ask_again && !old.answered, "it was written to a store that is gone");
    let (_, down) = trip(&school, &county).await;
    assert_eq!((down.report.returned, down.report.new_lives.len(), down.answered), (3, 1, true));
    let (back, returned) = ([3, 4, 5].map(body), school.side.returned().await);
    assert!(back.iter().all(|fact| returned.contains(fact)));
    assert_eq!(school.side.life().await, 2);
    school.side.write(1).await;
    trip(&school, &county).await;
    assert!(county.side.applied().await.is_superset(&school.side.held().await));
}
