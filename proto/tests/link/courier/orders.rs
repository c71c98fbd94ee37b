//! Sticks and calls in any order, also with a side that was put back.

use proptest::prelude::{Just, Strategy, any, proptest};
use proptest::prop_oneof;
use proto::link::conversation::{Delivered, Words};
use proto::link::courier::Bundle;
use proto::model::document::Document;

use super::{Desk, call, cut, pair, trip};
use crate::pipe::{REFUSED, body, document};

/// What may happen between a school and its county.
#[derive(Debug, Clone, Copy)]
enum Step {
    Writes(u32),
    IsRefused,
    Issues,
    Calls,
    CallIsCut(usize),
    SchoolExports {
        all: bool,
        small: bool,
    },
    CountyExports,
    /// A file reaches its reader; it stays on its stick and may come again.
    Arrives(usize),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => (1_u32..6).prop_map(Step::Writes),
        1 => Just(Step::IsRefused),
        1 => Just(Step::Issues),
        1 => Just(Step::Calls),
        2 => (0_usize..5).prop_map(Step::CallIsCut),
        3 => (any::<bool>(), any::<bool>()).prop_map(|(all, small)| Step::SchoolExports { all, small }),
        1 => Just(Step::CountyExports),
        6 => any::<usize>().prop_map(Step::Arrives),
    ]
}

/// The two and the sticks between them.
struct World {
    school: Desk,
    county: Desk,
    /// Files to the county (true) or to the school.
    sticks: Vec<(bool, Bundle)>,
    rules: Vec<Document>,
    /// One of the two was put back from a copy.
    restored: bool,
}

impl World {
    async fn new() -> Self {
        let (school, county) = pair().await;
        Self { school, county, sticks: Vec::new(), rules: Vec::new(), restored: false }
    }

    async fn take(&mut self, step: Step) {
        match step {
            Step::Writes(n) => self.school.side.write(n).await,
            Step::IsRefused => self.school.side.write_as(&[REFUSED]).await,
            Step::Issues => {
                let version = self.rules.len() as u32 + 1;
                let next = document(version, self.rules.last(), &format!("suspect_after = {version}"));
                self.county.side.issue(&next).await;
                self.rules.push(next);
            }
            Step::Calls => _ = call(&self.school, &self.county).await,
            Step::CallIsCut(turns) => cut(&self.school, &self.county, turns).await,
            Step::SchoolExports { all, small } => {
                let bytes = if small { 300 } else { 1 << 20 };
                let files = self.school.export(Words { bytes, all }).await;
                self.sticks.extend(files.into_iter().map(|file| (true, file)));
            }
            Step::CountyExports => {
                let files = self.county.export(Words::default()).await;
                self.sticks.extend(files.into_iter().map(|file| (false, file)));
            }
            Step::Arrives(which) if !self.sticks.is_empty() => self.arrive(which % self.sticks.len()).await,
            Step::Arrives(_) => {}
        }
    }

    async fn arrive(&mut self, which: usize) {
        let (up, file) = self.sticks[which].clone();
        if !up {
            let heard = self.school.import(&file.bytes).await.expect("a good bundle");
            self.check_on_the_way(&heard);
            return;
        }
        let heard = self.county.import(&file.bytes).await.expect("a good bundle");
        self.check_on_the_way(&heard);
        let answer = self.county.answer(Words::default(), Some(&heard)).await.expect("the key is known");
        self.sticks.extend(answer.into_iter().map(|file| (false, file)));
    }

    /// While nobody was put back, nothing that was acknowledged is doubted, however old the file.
    fn check_on_the_way(&self, heard: &Delivered) {
        let report = &heard.report;
        let doubts = (report.refilled, report.returned, report.new_lives.len(), heard.ask_again);
        assert!(self.restored || doubts == (0, 0, 0, false), "{doubts:?}");
    }

    async fn check(&self) {
        let (school, county) = (&self.school.side, &self.county.side);
        let mut written = school.written();
        let refused = written.remove(&body(REFUSED));
        assert_eq!(county.applied().await, written);
        assert!(county.once().await && school.once().await);
        assert_eq!(school.documents().await, county.documents().await);
        assert_eq!(school.receipts().await, county.quarantined().await.len());
        assert_eq!(refused, !county.quarantined().await.is_empty());
        assert_eq!(school.life().await, 1, "nobody was restored: no new life");
        let call = call(&self.school, &self.county).await;
        assert_eq!((call.sent, call.received, call.documents, call.waiting), (0, 0, 0, 0));
        assert_eq!((call.refilled, call.new_lives.len()), (0, 0));
    }
}

fn within<T>(work: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(work)
}

proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig { cases: 64, ..Default::default() })]

    /// Files lost, doubled, stale and in any order, with calls between: after one more call, or one more stick
    /// there and back, both sides hold the same.
    #[test]
    fn sticks_and_calls_in_any_order_end_the_same(
        steps in proptest::collection::vec(step(), 1..40),
        by_stick in any::<bool>(),
    ) {
        within(async {
            let mut world = World::new().await;
            for step in steps {
                world.take(step).await;
            }
            if by_stick {
                trip(&world.school, &world.county).await;
            } else {
                call(&world.school, &world.county).await;
            }
            world.check().await;
        });
    }

    /// The same with either side put back from an older copy at any time: what the school holds now is at the
    /// county in the end, by sticks alone.
    #[test]
    fn after_a_restore_sticks_alone_bring_everything_together(
        before in proptest::collection::vec(step(), 1..15),
        between in proptest::collection::vec(step(), 1..15),
        after in proptest::collection::vec(step(), 0..15),
        at_the_school in any::<bool>(),
    ) {
        within(async {
            let mut world = World::new().await;
            for step in before {
                world.take(step).await;
            }
            let copies = (world.school.side.copy(), world.county.side.copy());
            for step in between {
                world.take(step).await;
            }
            world.restored = true;
            if at_the_school {
                world.school.side.restore(&copies.0);
                world.school.side.renumber().await;
            } else {
                world.county.side.restore(&copies.1);
                world.county.side.renumber().await;
            }
            for step in after {
                // a restored county issues again what it issued after the copy: not the courier's matter
                if !matches!(step, Step::Issues) {
                    world.take(step).await;
                }
            }
            for _ in 0..3 {
                trip(&world.school, &world.county).await;
            }
            let mut held = world.school.side.held().await;
            held.remove(&body(REFUSED));
            let applied = world.county.side.applied().await;
            assert!(applied.is_superset(&held));
            let left = world.school.export(Words::default()).await;
            assert_eq!(left.iter().map(|file| file.entries).sum::<u64>(), 0);
        });
    }
}
