//! A letter that is over before it is answered: its county asks no more, and what comes back all the same.

use proto::link::post::Taken;
use proto::model::case::{Leg, Outcome, Posted};
use proto::store::{Room, StoreError};

use crate::audit::{Action, Ended};
use crate::desk::transfer::{Case, stance};
use crate::letter::{self, Asked, over};
use crate::transfer::{self, Dossier, What};

impl Case<'_> {
    /// City: a county asks no more about a case that is in a letter. A letter that did not go out goes without it; a
    /// neighbour that has it is told; on paper people tell it, and enter the answer.
    pub(super) fn asks_no_more(&self, room: &mut Room<'_>, leg: Leg) -> Result<(), StoreError> {
        let Some(mut letter) = letter::with(room, leg)? else { return Ok(()) };
        let what = format!("{} withdrawn", letter.number);
        self.log(room, leg.case, ("", &what), Action::Decide, Ended::Done)?;
        if letter.sent.is_none() {
            letter::leave(room, &mut letter, leg);
            return Ok(());
        }
        let Some(line) = letter.lines.iter().find(|line| line.case.leg == leg) else { return Ok(()) };
        let open = line.reply.as_ref().is_none_or(|reply| reply.outcome == Outcome::Persuading);
        if !open || over::taken_back(room, leg)?.is_some() {
            return Ok(());
        }
        over::take_back(room, leg, self.now);
        self.take_back_across(room, &letter, line)
    }

    /// County: an answer to a letter after the child was back, or after another letter's answer holds. The state does
    /// not follow; who claims to have the child is shown to the officer.
    pub(super) fn posted_too_late(
        &self,
        room: &mut Room<'_>,
        mut dossier: Dossier,
        (asked, posted): (Asked, &Posted),
    ) -> Result<Taken, StoreError> {
        let Some(outcome) = posted.outcome else { return Ok(Taken::Applied) };
        if asked.leg == posted.leg && asked.by_earlier.is_none() {
            letter::keep_asked(room, &Asked { answered: Some(outcome), ..asked });
        }
        dossier.note(self.now, "", What::Found(outcome), posted.number.clone());
        dossier.note(self.now, "", What::Letter(posted.state), posted.number.clone());
        transfer::keep(room, &dossier);
        Ok(Taken::Applied)
    }

    /// County: the late answer to an earlier letter of the case, or to one that it had taken back. Who has the child in
    /// class has it, whatever was asked since: the later letter is taken back, and nobody looks here any more. Anything
    /// else is in the history alone.
    pub(super) fn posted_of_earlier(
        &self,
        room: &mut Room<'_>,
        mut dossier: Dossier,
        (asked, posted): (Asked, Posted),
    ) -> Result<Taken, StoreError> {
        let Some(outcome) = posted.outcome else { return Ok(Taken::Applied) };
        let in_class = matches!(outcome, Outcome::Placed | Outcome::AlreadyEnrolled);
        let placed = matches!(asked.answered, Some(Outcome::Placed | Outcome::AlreadyEnrolled));
        if !in_class || placed || !stance(room, &self.hub.me, &dossier)?.acts() {
            return self.posted_too_late(room, dossier, (asked, &posted));
        }
        self.withdraw_letter(room, &mut dossier)?;
        self.calls_off(room, &mut dossier)?;
        let asked = Asked { answered: Some(outcome), by_earlier: Some(posted.leg), over: false, ..asked };
        letter::keep_asked(room, &asked);
        dossier.turn(posted.state, self.now);
        dossier.note(self.now, "", What::Letter(posted.state), posted.number.clone());
        dossier.note(self.now, "", What::Answered(outcome), posted.note.clone());
        transfer::keep(room, &dossier);
        self.tell_of_letter(room, &dossier, (&asked, &posted))?;
        Ok(Taken::Applied)
    }
}
