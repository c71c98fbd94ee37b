//! What a conversation achieved.

use super::Judgement;

/// What a conversation achieved, for the one who asked for it. It is a success only when
/// [`Report::waiting`] is 0 and no error came with it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// Entries sent.
    pub sent: u64,
    /// Entries newly acknowledged by the other side, recorded on disk here.
    pub acked: u64,
    /// Entries of ours that the other side had already.
    pub duplicates: u64,
    /// Entries received and applied.
    pub received: u64,
    /// Entries received that were here already.
    pub received_again: u64,
    /// Entries received that are in quarantine.
    pub quarantined: u64,
    /// Documents that came into force.
    pub documents: u64,
    /// Documents refused.
    pub documents_refused: u64,
    /// Entries sent again because the other side was restored from an older copy.
    pub refilled: u64,
    /// Entries of ours that the other side gave back: this side was restored from an older copy.
    pub returned: u64,
    /// New lives started, with the reason.
    pub new_lives: Vec<Judgement>,
    /// A new certificate was received.
    pub renewed: bool,
    /// Entries still waiting when the conversation ended.
    pub waiting: u64,
    /// They wait because the night's bytes or hours are used up.
    pub used_up: bool,
    /// The other side's clock minus ours, in milliseconds.
    pub clock_offset: i64,
}

impl Report {
    /// Adds what another conversation of the same call achieved; what waits, why, and the clock are the last one's.
    pub fn add(&mut self, other: Self) {
        self.sent += other.sent;
        self.acked += other.acked;
        self.duplicates += other.duplicates;
        self.received += other.received;
        self.received_again += other.received_again;
        self.quarantined += other.quarantined;
        self.documents += other.documents;
        self.documents_refused += other.documents_refused;
        self.refilled += other.refilled;
        self.returned += other.returned;
        self.new_lives.extend(other.new_lives);
        self.renewed |= other.renewed;
        self.waiting = other.waiting;
        self.used_up = other.used_up;
        self.clock_offset = other.clock_offset;
    }
}
