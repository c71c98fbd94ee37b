//! The protocol as a whole: its tables, its adversaries, and a model checker over the real reducers.

mod adversary;
mod model;
mod pages;
mod proof;
mod revoked;
mod table;
mod tree;

use super::message::Now;
use super::sign::{Sign, Signature};
use crate::model::case::{CaseId, Leg};
use crate::model::day::Moment;
use crate::model::party::Party;

const LEG: Leg = CaseId::new([7; 16]).leg(1);

/// Signs nothing: the reducers never look at signatures.
struct Nobody;

impl Sign for Nobody {
    fn sign(&self, _: &[u8]) -> Signature {
        Signature::default()
    }
}

fn party(text: &str) -> Party {
    text.parse().unwrap()
}

/// No time passes in the models: offers are always due.
fn now(nonce: u64) -> Now<'static> {
    Now { at: Moment(0), school_day: 0, nonce, signer: &Nobody }
}
