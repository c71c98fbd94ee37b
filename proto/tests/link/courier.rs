//! Words on a stick and words on the line, in any order.

use std::time::Duration;

use proptest::prelude::{Just, Strategy, any, proptest};
use proptest::prop_oneof;
use proto::identity::Identity;
use proto::link::conversation::{Delivered, Report, Way, Words};
use proto::link::courier::{self, Bundle, CourierError};
use proto::link::{acquaintance, post};
use proto::model::document::Document;
use proto::store::StoreError;

use crate::bundles::{COUNTY, SCHOOL, identities};
use crate::pipe::{self, REFUSED, Side, body, document};

/// A party with its papers.
pub(crate) struct Desk {
    pub(crate) side: Side,
    pub(crate) identity: Identity,
    pub(crate) way: Way,
}

impl Desk {
    fn peer(&self) -> proto::model::party::Party {
        match self.way {
            Way::Up => COUNTY.parse().expect("a party"),
            Way::Down | Way::Across => SCHOOL.parse().expect("a party"),
        }
    }

    pub(crate) async fn export(&self, words: Words) -> Vec<Bundle> {
        self.answer(words, None).await.expect("the two know each other")
    }

    pub(crate) async fn answer(
        &self,
        words: Words,
        heard: Option<&Delivered>,
    ) -> Result<Vec<Bundle>, CourierError> {
        self.side.later(1_000);
        courier::export(&self.side.post, &self.identity, &self.peer(), self.way, words, heard).await
    }

    pub(crate) async fn import(&self, bytes: &[u8]) -> Result<Delivered, CourierError> {
        let opened = courier::open(&self.side.post, &self.identity, Duration::ZERO, bytes).await?;
        courier::import(&self.side.post, opened, self.way, true).await
    }

    async fn knows_key(&self) -> bool {
        let peer = self.peer();
        let read = move |room: &mut proto::store::Room<'_>| acquaintance::key_of(room, &peer);
        self.side.post.desk.act(read).await.expect("memory reads").is_some()
    }
}

/// A school and its county that have met once.
pub(crate) async fn pair() -> (Desk, Desk) {
    let (school, county) = strangers();
    call(&school, &county).await;
    (school, county)
}

/// A school and its county.
pub(crate) fn strangers() -> (Desk, Desk) {
    let (school, county) = identities();
    (
        Desk { side: Side::new(SCHOOL), identity: school, way: Way::Up },
        Desk { side: Side::new(COUNTY), identity: county, way: Way::Down },
    )
}

/// A call, a moment after whatever came before.
async fn call(school: &Desk, county: &Desk) -> Report {
    school.side.later(1_000);
    county.side.later(1_000);
    pipe::talk(&school.side, &county.side).await.0
}

/// A call that is cut after `turns` turns.
async fn cut(school: &Desk, county: &Desk, turns: usize) {
    school.side.later(1_000);
    county.side.later(1_000);
    pipe::talk_until(&school.side, &county.side, turns).await;
}

/// One stick there and back. What was brought to the county, and to the school.
async fn trip(school: &Desk, county: &Desk) -> (Delivered, Delivered) {
    let (mut up, mut down) = (Delivered::default(), Delivered::default());
    for bundle in school.export(Words::default()).await {
        up = county.import(&bundle.bytes).await.expect("a good bundle");
    }
    for bundle in county.answer(Words::default(), Some(&up)).await.expect("the school showed its key") {
        down = school.import(&bundle.bytes).await.expect("a good bundle");
    }
    (up, down)
}

#[tokio::test]
async fn a_stick_there_and_back_does_what_a_call_does() {
    let (school, county) = pair().await;
    school.side.write(3).await;
    school.side.write_as(&[REFUSED]).await;
    let rules = document(1, None, "suspect_after = 5");
    county.side.issue(&rules).await;
    let (up, down) = trip(&school, &county).await;
    assert_eq!((up.report.received, up.report.quarantined, up.gaps.len()), (4, 1, 0));
    assert_eq!((down.report.acked, down.report.received, down.report.documents), (4, 1, 1));
    assert!(down.answered && !down.ask_again);
    assert_eq!(school.side.receipts().await, 1);
    assert_eq!(school.side.documents().await, [rules]);
    let call = call(&school, &county).await;
    assert_eq!((call.sent, call.received, call.waiting), (0, 0, 0), "nothing is left for a call");
}

#[tokio::test]
async fn the_first_file_of_a_unit_brings_its_key() {
    let (school, county) = pair().await;
    county.side.restore(&county.side.empty());
    assert!(!county.knows_key().await);
    school.side.write(2).await;
    // the county has lost all, its own key too: what is sealed for the old one opens for nobody
    let sealed = school.export(Words::default()).await;
    assert!(matches!(county.import(&sealed[0].bytes).await, Err(CourierError::OtherKey)));
    call(&school, &county).await;
    let (up, _) = trip(&school, &county).await;
    assert_eq!((up.report.received, county.side.applied().await), (0, school.side.written()));
}

#[tokio::test]
async fn a_neighbour_that_never_showed_its_key_is_named() {
    let (school, _) = strangers();
    let refused = school.answer(Words::default(), None).await;
    assert!(matches!(refused, Err(CourierError::NoKey(party)) if party.to_string() == COUNTY));
}

#[tokio::test]
async fn keys_travel_once() {
    let (school, county) = strangers();
    let key = |turn: &proto::link::turn::Turn| turn.hello.as_ref().map_or(0, |hello| hello.seal_key.len());
    assert!(key(&school.side.opening().await) > 1_000);
    call(&school, &county).await;
    assert_eq!(key(&school.side.opening().await), 0);
    let answer = county.side.hears(&school.side, school.side.opening().await).await.expect("an answer");
    assert_eq!(answer.as_ref().map(key), Some(0));
}

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

#[tokio::test]
async fn a_contact_by_stick_is_a_contact() {
    let (school, county) = pair().await;
    let peer = school.side.post.me.clone();
    let read = |peer: proto::model::party::Party| {
        move |room: &mut proto::store::Room<'_>| {
            Ok::<_, StoreError>(post::contact(room, &peer)?.map(|c| c.last))
        }
    };
    let before = county.side.post.desk.act(read(peer.clone())).await.expect("memory reads");
    county.side.later(60_000);
    school.side.later(30_000);
    trip(&school, &county).await;
    let after = county.side.post.desk.act(read(peer)).await.expect("memory reads");
    assert_eq!(after, before.map(|moment| moment.plus_millis(60_000)), "by its own clock");
}
