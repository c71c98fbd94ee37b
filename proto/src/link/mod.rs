//! Manners: how two neighbours talk, and what each keeps of it.
//!
//! ```text
//! uplink (dials the parent) --\                       /-- downlink (answers children)
//!                              conversation (turn by turn, no sockets)
//!                                        |
//!                              post: desk + handler (what the party makes of an entry)
//!                                        |
//!                              book (streams, entries, cursors), shelf (documents)
//! ```

pub mod book;
pub mod caller;
pub mod conversation;
pub mod post;
pub mod schedule;
pub mod shelf;
pub mod turn;
