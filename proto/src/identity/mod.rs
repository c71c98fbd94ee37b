//! Who is who: keys, certificates, authorities, invitations.
//!
//! Every party has one Ed25519 key and one leaf certificate that names it by exactly one DNS name
//! ([`crate::model::party::Party::dns_name`]). Provinces, cities and counties are authorities as
//! well: they issue the leafs and the authorities right below them. Nothing else is ever asked for
//! a party's name, and no name is believed that was not issued from above.

pub mod authority;
mod base32;
pub mod certificate;
pub mod code;
pub mod csr;
pub mod invite;
pub mod keys;
pub mod lineage;
mod pem;
