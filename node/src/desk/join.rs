//! Joining the hub above by its invitation.

use std::sync::Arc;

use proto::identity::csr;
use proto::identity::spoken::Ticket;
use proto::link::acquaintance;
use proto::link::caller::Parent;
use proto::link::join::{self, Request};
use proto::link::net::Net;
use proto::link::tls::{KeyExchange, TlsRules};
use proto::model::day::Moment;
use proto::model::lang::Lang;
use proto::model::rulebook;

use super::{School, SchoolError};
use crate::records::{self, Papers, Parents, keys};

/// Who this school is now, and for how long.
#[derive(Debug)]
pub struct Membership {
    /// Whom it dials.
    pub parents: Vec<Parent>,
    /// Until when the certificate is good.
    pub until: Moment,
}

impl School {
    /// Joins by the invitation `code`. May be repeated: the same key is shown again, so that a lost answer
    /// costs nothing.
    ///
    /// # Errors
    /// When the code is wrong or for another unit, the hub does not answer or refuses, or its answer does
    /// not hold.
    pub async fn join(
        self: &Arc<Self>,
        code: &str,
        net: &dyn Net,
        lang: Lang,
    ) -> Result<Membership, SchoolError> {
        let code = Ticket::read(code, &self.party)?;
        if code.unit != self.party {
            return Err(SchoolError::OtherUnit { invited: code.unit, here: self.party.clone() });
        }
        let current = self.identity.borrow().as_ref().map(|identity| identity.leaf().spki_hash());
        let key = self.folder.next_secret(current.as_ref())?;
        let seal_key = self.act(|_, room, _| Ok(acquaintance::own_key(room)?)).await?;
        let (authority, address) = (Vec::new(), String::new());
        let request = Request { leaf: csr::request(&self.party, &key), authority, address, seal_key };
        let joined = join::join(net, &code, request, &self.tls_rules(), lang).await?;
        let identity = self.identity_of(&joined.chain)?;
        if !code.trust.fits(&identity.lineage().nearest().spki_hash()) {
            return Err(SchoolError::OtherAuthority);
        }
        let until = identity.leaf().not_after();
        let (papers, parents) = (Papers { chain: joined.chain }, Parents(joined.parents.clone()));
        self.act(move |_, room, now| {
            room.write(keys::PAPERS, &papers);
            room.write(keys::PARENTS, &parents);
            let mut diary = records::diary(room)?;
            diary.joined = Some(now);
            room.write(keys::DIARY, &diary);
            joined.keys.iter().try_for_each(|(parent, key)| acquaintance::learn(room, parent, key))?;
            Ok(())
        })
        .await?;
        self.set_parents(joined.parents.clone());
        self.identity.send_replace(Some(Arc::new(identity)));
        self.write_waiting_letters().await?;
        Ok(Membership { parents: joined.parents, until })
    }

    /// Since when it has been able to call.
    pub(crate) async fn calling_since(self: &Arc<Self>) -> Result<Moment, SchoolError> {
        self.act(|_, room, now| Ok(records::diary(room)?.joined.unwrap_or(now))).await
    }

    /// After a call with a young certificate nobody needs the keys of older ones.
    pub(crate) fn forget_old_secrets(&self) {
        let Some(identity) = self.identity.borrow().clone() else { return };
        // past half life a new key may be on its way to be certified
        if identity.leaf().past_half_life(self.clock.now()) {
            return;
        }
        if let Err(error) = self.folder.forget_other_secrets(&identity.leaf().spki_hash()) {
            tracing::warn!("an old private key could not be removed: {error}");
        }
    }

    /// How calls are secured, by the rulebook.
    pub(crate) fn tls_rules(&self) -> TlsRules {
        let law = self.law_at_hand();
        TlsRules {
            exchange: match law.rules.link.key_exchange {
                rulebook::KeyExchange::Hybrid => KeyExchange::Hybrid,
                rulebook::KeyExchange::Classic => KeyExchange::Classic,
            },
            grace: std::time::Duration::from_secs(u64::from(law.rules.certificates.grace_days) * 86_400),
            ..TlsRules::new(self.clock.clone())
        }
    }

    /// How many bytes one call may send: the rulebook's nightly budget.
    pub(crate) fn send_bytes(&self) -> usize {
        match self.law_at_hand().rules.link.bytes_per_night {
            0 => usize::MAX,
            bytes => usize::try_from(bytes).unwrap_or(usize::MAX),
        }
    }
}
