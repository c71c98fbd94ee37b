//! Any history of cuts and restores ends settled.

use proptest::prelude::{
    Just, ProptestConfig, Strategy, TestCaseError, prop_assert, prop_assert_eq, prop_oneof, proptest,
};

use crate::pipe::{pair, talk, talk_until};

/// What happens to a school and its county in one step of a random history.
#[derive(Debug, Clone)]
enum Event {
    Write(u32),
    Talk,
    CutAfter(usize),
    Backup,
    SecureBackup,
    RestoreCounty,
    RestoreSchool,
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        4 => (1_u32..5).prop_map(Event::Write),
        3 => Just(Event::Talk),
        3 => (0_usize..6).prop_map(Event::CutAfter),
        1 => Just(Event::Backup),
        1 => Just(Event::SecureBackup),
        1 => Just(Event::RestoreCounty),
        1 => Just(Event::RestoreSchool),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    /// After any history of cuts and restores, two good nights settle everything: all that the school
    /// holds is at the county, nothing was applied twice under one number, nothing waits.
    #[test]
    fn any_history_ends_settled(events in proptest::collection::vec(event(), 1..40)) {
        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(history(events))?;
    }
}

async fn history(events: Vec<Event>) -> Result<(), TestCaseError> {
    let (school, county) = pair();
    let (mut school_copy, mut county_copy) = (school.copy(), county.copy());
    for event in events {
        match event {
            Event::Write(n) => school.write(n).await,
            Event::Talk => drop(talk(&school, &county).await),
            Event::CutAfter(turns) => talk_until(&school, &county, turns).await,
            Event::Backup => (school_copy, county_copy) = (school.copy(), county.copy()),
            Event::SecureBackup => {
                county_copy = county.copy();
                county.secure().await;
            }
            Event::RestoreCounty => county.restore(&county_copy),
            Event::RestoreSchool => school.restore(&school_copy),
        }
    }
    talk(&school, &county).await;
    let (report, _) = talk(&school, &county).await;
    prop_assert_eq!(report.waiting, 0);
    prop_assert_eq!(report.new_lives.len(), 0, "a settled pair agrees");
    prop_assert!(county.once().await);
    let held = school.held().await;
    prop_assert!(held.is_subset(&county.applied().await), "everything the school holds is at the county");
    Ok(())
}
