//! What officers do with cases: check, dispatch, ask, open, accept, reject, recall, assign, answer.

use std::sync::Arc;

use proto::custody::chain::{Chain, State};
use proto::custody::side::{Move, Offer};
use proto::custody::step::{RejectReason, lowest_common};
use proto::model::case::{
    CaseId, ChildRecord, Finding, Leg, Letter, News, Office, Outcome, Showing, TransferState, Way,
};
use proto::model::day::Day;
use proto::model::division::Divisions;
use proto::model::entry::Hash;
use proto::model::party::Party;
use proto::model::region::Region;
use proto::seal;
use proto::store::{Room, StoreError};

use super::duties::facts;
use super::{Case, Hub, HubError, news, stance};
use crate::audit::{self, Action, Ended, Note};
use crate::desk::casework::account;
use crate::desk::custody;
use crate::offices;
use crate::routing::{self, Scope};
use crate::transfer::duties::{Inquiry, Onward};
use crate::transfer::{self, Assigned, Dossier, Onward as OnwardLeg, What};
use crate::units;

/// What was found about a child.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Concluding {
    /// What.
    pub outcome: Outcome,
    /// Where the child went on to.
    pub place: Option<Region>,
    /// A remark; no personal data.
    pub note: String,
}

/// Why an offer is sent back by the office that moves cases.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Declining {
    /// Where the case belongs, if that was settled.
    pub place: Option<Region>,
    /// Why; no personal data.
    pub reason: String,
}

/// What became of a case that was to be handed on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Handed {
    /// It stays in this county: give it to a school or town.
    Here,
    /// Offered to that county under that registrar.
    Offered {
        /// The leg.
        leg: Leg,
        /// To whom.
        to: Party,
        /// Who sequences.
        registrar: Party,
    },
    /// Another province: the city was asked to write a letter.
    Letter,
}

