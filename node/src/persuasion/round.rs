//! What was done in one round of a case. A case that begins again (absent again, or handed back) counts its
//! attempts and its papers anew, and keeps the rounds before: an official asks what was tried (2.3).

use proto::model::case::Closing;
use proto::model::day::Day;
use serde::{Deserialize, Serialize};

use super::{Case, Contact, Filed, Notice, Observation, Order, Placing};

/// A round that is over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Round {
    /// The day on which the next one began.
    pub until: Day,
    /// Every contact (D04), oldest first.
    pub contacts: Vec<Contact>,
    /// The notice (D05).
    pub notice: Option<Notice>,
    /// The written report (D06).
    pub report: Option<Filed>,
    /// Visits by the government's people (D09).
    pub visits: Vec<Day>,
    /// The order to return.
    pub order: Option<Order>,
    /// How the child was placed outside a class.
    pub placing: Option<Placing>,
    /// Since when the child was back.
    pub returned: Option<Day>,
    /// Observations since then.
    pub observations: Vec<Observation>,
    /// Why the case was closed.
    pub closed: Option<Closing>,
}

impl Case {
    /// A new round from `until` on: the present one is put away as it is.
    pub(super) fn begin_again(&mut self, until: Day) {
        self.earlier.push(Round {
            until,
            contacts: std::mem::take(&mut self.contacts),
            notice: self.notice.take(),
            report: self.report.take(),
            visits: std::mem::take(&mut self.visits),
            order: self.order.take(),
            placing: self.placing.take(),
            returned: self.returned.take(),
            observations: std::mem::take(&mut self.observations),
            closed: self.closed.take(),
        });
        (self.closing, self.suspended) = (None, None);
        self.acts.iter_mut().for_each(|act| act.earlier = true);
    }

    /// Every contact of every round, oldest round first.
    pub fn all_contacts(&self) -> impl Iterator<Item = &Contact> {
        self.earlier.iter().flat_map(|round| &round.contacts).chain(&self.contacts)
    }
}
