//! Manners: how two neighbours talk, and what each keeps of it.
//!
//! ```text
//! caller (when) -> uplink (dials the parent) --\                  /-- downlink (answers children)
//!                                         net, tls (who is who)
//!                                    conversation (turn by turn, no sockets) <-- courier (files on a stick)
//!                                                |
//!                              post: desk + handler (what the party makes of an entry)
//!                                                |
//!                              book (streams, entries, cursors), shelf (documents), copies (one machine or two)
//! ```

pub mod acquaintance;
pub mod addresses;
pub mod book;
pub mod caller;
pub mod conversation;
pub mod copies;
pub mod courier;
pub mod downlink;
pub mod join;
pub mod net;
pub mod post;
pub mod refusal;
pub mod schedule;
pub mod shelf;
mod tally;
pub mod tls;
pub mod turn;
pub mod turned_away;
pub mod uplink;
