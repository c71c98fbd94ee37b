//! A case on its way: the letters about it, and what follows when its custody changes. What officers do is in
//! [`act`].

pub mod act;
mod answers;
pub(in crate::desk) mod duties;
mod early;
mod errand;
mod following;
mod handing;
mod handover;
pub mod moving;
mod record;
mod referral;
mod same;
mod search;
pub mod show;
mod unheard;
pub(in crate::desk) mod unit;
mod withdrawn;

use proto::custody::proof::Proof;
use proto::custody::side::Stance;
use proto::identity::Identity;
use proto::identity::certificate::Certificate;
use proto::link::post::{Reason, Taken};
use proto::model::case::{CaseId, Leg, Letter, News};
use proto::model::day::Moment;
use proto::model::party::Party;
use proto::parcel;
use proto::store::{Room, StoreError};

use crate::desk::{Hub, custody};
use crate::revocation;
use crate::transfer::{self, Dossier};
use crate::units;
/// What this hub needs in order to read a letter about a transfer and to answer it.
pub(super) struct Case<'a> {
    pub(super) hub: &'a Hub,
    pub(super) identity: &'a Identity,
    pub(super) now: Moment,
}

fn not_yours(why: &str) -> Taken {
    Taken::Refused(Reason::NotYours, why.to_owned())
}

impl Case<'_> {
    /// Reads a letter about a transfer.
    pub(super) fn read(
        &self,
        room: &mut Room<'_>,
        from: &Party,
        letter: Letter,
    ) -> Result<Taken, StoreError> {
        if self.is_early(room, from, &letter)? {
            return self.put_by(room, from, &letter);
        }
        match letter {
            Letter::Referral(referral) => self.referral(room, from, referral),
            Letter::Custody(bytes) => self.custody(room, from, &bytes),
            Letter::Showing(showing) => self.showing(room, from, showing),
            Letter::Ask(ask) => self.ask(room, from, ask),
            Letter::Release(release) => self.release(room, from, release),
            Letter::Finding(finding) => self.finding(room, from, finding),
            Letter::Answer(answer) => self.answer(room, from, answer),
            Letter::News(news) => self.news(room, from, &news),
            Letter::Late(late) => self.late(room, from, late),
            Letter::Outward(outward) => self.outward(room, from, outward),
            Letter::Posted(posted) => self.posted(room, from, posted),
            Letter::Introduced(introduced) => self.introduced(room, from, &introduced),
            Letter::Inquiry(inquiry) => self.inquiry(room, from, inquiry),
            Letter::Replied(replied) => self.replied(room, from, replied),
            Letter::Assignment(assignment) => self.errand(room, from, assignment),
            Letter::Proof(proof) => self.way_so_far(room, from, proof),
            Letter::Unheard(said) => self.unheard(room, from, said),
            Letter::Withdrawn(said) => self.withdrawn(room, from, said),
            other => Ok(Taken::Refused(Reason::UnknownKind, other.name().to_owned())),
        }
    }

    fn dossier(&self, room: &Room<'_>, case: CaseId) -> Result<Dossier, StoreError> {
        Ok(transfer::find(room, case)?.unwrap_or_else(|| Dossier::new(case, self.now)))
    }

    pub(super) fn send(&self, room: &mut Room<'_>, to: &Party, letter: Letter) -> Result<(), StoreError> {
        let to = units::now_at(room, &self.hub.me, to)?;
        parcel::send(room, self.identity, &to, letter, self.now).map(drop)
    }
}

/// The chains of a case as they are known here, with those before that were shown by the county it came from.
///
/// # Errors
/// When the store cannot read.
fn proof_of(room: &Room<'_>, root: &Certificate, case: CaseId) -> Result<Proof, StoreError> {
    let own = Proof::new(root, custody::chains(room, case)?);
    let earlier = transfer::earlier(room, case)?.and_then(|file| Proof::from_json(&file).ok());
    let whole = match earlier {
        Some(earlier) => own.after(earlier),
        None => own,
    };
    Ok(whole.with_revocations(revocation::all(room)?))
}

/// How this hub stands to the leg on which it would act for the case: what it handed on, else what came.
///
/// # Errors
/// When the store cannot read.
pub fn stance(room: &mut Room<'_>, me: &Party, dossier: &Dossier) -> Result<Stance, StoreError> {
    let own = if dossier.origin.is_some() { Stance::Acting } else { Stance::NotMine };
    let onward = dossier.onward.as_ref().map(|onward| onward.leg);
    let mut legs: Vec<Leg> =
        onward.into_iter().chain(dossier.inflow.as_ref().map(|inflow| inflow.leg)).collect();
    // an offer that waits above, or was declined there, changes nothing: the leg before it counts
    legs.sort_by_key(|leg| std::cmp::Reverse(leg.number));
    for leg in legs {
        let held = custody::held(room, leg)?;
        if let Some(registrar) = held.chain.frame().map(|frame| frame.registrar.clone()) {
            return Ok(custody::side(room, me, &registrar)?.stance(&held));
        }
    }
    Ok(own)
}

fn news(dossier: &Dossier, leg: Leg, reason: &str, yours: bool, at: Moment) -> News {
    let place = dossier.origin.as_ref().map(|origin| origin.to);
    let outcome = dossier.outcome();
    News { leg, state: dossier.state, place, outcome, at, reason: reason.to_owned(), yours }
}
