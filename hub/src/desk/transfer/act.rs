//! What officers do with cases: check, dispatch, ask, open, accept, reject, recall, assign, answer.

use std::sync::Arc;

use proto::custody::chain::State;
use proto::custody::side::Move;
use proto::custody::step::RejectReason;
use proto::model::case::{CaseId, ChildRecord, Duty, Leg, Office, Outcome, TransferState, Unwilling, Way};
use proto::model::day::Day;
use proto::model::party::Party;
use proto::model::region::Region;
use proto::seal;
use proto::store::{Room, StoreError};

use super::duties::facts;
use super::{Case, stance};
use crate::audit::{self, Action, Ended, Note};
use crate::desk::casework::account;
use crate::desk::{Hub, HubError, custody};
use crate::offices;
use crate::transfer::{self, Dossier, What};
use crate::unnamed::names_somebody;

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

    /// The child, who is in another province, does not come back: recorded by the office that answers for it, where
    /// no school has said so (E03).
    ///
    /// # Errors
    /// When the case is not here or not this county's, or the day has not come.
    pub async fn record_unwilling(
        self: &Arc<Self>,
        case: CaseId,
        unwilling: Unwilling,
        by: String,
    ) -> Result<(), HubError> {
        account(&by)?;
        self.with_cases(move |desk, room| {
            let (mut dossier, today) = (found(room, case)?, desk.now.day());
            if unwilling.on > today {
                return Err(HubError::NotYet { day: unwilling.on, today });
            }
            if !stance(room, &desk.hub.me, &dossier)?.acts() {
                return Err(HubError::NotOurs(case));
            }
            desk.log(room, case, (&by, unwilling.kind.code()), Action::Decide, Ended::Done)?;
            dossier.note(desk.now, &by, What::Unwilling(unwilling), "");
            transfer::keep(room, &dossier);
            Ok(())
        })
        .await
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
            desk.names_nobody(room, &dossier, &reason)?;
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
            if dossier.state == TransferState::ReturnedToSender && dossier.is_with_school() {
                return Err(HubError::SentBackAlready(case));
            }
            dossier.turn(TransferState::ReturnedToSender, desk.now);
            dossier.note(desk.now, &by, What::SentBack, reason.clone());
            desk.tell_school(room, &dossier, &reason)?;
            transfer::keep(room, &dossier);
            Ok(())
        })
        .await
    }

    /// Asks for the record of a case that is offered.
    ///
    /// # Errors
    /// When no such case came here.
    pub async fn ask_for_record(
        self: &Arc<Self>,
        case: CaseId,
        purpose: String,
        by: String,
    ) -> Result<(), HubError> {
        account(&by)?;
        self.with_cases(move |desk, room| {
            let mut dossier = found(room, case)?;
            let leg = dossier.inflow.as_ref().ok_or(HubError::NotOffered(case))?.leg;
            // before the offer was let go the other county gives nothing out
            if custody::held(room, leg)?.chain.state() == State::Held {
                return Err(HubError::NotOffered(case));
            }
            desk.log(room, case, (&by, &purpose), Action::Decide, Ended::Done)?;
            desk.ask_for(room, &mut dossier, (&by, &purpose))?;
            transfer::keep(room, &dossier);
            Ok(())
        })
        .await
    }

    /// Opens the record of a case, for a purpose that is logged.
    ///
    /// # Errors
    /// When nobody opens it, there is no record here, or it does not open.
    pub async fn open_record(
        self: &Arc<Self>,
        case: CaseId,
        by: String,
        purpose: String,
    ) -> Result<ChildRecord, HubError> {
        account(&by)?;
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
            desk.names_nobody(room, &dossier, &note)?;
            if wanted == Move::Reject(RejectReason::AlreadyEnrolled)
                && let Some(other) = desk.has_a_case_here(room, &dossier)?
            {
                return Err(HubError::CaseHere { case, other });
            }
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
            let open = |_: &&transfer::Onward| dossier.state != TransferState::Withdrawn;
            let onward = dossier.onward.as_ref().filter(open).ok_or(HubError::NotOffered(case))?;
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

    /// Enters what no message says: which of two places has the child, or at which school outside the tree it is.
    ///
    /// # Errors
    /// When the case is not here, or nothing of it is to be settled.
    pub async fn settle(self: &Arc<Self>, case: CaseId, note: String, by: String) -> Result<(), HubError> {
        account(&by)?;
        self.with_cases(move |desk, room| {
            let mut dossier = found(room, case)?;
            desk.names_nobody(room, &dossier, &note)?;
            let facts = facts(room, &desk.hub.me, &dossier)?;
            if !matches!(dossier.duty(facts), Some(Duty::FoundTwice | Duty::NameSchool)) {
                return Err(HubError::NothingToSettle(case));
            }
            desk.log(room, case, (&by, "settle"), Action::Decide, Ended::Done)?;
            dossier.note(desk.now, &by, What::Settled, note);
            transfer::keep(room, &dossier);
            Ok(())
        })
        .await
    }

    /// At every start: begins a new life as registrar, after a restore also as a party, before anything is heard
    /// or said.
    ///
    /// # Errors
    /// When the store fails.
    pub(in crate::desk) async fn begin_new_life(self: &Arc<Self>) -> Result<(), HubError> {
        if self.state().identity.is_none() {
            return Ok(());
        }
        self.with_cases(move |desk, room| {
            let changed = desk.hub.custody_begins(room, desk.identity, desk.now)?;
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
            desk.tell_units(room)?;
            let changed = desk.hub.custody_day(room, desk.identity, desk.now)?;
            Ok(desk.follow_all(room, changed)?)
        })
        .await
    }
}

pub(super) fn found(room: &Room<'_>, case: CaseId) -> Result<Dossier, HubError> {
    transfer::find(room, case)?.ok_or(HubError::NoCase(case))
}

/// The same of a record that was opened; `None`: it is not here.
pub(in crate::desk) fn names_nobody(record: Option<&ChildRecord>, text: &str) -> Result<(), HubError> {
    let names = record.map(|record| [&record.name, &record.guardian]);
    if names_somebody(text, names.into_iter().flatten()) { Err(HubError::NamesSomebody) } else { Ok(()) }
}

impl Case<'_> {
    /// A remark in a case names nobody: others read it, and what is signed stays for good. Without a record only
    /// numbers are seen.
    ///
    /// # Errors
    /// [`HubError::NamesSomebody`].
    pub(in crate::desk) fn names_nobody(
        &self,
        room: &mut Room<'_>,
        dossier: &Dossier,
        text: &str,
    ) -> Result<(), HubError> {
        let own = seal::own(room)?;
        let record = dossier.record().and_then(|(record, from)| {
            Way { case: dossier.case, from, to: &self.hub.me }.open(record, &own).ok()
        });
        names_nobody(record.as_ref(), text)
    }

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

    /// Makes a move in a leg and follows what it brings.
    fn step(&self, room: &mut Room<'_>, leg: Leg, wanted: Move, note: String) -> Result<(), HubError> {
        let held = custody::held(room, leg)?;
        let registrar = held.chain.frame().ok_or(HubError::NotOffered(leg.case))?.registrar.clone();
        let changed = self.hub.make_move(room, self.identity, (leg, &registrar), wanted, note, self.now)?;
        Ok(self.follow_all(room, changed)?)
    }
}
