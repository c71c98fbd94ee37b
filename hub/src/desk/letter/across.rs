//! Letters to another province that runs this system, at the city that writes them: what goes out by courier, what is
//! taken back, and the answer that comes.

use proto::link::post::Taken;
use proto::model::case::{Inquiry, Leg, Letter as Mail, Way};
use proto::model::division::Divisions;
use proto::model::party::Party;
use proto::model::region::Region;
use proto::neighbour;
use proto::say;
use proto::seal::{self, SealKey};
use proto::store::{Room, StoreError};

use crate::desk::Hub;
use crate::desk::incoming::{not_yours, taken};
use crate::desk::transfer::Case;
use crate::desk::transfer::unit::say_both;
use crate::incoming::{self, Across};
use crate::letter::{self, Correction, Letter, LetterError, Line, Reply, after_reply, over};

/// The hub right below the other province's root that a letter about `to` is sealed for.
fn unit_there(hub: &Hub, to: Region) -> Option<Party> {
    let there = Divisions::shipped().party_of(to, &hub.config.by).ok()?;
    let root = neighbour::province(&there);
    there.lineage().find(|unit| unit.parent().as_ref() == Some(&root))
}

impl Case<'_> {
    /// City: what is written to a province that runs this system goes out by courier too.
    pub(in crate::desk) fn send_across(
        &self,
        room: &mut Room<'_>,
        letter: &Letter,
    ) -> Result<(), StoreError> {
        let mut open = letter.lines.iter().filter(|line| line.reply.is_none());
        open.try_for_each(|line| self.send_line(room, letter, line))
    }

    /// Keys of the neighbour's hubs have come: what waited for them goes out.
    pub(in crate::desk) fn send_across_again(&self, room: &mut Room<'_>) -> Result<(), StoreError> {
        let mut sent = letter::all(room)?.into_iter().filter(|letter| letter.sent.is_some());
        sent.try_for_each(|letter| self.send_across(room, &letter))
    }

    fn send_line(&self, room: &mut Room<'_>, letter: &Letter, line: &Line) -> Result<(), StoreError> {
        let leg = line.case.leg;
        let (Some(_), Some(unit)) = (&letter.sent, unit_there(self.hub, line.case.to)) else {
            return Ok(());
        };
        let done = incoming::across(room, leg)?.is_some_and(|across| across.sent.is_some());
        if done || neighbour::of(room, &unit)?.is_none() {
            return Ok(());
        }
        let Some(key) = neighbour::unit_key(room, &unit)? else {
            incoming::keep_across(room, leg, &Across { unit, sent: None });
            return Ok(());
        };
        let Some(inquiry) = self.inquiry_of(room, (letter, line), (&unit, &key))? else { return Ok(()) };
        incoming::keep_across(room, leg, &Across { unit: unit.clone(), sent: Some(self.now) });
        self.send(room, &unit, Mail::Inquiry(inquiry))
    }

    /// A line of a letter that was sent, sealed for the hub there; `None` when its record does not open.
    fn inquiry_of(
        &self,
        room: &mut Room<'_>,
        (letter, line): (&Letter, &Line),
        (unit, key): (&Party, &SealKey),
    ) -> Result<Option<Inquiry>, StoreError> {
        let (leg, case) = (line.case.leg, line.case.leg.case);
        let Some(sent) = letter.sent.as_ref() else { return Ok(None) };
        let (me, own) = (&self.hub.me, seal::own(room)?);
        let Ok(record) = (Way { case, from: &line.case.county, to: me }).open(&line.case.record, &own) else {
            tracing::error!(%case, "the record of case {case} does not open: its letter goes on paper alone");
            return Ok(None);
        };
        Ok(Some(Inquiry {
            leg,
            number: letter.number.to_string(),
            writer: me.clone(),
            to: line.case.to,
            preview: line.case.preview.clone(),
            record: Way { case, from: me, to: unit }.seal(&record, key),
            sent: sent.day,
            reply_by: sent.reply_by,
            withdrawn: false,
        }))
    }

    /// City: the county asks no more about a child of a letter that went out by courier: the neighbour learns it.
    pub(in crate::desk) fn take_back_across(
        &self,
        room: &mut Room<'_>,
        letter: &Letter,
        line: &Line,
    ) -> Result<(), StoreError> {
        let Some(Across { unit, sent: Some(_) }) = incoming::across(room, line.case.leg)? else {
            return Ok(());
        };
        let Some(key) = neighbour::unit_key(room, &unit)? else { return Ok(()) };
        let Some(inquiry) = self.inquiry_of(room, (letter, line), (&unit, &key))? else { return Ok(()) };
        self.send(room, &unit, Mail::Inquiry(Inquiry { withdrawn: true, ..inquiry }))
    }

    /// The writer: enters the answer under the letter's number; the county and the school learn it.
    pub(in crate::desk) fn reply_to_letter(
        &self,
        room: &mut Room<'_>,
        from: &Party,
        (leg, number): (Leg, String),
        reply: Reply,
    ) -> Result<Taken, StoreError> {
        let asked = incoming::across(room, leg)?;
        let Some(mut letter) = letter::with(room, leg)?.filter(|letter| letter.number.to_string() == number)
        else {
            return Ok(not_yours("no letter of that number names the case"));
        };
        if asked.is_none_or(|asked| asked.unit != *from) {
            return Ok(not_yours("the letter did not go to the one that answers"));
        }
        let (state, text) = (after_reply(reply.outcome), leg.to_string());
        let case = match letter.reply(&text, reply.clone(), self.now.day()) {
            Ok(line) => line.case.clone(),
            Err(LetterError::AlreadyAnswered { .. }) => {
                return self.answered_otherwise(room, from, leg, reply);
            }
            Err(error) => return Ok(taken(Err(error.to_string()))),
        };
        letter::keep(room, &letter);
        self.tell_county(room, &case, state, Some(&letter), Some(&reply))?;
        Ok(Taken::Applied)
    }

    /// The writer: the other place has answered otherwise than was entered by hand. It stands beside the entry, and the
    /// officer decides which holds.
    fn answered_otherwise(
        &self,
        room: &mut Room<'_>,
        from: &Party,
        leg: Leg,
        was: Reply,
    ) -> Result<Taken, StoreError> {
        let reason = say_both(|lang| say!(lang, "对方另有不同答复", "answered otherwise by the other place"));
        let held = Correction { was, at: self.now, by: from.to_string(), reason };
        letter::keep_correction(room, leg, held)?;
        over::keep_differs(room, leg, Some(self.now));
        Ok(Taken::Applied)
    }
}
