//! What is too large for one file, or came in pieces on the line.

use proto::link::conversation::Words;

use super::{call, cut, pair, trip};
use crate::bundles::SCHOOL;

#[tokio::test]
async fn what_is_too_much_for_one_file_is_in_several_and_a_missing_one_is_named() {
    let (school, county) = pair().await;
    school.side.write(40).await;
    let parts = school.export(Words { bytes: 1_000, all: false }).await;
    assert!(parts.len() > 2, "{}", parts.len());
    assert_eq!(parts.iter().map(|part| part.entries).sum::<u64>(), 40);
    assert!(parts[1].name.ends_with("-上行-2.guixue"), "{}", parts[1].name);
    county.import(&parts[0].bytes).await.expect("the first part");
    let have = parts[0].entries;
    let skipped = county.import(&parts[2].bytes).await.expect("the third part");
    let gap = &skipped.gaps[0];
    assert_eq!((gap.from, gap.to), (have + 1, have + parts[1].entries));
    assert_eq!(gap.stream.origin.to_string(), SCHOOL);
    assert_eq!(skipped.report.received, 0, "nothing is parked");
    for part in &parts[1..] {
        assert_eq!(county.import(&part.bytes).await.expect("a part").gaps, []);
    }
    assert_eq!(county.side.applied().await, school.side.written());
    assert!(county.side.once().await);
}

#[tokio::test]
async fn an_entry_that_came_in_pieces_on_the_line_comes_whole_on_the_stick() {
    let (school, county) = pair().await;
    school.side.write_large(100_000).await;
    cut(&school, &county, 4).await;
    school.side.write_large(90_000).await;
    trip(&school, &county).await;
    school.side.write_large(80_000).await;
    call(&school, &county).await;
    assert_eq!(county.side.applied().await, school.side.written());
    assert!(county.side.once().await);
}
