//! Dates, clocks, the grace, and resumed sessions.

use std::io::Read;

use super::*;

#[test]
fn dates_are_judged_with_a_long_grace() {
    let tree = Tree::new();
    let school = tree.identity(&tree.county, SCHOOL, NOW, 100);
    let end = school.leaf().not_after();
    let after = |days: i64, seconds: i64| end.plus_millis(days * DAY + seconds * 1_000);
    for (now, let_in, in_grace) in [
        (NOW, true, false),
        (after(0, 0), true, false),
        (after(0, 1), true, true),
        (after(180, 0), true, true),
        (after(180, 1), false, true),
        (NOW.plus_millis(-DAY), true, false),
        (NOW.plus_millis(-DAY - 1_000), false, false),
    ] {
        // the school's own clock is right about itself: only the county judges here
        let shaken = shake_with_county(&tree, tree.school_client(&school, &rules_at(NOW)), &rules_at(now));
        assert_eq!(shaken.is_ok(), let_in, "{now}");
        match shaken {
            Ok(shaken) => {
                let seen = peer(&shaken.server, now, GRACE).unwrap().unwrap();
                assert_eq!((seen.expired_but_in_grace, seen.not_after), (in_grace, end), "{now}");
            }
            Err(refused) => {
                assert!(matches!(refused, Refused::ByServer(_)));
                let fault = refused.fault();
                assert!(
                    matches!(fault, TlsFault::Expired { .. } | TlsFault::NotYetValid { .. }),
                    "{fault:?}"
                );
            }
        }
    }
}

#[test]
fn a_wrong_clock_is_told_to_check_the_clock() {
    let tree = Tree::new();
    let client = tree.school_client(&tree.school(), &rules_at(Moment(0)));
    let refused = shake_with_county(&tree, client, &rules_at(NOW)).err().unwrap();
    assert!(matches!(refused, Refused::ByClient(_)));
    assert_eq!(refused.fault(), TlsFault::NotYetValid { from: NOW.plus_millis(-DAY), now: Moment(0) });
    assert!(refused.fault().say(Lang::En).contains("check the date and time here"));
    assert!(refused.fault().say(Lang::Zh).contains("请先核对本机的日期和时间"));
    assert!(refused.fault().say(Lang::Zh).contains("1970-01-01 08:00:00"));
}

#[test]
fn a_hub_in_its_grace_still_answers() {
    let tree = Tree::new();
    let hub = tree.identity(&tree.county, COUNTY, NOW, 100);
    let late = NOW.plus_millis(150 * DAY);
    let server =
        server_config(&hub, std::slice::from_ref(tree.county.certificate()), &rules_at(late)).unwrap();
    let client = tree.school_client(&tree.school(), &rules_at(late));
    let shaken = shake(&Arc::new(client), &Arc::new(server), server_name(&party(COUNTY))).unwrap();
    assert!(peer(&shaken.client, late, GRACE).unwrap().unwrap().expired_but_in_grace);
}

#[test]
fn the_second_night_resumes_and_the_dates_are_judged_again() {
    let tree = Tree::new();
    let clock = Arc::new(SetClock::new(NOW));
    let rules =
        TlsRules { grace: Duration::from_secs(3_600), ..TlsRules::new(Arc::clone(&clock) as Arc<dyn Clock>) };
    let school = tree.identity(&tree.county, SCHOOL, NOW, 1);
    let (server, client) =
        (Arc::new(tree.county_server(&rules)), Arc::new(tree.school_client(&school, &rules)));
    let end = school.leaf().not_after();
    for (moment, kind) in [
        (NOW, HandshakeKind::Full),
        (NOW.plus_millis(DAY / 2), HandshakeKind::Resumed),
        (end.plus_millis(1_000), HandshakeKind::Resumed),
        (end.plus_millis(3_601_000), HandshakeKind::Resumed),
    ] {
        clock.set(moment);
        let shaken = shake(&client, &server, server_name(&party(COUNTY))).unwrap();
        assert_eq!(shaken.server.handshake_kind(), Some(kind), "{moment}");
        let seen = peer(&shaken.server, moment, rules.grace);
        if moment > end.plus_millis(3_600_999) {
            assert_eq!(seen, Err(PeerError::Expired { party: party(SCHOOL), since: end }));
        } else {
            assert_eq!(seen.unwrap().unwrap().expired_but_in_grace, moment > end);
        }
    }
}

#[test]
fn a_session_lasts_from_week_to_week() {
    let tree = Tree::new();
    let clock = Arc::new(SetClock::new(NOW));
    let rules = TlsRules::new(Arc::clone(&clock) as Arc<dyn Clock>);
    let (server, client) =
        (Arc::new(tree.county_server(&rules)), Arc::new(tree.school_client(&tree.school(), &rules)));
    // the next night a minute later, a weekend, a week, and a holiday
    for (after, kind) in [
        (0, HandshakeKind::Full),
        (DAY + 60_000, HandshakeKind::Resumed),
        (3 * DAY, HandshakeKind::Resumed),
        (7 * DAY, HandshakeKind::Resumed),
        (8 * DAY, HandshakeKind::Full),
    ] {
        clock.set(clock.now().plus_millis(after));
        let shaken = shake(&client, &server, server_name(&party(COUNTY))).unwrap();
        assert_eq!(shaken.server.handshake_kind(), Some(kind), "after {after} ms");
    }
}

#[test]
fn a_refusal_reaches_the_refused_with_a_reason() {
    let tree = Tree::new();
    let server = Arc::new(tree.county_server(&rules_at(NOW.plus_millis(LEAF_DAYS as i64 * DAY + 200 * DAY))));
    let client = Arc::new(tree.school_client(&tree.school(), &rules_at(NOW)));
    let mut client = Connection::from(ClientConnection::new(client, server_name(&party(COUNTY))).unwrap());
    let mut server = Connection::from(ServerConnection::new(server).unwrap());
    pass(&mut client, &mut server).unwrap();
    pass(&mut server, &mut client).unwrap();
    pass(&mut client, &mut server).unwrap_err();
    let alert = pass(&mut server, &mut client).unwrap_err();
    assert_eq!(TlsFault::from(&alert), TlsFault::OurDates);
    let deep = std::io::Error::other(std::io::Error::new(std::io::ErrorKind::InvalidData, alert));
    assert_eq!(TlsFault::of(&deep), Some(TlsFault::OurDates));
    assert_eq!(TlsFault::of(&std::io::Error::from(std::io::ErrorKind::BrokenPipe)), None);
    assert!(client.reader().read(&mut [0; 1]).is_err());
}
