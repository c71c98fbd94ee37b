//! How the root of a province introduces itself to another: a signed file.

use crate::convert::{introduction_in, introduction_out};
use crate::identity::authority::Authority;
use crate::identity::certificate::Certificate;
use crate::identity::fingerprint::Fingerprint;
use crate::model::day::Moment;
use crate::model::party::Party;
use crate::seal::SealKey;

use super::{NeighbourError, is_within_its_province};

/// What the signature is over, before the content.
const PURPOSE: &[u8] = b"guixue/introduction/v1";
/// At the beginning of a file.
const MAGIC: &[u8; 8] = b"GUIXUE\x1aN";
/// More hubs than any province has right below it.
pub const MAX_UNITS: usize = 150;

/// A root's introduction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Introduction {
    /// The root's certificate.
    pub root: Certificate,
    /// The key to seal files with that go to it.
    pub key: SealKey,
    /// The hubs right below it, and the keys to seal letters for them.
    pub units: Vec<(Party, SealKey)>,
    /// When it was made, by the root's clock: the latest counts.
    pub made: Moment,
}

/// An introduction as it is signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Signed {
    /// The encoded content.
    pub(crate) content: Vec<u8>,
    /// By the root's authority.
    pub(crate) signature: Vec<u8>,
}

impl Introduction {
    /// The introduction of the root whose authority this is.
    pub fn of(authority: &Authority, key: SealKey, units: Vec<(Party, SealKey)>, made: Moment) -> Self {
        Self { root: authority.certificate().clone(), key, units, made }
    }

    /// Who introduces itself.
    pub fn party(&self) -> &Party {
        self.root.party()
    }

    /// What people compare.
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of(&self.root.spki_hash())
    }

    /// The file, signed.
    pub fn write(&self, authority: &Authority) -> Vec<u8> {
        let content = crate::convert::introduction_content_out(self);
        let signature = authority.key().sign(&[PURPOSE, &content].concat());
        [MAGIC.as_slice(), &introduction_out(Signed { content, signature })].concat()
    }

    /// Reads a file. Whether its root is the one that people mean, only they can tell: by the fingerprint.
    ///
    /// # Errors
    /// When it is none, is no root's, or is not as it was signed.
    pub fn read(file: &[u8]) -> Result<Self, NeighbourError> {
        let signed = file.strip_prefix(MAGIC.as_slice()).ok_or(NeighbourError::NotAnIntroduction)?;
        let (Signed { content, signature }, told) = introduction_in(signed)?;
        let root = &told.root;
        if root.party().parent().is_some() || root.issued_by(root).is_err() {
            return Err(NeighbourError::NoRoot(root.party().clone()));
        }
        let fits = root.key().verify(&[PURPOSE, &content].concat(), &signature);
        fits.map_err(|_| NeighbourError::Changed)?;
        let foreign = |unit: &Party| {
            unit.is_school() || unit.parent().as_ref() != Some(root.party()) || !is_within_its_province(unit)
        };
        match told.units.iter().find(|(unit, _)| foreign(unit)) {
            Some((unit, _)) => Err(NeighbourError::NotIts { root: root.party().clone(), unit: unit.clone() }),
            None => Ok(told),
        }
    }
}
