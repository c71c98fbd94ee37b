//! Follows what changes: a certificate that was renewed, a register that grew, a stranger who knocked.

use std::sync::Arc;
use std::time::Duration;

use proto::link::caller::Bell;
use proto::model::lang::{Lang, Say};
use proto::model::region::Level;
use tokio::time::{Instant, MissedTickBehavior, interval_at};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::doors::Doors;
use super::line::Line;
use crate::desk::{Hub, HubError};

/// How often everything is looked at without being asked.
const ROUND: Duration = Duration::from_secs(60);
/// A town asks its county about strangers at most this often, in milliseconds.
const ASK_AGAIN: i64 = 60_000;

/// Keeps until `stop`.
///
/// # Errors
/// When the store has stopped.
pub(super) async fn keep(
    hub: Arc<Hub>,
    line: Arc<Line>,
    doors: Doors,
    bell: Bell,
    stop: CancellationToken,
) -> Result<(), HubError> {
    let (mut asked, mut looked, calls) = (None, None, TaskTracker::new());
    // its own beat: a night in which something changes every minute must not put it off
    let mut round = interval_at(Instant::now() + ROUND, ROUND);
    round.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = stop.cancelled() => break,
            () = hub.changed.notified() => {
                hub.settle_seen().await?;
                hub.refresh().await?;
            }
            () = hub.shown.notified() => {}
            () = hub.knocked.notified() => {
                let now = hub.clock.now();
                let again = asked.is_none_or(|at| now.since(at) >= ASK_AGAIN);
                if again && hub.me.level() == Some(Level::Town) {
                    asked = Some(now);
                    let bell = bell.clone();
                    calls.spawn(async move {
                        if let Err(error) = bell.call_now().await {
                            tracing::info!("the county could not be asked about a stranger: {error}");
                        }
                    });
                }
            }
            _ = round.tick() => {
                if let Err(error) = hub.renew_own_leaf().await {
                    tracing::error!("this hub's certificate was not renewed: {error}");
                }
                // a day that begins by a wrong clock begins again when it is right
                let today = (hub.clock.now().day(), hub.look_at_clock().await?.is_none());
                if looked.replace(today) != Some(today) {
                    begin_day(&hub).await;
                    if let Err(error) = check_log(&hub).await {
                        tracing::error!("the audit log was not checked: {error}");
                    }
                }
                measure(&hub).await;
            }
        }
        line.follow(&hub);
        doors.follow(&hub);
        hub.metrics.units.set(i64::try_from(hub.state().registry.len()).unwrap_or(i64::MAX));
    }
    drop(bell);
    calls.close();
    calls.wait().await;
    Ok(())
}

/// What the clock brings once a day: to cases on their way, and to entries that were refused for now.
pub async fn begin_day(hub: &Arc<Hub>) {
    match hub.look_at_clock().await {
        Ok(None) => {}
        Ok(Some(wrong)) => tracing::warn!(clock = wrong.code(), "{}", wrong.say(Lang::En)),
        Err(error) => tracing::error!("the clock was not looked at: {error}"),
    }
    if hub.state().identity.is_some()
        && let Err(error) = hub.transfer_day().await
    {
        tracing::error!("what the day brings to cases was not done: {error}");
    }
    match hub.look_again().await {
        Ok(taken) => tracing::info!(taken, "looked through the quarantine: {taken} entries count now"),
        Err(error) => tracing::error!("the quarantine was not looked through: {error}"),
    }
}

/// Once a day the log is followed from its beginning.
async fn check_log(hub: &Hub) -> Result<(), HubError> {
    let own = hub.verify_audit().await?.own;
    if let Err(broken) = own {
        tracing::error!("the audit log does not hold together: {broken}");
    }
    hub.metrics.audit_broken.set(own.is_err().into());
    Ok(())
}

/// Figures for operators that only a look can tell.
async fn measure(hub: &Hub) {
    let started = tokio::time::Instant::now();
    let noted = hub.desk.act(|room| {
        room.put(b"h/pulse".as_slice(), [1]);
        Ok::<_, proto::store::StoreError>(())
    });
    if noted.await.is_ok() {
        hub.metrics.commit_seconds.observe(started.elapsed().as_secs_f64());
    }
    if let Ok(lines) = hub.board().await {
        hub.metrics.silent.set(i64::try_from(hub.silent(&lines)).unwrap_or(i64::MAX));
    }
    if let Ok(tally) = hub.tally().await {
        hub.metrics.casework_stands(&tally);
    }
}
