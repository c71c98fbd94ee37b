//! What a hub counts, for its operators: no place below it, no school, no person is named in a label.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;
use proto::link::conversation::Report;
use proto::link::refusal::Refusal;
use proto::link::tls::Tally as Handshakes;

use crate::desk::casework::log::Tally;

/// Why somebody was turned away.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct Reason {
    /// The refusal's code.
    pub reason: String,
}

/// The counters of a hub. Cheap to clone; all clones count together.
#[derive(Debug, Clone)]
pub struct Metrics {
    /// Conversations that ended as they should.
    pub conversations: Counter,
    /// Conversations that ended early.
    pub broken: Counter,
    /// Entries received and stored.
    pub received: Counter,
    /// Entries of this hub that units acknowledged.
    pub acked: Counter,
    /// Entries that were here already.
    pub duplicates: Counter,
    /// Entries put into quarantine.
    pub quarantined: Counter,
    /// Documents that came into force.
    pub documents: Counter,
    /// Sheets applied.
    pub sheets: Counter,
    /// Totals applied.
    pub totals: Counter,
    /// Units turned away, by reason.
    pub refused: Family<Reason, Counter>,
    /// Units in the register.
    pub units: Gauge,
    /// Units on the silence board.
    pub silent: Gauge,
    /// Persuasion cases that are open.
    pub cases: Gauge,
    /// Of these, with somebody behind.
    pub cases_overdue: Gauge,
    /// Of these, set aside.
    pub cases_suspended: Gauge,
    /// Overdue matters of units.
    pub escalations: Gauge,
    /// Audit logs of units that do not go on as they should.
    pub audit_alarms: Gauge,
    /// 1 while this hub's own log does not hold together.
    pub audit_broken: Gauge,
    /// Calls to the parent that succeeded.
    pub calls: Counter,
    /// Calls to the parent that failed.
    pub calls_failed: Counter,
    /// Seconds from the start of an empty action until it was on disk with its group.
    pub commit_seconds: Histogram,
}

impl Default for Metrics {
    fn default() -> Self {
        let seconds = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0];
        Self {
            conversations: Counter::default(),
            broken: Counter::default(),
            received: Counter::default(),
            acked: Counter::default(),
            duplicates: Counter::default(),
            quarantined: Counter::default(),
            documents: Counter::default(),
            sheets: Counter::default(),
            totals: Counter::default(),
            refused: Family::default(),
            units: Gauge::default(),
            silent: Gauge::default(),
            cases: Gauge::default(),
            cases_overdue: Gauge::default(),
            cases_suspended: Gauge::default(),
            escalations: Gauge::default(),
            audit_alarms: Gauge::default(),
            audit_broken: Gauge::default(),
            calls: Counter::default(),
            calls_failed: Counter::default(),
            commit_seconds: Histogram::new(seconds),
        }
    }
}

impl Metrics {
    /// Counts what a conversation achieved.
    pub fn talked(&self, report: &Report, failed: bool) {
        if failed { &self.broken } else { &self.conversations }.inc();
        self.received.inc_by(report.received);
        self.acked.inc_by(report.acked);
        self.duplicates.inc_by(report.received_again);
        self.quarantined.inc_by(report.quarantined);
        self.documents.inc_by(report.documents);
    }

    /// Notes how the casework stands.
    pub fn casework_stands(&self, tally: &Tally) {
        for (gauge, value) in [
            (&self.cases, tally.open),
            (&self.cases_overdue, tally.overdue),
            (&self.cases_suspended, tally.suspended),
            (&self.escalations, tally.escalations),
            (&self.audit_alarms, tally.alarms),
        ] {
            gauge.set(i64::try_from(value).unwrap_or(i64::MAX));
        }
    }

    fn casework(&self, registry: &mut Registry) {
        for (name, help, gauge) in [
            ("cases_open", "Persuasion cases that are open", &self.cases),
            ("cases_overdue", "Open cases with somebody behind", &self.cases_overdue),
            ("cases_suspended", "Open cases that are set aside", &self.cases_suspended),
            ("escalations", "Overdue matters of units", &self.escalations),
            ("audit_alarms", "Audit logs of units that do not go on as they should", &self.audit_alarms),
            ("audit_broken", "1 while the own audit log does not hold together", &self.audit_broken),
        ] {
            registry.register(name, help, gauge.clone());
        }
    }

