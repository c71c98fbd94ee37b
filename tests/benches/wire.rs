//! What one school's night costs on the line: bytes both ways as TLS counts them, handshake included. TCP/IP
//! headers come on top: `tests/peers` counts them in a network namespace.

use std::sync::Arc;

use anyhow::Result;
use hub::serve::{Options, start};
use proto::link::tls::KeyExchange;
use proto::model::clock::{Clock, SetClock};
use proto::model::day::{Day, Moment};
use tests::county::{County, School};

/// Minutes after midnight.
const NIGHT: u16 = 21 * 60;
const SCHOOLS: u32 = 8;

/// The next night, on which each school has the sheets of `days` days to bring: the median of what it cost.
async fn night(schools: &[School], clock: &SetClock, days: i32, resumed: bool) -> Result<(u64, u64)> {
    let today = clock.now().day().next();
    clock.set(Moment::at(today, NIGHT));
    let mut counts = Vec::new();
    for school in schools {
        for back in (0..days).rev() {
            // days that were reported before are corrected
            school.close(today.plus(-back), today.number().unsigned_abs()).await?;
        }
        if !resumed {
            school.forget_session();
        }
        let called = school.call().await?;
        assert_eq!((called.report.waiting, called.resumed), (0, resumed));
        counts.push((called.bytes_out, called.bytes_in));
    }
    counts.sort_unstable_by_key(|(out, back)| out + back);
    Ok(counts[counts.len() / 2])
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    println!("{:<10}{:<10}{:<12}{:>8}{:>8}{:>8}", "exchange", "handshake", "night", "up", "down", "bytes");
    for (name, exchange) in [("hybrid", KeyExchange::Hybrid), ("classic", KeyExchange::Classic)] {
        let clock = Arc::new(SetClock::new(Moment::at(Day::new(2025, 9, 1)?, NIGHT)));
        let dir = tempfile::tempdir()?;
        let county = County::found(&dir.path().join("hub"), SCHOOLS, "127.0.0.1:0", clock.clone()).await?;
        let options = Options { clock: clock.clone(), local: false, ..Options::new(dir.path().join("hub")) };
        let hub = start(options).await?;
        let schools = (0..SCHOOLS as usize)
            .map(|n| county.open(n, &hub.address, exchange, clock.clone() as Arc<dyn Clock>))
            .collect::<Result<Vec<_>>>()?;
        // the first contact, and the first session
        night(&schools, &clock, 1, false).await?;
        for (mode, resumed) in [("full", false), ("resumed", true)] {
            for (what, days) in [("no change", 0), ("normal", 1), ("30 nights", 30)] {
                let (up, down) = night(&schools, &clock, days, resumed).await?;
                println!("{name:<10}{mode:<10}{what:<12}{up:>8}{down:>8}{:>8}", up + down);
            }
        }
        drop(schools);
        hub.stop().await?;
    }
    Ok(())
}
