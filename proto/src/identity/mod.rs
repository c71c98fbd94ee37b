//! Who is who: keys, certificates, authorities, invitations.
//!
//! Every party has one Ed25519 key and one leaf certificate that names it by exactly one DNS name
//! ([`crate::model::party::Party::dns_name`]). Provinces, cities and counties are authorities as
//! well: they issue the leafs and the authorities right below them. Nothing else is ever asked for
//! a party's name, and no name is believed that was not issued from above.

use std::sync::Arc;

use certificate::Certificate;
use keys::SecretKey;
use lineage::Lineage;

use crate::model::lang::{Lang, Say};
use crate::model::party::Party;
use crate::say;

pub mod authority;
mod base32;
pub mod certificate;
pub mod code;
pub mod csr;
pub mod fingerprint;
pub mod invite;
pub mod keys;
pub mod lineage;
mod pem;
pub mod spoken;

#[cfg(test)]
pub(crate) mod forge;

/// All that a party shows and checks on a link: its key, its leaf, and the authorities above.
#[derive(Debug, Clone)]
pub struct Identity {
    key: Arc<SecretKey>,
    leaf: Certificate,
    lineage: Lineage,
}

/// A key, a leaf and a lineage that do not belong together: files of two machines were mixed, or a backup is half
/// restored.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the key, the certificate of {0} and its authorities do not belong together")]
pub struct Mismatch(pub Party);

impl Identity {
    /// Puts the three together.
    ///
    /// # Errors
    /// When the leaf is for another key, or was not issued by the nearest authority.
    pub fn new(key: Arc<SecretKey>, leaf: Certificate, lineage: Lineage) -> Result<Self, Mismatch> {
        if key.public() == leaf.key() && leaf.issued_by(lineage.nearest()).is_ok() {
            Ok(Self { key, leaf, lineage })
        } else {
            Err(Mismatch(leaf.party().clone()))
        }
    }

    /// Who this is.
    pub const fn party(&self) -> &Party {
        self.leaf.party()
    }

    /// The link's key.
    pub fn key(&self) -> &SecretKey {
        &self.key
    }

    /// The link's certificate.
    pub const fn leaf(&self) -> &Certificate {
        &self.leaf
    }

    /// The authorities above, from the one that issued the leaf.
    pub const fn lineage(&self) -> &Lineage {
        &self.lineage
    }
}

impl Say for Mismatch {
    fn say(&self, lang: Lang) -> String {
        let party = &self.0;
        say!(
            lang,
            "{party} 的密钥、证书与上级证书链不配套。请从同一份备份完整恢复，或重新办理入网",
            "the key, the certificate and the authorities of {party} do not belong together. Restore them from one backup, or join again"
        )
    }
}