impl Hub {
    /// Runs an action on cases.
    pub(in crate::desk) async fn with_cases<T: Send + 'static>(
        self: &Arc<Self>,
        action: impl FnOnce(&Case<'_>, &mut Room<'_>) -> Result<T, HubError> + Send + 'static,
    ) -> Result<T, HubError> {
        let (hub, now) = (self.clone(), self.clock.now());
        let done = self.desk.act(move |room| {
            let state = hub.state();
            let identity = state.identity.as_deref().ok_or_else(|| HubError::NotJoined(hub.me.clone()))?;
            action(&Case { hub: &hub, identity, now }, room)
        });
        done.await
    }

    /// X2: the referral is checked and the case offered to the county of the place; or a case that this county
    /// answers for is handed on to `to`, which may be the place that it came from.
    ///
    /// # Errors
    /// When the case is not here, is not this county's to hand on, or the place has no hub in this province.
    pub async fn hand_on(
        self: &Arc<Self>,
        case: CaseId,
        to: Option<Region>,
        by: String,
        note: String,
    ) -> Result<Handed, HubError> {
        account(&by)?;
        self.with_cases(move |desk, room| desk.hand_on(room, case, to, &by, note)).await
    }

    /// The referral goes back to its school with a reason.
    ///
    /// # Errors
    /// When there is none, or the case is on its way.
    pub async fn send_referral_back(
        self: &Arc<Self>,
        case: CaseId,
        by: String,
        reason: String,
    ) -> Result<(), HubError> {
        account(&by)?;
        self.with_cases(move |desk, room| {
            let mut dossier = found(room, case)?;
            let free = match &dossier.onward {
                Some(onward) => {
                    let held = custody::held(room, onward.leg)?;
                    held.chain.state() == State::Held && held.pending.is_none()
                }
                None => true,
            };
            if dossier.origin.is_none() || !free {
                return Err(HubError::OnItsWay(case));
            }
            dossier.turn(TransferState::ReturnedToSender, desk.now);
            dossier.note(desk.now, &by, What::SentBack, reason.clone());
            desk.tell_school(room, &dossier, &reason)?;
            transfer::keep(room, &dossier);
            Ok(())
        })
        .await
    }

    /// X3 to X5: the registrar's officer lets offers go: one, or all that wait. A case that goes round is let go by
    /// its number only.
    ///
    /// # Errors
    /// When nothing waits under that number.
    pub async fn dispatch(self: &Arc<Self>, leg: Option<Leg>, by: String) -> Result<Vec<Leg>, HubError> {
        account(&by)?;
        self.with_cases(move |desk, room| {
            let legs = match leg {
                Some(leg) => vec![leg],
                None => desk.waiting_in_order(room)?,
            };
            for leg in &legs {
                desk.log(room, leg.case, (&by, "dispatch"), Action::Decide, Ended::Done)?;
                let changed = desk.hub.let_go(room, desk.identity, *leg, desk.now)?;
                desk.follow_all(room, changed)?;
            }
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
            desk.log(room, leg.case, (&by, &format!("decline {}", why.reason)), Action::Decide, Ended::Done)?;
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

    /// Asks for the record of a case that is offered.
    ///
    /// # Errors
    /// When no such case came here.
    pub async fn ask_for_record(self: &Arc<Self>, case: CaseId, purpose: String) -> Result<(), HubError> {
        self.with_cases(move |desk, room| {
            let mut dossier = found(room, case)?;
            if dossier.inflow.is_none() {
                return Err(HubError::NotOffered(case));
            }
            desk.ask_for(room, &mut dossier, &purpose)?;
            transfer::keep(room, &dossier);
            Ok(())
        })
        .await
    }

    /// Opens the record of a case, for a purpose that is logged.
    ///
    /// # Errors
    /// When there is no record here, or it does not open.
    pub async fn open_record(
        self: &Arc<Self>,
        case: CaseId,
        by: String,
        purpose: String,
    ) -> Result<ChildRecord, HubError> {
        self.with_cases(move |desk, room| {
            let mut dossier = found(room, case)?;
            let own = seal::own(room)?;
            let (record, from) = dossier.record().ok_or(HubError::NoRecord(case))?;
            let way = Way { case, from, to: &desk.hub.me };
            let opened = way.open(record, &own).map_err(|_| HubError::NoRecord(case));
            let ended = if opened.is_ok() { Ended::Done } else { Ended::Refused };
            desk.log(room, case, (&by, &purpose), Action::OpenRecord, ended)?;
            // an attempt that fails stays in the log
            let Ok(record) = opened else { return Ok(opened) };
            dossier.note(desk.now, &by, What::Opened, purpose);
            transfer::keep(room, &dossier);
            Ok(Ok(record))
        })
        .await?
    }

    /// X8, X8b: takes an offered case. From now on this county answers for the child (R3).
    ///
    /// # Errors
    /// When nothing is offered under that number, or this hub must not act now.
    pub async fn accept(self: &Arc<Self>, case: CaseId, by: String) -> Result<(), HubError> {
        self.answer_offer(case, by, Move::Accept, String::new()).await
    }

    /// X9, X10, X11: does not take an offered case.
    ///
    /// # Errors
    /// As [`Hub::accept`].
    pub async fn reject(
        self: &Arc<Self>,
        case: CaseId,
        by: String,
        reason: RejectReason,
        note: String,
    ) -> Result<(), HubError> {
        self.answer_offer(case, by, Move::Reject(reason), note).await
    }

    async fn answer_offer(
        self: &Arc<Self>,
        case: CaseId,
        by: String,
        wanted: Move,
        note: String,
    ) -> Result<(), HubError> {
        account(&by)?;
        self.with_cases(move |desk, room| {
            let dossier = found(room, case)?;
            let leg = dossier.inflow.as_ref().ok_or(HubError::NotOffered(case))?.leg;
            desk.log(room, case, (&by, &note), Action::Decide, Ended::Done)?;
            desk.step(room, leg, wanted, note)
        })
        .await
    }

    /// X12: takes an offer back that is not answered yet.
    ///
    /// # Errors
    /// When nothing is on its way.
    pub async fn recall(self: &Arc<Self>, case: CaseId, by: String) -> Result<(), HubError> {
        account(&by)?;
        self.with_cases(move |desk, room| {
            let mut dossier = found(room, case)?;
            let onward = dossier.onward.as_ref().ok_or(HubError::NotOffered(case))?;
            if custody::held(room, onward.leg)?.chain.state() == State::HandedOver {
                return Err(HubError::NotOurs(case));
            }
            dossier.note(desk.now, &by, What::Withdrawn, "");
            desk.log(room, case, (&by, "recall"), Action::Decide, Ended::Done)?;
            transfer::keep(room, &dossier);
            Ok(desk.take_back(room, case)?)
        })
        .await
    }

    /// X7: a school or town of this county looks for the child. Gives the day by which it is to answer.
    ///
    /// # Errors
    /// When the unit is none of this hub's, its sealing key is not known yet, or the record is not here yet.
    pub async fn assign(self: &Arc<Self>, case: CaseId, unit: Party, by: String) -> Result<Day, HubError> {
        account(&by)?;
        self.with_cases(move |desk, room| {
            let mut dossier = found(room, case)?;
            desk.assign(room, &mut dossier, &unit, &by)
        })
        .await
    }

    /// Says what became of the child, when no unit did: to the origin, to the school that lost it when it was
    /// looked for within this county (S0), or at a town to the county that asked.
    ///
    /// # Errors
    /// When this county does not answer for the child, or the case is on its way to another.
    pub async fn conclude(
        self: &Arc<Self>,
        case: CaseId,
        found: Concluding,
        by: String,
    ) -> Result<(), HubError> {
        account(&by)?;
        self.with_cases(move |desk, room| desk.conclude(room, case, found, &by)).await
    }

    /// After a restore: begins a new life before anything is heard or said.
    ///
    /// # Errors
    /// When the store fails.
    pub(in crate::desk) async fn begin_new_life(self: &Arc<Self>) -> Result<(), HubError> {
        if self.state().identity.is_none() {
            return Ok(());
        }
        self.with_cases(move |desk, room| {
            let changed = desk.hub.custody_reborn(room, desk.identity, desk.now)?;
            Ok(desk.follow_all(room, changed)?)
        })
        .await
    }

    /// What the clock brings, once a day.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn transfer_day(self: &Arc<Self>) -> Result<(), HubError> {
        self.with_cases(move |desk, room| {
            let changed = desk.hub.custody_day(room, desk.identity, desk.now)?;
            Ok(desk.follow_all(room, changed)?)
        })
        .await
    }
}

pub(super) fn found(room: &Room<'_>, case: CaseId) -> Result<Dossier, HubError> {
    transfer::find(room, case)?.ok_or(HubError::NoCase(case))
}

impl Case<'_> {
    /// Writes a line into the hash-chained log.
    pub(in crate::desk) fn log(
        &self,
        room: &mut Room<'_>,
        case: CaseId,
        (by, purpose): (&str, &str),
        action: Action,
        ended: Ended,
    ) -> Result<(), StoreError> {
        let role = offices::role(room, Office::Transfer, by)?.to_owned();
        let (who, purpose, object) =
            (by.to_owned(), purpose.to_owned(), audit::object(case.to_string().as_bytes()));
        audit::append(room, Note { who, role, purpose, action, object, ended }, self.now).map(drop)
    }

    /// The offers that wait here, without those that go round.
    fn waiting_in_order(&self, room: &Room<'_>) -> Result<Vec<Leg>, StoreError> {
        let most = self.hub.state().rules.transfer.most_legs;
        let mut legs = Vec::new();
        for waiting in custody::waiting(room)? {
            if !custody::goes_round(room, waiting.leg, most)? {
                legs.push(waiting.leg);
            }
        }
        Ok(legs)
    }

    /// Makes a move in a leg and follows what it brings.
    fn step(&self, room: &mut Room<'_>, leg: Leg, wanted: Move, note: String) -> Result<(), HubError> {
        let held = custody::held(room, leg)?;
        let registrar = held.chain.frame().ok_or(HubError::NotOffered(leg.case))?.registrar.clone();
        let changed = self.hub.make_move(room, self.identity, (leg, &registrar), wanted, note, self.now)?;
        Ok(self.follow_all(room, changed)?)
    }

    fn hand_on(
        &self,
        room: &mut Room<'_>,
        case: CaseId,
        to: Option<Region>,
        by: &str,
        note: String,
    ) -> Result<Handed, HubError> {
        let (mut dossier, me) = (found(room, case)?, &self.hub.me);
        if !stance(room, me, &dossier)?.acts() {
            return Err(HubError::NotOurs(case));
        }
        self.log(room, case, (by, "hand on"), Action::Decide, Ended::Done)?;
        let said = to.or_else(|| dossier.hinted());
        let to =
            said.or_else(|| dossier.origin.as_ref().map(|origin| origin.to)).ok_or(HubError::NoPlace(case))?;
        if let Some(origin) = &mut dossier.origin {
            origin.to = to;
        }
        let (divisions, by_whom) = (Divisions::shipped(), &self.hub.config.by);
        if routing::county(divisions, by_whom, to).is_ok_and(|county| county == *me) {
            self.keep_here(&mut dossier, by, note);
            transfer::keep(room, &dossier);
            return Ok(Handed::Here);
        }
        let route = routing::route(divisions, by_whom, me.region(), to)?;
        let receiver = match (route.scope, route.receiver) {
            (Scope::S1 | Scope::S2, Some(receiver)) => receiver,
            (Scope::S3, _) => {
                self.ask_for_letter(room, &mut dossier, to, by)?;
                return Ok(Handed::Letter);
            }
            _ => return Err(HubError::Abroad(to)),
        };
        let registrar = lowest_common(me, &receiver).ok_or(HubError::NoPlace(case))?;
        let preview = dossier.preview().cloned().ok_or(HubError::NoRecord(case))?;
        let (leg, after) = leg_for(room, &dossier, &receiver)?;
        let offer = Offer { receiver: receiver.clone(), payload: preview.hash(), after };
        // who was offered it on this leg before has the record, and does not ask again
        let before = dossier.onward.take().filter(|onward| onward.leg == leg && onward.to == receiver);
        let (key, released) = before.map_or((None, false), |onward| (onward.key, onward.released));
        dossier.onward = Some(OnwardLeg { leg, to: receiver.clone(), key, released, recall: false });
        dossier.turn(TransferState::Collected, self.now);
        dossier.note(self.now, by, What::Proposed, "");
        transfer::keep(room, &dossier);
        let wanted = Move::Offer(offer);
        let changed = self.hub.make_move(room, self.identity, (leg, &registrar), wanted, note, self.now)?;
        self.send(room, &receiver, Letter::Showing(Showing { leg, preview, place: to }))?;
        self.tell_school(room, &dossier, "")?;
        self.follow_all(room, changed)?;
        Ok(Handed::Offered { leg, to: receiver, registrar })
    }

    /// The child is looked for in this county: by whom is open, unless somebody is looking already.
    fn keep_here(&self, dossier: &mut Dossier, by: &str, note: String) {
        dossier.turn(TransferState::Verifying, self.now);
        dossier.note(self.now, by, What::Proposed, note);
        dossier.assigned.take_if(|assigned| assigned.finding.is_some());
        if let Some(inflow) = &mut dossier.inflow {
            inflow.answered = None;
        }
    }

    fn conclude(
        &self,
        room: &mut Room<'_>,
        case: CaseId,
        said: Concluding,
        by: &str,
    ) -> Result<(), HubError> {
        let (mut dossier, me, day) = (found(room, case)?, &self.hub.me, self.now.day());
        let facts = facts(room, me, &dossier)?;
        if !facts.stance.acts() && !dossier.is_errand() {
            return Err(HubError::NotOurs(case));
        }
        let moves = matches!(facts.onward, Some(Onward::Proposed | Onward::Offered));
        if moves || facts.inquiry == Some(Inquiry::UnderWay) {
            return Err(HubError::OnItsWay(case));
        }
        let outcome = said.outcome;
        self.log(room, case, (by, outcome.code()), Action::Decide, Ended::Done)?;
        if dossier.is_errand() {
            self.report(room, &mut dossier, (said, by))?;
            transfer::keep(room, &dossier);
            return Ok(());
        }
        let Concluding { place, note, .. } = said;
        dossier.note(self.now, by, What::Found(outcome), note.clone());
        let leg = dossier.inflow.as_ref().map_or(case.leg(0), |inflow| inflow.leg);
        let own = Assigned { unit: me.clone(), due: day, finding: None };
        let finding = Finding { leg, outcome, day, place, note };
        dossier.assigned.get_or_insert(own).finding = Some(finding);
        match dossier.guest() {
            Some(_) => self.give_answer(room, &mut dossier, outcome)?,
            None => self.answer_within(room, &mut dossier, outcome)?,
        }
        transfer::keep(room, &dossier);
        Ok(())
    }

    fn assign(
        &self,
        room: &mut Room<'_>,
        dossier: &mut Dossier,
        unit: &Party,
        by: &str,
    ) -> Result<Day, HubError> {
        if units::get(room, unit)?.is_none() {
            return Err(HubError::NoUnit(unit.to_string()));
        }
        let key = crate::keyring::of(room, unit)?.ok_or_else(|| HubError::NoSealKey(unit.clone()))?;
        let state = self.hub.state();
        let due = state.calendar.workdays_after(self.now.day(), state.rules.transfer.verify_within_days);
        let assigned = Assigned { unit: unit.clone(), due, finding: None };
        if !self.give_to(room, dossier, assigned, &key)? {
            return Err(HubError::NoRecord(dossier.case));
        }
        dossier.note(self.now, by, What::Assigned, unit.to_string());
        self.log(room, dossier.case, (by, "assign"), Action::Decide, Ended::Done)?;
        if let Some(inflow) = &dossier.inflow {
            let (from, leg) = (inflow.from.clone(), inflow.leg);
            let verifying = Dossier { state: TransferState::Verifying, ..dossier.clone() };
            self.send(room, &from, Letter::News(news(&verifying, leg, "", false, self.now)))?;
        }
        transfer::keep(room, dossier);
        Ok(due)
    }
}

/// The leg on which the case is offered to `receiver`: the one under way to it, or a new one, which names the
/// head of the last one in which anything stands.
fn leg_for(room: &Room<'_>, dossier: &Dossier, receiver: &Party) -> Result<(Leg, Option<Hash>), StoreError> {
    let again = match &dossier.onward {
        // declined before anything stood in its place, or ended there, it begins or goes on
        Some(onward) if onward.to == *receiver => {
            (custody::held(room, onward.leg)?.chain.state() == State::Held).then_some(onward.leg)
        }
        _ => None,
    };
    let leg = again.unwrap_or_else(|| dossier.next_leg());
    let mut before = custody::chains(room, dossier.case)?;
    before.retain(|chain| chain.leg().is_some_and(|known| known.number < leg.number));
    let after = (leg.number > 1).then(|| before.last().map_or(Hash::ROOT, Chain::head));
    Ok((leg, after))
}
