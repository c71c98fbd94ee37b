//! The command line, as its people meet it: the built binary in a folder.

#![expect(clippy::unwrap_used, reason = "a test stops at the first thing that is not as it should be")]

mod casework;
mod folder;
mod others;
#[cfg(unix)]
mod owner;
mod setting_up;
