//! The line to the parent: what is drawn up before a call, and the call with whatever certificate is in
//! force.

use std::sync::{Arc, Mutex, PoisonError, Weak};

use proto::identity::Identity;
use proto::link::caller::{Bell, CallError, Called, Caller, Dial, Nights, Parent};
use proto::link::conversation::{Limits, TalkError};
use proto::link::net::Net;
use proto::link::post::Post;
use proto::link::schedule::Plan;
use proto::link::tls::{KeyExchange, TlsRules};
use proto::link::uplink::Uplink;
use proto::model::day::Moment;
use proto::model::rulebook::{self, Rulebook};
use proto::store::{Room, StoreError};

use crate::desk::Hub;
use crate::metrics::Metrics;

/// Dials with the identity in force.
pub(crate) struct Line {
    post: Post,
    net: Arc<dyn Net>,
    hub: Weak<Hub>,
    metrics: Metrics,
    uplink: Mutex<Option<Connected>>,
}

/// An uplink and the identity and rules that it was made with.
struct Connected {
    uplink: Arc<Uplink>,
    identity: Arc<Identity>,
    link: rulebook::Link,
}

impl Line {
    pub(super) fn new(hub: &Arc<Hub>, net: Arc<dyn Net>) -> Self {
        let (post, metrics) = (hub.post(), hub.metrics.clone());
        Self { post, net, hub: Arc::downgrade(hub), metrics, uplink: Mutex::new(None) }
    }

    /// Takes over the identity and the rules in force.
    pub(super) fn follow(&self, hub: &Hub) {
        let state = hub.state();
        let Some(identity) = &state.identity else { return };
        let mut uplink = self.uplink.lock().unwrap_or_else(PoisonError::into_inner);
        let same = |held: &Connected| {
            held.identity.leaf() == identity.leaf()
                && held.identity.lineage() == identity.lineage()
                && held.link == state.rules.link
        };
        if uplink.as_ref().is_some_and(same) {
            return;
        }
        let rules = tls_rules(hub);
        let limits = limits(&state.rules);
        let fresh = Uplink::new(self.post.clone(), self.net.clone(), identity.clone(), rules, limits);
        *uplink = Some(Connected {
            uplink: Arc::new(fresh),
            identity: identity.clone(),
            link: state.rules.link.clone(),
        });
    }
}

impl Line {
    /// One call; after a restore a second conversation carries what waited for the first.
    async fn talk(
        &self,
        uplink: &Uplink,
        parent: &Parent,
        until: Option<Moment>,
    ) -> Result<Called, CallError> {
        let mut called = uplink.call(parent, until).await?;
        if let Some(hub) = self.hub.upgrade() {
            hub.heard_clock(called.report.clock_offset).await.map_err(TalkError::Store)?;
        }
        if let Some(hub) = self.hub.upgrade()
            && hub.was_answered().await.map_err(TalkError::Store)?
        {
            called.add(uplink.call(parent, until).await?);
        }
        Ok(called)
    }
}

/// How TLS judges dates, and which key exchange it offers.
pub(super) fn tls_rules(hub: &Hub) -> TlsRules {
    let state = hub.state();
    let grace = std::time::Duration::from_secs(u64::from(state.rules.certificates.grace_days) * 86_400);
    let exchange = match state.rules.link.key_exchange {
        rulebook::KeyExchange::Hybrid => KeyExchange::Hybrid,
        rulebook::KeyExchange::Classic => KeyExchange::Classic,
    };
    TlsRules { grace, exchange, ..TlsRules::new(hub.clock.clone()) }
}

fn limits(rules: &Rulebook) -> Limits {
    let most = match rules.link.bytes_per_night {
        0 => usize::MAX,
        bytes => usize::try_from(bytes).unwrap_or(usize::MAX),
    };
    Limits { send_bytes: most, ..Limits::default() }
}

#[tonic::async_trait]
impl Dial for Line {
    async fn call(&self, parent: &Parent, until: Option<Moment>) -> Result<Called, CallError> {
        let uplink = {
            let held = self.uplink.lock().unwrap_or_else(PoisonError::into_inner);
            held.as_ref().map(|held| held.uplink.clone())
        };
        let uplink = uplink.ok_or(CallError::NotJoined)?;
        let called = self.talk(&uplink, parent, until).await;
        let brought = match &called {
            Ok(called) => {
                self.metrics.calls.inc();
                called.report.documents > 0 || called.report.renewed
            }
            Err(_) => {
                self.metrics.calls_failed.inc();
                true
            }
        };
        // who asked for the call may rely on what it brought
        if brought
            && let Some(hub) = self.hub.upgrade()
            && let Err(error) = hub.refresh().await
        {
            tracing::error!("what the parent sent is not shown yet: {error}");
        }
        called
    }
}

/// What a hub does before a call.
pub(super) struct Evening {
    hub: Weak<Hub>,
}

impl Evening {
    pub(super) fn new(hub: &Arc<Hub>) -> Self {
        Self { hub: Arc::downgrade(hub) }
    }
}

#[tonic::async_trait]
impl Nights for Evening {
    async fn prepare(&self) -> Result<(), StoreError> {
        let hub = self.hub.upgrade().ok_or(StoreError::Stopped)?;
        let (desk, now) = (hub.desk.clone(), hub.clock.now());
        let prepare = move |room: &mut Room<'_>| {
            hub.draw_up(room, now)?;
            hub.upkeep(room, now)
        };
        desk.act(prepare).await
    }

    fn plan(&self) -> Plan {
        let rules = self.hub.upgrade().map(|hub| hub.state().rules.clone()).unwrap_or_default();
        let link = &rules.link;
        Plan {
            starts: link.night_starts.minutes(),
            minutes: u16::try_from(link.night_minutes).unwrap_or(600),
            first_pause: i64::from(link.retry_first_seconds) * 1_000,
            longest_pause: i64::from(link.retry_most_seconds) * 1_000,
            fallback_after: i64::from(link.fallback_after_hours) * 3_600_000,
        }
    }

    fn parents(&self) -> Vec<Parent> {
        self.hub.upgrade().map(|hub| hub.state().parents.clone()).unwrap_or_default()
    }
}

/// How a sync is asked for: of the loop that runs, or at once when nothing runs.
pub(crate) enum Calling {
    /// The loop's bell.
    Bell(Bell),
    /// No loop: one command of the command line.
    Direct(Box<Caller>, Arc<Line>),
}

impl Calling {
    /// Calls the parent now and waits for the end.
    pub(crate) async fn call(&self, hub: &Hub) -> Result<Called, CallError> {
        match self {
            Self::Bell(bell) => bell.call_now().await,
            Self::Direct(caller, line) => {
                line.follow(hub);
                caller.once().await
            }
        }
    }
}
