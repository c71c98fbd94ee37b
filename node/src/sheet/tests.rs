use proptest::prelude::{any, prop_assert_eq, proptest};
use proto::model::day::Day;
use proto::model::sheet::{Counts, Indicator};

use super::{Classes, count};
use crate::attendance::DayKind;
use crate::standing::{By, EnrolmentStatus, RollMatch, Standing, Step, Transition};

fn d(text: &str) -> Day {
    text.parse().unwrap()
}

fn standing(status: EnrolmentStatus) -> Standing {
    Standing { status, ..Standing::enrolled(d("2025-09-01"), RollMatch::Matched, By::default()) }
}

fn stepped(mut standing: Standing, steps: &[(Transition, &str)]) -> Standing {
    for (id, day) in steps {
        standing.history.push(Step {
            id: *id,
            from: EnrolmentStatus::Enrolled,
            to: standing.status,
            effective: d(day),
            days: vec![],
            rules: "built-in".into(),
            provisional: false,
            vacation_days_inside: 0,
            evidence: String::new(),
        });
    }
    standing
}

fn counts_of(children: &[(Standing, DayKind)]) -> Counts {
    let classes = Classes { due: 12, called: 11 };
    count(d("2025-10-31"), children.iter().map(|(standing, kind)| (standing, *kind)), classes)
}

fn is(counts: &Counts, expected: &[(Indicator, u64)]) {
    for indicator in Indicator::ALL {
        let value = expected.iter().find(|(i, _)| *i == indicator).map_or(0, |(_, n)| *n);
        assert_eq!(counts.of(indicator), value, "{}", indicator.code());
    }
}

const CLASSES: [(Indicator, u64); 2] = [(Indicator::ClassesDue, 12), (Indicator::ClassesCalled, 11)];

#[test]
fn each_child_stands_in_one_stock() {
    let all: Vec<_> = EnrolmentStatus::ALL.map(|s| (standing(s), DayKind::Present)).to_vec();
    let expected = [
        (Indicator::OnRoll, 7),
        (Indicator::Enrolled, 1),
        (Indicator::Suspected, 1),
        (Indicator::DroppedOut, 1),
        (Indicator::Suspended, 1),
        (Indicator::HomeTaught, 1),
        (Indicator::TransfersPending, 1),
    ];
    is(&counts_of(&all), &[&expected[..], &CLASSES].concat());
}

#[test]
fn steps_are_counted_on_their_day_only() {
    let today = "2025-10-31";
    let children = [
        stepped(standing(EnrolmentStatus::Suspected), &[(Transition::T01, today), (Transition::T02, today)]),
        stepped(
            standing(EnrolmentStatus::DroppedOut),
            &[(Transition::T02, "2025-09-30"), (Transition::T04, today)],
        ),
        stepped(
            standing(EnrolmentStatus::Enrolled),
            &[(Transition::T02, "2025-10-20"), (Transition::T03, today)],
        ),
        stepped(
            standing(EnrolmentStatus::Enrolled),
            &[(Transition::T04, "2025-10-20"), (Transition::T05, today)],
        ),
        stepped(standing(EnrolmentStatus::TransferredOut), &[(Transition::T14, today)]),
        stepped(standing(EnrolmentStatus::TransferPending), &[(Transition::T14, today)]),
        stepped(standing(EnrolmentStatus::Completed), &[(Transition::T22, today)]),
        stepped(standing(EnrolmentStatus::Completed), &[(Transition::T22, "2025-10-30")]),
        // known already, in force from tomorrow
        stepped(
            standing(EnrolmentStatus::DroppedOut),
            &[(Transition::T02, today), (Transition::T04, "2025-11-01")],
        ),
    ];
    let children: Vec<_> = children.into_iter().map(|s| (s, DayKind::NoData)).collect();
    let expected = [
        (Indicator::OnRoll, 5),
        (Indicator::Enrolled, 2),
        (Indicator::Suspected, 1),
        (Indicator::DroppedOut, 2),
        (Indicator::NewlySuspected, 2),
        (Indicator::NewlyDroppedOut, 1),
        (Indicator::Returned, 2),
        (Indicator::TransferredOut, 1),
        (Indicator::Completed, 1),
        (Indicator::TransfersPending, 1),
    ];
    is(&counts_of(&children), &[&expected[..], &CLASSES].concat());
}

#[test]
fn empty_chairs_are_those_of_children_who_were_expected() {
    let overdue = Standing { overdue: true, ..standing(EnrolmentStatus::Suspended) };
    let children = [
        (standing(EnrolmentStatus::Enrolled), DayKind::AbsentUnexcused),
        (standing(EnrolmentStatus::DroppedOut), DayKind::AbsentUnexcused),
        (overdue, DayKind::AbsentUnexcused),
        (standing(EnrolmentStatus::Enrolled), DayKind::AbsentExcused),
        (standing(EnrolmentStatus::HomeTaught), DayKind::AbsentUnexcused),
        (standing(EnrolmentStatus::TransferredOut), DayKind::AbsentUnexcused),
        (standing(EnrolmentStatus::Enrolled), DayKind::NoData),
        (standing(EnrolmentStatus::Enrolled), DayKind::NotASchoolDay),
    ];
    let let_go = |day| stepped(standing(EnrolmentStatus::TransferPending), &[(Transition::T14, day)]);
    let moves =
        [(let_go("2025-10-31"), DayKind::AbsentUnexcused), (let_go("2025-10-30"), DayKind::AbsentUnexcused)];
    assert_eq!(
        counts_of(&moves).of(Indicator::AbsentUnexcused),
        1,
        "the chair was empty before the child was let go"
    );
    let counts = counts_of(&children);
    assert_eq!(counts.of(Indicator::AbsentUnexcused), 3);
    assert_eq!(counts.of(Indicator::AbsentExcused), 1);
}

proptest! {
    #[test]
    fn stocks_add_up(school in proptest::collection::vec((0..EnrolmentStatus::ALL.len(), any::<bool>()), 0..60)) {
        let children: Vec<_> = school
            .iter()
            .map(|(at, alerted)| {
                let alerted = alerted.then(|| d("2025-10-30"));
                (Standing { alerted, ..standing(EnrolmentStatus::ALL[*at]) }, DayKind::Present)
            })
            .collect();
        let counts = counts_of(&children);
        let with = |status| children.iter().filter(|(s, _)| s.status == status).count() as u64;
        let own = [
            Indicator::Enrolled,
            Indicator::Suspected,
            Indicator::DroppedOut,
            Indicator::Suspended,
            Indicator::HomeTaught,
        ];
        let unnamed = [EnrolmentStatus::RemoteTaught, EnrolmentStatus::Exempt];
        let stocks = own.map(|i| counts.of(i)).iter().sum::<u64>() + unnamed.map(with).iter().sum::<u64>();
        prop_assert_eq!(counts.of(Indicator::OnRoll), stocks);
        let alerted = children.iter().filter(|(s, _)| s.status == EnrolmentStatus::Enrolled && s.alerted.is_some());
        prop_assert_eq!(counts.of(Indicator::Alerted), alerted.count() as u64);
    }
}
