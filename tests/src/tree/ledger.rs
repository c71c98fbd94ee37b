//! What calls cost and brought.

use proto::link::caller::Called;

/// Sums over calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Ledger {
    /// Calls that ended well.
    pub calls: u64,
    /// Calls that the line, or the other side, ended.
    pub failed: u64,
    /// Calls that ended well after others that night had not: they went on from the last acknowledgement.
    pub resumed: u64,
    /// Nights that ended without a good call.
    pub missed: u64,
    /// Entries of good calls that the other side had already.
    pub duplicates: u64,
    /// Entries sent again because the other side was restored from an older copy.
    pub refilled: u64,
    /// Entries given back because this side was.
    pub returned: u64,
    /// New lives of a stream.
    pub lives: u64,
    /// Bytes of good calls, both ways, TLS included.
    pub bytes: u64,
}

impl Ledger {
    /// Adds a night: the good call at its end, if there was one, after `failed` others.
    pub fn night(&mut self, good: Option<&Called>, failed: u64) {
        self.failed += failed;
        let Some(Called { report, bytes_out, bytes_in, .. }) = good else {
            self.missed += 1;
            return;
        };
        self.calls += 1;
        self.resumed += u64::from(failed > 0);
        self.duplicates += report.duplicates;
        self.refilled += report.refilled;
        self.returned += report.returned;
        self.lives += report.new_lives.len() as u64;
        self.bytes += bytes_out + bytes_in;
    }

    /// Sum.
    pub const fn add(&mut self, other: &Self) {
        self.calls += other.calls;
        self.failed += other.failed;
        self.resumed += other.resumed;
        self.missed += other.missed;
        self.duplicates += other.duplicates;
        self.refilled += other.refilled;
        self.returned += other.returned;
        self.lives += other.lives;
        self.bytes += other.bytes;
    }
}
