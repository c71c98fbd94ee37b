//! Revocations: what a hub says of the keys of a unit below it, signed, so that registrars and readers of proofs
//! know it too (TRUST 5.4).
//!
//! Clocks decide nothing about order where a step is put in its place: a registrar sequences no step under a key
//! that it knows to be revoked, so its countersign is the witness that it knew of none. A reader of a proof has
//! no such order and goes by times: a step that the registrar recorded at or after the instant of the revocation
//! does not hold. One that was recorded before stays a step for ever.

use serde::{Deserialize, Serialize};

use super::sign::{Forged, Sequenced, Sign, Signature};
use crate::convert::{Malformed, revocation_in, revocation_out};
use crate::identity::certificate::Certificate;
use crate::identity::keys::SpkiHash;
use crate::model::day::Moment;
use crate::model::party::Party;
use crate::store::Record;

/// What the signature is over, before the statement.
const REVOKED: &[u8] = b"guixue/custody/revoked/v1\0";
/// The most keys of one unit: its link's and its authority's.
pub const MAX_KEYS: usize = 4;

/// Keys of one unit that were revoked, as a hub above it says.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Revocation {
    /// Whose keys.
    pub party: Party,
    /// The keys: of its link and of its authority, if it has one.
    pub keys: Vec<SpkiHash>,
    /// From when on, by the clock of the hub that revoked them.
    pub from: Moment,
    /// Until when; set when the same keys were let in again.
    pub until: Option<Moment>,
    /// Who says so: a hub above the unit.
    pub by: Party,
    /// Its signature.
    pub signature: Signature,
}

impl Record for Revocation {
    const VERSION: u8 = 1;
    const NAME: &'static str = "revocation";
}

impl Revocation {
    /// `by` revokes the keys of a unit below it.
    pub fn new(party: Party, keys: Vec<SpkiHash>, from: Moment, by: Party, signer: &dyn Sign) -> Self {
        Self { party, keys, from, until: None, by, signature: Signature::default() }.signed(signer)
    }

    /// The same keys are let in again.
    #[must_use]
    pub fn lifted(self, until: Moment, signer: &dyn Sign) -> Self {
        Self { until: Some(until), ..self }.signed(signer)
    }

    /// The statement as a letter's body.
    pub fn to_bytes(&self) -> Vec<u8> {
        revocation_out(self)
    }

    /// Reads a statement. Its signature is not checked.
    ///
    /// # Errors
    /// When the bytes are none.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Malformed> {
        revocation_in(bytes)
    }

    fn signed(mut self, signer: &dyn Sign) -> Self {
        self.signature = signer.sign(&self.statement());
        self
    }

    /// Lengths first: no two statements share their bytes.
    fn statement(&self) -> Vec<u8> {
        let mut out = REVOKED.to_vec();
        for party in [&self.party, &self.by].map(ToString::to_string) {
            out.extend_from_slice(&(party.len() as u64).to_be_bytes());
            out.extend_from_slice(party.as_bytes());
        }
        for time in [Some(self.from), self.until] {
            out.push(u8::from(time.is_some()));
            out.extend_from_slice(&time.unwrap_or(Moment(0)).0.to_be_bytes());
        }
        self.keys.iter().for_each(|key| out.extend_from_slice(&key.0));
        out
    }

    /// Checks that a hub above the unit signed it.
    ///
    /// # Errors
    /// When none did.
    pub fn check(&self, root: &Certificate) -> Result<(), Forged> {
        if !self.party.is_below(&self.by) {
            return Err(Forged::Signer);
        }
        self.signature.check(&self.statement(), &self.by, root)
    }

    /// Whether `signature` stands on one of these keys: the signer's own or that of an authority above it.
    pub fn names(&self, signature: &Signature) -> bool {
        let key_of = |der: &Vec<u8>| {
            let read = Certificate::leaf(der.clone()).or_else(|_| Certificate::authority(der.clone()));
            read.ok().map(|certificate| certificate.spki_hash())
        };
        signature.chain.iter().filter_map(key_of).any(|key| self.keys.contains(&key))
    }

    /// Whether the keys are revoked today.
    pub const fn stands(&self) -> bool {
        self.until.is_none()
    }

    /// Whether `step` was recorded while the keys of its signer or of its registrar were revoked.
    pub fn voids(&self, step: &Sequenced) -> bool {
        let revoked = self.from <= step.at && self.until.is_none_or(|until| step.at < until);
        revoked && [step.signed.signature(), &step.countersign].iter().any(|signature| self.names(signature))
    }

    /// Whether this says more of the same revocation than `known`: it was lifted since.
    pub fn is_newer_than(&self, known: Option<&Self>) -> bool {
        known.is_none_or(|known| known.until.is_none() && self.until.is_some())
    }
}
