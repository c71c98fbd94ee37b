//! What runs by the clock: duties that became overdue go up, those that were done are taken back, and the
//! parent hears how far the log reaches.

use std::collections::BTreeMap;

use proto::model::case::{CaseId, Escalation, Letter, Office, Overdue};
use proto::model::day::Moment;
use proto::store::{Room, StoreError};

use super::seat::Seat;
use crate::audit::witness;
use crate::desk::Hub;
use crate::desk::transfer::duties::{Desk, Owed};
use crate::escalation::Matter;
use crate::{escalation, keyring, offices, persuasion, unheard};

impl Hub {
    /// Everything of the night: called before a call to the parent, so that what it writes goes along.
    ///
    /// # Errors
    /// When the store cannot read.
    pub fn upkeep(&self, room: &mut Room<'_>, now: Moment) -> Result<(), StoreError> {
        let seat = self.seat(now);
        seat.review_all(room)?;
        let Some(parent) = seat.parent().filter(|_| seat.state.identity.is_some()) else { return Ok(()) };
        seat.tell_unheard(room)?;
        while let Some(head) = witness::tell(room)? {
            seat.send(room, &parent, Letter::AuditHead(head))?;
        }
        if keyring::introduce(room, &parent, now)? {
            seat.send_key(room, &parent)?;
        }
        Ok(())
    }
}

impl Hub {
    /// The parent's store was put back and lacks a part: everything that stands is told again.
    ///
    /// # Errors
    /// When the store cannot read.
    pub(in crate::desk) fn tell_parent_again(
        &self,
        room: &mut Room<'_>,
        now: Moment,
    ) -> Result<(), StoreError> {
        let seat = self.seat(now);
        let Some(parent) = seat.parent() else { return Ok(()) };
        for escalation in escalation::again(room, now)? {
            seat.send(room, &parent, Letter::Escalation(escalation))?;
        }
        witness::tell_all(room);
        seat.send_key(room, &parent)?;
        self.upkeep(room, now)
    }
}

impl Seat {
    /// Looks at every case: what the parent has to know, or to know no longer.
    pub(super) fn review_all(&self, room: &mut Room<'_>) -> Result<(), StoreError> {
        let mut ids: Vec<CaseId> =
            persuasion::open(room)?.into_iter().map(|case| case.progress.case).collect();
        ids.extend(
            escalation::told(room, &self.me)?
                .into_iter()
                .filter_map(|matter| (matter.office == Office::Persuasion).then_some(matter.case)),
        );
        ids.sort();
        ids.dedup();
        for id in ids {
            self.review(room, id)?;
        }
        self.review_transfers(room)?;
        for held in escalation::all(room)? {
            self.relay(room, held.escalation)?;
        }
        Ok(())
    }

    /// Tells the parent what is overdue in a case, everything that is open when nobody is on duty, and takes
    /// back what was done.
    pub(super) fn review(&self, room: &mut Room<'_>, id: CaseId) -> Result<(), StoreError> {
        let unattended = offices::on_duty(room, Office::Persuasion)?.is_none();
        let cases = persuasion::of(room, id)?;
        let owed = cases.iter().flat_map(|case| self.duties(case));
        let mut open: Vec<Overdue> = owed.filter(|it| unattended || self.late(it.due) > 0).collect();
        open.sort_by_key(|it| (it.due, it.duty));
        let matter = Matter { case: id, by: self.me.clone(), office: Office::Persuasion };
        self.escalate(room, &matter, open, unattended)
    }

    /// Writes to the hub above the parent which steps of custody have no receipt, and takes back what was answered
    /// since. It goes up with everything else: a parent that keeps it back cannot pass on what comes after it.
    fn tell_unheard(&self, room: &mut Room<'_>) -> Result<(), StoreError> {
        let Some(above) = self.me.parent().and_then(|parent| parent.parent()) else { return Ok(()) };
        let desk = Desk { me: &self.me, state: &self.state, today: self.today() };
        let open = desk.unheard_steps(room)?;
        for said in unheard::tell(room, &open)? {
            self.send(room, &above, Letter::Unheard(said))?;
        }
        Ok(())
    }

    /// The same for transfers: an office that only waits for another is not behind before the day has passed.
    fn review_transfers(&self, room: &mut Room<'_>) -> Result<(), StoreError> {
        let unattended = offices::on_duty(room, Office::Transfer)?.is_none();
        let mut open: BTreeMap<CaseId, Vec<Overdue>> = escalation::told(room, &self.me)?
            .into_iter()
            .filter(|matter| matter.office == Office::Transfer)
            .map(|matter| (matter.case, Vec::new()))
            .collect();
        for Owed { case, duty, due, .. } in self.transfers(room)? {
            if self.late(due) > 0 || unattended && !duty.is_awaited() {
                open.entry(case).or_default().push(Overdue { duty, due });
            }
        }
        for (case, mut open) in open {
            open.sort_by_key(|it| (it.due, it.duty));
            let matter = Matter { case, by: self.me.clone(), office: Office::Transfer };
            self.escalate(room, &matter, open, unattended)?;
        }
        Ok(())
    }

    /// Hands on what came from below while nobody here is on duty for it.
    pub(super) fn relay(&self, room: &mut Room<'_>, it: Escalation) -> Result<(), StoreError> {
        let attended = offices::on_duty(room, it.office)?.is_some();
        let open = if attended { Vec::new() } else { it.open };
        let matter = Matter { case: it.case, by: it.by, office: it.office };
        self.escalate(room, &matter, open, it.unattended)
    }

    fn escalate(
        &self,
        room: &mut Room<'_>,
        matter: &Matter,
        open: Vec<Overdue>,
        unattended: bool,
    ) -> Result<(), StoreError> {
        // by a wrong clock nothing becomes overdue, and nothing that is overdue is taken back
        if self.state.wrong_clock(room, self.now)?.is_some() {
            return Ok(());
        }
        // without a parent, or before joining, it stays in the office's own tray
        let Some(parent) = self.parent().filter(|_| self.state.identity.is_some()) else { return Ok(()) };
        if let Some(escalation) = escalation::tell(room, matter, open, unattended, self.now)? {
            self.send(room, &parent, Letter::Escalation(escalation))?;
        }
        Ok(())
    }
}
