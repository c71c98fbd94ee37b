//! The doors: TLS in front, the link and enrolment behind. They open as soon as the hub has a certificate
//! to show; a town has one once it has joined.

use std::sync::{Arc, Mutex, PoisonError, Weak};

use proto::identity::Identity;
use proto::link::conversation::{Limits, Report, TalkError};
use proto::link::downlink::{Downlink, Gate};
use proto::link::net::Listener;
use proto::link::refusal::Refusal;
use proto::link::tls::{self, Peer, Secured, TlsServer, Traffic, incoming};
use proto::model::day::Moment;
use proto::model::party::Party;
use tokio::sync::Notify;
use tokio_stream::StreamExt;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tonic::transport::Server;

use super::line::tls_rules;
use crate::desk::{Hub, HubError};
use crate::enrolment::Enrol;

/// Connections are looked through for those that are gone when there are this many.
const SWEEP: usize = 1_024;

/// The doors of a hub. Cheap to clone.
#[derive(Clone)]
pub(super) struct Doors(Arc<Inner>);

struct Inner {
    open: Mutex<Option<Open>>,
    opened: Notify,
    bytes: Mutex<Bytes>,
}

/// Bytes of all connections, read and written: those that are open, and the sum of those that are gone.
#[derive(Default)]
struct Bytes {
    open: Vec<Arc<Traffic>>,
    gone: [u64; 2],
}

impl Bytes {
    fn sum(&mut self) -> [u64; 2] {
        let (open, gone): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.open).into_iter().partition(|traffic| Arc::strong_count(traffic) > 1);
        let add = |[read, written]: [u64; 2], traffic: &Arc<Traffic>| {
            [read + traffic.read(), written + traffic.written()]
        };
        self.gone = gone.iter().fold(self.gone, add);
        self.open = open;
        self.open.iter().fold(self.gone, add)
    }
}

struct Open {
    server: Arc<TlsServer>,
    identity: Arc<Identity>,
}

impl Doors {
    /// Doors for `hub`, open when it has a certificate already.
    pub(super) fn new(hub: &Hub) -> Self {
        let doors =
            Self(Arc::new(Inner { open: Mutex::new(None), opened: Notify::new(), bytes: Mutex::default() }));
        doors.follow(hub);
        doors
    }

    /// Shows the certificate in force from the next connection on.
    pub(super) fn follow(&self, hub: &Hub) {
        let state = hub.state();
        let Some(identity) = &state.identity else { return };
        let mut open = self.0.open.lock().unwrap_or_else(PoisonError::into_inner);
        let same = |held: &Open| {
            held.identity.leaf() == identity.leaf() && held.identity.lineage() == identity.lineage()
        };
        if open.as_ref().is_some_and(same) {
            return;
        }
        let rules = tls_rules(hub);
        let clients = [identity.lineage().nearest().clone()];
        let config = match tls::server_config(identity, &clients, &rules) {
            Ok(config) => config,
            Err(error) => {
                tracing::error!("the certificate cannot be shown to units: {error}");
                return;
            }
        };
        match open.as_mut() {
            Some(held) => {
                held.server.replace(config);
                held.identity = identity.clone();
            }
            None => {
                *open = Some(Open { server: TlsServer::new(config, rules), identity: identity.clone() });
                self.0.opened.notify_one();
            }
        }
    }

    /// The TLS in front, once it is open.
    pub(super) fn server(&self) -> Option<Arc<TlsServer>> {
        let open = self.0.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.as_ref().map(|open| open.server.clone())
    }

    /// Bytes read from units and written to them since the start.
    pub(super) fn bytes(&self) -> [u64; 2] {
        self.0.bytes.lock().unwrap_or_else(PoisonError::into_inner).sum()
    }

    fn note(&self, caller: &Secured) {
        let mut bytes = self.0.bytes.lock().unwrap_or_else(PoisonError::into_inner);
        if bytes.open.len() >= SWEEP {
            bytes.sum();
        }
        bytes.open.push(caller.info().traffic.clone());
    }

    async fn opened(&self) -> Arc<TlsServer> {
        loop {
            if let Some(server) = self.server() {
                return server;
            }
            self.0.opened.notified().await;
        }
    }

    /// Answers units on `listener` until `stop`.
    ///
    /// # Errors
    /// When the server fails.
    pub(super) async fn answer(
        self,
        hub: Arc<Hub>,
        listener: Box<dyn Listener>,
        stop: CancellationToken,
    ) -> Result<(), HubError> {
        let Some(server) = stop.run_until_cancelled(self.opened()).await else { return Ok(()) };
        let noting = self.clone();
        let callers = incoming(listener, server, tls::Limits::default(), stop.clone())
            .map(move |caller| caller.inspect(|caller| noting.note(caller)));
        let talks = TaskTracker::new();
        let gate = Arc::new(Porter { hub: Arc::downgrade(&hub) });
        let link = Downlink::new(hub.post(), gate, Limits::default(), talks.clone());
        let served = Server::builder()
            .max_concurrent_streams(16)
            .add_service(link.service())
            .add_service(Enrol::new(hub).service())
            .serve_with_incoming_shutdown(callers, stop.cancelled_owned())
            .await;
        talks.close();
        talks.wait().await;
        served.map_err(|error| HubError::Io { what: "gRPC".to_owned(), why: std::io::Error::other(error) })
    }
}

/// Asks the register at every call.
struct Porter {
    hub: Weak<Hub>,
}

impl Gate for Porter {
    fn admit(&self, peer: &Peer, now: Moment) -> Result<(), Refusal> {
        let hub = self.hub.upgrade().ok_or(Refusal::CannotWrite)?;
        hub.admit(peer, now)
    }

    fn ended(&self, child: &Party, report: &Report, error: Option<&TalkError>) {
        let Some(hub) = self.hub.upgrade() else { return };
        hub.metrics.talked(report, error.is_some());
        tracing::info!(
            unit = %child,
            received = report.received,
            again = report.received_again,
            quarantined = report.quarantined,
            "{child} called: {} new, {} again, {} in quarantine",
            report.received,
            report.received_again,
            report.quarantined
        );
    }
}
