//! 台账划转单 of a batch (E01, E02): the mover lets offers go and writes, for each pair of places, one list of
//! what it moved. It sees no names and opens none: its list has the numbers of the cases.

use std::collections::BTreeMap;
use std::sync::Arc;

use proto::custody::message::Message;
use proto::model::case::Leg;
use proto::model::party::Party;
use proto::paper::register::Written;
use proto::paper::{HandedOver, Head, LedgerHandover, Numbered, Paper};
use proto::store::Room;

use super::{issue, issuer, office_of};
use crate::desk::casework::account;
use crate::desk::custody::{self, Waiting};
use crate::desk::transfer::Case;
use crate::desk::{Hub, HubError};

impl Hub {
    /// As [`Hub::dispatch`], with the lists of what was moved.
    ///
    /// # Errors
    /// When nothing waits under that number, or the settings lack something: then nothing is let go.
    pub async fn dispatch_on_paper(
        self: &Arc<Self>,
        leg: Option<Leg>,
        by: String,
    ) -> Result<(Vec<Leg>, Vec<Written>), HubError> {
        account(&by)?;
        self.with_cases(move |desk, room| {
            let waiting = match leg {
                None => desk.may_go(room)?,
                Some(leg) => {
                    let one = custody::waiting(room)?.into_iter().find(|it| it.leg == leg);
                    vec![one.ok_or(HubError::NothingWaits(leg))?]
                }
            };
            let written = desk.lists(room, &waiting)?;
            let legs: Vec<Leg> = waiting.into_iter().map(|it| it.leg).collect();
            desk.let_all_go(room, &legs, &by)?;
            Ok((legs, written))
        })
        .await
    }
}

impl Case<'_> {
    fn lists(&self, room: &mut Room<'_>, waiting: &[Waiting]) -> Result<Vec<Written>, HubError> {
        let mut pairs: BTreeMap<(&Party, &Party), Vec<Numbered>> = BTreeMap::new();
        for it in waiting {
            pairs.entry((&it.from, &it.to)).or_default().push(numbered(it));
        }
        let (letterhead, today) = (&self.hub.config.papers, self.now.day());
        let state = self.hub.state();
        let reply_by = state.calendar.workdays_after(today, state.rules.transfer.expire_after_days);
        let issuer = issuer(&self.hub.config);
        let mut written = Vec::new();
        for ((from, to), cases) in pairs {
            let (contact, issuer) = (letterhead.contact()?, issuer.clone());
            let write = |number| {
                let head = Head { issuer, number, day: today };
                let (from, to, children) = (office_of(from), office_of(to), HandedOver::Numbered(cases));
                Paper::LedgerHandover(LedgerHandover { head, from, to, children, reply_by, contact })
            };
            written.push(issue(room, letterhead.prefix()?, today, write)?);
        }
        Ok(written)
    }
}

fn numbered(waiting: &Waiting) -> Numbered {
    let digest = match Message::from_bytes(&waiting.proposal) {
        Ok(Message::Propose(signed)) => signed.step().payload.0,
        _ => [0; 32],
    };
    Numbered {
        case: waiting.leg.to_string(),
        proposed: waiting.since.day(),
        digest: digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect(),
    }
}