    /// Counts one that was turned away.
    pub fn turned_away(&self, refusal: Refusal) {
        self.refused.get_or_create(&Reason { reason: refusal.code().to_owned() }).inc();
    }

    /// The figures in the text format of Prometheus. `tally`: what became of connections; `bytes`: read and
    /// written on them.
    pub fn text(&self, tally: Option<&Handshakes>, bytes: [u64; 2]) -> String {
        let mut registry = Registry::with_prefix("guixue_hub");
        registry.register(
            "conversations",
            "Conversations that ended as they should",
            self.conversations.clone(),
        );
        registry.register("conversations_broken", "Conversations that ended early", self.broken.clone());
        registry.register("entries_received", "Entries received and stored", self.received.clone());
        registry.register("entries_acked", "Entries that units acknowledged", self.acked.clone());
        registry.register("entries_duplicate", "Entries that were here already", self.duplicates.clone());
        registry.register("entries_quarantined", "Entries put into quarantine", self.quarantined.clone());
        registry.register("documents", "Documents that came into force", self.documents.clone());
        registry.register("sheets_applied", "Sheets applied", self.sheets.clone());
        registry.register("totals_applied", "Totals of other hubs applied", self.totals.clone());
        registry.register("refused", "Units turned away", self.refused.clone());
        registry.register("units", "Units in the register", self.units.clone());
        registry.register("units_silent", "Units on the silence board", self.silent.clone());
        self.casework(&mut registry);
        registry.register("calls", "Calls to the parent that succeeded", self.calls.clone());
        registry.register("calls_failed", "Calls to the parent that failed", self.calls_failed.clone());
        registry.register(
            "commit_seconds",
            "Seconds until an action is on disk",
            self.commit_seconds.clone(),
        );
        let total = |name: &str, help: &str, value: u64, registry: &mut Registry| {
            let counter = Counter::<u64>::default();
            counter.inc_by(value);
            registry.register(name, help, counter);
        };
        let handshakes = |name: &str, help: &str, value: &AtomicU64, registry: &mut Registry| {
            total(name, help, value.load(Ordering::Relaxed), registry);
        };
        let [read, written] = bytes;
        total("bytes_read", "Bytes read from units, TLS included", read, &mut registry);
        total("bytes_written", "Bytes written to units, TLS included", written, &mut registry);
        if let Some(tally) = tally {
            handshakes("handshakes", "Connections let in", &tally.accepted, &mut registry);
            handshakes("handshakes_resumed", "Of these, by a resumed session", &tally.resumed, &mut registry);
            handshakes("handshakes_refused", "Connections turned away", &tally.refused, &mut registry);
            handshakes("handshakes_late", "Handshakes that took too long", &tally.late, &mut registry);
        }
        let mut out = String::new();
        if prometheus_client::encoding::text::encode(&mut out, &registry).is_err() {
            let _ = writeln!(out, "# the figures could not be written");
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_counted_is_shown() {
        let metrics = Metrics::default();
        metrics.talked(&Report { received: 3, quarantined: 1, ..Report::default() }, false);
        metrics.turned_away(Refusal::Revoked);
        metrics.casework_stands(&Tally { alarms: 2, ..Tally::default() });
        let text = metrics.text(Some(&Handshakes::default()), [5, 7]);
        for line in [
            "guixue_hub_conversations_total 1",
            "guixue_hub_entries_received_total 3",
            "guixue_hub_entries_quarantined_total 1",
            "guixue_hub_refused_total{reason=\"revoked\"} 1",
            "guixue_hub_handshakes_total 0",
            "guixue_hub_bytes_written_total 7",
            "guixue_hub_audit_alarms 2",
        ] {
            assert!(text.contains(line), "{line} in {text}");
        }
    }
}
