//! Statuses and sheets against the oracle's.

use std::collections::BTreeMap;

use anyhow::Result;
use node::desk::find::masked;
use node::standing::EnrolmentStatus;
use proto::model::personal::Purpose;
use proto::model::sheet::{Counts, Nature};

use super::{Law, Verdict};
use crate::oracle::{Days, Status, Truth};
use crate::tree::{SchoolSeat, Tree, class_of};

pub(super) async fn check(tree: &Tree) -> Result<Vec<Verdict>> {
    let mut statuses = Verdict::of(Law::Statuses);
    let mut sheets = Verdict::of(Law::Sheets);
    let days = Days::of_the_nation();
    for school in tree.schools() {
        let truth = school.truth(&days, tree.today());
        check_statuses(&mut statuses, school, &truth).await?;
        check_sheets(&mut sheets, school, &truth).await?;
    }
    Ok(vec![statuses, sheets])
}

async fn check_statuses(verdict: &mut Verdict, school: &SchoolSeat, truth: &Truth) -> Result<()> {
    let mut expected = BTreeMap::new();
    for (pupil, status) in school.pupils().iter().zip(&truth.statuses) {
        if let Some(status) = status {
            let who = (class_of(pupil.class), pupil.name.clone(), masked(&pupil.id_number));
            expected.insert(who, *status);
        }
    }
    let children = school.school().children(None, None).await?;
    verdict.hold(children.len() == expected.len(), || {
        format!("{}: {} children, expected {}", school.party(), children.len(), expected.len())
    });
    for child in children {
        let name = child.name.open(Purpose::SchoolStaff).clone();
        let number = child.number.open(Purpose::SchoolStaff).clone();
        let status = expected.get(&(child.class, name, number)).copied();
        let same = status.is_some_and(|status| same(status, child.standing.status));
        verdict.hold(same, || {
            let found = child.standing.status;
            format!("{} child {}: {found:?}, expected {status:?}", school.party(), child.id)
        });
    }
    Ok(())
}

const fn same(expected: Status, found: EnrolmentStatus) -> bool {
    matches!(
        (expected, found),
        (Status::Enrolled, EnrolmentStatus::Enrolled)
            | (Status::Suspected, EnrolmentStatus::Suspected)
            | (Status::DroppedOut, EnrolmentStatus::DroppedOut)
            | (Status::Moved, EnrolmentStatus::TransferPending)
    )
}

/// A day without a sheet of its own stands with the stocks of the last one and has no events.
async fn check_sheets(verdict: &mut Verdict, school: &SchoolSeat, truth: &Truth) -> Result<()> {
    let sheets = school.sheets().await?;
    for (day, expected) in &truth.counts {
        let mut counts = Counts::default();
        if let Some((_, last)) = sheets.range(..=*day).next_back() {
            counts.add(&last.only(Nature::Stock));
        }
        if let Some(own) = sheets.get(day) {
            counts.add(&own.only(Nature::Flow));
        }
        verdict.hold(counts == *expected, || {
            format!("{} on {day}: {:?}, expected {:?}", school.party(), counts.0, expected.0)
        });
    }
    Ok(())
}
