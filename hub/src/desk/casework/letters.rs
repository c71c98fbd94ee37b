//! What letters about cases bring. A fact, what follows from it and the letters that it asks for are one
//! commit.

use proto::link::post::{Reason, Taken};
use proto::model::case::{AuditHead, CaseId, Escalation, Progress, Report};
use proto::model::day::Moment;
use proto::model::party::Party;
use proto::model::region::Level;
use proto::parcel::Content;
use proto::seal::SealKey;
use proto::store::{Room, StoreError};

use super::direction;
use super::seat::Seat;
use crate::audit::witness;
use crate::desk::Hub;
use crate::desk::transfer::unit::has_it_back;
use crate::persuasion::{Case, Heard};
use crate::{escalation, keyring, passed, persuasion};

fn not_yours(why: &str) -> Taken {
    Taken::Refused(Reason::NotYours, why.to_owned())
}

/// A school's office is the hub that manages it, past its town.
fn answers_for(me: &Party, school: &Party) -> bool {
    let above = |hub: &Party| hub.level() != Some(Level::Town);
    school.is_school() && school.lineage().skip(1).find(above).as_ref() == Some(me)
}

impl Hub {
    /// A party tells the key to seal with for it. One below is told this hub's in return.
    pub(in crate::desk) fn take_key(
        &self,
        room: &mut Room<'_>,
        from: &Party,
        key: SealKey,
        now: Moment,
    ) -> Result<Taken, StoreError> {
        keyring::keep(room, from, key);
        if from.is_below(&self.me) {
            self.seat(now).send_key(room, from)?;
        }
        Ok(Taken::Applied)
    }

    /// A school tells how its case stands.
    pub(in crate::desk) fn take_progress(
        &self,
        room: &mut Room<'_>,
        from: &Party,
        progress: Progress,
        now: Moment,
    ) -> Result<Taken, StoreError> {
        if !answers_for(&self.me, from) {
            return Ok(not_yours("a school tells its own office how a case stands"));
        }
        let (seat, id) = (self.seat(now), progress.case);
        match persuasion::hear(room, from, progress, now)? {
            Heard::Old => return Ok(Taken::Applied),
            Heard::News(_) => {}
            Heard::Forgot(case) => seat.tell_again(room, id, &case)?,
        }
        // written before the school heard that the child is its own again
        if has_it_back(room, &self.me, id)? {
            persuasion::came_home(room, id, from)?;
        }
        seat.review(room, id)?;
        Ok(Taken::Applied)
    }

    /// A school's written report, sealed. It is kept as it came.
    pub(in crate::desk) fn take_report(
        &self,
        room: &mut Room<'_>,
        from: &Party,
        report: Report,
        now: Moment,
    ) -> Result<Taken, StoreError> {
        if !answers_for(&self.me, from) {
            return Ok(not_yours("a school reports to its own office"));
        }
        persuasion::report::keep(room, from, report, now)?;
        Ok(Taken::Applied)
    }

    /// A hub below tells what an office has not done.
    pub(in crate::desk) fn take_escalation(
        &self,
        room: &mut Room<'_>,
        from: &Party,
        escalation: Escalation,
        now: Moment,
    ) -> Result<Taken, StoreError> {
        let by = &escalation.by;
        if from.is_school() || from.parent().as_ref() != Some(&self.me) {
            return Ok(not_yours("an escalation goes to the hub above its writer"));
        }
        if by != from && !by.is_below(from) {
            return Ok(not_yours("a hub speaks for itself and for those below it"));
        }
        if escalation::take(room, escalation.clone(), now)? {
            self.seat(now).relay(room, escalation)?;
        }
        Ok(Taken::Applied)
    }

    /// A hub below tells how far its log reaches.
    pub(in crate::desk) fn take_audit_head(
        &self,
        room: &mut Room<'_>,
        from: &Party,
        head: &AuditHead,
        now: Moment,
    ) -> Result<Taken, StoreError> {
        if !from.is_below(&self.me) {
            return Ok(not_yours("a log is witnessed by the hub above"));
        }
        if let Some(alarm) = witness::see(room, from, head, now)? {
            tracing::error!(unit = %from, ?alarm, "the audit log of {from} does not go on from what was witnessed: {alarm:?}");
        }
        Ok(Taken::Applied)
    }

    /// A school's letter to an office above went by.
    pub(in crate::desk) fn note_passing(
        &self,
        room: &mut Room<'_>,
        body: &[u8],
        now: Moment,
    ) -> Result<(), StoreError> {
        let Ok(parcel) = proto::convert::parcel_in(body) else { return Ok(()) };
        let Ok((from, _)) = proto::convert::parcel_address_in(&parcel.content) else { return Ok(()) };
        if !from.is_school() {
            return Ok(());
        }
        let content = proto::convert::parcel_content_in(&parcel.content);
        let sort = content.map_or("letter", |Content { letter, .. }| letter.name());
        passed::note(room, &from, sort, body.len(), now)
    }
}

impl Seat {
    /// The school's store was put back: what the office did about the case is told once more.
    fn tell_again(&self, room: &mut Room<'_>, id: CaseId, case: &Case) -> Result<(), StoreError> {
        for done in case.acts_now() {
            self.send(room, &case.school, direction(id, done))?;
        }
        Ok(())
    }
}
