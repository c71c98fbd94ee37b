//! X12 after another place has accepted: the child is back at its school, or nobody is to look for it any more. Who
//! answers for it by then learns so, however often the case went on; its officer offers the case back. Until that is
//! accepted it answers, so that at every moment one place does (2.4, X12 "both sides").

use proto::custody::chain::State;
use proto::link::post::Taken;
use proto::model::case::{Closing, Leg, Letter, Stage, Withdrawn};
use proto::model::day::Day;
use proto::model::lang::{Lang, Say};
use proto::model::party::Party;
use proto::store::{Room, StoreError};

use super::Case;
use crate::desk::custody;
use crate::persuasion;
use crate::transfer::{self, Dossier, Home, What};

impl Case<'_> {
    /// Tells the county that took the case from this one that it was taken back where it began.
    pub(super) fn tell_withdrawn(&self, room: &mut Room<'_>, dossier: &Dossier) -> Result<(), StoreError> {
        let Some(onward) = &dossier.onward else { return Ok(()) };
        if custody::held(room, onward.leg)?.chain.state() != State::HandedOver {
            return Ok(());
        }
        let Some((county, day, why)) = self.withdrawal(room, dossier)? else { return Ok(()) };
        if county == onward.to {
            return Ok(());
        }
        let said = Withdrawn { leg: onward.leg, county, day, why };
        self.send(room, &onward.to, Letter::Withdrawn(said))
    }

    /// What is known here of a withdrawal: the school's own word, or that of the county where the case began.
    fn withdrawal(
        &self,
        room: &Room<'_>,
        dossier: &Dossier,
    ) -> Result<Option<(Party, Day, Option<Closing>)>, StoreError> {
        if let Some(origin) = dossier.origin.as_ref().filter(|origin| origin.withdrawn) {
            let cases = persuasion::of(room, dossier.case)?;
            let case = cases.into_iter().find(|case| case.school == origin.school);
            let why = case.and_then(|case| match case.progress.stage {
                Stage::Returned => Some(Closing::Returned),
                _ => case.progress.closing.filter(|closing| *closing != Closing::Moved),
            });
            return Ok(Some((self.hub.me.clone(), self.now.day(), why)));
        }
        Ok(dossier.home.as_ref().map(|home| (home.county.clone(), home.day, home.why)))
    }

    /// A case that this county has accepted was taken back where it began.
    pub(super) fn withdrawn(
        &self,
        room: &mut Room<'_>,
        from: &Party,
        said: Withdrawn,
    ) -> Result<Taken, StoreError> {
        let Withdrawn { leg, county, day, why } = said;
        let mut dossier = self.dossier(room, leg.case)?;
        if !dossier.guest().is_some_and(|inflow| inflow.leg == leg && inflow.from == *from) {
            return self.crossed(room, from, leg, "no such case came from there");
        }
        if dossier.home.is_some() {
            return Ok(Taken::Applied);
        }
        dossier.home = Some(Home { county, day, why, at: self.now });
        let why = why.map(|why| format!("{} / {}", why.say(Lang::Zh), why.say(Lang::En))).unwrap_or_default();
        dossier.note(self.now, "", What::Withdrawn, format!("{day} {why}").trim_end());
        self.calls_off(room, &mut dossier)?;
        let onward = stops_at(room, &mut dossier)?;
        self.tell_withdrawn(room, &dossier)?;
        transfer::keep(room, &dossier);
        if let Some(leg) = onward {
            self.recall_when_possible(room, leg)?;
        }
        Ok(Taken::Applied)
    }
}

/// What this county has offered on, and nobody has accepted, is to be taken back. Gives its leg.
fn stops_at(room: &Room<'_>, dossier: &mut Dossier) -> Result<Option<Leg>, StoreError> {
    let Some(onward) = &mut dossier.onward else { return Ok(None) };
    let held = custody::held(room, onward.leg)?;
    onward.recall |= match held.chain.state() {
        State::Offered => true,
        State::Held => held.pending.is_some(),
        State::HandedOver => false,
    };
    Ok(onward.recall.then_some(onward.leg))
}
