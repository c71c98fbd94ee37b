//! What a county and its city write to each other about a case that goes to another province.

use proto::link::post::{Reason, Taken};
use proto::model::case::{Leg, Letter as Mail, News, Outcome, Outward, Posted, TransferState, Way};
use proto::model::division::Divisions;
use proto::model::lang::{Lang, Say};
use proto::model::party::Party;
use proto::model::region::Region;
use proto::seal;
use proto::store::{Room, StoreError};

use crate::desk::HubError;
use crate::desk::transfer::Case;
use crate::letter::{self, Asked, Letter, Reply, Waiting, after_reply, is_the_origins};
use crate::routing;
use crate::transfer::{self, Dossier, What};

impl Case<'_> {
    /// County: asks its city to write about a case (S3). The request goes out at once, or as soon as the
    /// city's sealing key is known.
    pub(in crate::desk) fn ask_for_letter(
        &self,
        room: &mut Room<'_>,
        dossier: &mut Dossier,
        to: Region,
        by: &str,
    ) -> Result<(), HubError> {
        let before = letter::asked(room, dossier.case)?;
        let pending = matches!(dossier.state, TransferState::Collected | TransferState::Dispatched);
        if pending && before.as_ref().is_some_and(|asked| asked.answered.is_none() && !asked.over) {
            return Err(HubError::OnItsWay(dossier.case));
        }
        // E03, E04: a letter goes only where it is recorded that the child does not come back
        let record = self.record_here(room, dossier)?.ok_or(HubError::NoRecord(dossier.case))?;
        if record.unwilling.is_none() {
            return Err(HubError::NotAsked(dossier.case));
        }
        let number = dossier.next_leg().number.max(before.map_or(0, |asked| asked.leg.number + 1));
        let writer = routing::writer(&self.hub.me);
        let asked = Asked {
            leg: dossier.case.leg(number),
            to,
            writer,
            sent: false,
            answered: None,
            by_earlier: None,
            over: false,
        };
        letter::keep_asked(room, &asked);
        dossier.turn(TransferState::Collected, self.now);
        dossier.note(self.now, by, What::Proposed, to.to_string());
        transfer::keep(room, dossier);
        self.tell_school(room, dossier, "")?;
        Ok(self.send_asked(room, asked)?)
    }

    /// County: sends every request that waited for the city's key.
    pub(in crate::desk) fn send_unsent(&self, room: &mut Room<'_>) -> Result<(), StoreError> {
        letter::unsent(room)?.into_iter().try_for_each(|asked| self.send_asked(room, asked))
    }

    fn send_asked(&self, room: &mut Room<'_>, asked: Asked) -> Result<(), StoreError> {
        let own = seal::own(room)?.public();
        let key = if asked.writer == self.hub.me {
            Some(own.clone())
        } else {
            crate::keyring::of(room, &asked.writer)?
        };
        let Some(key) = key else { return self.send(room, &asked.writer, Mail::Key(own)) };
        let Some(dossier) = transfer::find(room, asked.leg.case)? else { return Ok(()) };
        let Some(record) = self.sealed_anew(room, &dossier, &key, &asked.writer)? else { return Ok(()) };
        let Some(preview) = dossier.preview().cloned() else { return Ok(()) };
        let outward = Outward { leg: asked.leg, to: asked.to, preview, record, withdrawn: false };
        letter::keep_asked(room, &Asked { sent: true, ..asked.clone() });
        if asked.writer == self.hub.me {
            return self.outward(room, &self.hub.me, outward).map(drop);
        }
        self.send(room, &asked.writer, Mail::Outward(outward))
    }

    /// County: the case is taken back (X12), or another place has the child. The city takes it out of a letter that did
    /// not go out yet, and tells a neighbour that has one; what comes back all the same is shown to the officer.
    pub(in crate::desk) fn withdraw_letter(
        &self,
        room: &mut Room<'_>,
        dossier: &mut Dossier,
    ) -> Result<(), StoreError> {
        let Some(asked) = letter::asked(room, dossier.case)? else { return Ok(()) };
        if asked.over || asked.answered.is_some_and(|outcome| outcome != Outcome::Persuading) {
            return Ok(());
        }
        let asked = Asked { over: true, ..asked };
        letter::keep_asked(room, &asked);
        dossier.note(self.now, "", What::CalledOff, asked.to.to_string());
        let (Some(preview), Some((record, _))) = (dossier.preview().cloned(), dossier.record()) else {
            return Ok(());
        };
        let outward =
            Outward { leg: asked.leg, to: asked.to, preview, record: record.clone(), withdrawn: true };
        if asked.writer == self.hub.me {
            return self.outward(room, &self.hub.me, outward).map(drop);
        }
        self.send(room, &asked.writer, Mail::Outward(outward))
    }

    /// City: a county asks for a letter, or takes its request back.
    pub(in crate::desk) fn outward(
        &self,
        room: &mut Room<'_>,
        from: &Party,
        outward: Outward,
    ) -> Result<Taken, StoreError> {
        if from.is_school() || routing::writer(from) != self.hub.me {
            return Ok(not_yours("this hub writes letters for its own counties"));
        }
        let Outward { leg, to, preview, record, withdrawn } = outward;
        if withdrawn {
            if !letter::withdraw(room, leg)? {
                self.asks_no_more(room, leg)?;
            }
            return Ok(Taken::Applied);
        }
        let own = seal::own(room)?;
        let opened = (Way { case: leg.case, from, to: &self.hub.me }).open(&record, &own);
        if opened.is_ok_and(|record| record.unwilling.is_none()) {
            return self.hand_back(room, from, leg, &HubError::NotAsked(leg.case).say(Lang::Zh));
        }
        let there = Divisions::shipped().party_of(to, &self.hub.config.by);
        let addressee = match there {
            Ok(there) if routing::writer(&there) != self.hub.me => routing::writer(&there).region(),
            Ok(_) => return self.hand_back(room, from, leg, "not another province"),
            Err(none) => return self.hand_back(room, from, leg, &none.say(Lang::Zh)),
        };
        let waiting = Waiting { leg, county: from.clone(), to, addressee, preview, record, since: self.now };
        if letter::wait(room, &waiting)? {
            self.tell_county(room, &waiting, TransferState::Collected, None, None)?;
        } else {
            self.tell_again(room, leg)?;
        }
        Ok(Taken::Applied)
    }

    /// The county asks for what was written long ago: its store was put back.
    fn tell_again(&self, room: &mut Room<'_>, leg: Leg) -> Result<(), StoreError> {
        let Some(letter) = letter::with(room, leg)? else { return Ok(()) };
        let Some(line) = letter.lines.iter().find(|line| line.case.leg == leg) else { return Ok(()) };
        let state = match (&line.reply, &letter.sent) {
            (Some(reply), _) => after_reply(reply.outcome),
            (None, Some(_)) => TransferState::Dispatched,
            (None, None) => TransferState::Collected,
        };
        self.tell_county(room, &line.case, state, Some(&letter), line.reply.as_ref())
    }

    fn hand_back(&self, room: &mut Room<'_>, to: &Party, leg: Leg, why: &str) -> Result<Taken, StoreError> {
        let posted = Posted {
            leg,
            state: TransferState::ReturnedToSender,
            number: String::new(),
            reply_by: None,
            outcome: None,
            place: None,
            at: self.now,
            note: why.to_owned(),
        };
        self.deliver(room, to, posted)?;
        Ok(Taken::Applied)
    }

    pub(in crate::desk) fn tell_county(
        &self,
        room: &mut Room<'_>,
        case: &Waiting,
        state: TransferState,
        letter: Option<&Letter>,
        reply: Option<&Reply>,
    ) -> Result<(), StoreError> {
        let posted = Posted {
            leg: case.leg,
            state,
            number: letter.map(|letter| letter.number.to_string()).unwrap_or_default(),
            reply_by: letter.and_then(|letter| letter.sent.as_ref()).map(|sent| sent.reply_by),
            outcome: reply.map(|reply| reply.outcome),
            place: reply.and_then(|reply| reply.place),
            at: self.now,
            note: reply.map(|reply| reply.note.clone()).unwrap_or_default(),
        };
        self.deliver(room, &case.county, posted)
    }

    /// A city without counties is its own reader.
    fn deliver(&self, room: &mut Room<'_>, county: &Party, posted: Posted) -> Result<(), StoreError> {
        if *county == self.hub.me {
            return self.posted(room, &self.hub.me, posted).map(drop);
        }
        self.send(room, county, Mail::Posted(posted))
    }

    /// County: how the inquiry stands. The school learns it too.
    pub(in crate::desk) fn posted(
        &self,
        room: &mut Room<'_>,
        from: &Party,
        posted: Posted,
    ) -> Result<Taken, StoreError> {
        let Some(asked) = letter::asked(room, posted.leg.case)? else {
            return Ok(not_yours("not asked for"));
        };
        if asked.writer != *from || asked.leg.number < posted.leg.number {
            return Ok(not_yours("another inquiry is under way"));
        }
        let Some(mut dossier) = transfer::find(room, posted.leg.case)? else { return Ok(Taken::Applied) };
        if dossier.origin.as_ref().is_some_and(|origin| origin.withdrawn) {
            return self.posted_too_late(room, dossier, (asked, &posted));
        }
        if asked.leg != posted.leg || asked.over {
            return self.posted_of_earlier(room, dossier, (asked, posted));
        }
        if asked.by_earlier.is_some() {
            return self.posted_too_late(room, dossier, (asked, &posted));
        }
        // what is answered is not undone by a receipt that comes late
        if posted.outcome.is_none() && asked.answered.is_some() {
            return Ok(Taken::Applied);
        }
        letter::keep_asked(room, &Asked { answered: posted.outcome, ..asked.clone() });
        dossier.turn(posted.state, self.now);
        dossier.note(self.now, "", What::Letter(posted.state), posted.number.clone());
        if let Some(outcome) = posted.outcome {
            dossier.note(self.now, "", What::Answered(outcome), posted.note.clone());
        }
        transfer::keep(room, &dossier);
        let corrected = posted.outcome.is_some() && asked.answered.is_some();
        if corrected && is_the_origins(posted.state) {
            // what was said before was a slip: its school has not lost it to another place
            self.back_at_school(room, &dossier)?;
        }
        self.tell_of_letter(room, &dossier, (&asked, &posted))?;
        Ok(Taken::Applied)
    }

    /// The school learns what the other province says. It reads letters in the order of the legs.
    pub(in crate::desk) fn tell_of_letter(
        &self,
        room: &mut Room<'_>,
        dossier: &Dossier,
        (asked, posted): (&Asked, &Posted),
    ) -> Result<(), StoreError> {
        let Some(origin) = &dossier.origin else { return Ok(()) };
        let reason = [posted.number.as_str(), posted.note.as_str()];
        let reason = reason.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("：");
        let news = News {
            leg: asked.leg,
            state: posted.state,
            place: posted.place.or(Some(asked.to)),
            outcome: posted.outcome,
            at: transfer::next_told(room, posted.leg.case, self.now)?,
            reason,
            yours: is_the_origins(posted.state),
        };
        self.send(room, &origin.school, Mail::News(news))
    }
}

fn not_yours(why: &str) -> Taken {
    Taken::Refused(Reason::NotYours, why.to_owned())
}
