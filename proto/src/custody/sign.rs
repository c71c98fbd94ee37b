//! Signatures under steps: by the party that takes the step, and by the registrar that put it in its place.

use serde::{Deserialize, Serialize};

use super::step::{Ballot, Step};
use crate::convert::Malformed;
use crate::identity::Identity;
use crate::identity::certificate::Certificate;
use crate::identity::lineage;
use crate::model::day::Moment;
use crate::model::entry::Hash;
use crate::model::lang::{Lang, Say};
use crate::model::party::Party;

/// What a signature under a step is over, before the step.
const STEP: &[u8] = b"guixue/custody/signed/v1\0";
/// What a countersign is over, before the statement.
const COUNTERSIGN: &[u8] = b"guixue/custody/countersign/v1\0";

/// A signature that carries what is needed to check it years later.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct Signature {
    /// The signer's certificate and its issuers up to the root, DER.
    pub chain: Vec<Vec<u8>>,
    /// Ed25519.
    pub bytes: Vec<u8>,
}

/// Who can sign: a party's identity; in models nobody.
pub trait Sign {
    /// Signs `message`, which begins with what it is for.
    fn sign(&self, message: &[u8]) -> Signature;
}

/// A step with its signer's signature.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "Packed", into = "Packed")]
pub struct Signed {
    step: Step,
    bytes: Vec<u8>,
    hash: Hash,
    signature: Signature,
}

/// A signed step in its place: number and order are settled by the registrar's countersign.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Sequenced {
    /// The step and its signature.
    pub signed: Signed,
    /// The registrar's life.
    pub ballot: Ballot,
    /// When it was sequenced, by the registrar's clock. Decides nothing.
    pub at: Moment,
    /// [`Sequenced::hash`] of the one before; [`Hash::ROOT`] for the first.
    pub prev: Hash,
    /// The registrar's signature.
    pub countersign: Signature,
}

/// Why a signature is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Forged {
    /// The certificates do not lead from the signer to the root.
    #[error("the certificates do not lead to the root")]
    Chain,
    /// The certificate names somebody else.
    #[error("the certificate names somebody else")]
    Signer,
    /// The signature does not fit.
    #[error("the signature does not fit")]
    Signature,
}

/// A signed step as it is stored.
#[derive(Serialize, Deserialize)]
struct Packed {
    bytes: Vec<u8>,
    signature: Signature,
}

impl Sign for Identity {
    fn sign(&self, message: &[u8]) -> Signature {
        let issuers = self.lineage().authorities().iter();
        let chain = std::iter::once(self.leaf()).chain(issuers).map(|cert| cert.der().to_vec()).collect();
        Signature { chain, bytes: self.key().sign(message) }
    }
}

impl Signature {
    /// Checks that `by` signed `message`, by certificates that lead to `root`. Dates are not looked at:
    /// clocks decide nothing, and an old step stays a step when its signer's certificate has run out.
    pub(super) fn check(&self, message: &[u8], by: &Party, root: &Certificate) -> Result<(), Forged> {
        let leaf = self.leaf_under(root).ok_or(Forged::Chain)?;
        if leaf.party() != by {
            return Err(Forged::Signer);
        }
        leaf.key().verify(message, &self.bytes).map_err(|_| Forged::Signature)
    }

    /// The signer's certificate, when the chain leads to `root`.
    pub(super) fn leaf_under(&self, root: &Certificate) -> Option<Certificate> {
        lineage::leaf_under(&self.chain, root)
    }
}

impl Signed {
    /// Signs a step.
    pub fn new(step: Step, signer: &dyn Sign) -> Self {
        let bytes = step.to_bytes();
        let signature = signer.sign(&[STEP, &bytes].concat());
        Self { hash: Step::hash_of(&bytes), step, bytes, signature }
    }

    /// Puts together what came from outside. The signature is not checked.
    ///
    /// # Errors
    /// When the bytes are no step.
    pub fn from_parts(bytes: Vec<u8>, signature: Signature) -> Result<Self, Malformed> {
        let step = Step::from_bytes(&bytes)?;
        Ok(Self { hash: Step::hash_of(&bytes), step, bytes, signature })
    }

    /// What it says.
    pub const fn step(&self) -> &Step {
        &self.step
    }

    /// The bytes that are signed.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Its name in the chain.
    pub const fn hash(&self) -> Hash {
        self.hash
    }

    /// The signature.
    pub const fn signature(&self) -> &Signature {
        &self.signature
    }

    /// Checks that the step's `by` signed it. Whether `by` may take such a step is the chain's to say.
    ///
    /// # Errors
    /// When it did not.
    pub fn check(&self, root: &Certificate) -> Result<(), Forged> {
        self.signature.check(&[STEP, &self.bytes].concat(), &self.step.by, root)
    }
}

impl Sequenced {
    /// Countersigns `signed`, to stand after the sequenced step `prev`.
    pub fn new(signed: Signed, ballot: Ballot, at: Moment, prev: Hash, registrar: &dyn Sign) -> Self {
        let statement = statement(&signed, ballot, at, prev);
        let countersign = registrar.sign(&[COUNTERSIGN, &statement].concat());
        Self { signed, ballot, at, prev, countersign }
    }

    /// What it says.
    pub const fn step(&self) -> &Step {
        self.signed.step()
    }

    /// BLAKE3 over the step, the registrar's life and time and the sequenced step before.
    pub fn hash(&self) -> Hash {
        let mut hasher = blake3::Hasher::new();
        hasher.update(b"guixue/custody/sequenced/v1\0").update(&self.statement());
        Hash(*hasher.finalize().as_bytes())
    }

    /// Checks both signatures.
    ///
    /// # Errors
    /// When one does not hold.
    pub fn check(&self, root: &Certificate) -> Result<(), Forged> {
        self.signed.check(root)?;
        let message = [COUNTERSIGN, &self.statement()].concat();
        self.countersign.check(&message, &self.step().registrar, root)
    }

    fn statement(&self) -> Vec<u8> {
        statement(&self.signed, self.ballot, self.at, self.prev)
    }
}

/// What a countersign says: fields of fixed length, so no two statements share their bytes.
fn statement(signed: &Signed, ballot: Ballot, at: Moment, prev: Hash) -> Vec<u8> {
    let numbers = [ballot.number.to_be_bytes(), ballot.nonce.to_be_bytes(), at.0.to_be_bytes()].concat();
    [&signed.hash.0[..], &numbers, &prev.0].concat()
}

impl TryFrom<Packed> for Signed {
    type Error = Malformed;

    fn try_from(packed: Packed) -> Result<Self, Malformed> {
        Self::from_parts(packed.bytes, packed.signature)
    }
}

impl From<Signed> for Packed {
    fn from(signed: Signed) -> Self {
        Self { bytes: signed.bytes, signature: signed.signature }
    }
}

impl Say for Forged {
    fn say(&self, lang: Lang) -> String {
        let words = match self {
            Self::Chain => {
                ("签名证书不能追溯到本省根证书", "the signer's certificates do not lead to the root")
            }
            Self::Signer => ("签名证书属于其他单位", "the certificate names another unit"),
            Self::Signature => ("签名与内容不符", "the signature does not fit what is signed"),
        };
        lang.pick(words.0, words.1).to_owned()
    }
}
