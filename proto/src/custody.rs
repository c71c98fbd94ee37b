//! Custody: which place answers for a child, and how the answer changes hands.
//!
//! ```text
//!            OFFER by J                    ACCEPT by K
//!  Held(J) ------------> Offered(J, K) -------------------> HandedOver(K)
//!     ^                      |
//!     +--- REJECT by K ------+   RECALL by J, EXPIRE by the registrar
//! ```
//!
//! A case goes from place to place in legs; a leg has one offerer J, one receiver K and one registrar L, the
//! lowest hub above both. Its steps form a chain by hash. J and K propose steps; L alone puts them in order
//! (R1) and countersigns each, so no two can stand in one place. The rules that follow hold while messages
//! are lost, doubled and reordered, and while any of the three is put back from a backup:
//!
//! - **R1** only the registrar sequences, by compare-and-swap on (number, hash before).
//! - **R2** J answers for the child until it holds the countersigned ACCEPT.
//! - **R3** K answers for the child from the instant it signs ACCEPT. So both may, never neither.
//! - **R7** a restored registrar takes a new life; a leg stays locked until both its parties have promised to
//!   ignore countersigns of older lives and have shown their chains. The longest is taken up. A hub takes every
//!   start of its program for a restore: a disk put back as a whole tells nobody. It says in short what it holds
//!   itself, and a party shows what differs, on as many pages as that takes; it counts when all have come.
//! - **R8** a restored party takes a new life and neither proposes nor learns before its registrar welcomed it;
//!   from then on proposals of its older lives are refused. One that does not know it is told by whoever it
//!   speaks with first, before it hears anything else.
//! - **R9** two countersigned steps in one place are the registrar's equivocation: the leg is frozen and both
//!   are kept.
//!
//! Two reducers keep them: [`registrar::Registrar`] and [`side::Side`] (a party under one registrar). They
//! know no store, no clock, no key: what they are given was checked before ([`message::Message::check`]), and
//! they sign through [`sign::Sign`]. A hub that is registrar and party of the same leg runs both and sends
//! itself messages.
//!
//! | file | what it holds |
//! |---|---|
//! | `step` | the words: ballot, step, kinds |
//! | `sign` | signatures, signed and sequenced steps, their check |
//! | `chain` | the checked chain of a leg, who holds |
//! | `message` | what registrar and parties tell each other |
//! | `digest`, `page` | what somebody holds, in short; long lists of chains in entries of bounded size |
//! | `registrar`, `side` | the reducers |
//! | `revoked` | what hubs say of keys that were revoked |
//! | `proof` | a case's chains as a file that anyone can check with the root's certificate |

pub mod chain;
pub mod digest;
pub mod message;
pub mod page;
pub mod proof;
pub mod registrar;
pub mod revoked;
mod rules;
pub mod side;
pub mod sign;
pub mod step;
mod words;

#[cfg(test)]
mod tests;
