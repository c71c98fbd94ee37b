//! The office that moves cases lets offers go, or sends them back (X3 to X5).

use std::sync::Arc;

use proto::model::case::{Leg, Letter, News, TransferState};
use proto::model::region::Region;
use proto::store::{Room, StoreError};

use super::Case;
use super::act::names_nobody;
use crate::audit::{Action, Ended};
use crate::desk::casework::account;
use crate::desk::custody::{self, Waiting};
use crate::desk::{Hub, HubError};

/// Why an offer is sent back by the office that moves cases.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Declining {
    /// Where the case belongs, if that was settled.
    pub place: Option<Region>,
    /// Why; no personal data.
    pub reason: String,
}

impl Hub {
    /// X3 to X5: the registrar's officer lets offers go: one, or all that wait and may go. A case that goes round is
    /// let go by its number only. Gives those that went.
    ///
    /// # Errors
    /// When nothing waits under that number, or its parties have not reported since this hub was started.
    pub async fn dispatch(self: &Arc<Self>, leg: Option<Leg>, by: String) -> Result<Vec<Leg>, HubError> {
        account(&by)?;
        self.with_cases(move |desk, room| {
            let legs = match leg {
                Some(leg) => vec![leg],
                None => desk.may_go(room)?.into_iter().map(|waiting| waiting.leg).collect(),
            };
            desk.let_all_go(room, &legs, &by)?;
            Ok(legs)
        })
        .await
    }

    /// The registrar's officer sends an offer back to its county, which learns why and where the case belongs.
    ///
    /// # Errors
    /// When nothing waits under that number.
    pub async fn decline(self: &Arc<Self>, leg: Leg, why: Declining, by: String) -> Result<(), HubError> {
        account(&by)?;
        self.with_cases(move |desk, room| {
            // this office has no record to compare with
            names_nobody(None, &why.reason)?;
            let purpose = format!("decline {}", why.reason);
            desk.log(room, leg.case, (&by, purpose.trim()), Action::Decide, Ended::Done)?;
            let (county, changed) = desk.hub.send_offer_back(room, desk.identity, leg, desk.now)?;
            let Declining { place, reason } = why;
            let state = place.map_or(TransferState::ReturnedToSender, |_| TransferState::Misrouted);
            let news = News { leg, state, place, outcome: None, at: desk.now, reason, yours: true };
            if county == desk.hub.me {
                desk.news(room, &county, &news)?;
            } else {
                desk.send(room, &county, Letter::News(news))?;
            }
            Ok(desk.follow_all(room, changed)?)
        })
        .await
    }
}

impl Case<'_> {
    /// The offers that wait, whose parties have both reported, and that do not go round.
    pub(in crate::desk) fn may_go(&self, room: &Room<'_>) -> Result<Vec<Waiting>, StoreError> {
        let most = self.hub.state().rules.transfer.most_legs;
        let registrar = custody::as_registrar(room, &self.hub.me)?;
        let mut may_go = Vec::new();
        for waiting in custody::waiting(room)? {
            let open = registrar.is_open(&waiting.from, &waiting.to);
            if open && !custody::goes_round(room, waiting.leg, most)? {
                may_go.push(waiting);
            }
        }
        Ok(may_go)
    }

    /// Lets these offers go.
    pub(in crate::desk) fn let_all_go(
        &self,
        room: &mut Room<'_>,
        legs: &[Leg],
        by: &str,
    ) -> Result<(), HubError> {
        for leg in legs {
            self.log(room, leg.case, (by, "dispatch"), Action::Decide, Ended::Done)?;
            let changed = self.hub.let_go(room, self.identity, *leg, self.now)?;
            self.follow_all(room, changed)?;
        }
        Ok(())
    }
}
