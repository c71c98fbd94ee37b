//! `kill -9` in the middle of a sync, on either side.

use super::Place;

/// After so many bytes of a sync, both ways together, one side is killed: in the handshake, in the hello,
/// in the entries, in the acknowledgements.
const MOMENTS: [u64; 6] = [200, 1_800, 2_900, 3_600, 4_300, 5_000];

#[tokio::test(flavor = "multi_thread")]
async fn a_kill_in_the_middle_of_a_sync_loses_nothing_that_was_acknowledged() {
    let home = tempfile::tempdir().expect("a folder");
    let place = Place::new(home.path(), MOMENTS.len()).await;
    let (mut hub, mut school) = (place.start_hub(), place.school.start());
    place.join();
    for (round, bytes) in MOMENTS.into_iter().enumerate() {
        place.close(place.days[round]);
        let mut sync = place.school.begin(&["sync"]);
        tokio::select! {
            () = place.line.carried(bytes) => {}
            // a short sync may be over before
            () = tokio::time::sleep(std::time::Duration::from_secs(5)) => {}
        }
        if round % 2 == 0 {
            hub.kill();
            hub = place.start_hub();
        } else {
            school.kill();
            school = place.school.start();
        }
        sync.wait();
        let told = place.school.ask(&["sync", "status"])["acked"].as_u64().expect("a number");
        let board = place.hub.ask(&["silence", "--all"]);
        let held = board["lines"][0]["acked"].as_u64().expect("a number");
        assert!(held >= told, "round {round}: the school was told {told}, the county holds {held}");
        place.school.run(&["sync"]);
        assert_eq!(place.school.ask(&["sync", "status"])["waiting"], 0, "round {round}");
    }
    for day in &place.days {
        let figure = place.figure(*day);
        assert_eq!(figure["counts"]["on_roll"], place.pupils.len(), "{day}");
        assert_eq!(
            (&figure["counts"]["absent_unexcused"], &figure["reported"]),
            (&3.into(), &1.into()),
            "{day}"
        );
    }
    assert_eq!(hub.terminate().code(), Some(0));
    assert_eq!(school.terminate().code(), Some(0));
}
