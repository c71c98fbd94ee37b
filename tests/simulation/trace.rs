//! What happened and when, in short: two runs of a seed are the same when their traces are.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// The trace of a run. A clone is the same trace.
#[derive(Clone)]
pub(crate) struct Trace(Arc<Mutex<State>>);

struct State {
    now: Duration,
    hash: blake3::Hasher,
    events: u64,
    told: bool,
}

impl Trace {
    /// An empty one. `told`: every event is printed too.
    pub(crate) fn new(told: bool) -> Self {
        let state = State { now: Duration::ZERO, hash: blake3::Hasher::new(), events: 0, told };
        Self(Arc::new(Mutex::new(state)))
    }

    /// The simulated time of what comes.
    pub(crate) fn at(&self, now: Duration) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).now = now;
    }

    /// Something happened.
    pub(crate) fn note(&self, what: fmt::Arguments<'_>) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let line = format!("{:>9} {what}\n", state.now.as_millis());
        if state.told {
            print!("{line}");
        }
        state.hash.update(line.as_bytes());
        state.events += 1;
    }

    /// How many events there were, and their hash.
    pub(crate) fn sum(&self) -> String {
        let state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        format!("{} events, {}", state.events, &state.hash.finalize().to_hex()[..16])
    }
}

/// Notes an event in a trace.
macro_rules! note {
    ($trace:expr, $($what:tt)*) => { $trace.note(format_args!($($what)*)) };
}
pub(crate) use note;
