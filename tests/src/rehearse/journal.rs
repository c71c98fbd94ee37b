//! Everything that the parties log, kept to be searched: no child may be named in it. One for the whole
//! process, because the parties' tasks are everywhere in it.

use std::io::{self, Write};
use std::sync::{Mutex, OnceLock, PoisonError};

use tracing_subscriber::filter::EnvFilter;

static WRITTEN: Mutex<Vec<u8>> = Mutex::new(Vec::new());

/// What is logged from now on is kept. In a process that logs elsewhere already nothing is.
pub(super) fn begin() {
    static BEGUN: OnceLock<()> = OnceLock::new();
    BEGUN.get_or_init(|| {
        let lines = tracing_subscriber::fmt()
            .json()
            .with_env_filter(EnvFilter::new("info,proto=debug,node=debug,hub=debug"))
            .with_writer(|| Pen)
            .finish();
        // somebody else's log is none of ours
        let _ = tracing::subscriber::set_global_default(lines);
    });
}

/// All that was written so far.
pub(super) fn written() -> Vec<u8> {
    WRITTEN.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

struct Pen;

impl Write for Pen {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        WRITTEN.lock().unwrap_or_else(PoisonError::into_inner).extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
