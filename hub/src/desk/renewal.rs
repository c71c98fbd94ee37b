//! Certificates of units go on: issued again inside the nightly conversation.

use proto::identity::certificate::Certificate;
use proto::model::day::Moment;
use proto::model::party::Party;
use proto::store::Room;

use super::registry::{self, Credential, Registry};
use super::{Hub, HubError, has_authority, units as changes};
use crate::units::{self, Unit};

impl Hub {
    /// Issues the next certificate to a unit that is in the register. The key that it used until now stays
    /// in force until the new one is seen: the answer may be lost.
    pub(super) fn renew_unit(
        &self,
        room: &mut Room<'_>,
        child: &Party,
        request: &[u8],
        now: Moment,
    ) -> Result<Option<Vec<Vec<u8>>>, HubError> {
        let state = self.state();
        let (Some(authority), Some(mut unit)) = (&state.authority, units::get(room, child)?) else {
            return Ok(None);
        };
        if let Some(wrong) = state.wrong_clock(room, now)? {
            // it would be dated wrong; the unit asks again at its next contact
            return Err(HubError::Clock(wrong));
        }
        let (issued, key) = if has_authority(child) {
            let days = proto::identity::authority::AUTHORITY_DAYS;
            (authority.issue_authority(request, child, now, days)?, None)
        } else {
            let leaf = authority.issue_leaf(request, child, now, state.rules.certificates.valid_days)?;
            let key = leaf.spki_hash();
            (leaf, Some(key))
        };
        if let Some(key) = key {
            let next = (unit.spki_hash != Some(key.0)).then_some(key);
            let credential = Credential { next, issued: issued.der().to_vec() };
            registry::keep_credential(room, child, &credential);
            unit.not_after = Some(issued.not_after());
        }
        changes::entered(room, &self.me, Some(authority), &unit, now)?;
        // in force at once: the unit may use the new key before the keeper has looked
        self.admit_early(child, Registry::read_one(room, child)?);
        let identity = state.identity.as_ref();
        let above = identity.map(|identity| identity.lineage().authorities()).unwrap_or_default();
        Ok(Some(chain(&issued, above)))
    }

    /// A unit has used the key of its renewed certificate: the one before is no longer let in.
    ///
    /// # Errors
    /// When the store cannot read.
    pub async fn settle_key(&self, child: Party, key: [u8; 32]) -> Result<(), HubError> {
        let (state, now, me) = (self.state(), self.clock.now(), self.me.clone());
        self.change_unit(child.clone(), move |room| {
            let credential = registry::credential(room, &child)?;
            let Some(mut unit) = units::get(room, &child)? else { return Ok(()) };
            if credential.next.is_none_or(|next| next.0 != key) {
                return Ok(());
            }
            unit.spki_hash = Some(key);
            registry::keep_credential(room, &child, &Credential { next: None, ..credential });
            changes::entered(room, &me, state.authority.as_deref(), &unit, now)
        })
        .await
    }

    /// A hub that is a unit has shown when its own certificate ends.
    ///
    /// # Errors
    /// When the store cannot read.
    pub(super) async fn settle_end(&self, child: Party, end: Moment) -> Result<(), HubError> {
        let me = self.me.clone();
        self.change_unit(child.clone(), move |room| {
            let Some(unit) = units::get(room, &child)? else { return Ok(()) };
            Ok(units::put(room, &me, &Unit { not_after: Some(end), ..unit })?)
        })
        .await
    }
}

/// A certificate and the authorities above it, DER.
pub fn chain(issued: &Certificate, above: &[Certificate]) -> Vec<Vec<u8>> {
    std::iter::once(issued).chain(above).map(|certificate| certificate.der().to_vec()).collect()
}
