//! Who is at the other end of a connection, as of this moment.

use std::time::Duration;

use rustls::CommonState;

use crate::identity::certificate::{Certificate, NotACertificate};
use crate::identity::keys::SpkiHash;
use crate::model::day::Moment;
use crate::model::lang::{Lang, Say};
use crate::model::party::Party;
use crate::say;

/// The other end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Peer {
    /// Whom its certificate names.
    pub party: Party,
    /// Its key, by which a registry knows whether it is still in force.
    pub spki_hash: SpkiHash,
    /// When its certificate ends.
    pub not_after: Moment,
    /// It has ended, but not long ago: let in, warn loudly, renew.
    pub expired_but_in_grace: bool,
}

/// Why the other end is not let in although the handshake went through.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PeerError {
    /// Its certificate is not one of ours.
    #[error("the peer's certificate is refused: {0}")]
    Certificate(#[from] NotACertificate),
    /// It expired, and the grace is over as well.
    #[error("the certificate of {party} expired at {since}, and its grace is over")]
    Expired {
        /// Whose certificate.
        party: Party,
        /// When it ended.
        since: Moment,
    },
    /// It is not valid yet: one of the two clocks is wrong.
    #[error("the certificate of {party} is not valid before {from}")]
    NotYetValid {
        /// Whose certificate.
        party: Party,
        /// When it begins.
        from: Moment,
    },
}

/// Who is at the other end; `None` when it showed no certificate. To be asked on every connection, because a
/// resumed session skips the verifiers and its certificate may have expired since.
///
/// # Errors
/// When the certificate does not hold at `now`.
pub fn peer(connection: &CommonState, now: Moment, grace: Duration) -> Result<Option<Peer>, PeerError> {
    let Some(shown) = connection.peer_certificates().and_then(<[_]>::first) else { return Ok(None) };
    Peer::of(&Certificate::leaf(shown.to_vec())?, now, grace).map(Some)
}

impl Peer {
    /// The holder of a certificate whose chain was checked, on a connection or on a file.
    ///
    /// # Errors
    /// When the certificate does not hold at `now`.
    pub fn of(leaf: &Certificate, now: Moment, grace: Duration) -> Result<Self, PeerError> {
        let (party, late) = (leaf.party().clone(), now.since(leaf.not_after()));
        // certificates count in seconds: their last second is theirs to its end
        if late > 999 && late / 1_000 > i64::try_from(grace.as_secs()).unwrap_or(i64::MAX) {
            return Err(PeerError::Expired { party, since: leaf.not_after() });
        }
        if now < leaf.not_before() {
            return Err(PeerError::NotYetValid { party, from: leaf.not_before() });
        }
        let (spki_hash, not_after) = (leaf.spki_hash(), leaf.not_after());
        Ok(Self { party, spki_hash, not_after, expired_but_in_grace: late > 999 })
    }
}

impl Say for PeerError {
    fn say(&self, lang: Lang) -> String {
        match self {
            Self::Certificate(certificate) => certificate.say(lang),
            Self::Expired { party, since } => say!(
                lang,
                "{party} 的证书已于 {since} 到期，宽限期也已过。请由上级发出新的邀请码重新入网，并核对双方电脑的时间",
                "the certificate of {party} expired at {since} and its grace is over. Invite the unit again, and check the clocks of both machines"
            ),
            Self::NotYetValid { party, from } => say!(
                lang,
                "{party} 的证书自 {from} 起才有效：双方有一台电脑的时间不对，请核对时间",
                "the certificate of {party} is valid only from {from}: the clock of one of the two machines is wrong. Check the clocks"
            ),
        }
    }
}
