//! Letters from another province that runs this system: the city and the county of the place that is asked, who looks
//! there, and the answer on its way back. The city that writes is in `letter/across`; to the roots between them all of
//! it is sealed.

use std::sync::Arc;

use proto::link::acquaintance;
use proto::link::post::{Reason, Taken};
use proto::model::case::{
    Assignment, ChildRecord, Finding, Inquiry, Letter as Mail, News, Outcome, Replied, TransferState, Way,
};
use proto::model::division::Divisions;
use proto::model::party::Party;
use proto::model::region::{Level, Region};
use proto::neighbour;
use proto::say;
use proto::seal;
use proto::store::{Room, StoreError};

use super::casework::account;
use super::letter::Opening;
use super::transfer::Case;
use super::transfer::act::names_nobody;
use super::transfer::unit::say_both;
use super::{Hub, HubError};
use crate::audit::{Action, Ended};
use crate::incoming::{self, Incoming, IncomingError, Search};
use crate::letter::{Reply, after_reply, is_the_origins};
use crate::units::Unit;
use crate::{keyring, routing, units};

impl Hub {
    /// Letters that came from other provinces.
    ///
    /// # Errors
    /// When the store cannot read.
    pub async fn incoming(&self) -> Result<Vec<Incoming>, HubError> {
        self.desk.act(|room: &mut Room<'_>| Ok(incoming::all(room)?)).await
    }

    /// Opens the record of a letter that came. Tried or done, it is logged with its purpose before it is shown.
    ///
    /// # Errors
    /// When there is no such letter, or its record does not open.
    pub async fn open_incoming(
        self: &Arc<Self>,
        case: String,
        opening: Opening,
    ) -> Result<(Incoming, ChildRecord), HubError> {
        let opened = self.with_cases(move |desk, room| {
            let it = incoming::named(room, &case)??;
            opening.log(room, Action::OpenLetter, it.inquiry.leg.to_string().as_bytes(), desk.now)?;
            let record = desk.record_of(room, &it)?;
            // an attempt that fails stays in the log
            Ok(record.map(|record| (it.clone(), record)).ok_or(IncomingError::Shut(it.inquiry.leg)))
        });
        Ok(opened.await??)
    }

    /// Hands a letter on to the county where the child is.
    ///
    /// # Errors
    /// When the place is no county below, its key is not known, or the record does not open.
    pub async fn pass_incoming(
        self: &Arc<Self>,
        case: String,
        to: Region,
        by: String,
    ) -> Result<Incoming, HubError> {
        account(&by)?;
        let county = routing::county(Divisions::shipped(), &self.config.by, to)?;
        self.with_cases(move |desk, room| {
            let mut it = incoming::named(room, &case)??;
            if !county.is_below(&desk.hub.me) {
                return Err(IncomingError::NoCounty(county).into());
            }
            if let Some(reply) = &it.reply {
                return Err(IncomingError::Answered { leg: it.inquiry.leg, outcome: reply.outcome }.into());
            }
            if it.inquiry.withdrawn {
                return Err(IncomingError::TakenBack(it.inquiry.leg).into());
            }
            if !desk.pass_on(room, &mut it, (&county, &by))? {
                return Err(HubError::NoSealKey(county));
            }
            desk.log(room, it.inquiry.leg.case, (&by, "hand a letter on"), Action::Decide, Ended::Done)?;
            Ok(it)
        })
        .await
    }

    /// A school or town of this county looks for the child of a letter, and what it finds is the answer.
    ///
    /// # Errors
    /// When there is no such letter, it was handed on or answered, the unit is none of this hub's or has not told its
    /// key, or the record does not open.
    pub async fn assign_incoming(
        self: &Arc<Self>,
        case: String,
        unit: Party,
        by: String,
    ) -> Result<Incoming, HubError> {
        account(&by)?;
        self.with_cases(move |desk, room| {
            let mut it = incoming::named(room, &case)??;
            let leg = it.inquiry.leg;
            if let Some(county) = it.passed.clone() {
                return Err(IncomingError::Passed { leg, county }.into());
            }
            if let Some(reply) = it.reply.as_ref().filter(|reply| reply.outcome != Outcome::Persuading) {
                return Err(IncomingError::Answered { leg, outcome: reply.outcome }.into());
            }
            if it.inquiry.withdrawn {
                return Err(IncomingError::TakenBack(leg).into());
            }
            desk.search_for(room, &mut it, unit, &by)?;
            desk.log(room, leg.case, (&by, "assign a letter"), Action::Decide, Ended::Done)?;
            Ok(it)
        })
        .await
    }

    /// Answers a letter that came: the answer goes back the way it came.
    ///
    /// # Errors
    /// [`IncomingError`].
    pub async fn answer_incoming(self: &Arc<Self>, case: String, reply: Reply) -> Result<Incoming, HubError> {
        account(&reply.by)?;
        self.with_cases(move |desk, room| {
            let mut it = incoming::named(room, &case)??;
            if let Some(county) = it.passed.clone() {
                return Err(IncomingError::Passed { leg: it.inquiry.leg, county }.into());
            }
            names_nobody(desk.record_of(room, &it)?.as_ref(), &reply.note)?;
            let (by, code) = (reply.by.clone(), reply.outcome.code());
            // who persuades the child goes on, unless the answer is another one
            if it.search().is_some() || reply.outcome != Outcome::Persuading {
                desk.ends_search(room, &it, &desk.hub.me)?;
            }
            desk.answer_incoming(room, &mut it, reply)??;
            desk.log(room, it.inquiry.leg.case, (&by, code), Action::Decide, Ended::Done)?;
            Ok(it)
        })
        .await
    }
}

impl Case<'_> {
    /// A letter of another province comes: to the city of the place, and from it to the county.
    pub(super) fn inquiry(
        &self,
        room: &mut Room<'_>,
        from: &Party,
        inquiry: Inquiry,
    ) -> Result<Taken, StoreError> {
        let writes = *from == inquiry.writer && !from.is_school() && routing::writer(from) == *from;
        let by_writer = writes && !neighbour::is_of_one_province(from, &self.hub.me);
        if !by_writer && !self.hub.me.is_below(from) {
            return Ok(not_yours(
                "a letter comes from its writer in another province, or from the hub above",
            ));
        }
        if let Some(known) = incoming::find(room, inquiry.leg)? {
            if inquiry.withdrawn && known.from == *from {
                return self.inquiry_over(room, known);
            }
            if known.inquiry.withdrawn && known.from == *from && known.reply.is_none() {
                // asked once more after all
                return self.inquiry_begins(room, Incoming { inquiry, came: self.now, ..known });
            }
            return self.inquiry_again(room, from, &known);
        }
        let it = Incoming {
            inquiry,
            from: from.clone(),
            came: self.now,
            passed: None,
            passed_by: String::new(),
            passed_before: Vec::new(),
            searches: Vec::new(),
            reply: None,
        };
        self.inquiry_begins(room, it)
    }

    /// The child of a letter is to be looked for here: by the county of the place, when it is known.
    fn inquiry_begins(&self, room: &mut Room<'_>, mut it: Incoming) -> Result<Taken, StoreError> {
        let to = it.inquiry.to;
        incoming::keep(room, &it);
        if let Ok(county) = routing::county(Divisions::shipped(), &self.hub.config.by, to)
            && county.is_below(&self.hub.me)
        {
            self.pass_on(room, &mut it, (&county, ""))?;
        }
        Ok(Taken::Applied)
    }

    /// Its writer asks no more: who looks for the child here, or has found and persuades it, need not.
    fn inquiry_over(&self, room: &mut Room<'_>, mut it: Incoming) -> Result<Taken, StoreError> {
        it.inquiry.withdrawn = true;
        incoming::keep(room, &it);
        if let Some(county) = it.passed.clone() {
            let by = it.passed_by.clone();
            self.pass_on(room, &mut it, (&county, &by))?;
        }
        if let Some(unit) = it.at_it().cloned() {
            let reason = say_both(|lang| say!(lang, "来函单位已收回", "taken back by its writer"));
            self.calls_off_search(room, &it, &unit, reason)?;
            self.ends_persuading(room, it.inquiry.leg.case, &unit)?;
        }
        Ok(Taken::Applied)
    }

    /// Its writer has forgotten that it wrote: what was answered is told once more.
    fn inquiry_again(
        &self,
        room: &mut Room<'_>,
        from: &Party,
        known: &Incoming,
    ) -> Result<Taken, StoreError> {
        if known.from != *from {
            return Ok(not_yours("another party has asked about this case"));
        }
        if let Some(replied) = known.replied() {
            self.send(room, from, Mail::Replied(replied))?;
        }
        Ok(Taken::Applied)
    }

    fn record_of(&self, room: &mut Room<'_>, it: &Incoming) -> Result<Option<ChildRecord>, StoreError> {
        let way = Way { case: it.inquiry.leg.case, from: &it.from, to: &self.hub.me };
        Ok(way.open(&it.inquiry.record, &seal::own(room)?).ok())
    }

    /// Seals the record anew for the county and hands the letter on. `false` when the county's key is not known
    /// yet, or the record does not open: the letter stays here, to be looked at.
    fn pass_on(
        &self,
        room: &mut Room<'_>,
        it: &mut Incoming,
        (county, by): (&Party, &str),
    ) -> Result<bool, StoreError> {
        let Some(key) = acquaintance::key_of(room, county)? else { return Ok(false) };
        let (me, case) = (&self.hub.me, it.inquiry.leg.case);
        let Some(record) = self.record_of(room, it)? else {
            tracing::error!(%case, "the record of case {case} from another province does not open");
            return Ok(false);
        };
        if let Some(before) = it.passed.clone().filter(|before| before != county) {
            // who looked before need not any more
            if let Some(key) = acquaintance::key_of(room, &before)? {
                let record = Way { case, from: me, to: &before }.seal(&record, &key);
                let over = Inquiry { record, withdrawn: true, ..it.inquiry.clone() };
                self.send(room, &before, Mail::Inquiry(over))?;
            }
            it.passed_before.push(before);
        }
        let record = Way { case, from: me, to: county }.seal(&record, &key);
        (it.passed, it.passed_by) = (Some(county.clone()), by.to_owned());
        incoming::keep(room, it);
        self.send(room, county, Mail::Inquiry(Inquiry { record, ..it.inquiry.clone() }))?;
        Ok(true)
    }

    /// Seals the record anew for a school or town and has it look for the child; whoever looked before need not.
    fn search_for(
        &self,
        room: &mut Room<'_>,
        it: &mut Incoming,
        unit: Party,
        by: &str,
    ) -> Result<(), HubError> {
        let takes = unit.is_school() || unit.level() == Some(Level::Town);
        let today = self.now.day();
        let works = |unit: Unit| unit.status != units::Status::Invited && !unit.is_closed(today);
        if !takes || !units::get(room, &unit)?.is_some_and(works) {
            return Err(HubError::NoUnit(unit.to_string()));
        }
        let key = keyring::of(room, &unit)?.ok_or_else(|| HubError::NoSealKey(unit.clone()))?;
        let (me, leg) = (&self.hub.me, it.inquiry.leg);
        let record = self.record_of(room, it)?.ok_or(IncomingError::Shut(leg))?;
        let record = Way { case: leg.case, from: me, to: &unit }.seal(&record, &key);
        let (state, since) = (self.hub.state(), self.now.day());
        let due = state.calendar.workdays_after(since, state.rules.transfer.verify_within_days);
        self.ends_search(room, it, &unit)?;
        let preview = it.inquiry.preview.clone();
        self.send(room, &unit, Mail::Assignment(Assignment { leg, preview, record, due }))?;
        it.searches.push(Search { unit, by: by.to_owned(), since, due, found: None });
        incoming::keep(room, it);
        Ok(())
    }

    /// Whoever looks for the child of a letter or persuades it need not any more: `by` does, or has answered.
    fn ends_search(&self, room: &mut Room<'_>, it: &Incoming, by: &Party) -> Result<(), StoreError> {
        let Some(before) = it.at_it().filter(|before| *before != by) else { return Ok(()) };
        let reason = say_both(|lang| say!(lang, "已改由 {by} 核查", "{by} looks instead"));
        self.calls_off_search(room, it, before, reason)?;
        self.ends_persuading(room, it.inquiry.leg.case, before)
    }

    fn calls_off_search(
        &self,
        room: &mut Room<'_>,
        it: &Incoming,
        unit: &Party,
        reason: String,
    ) -> Result<(), StoreError> {
        let (leg, state, at) = (it.inquiry.leg, TransferState::Verifying, self.now);
        let news = News { leg, state, place: None, outcome: None, at, reason, yours: false };
        self.send(room, unit, Mail::News(news))
    }

    /// What a school or town found about the child of a letter: found, it is the answer; not found, the officer decides
    /// whether another looks. `None`: no letter asked it.
    pub(super) fn found_for_letter(
        &self,
        room: &mut Room<'_>,
        from: &Party,
        finding: &Finding,
    ) -> Result<Option<Taken>, StoreError> {
        let Some(mut it) = incoming::find(room, finding.leg)? else { return Ok(None) };
        let Some(search) = it.searches.iter_mut().rfind(|search| search.unit == *from) else {
            return Ok(Some(not_yours("the letter was not given to the one that answers")));
        };
        search.found = Some(finding.clone());
        incoming::keep(room, &it);
        let Finding { outcome, day, place, note, .. } = finding.clone();
        if matches!(outcome, Outcome::NotFound | Outcome::MovedOn | Outcome::AlreadyEnrolled) {
            self.ends_persuading(room, finding.leg.case, from)?;
        }
        if matches!(outcome, Outcome::NotFound | Outcome::MovedOn) {
            return Ok(Some(Taken::Applied));
        }
        // another one that was asked later need not look any more
        self.ends_search(room, &it, from)?;
        // the day on which the child was found; the letter may be younger
        let day = day.max(it.inquiry.sent);
        let reply = Reply { outcome, day, place, note, by: from.to_string() };
        let entered = self.answer_incoming(room, &mut it, reply)?;
        Ok(Some(taken(entered.map_err(|error| error.to_string()))))
    }

    fn answer_incoming(
        &self,
        room: &mut Room<'_>,
        it: &mut Incoming,
        reply: Reply,
    ) -> Result<Result<(), IncomingError>, StoreError> {
        let replied = match it.answer(reply, self.now.day()) {
            Ok(replied) => replied,
            Err(error) => return Ok(Err(error)),
        };
        incoming::keep(room, it);
        self.send(room, &it.from, Mail::Replied(replied))?;
        Ok(Ok(()))
    }

    /// An answer comes: from the county to its city, and from the city to the writer of the letter.
    pub(super) fn replied(
        &self,
        room: &mut Room<'_>,
        from: &Party,
        replied: Replied,
    ) -> Result<Taken, StoreError> {
        let leg = replied.leg;
        let Replied { number, outcome, day, place, note, .. } = replied;
        let reply = Reply { outcome, day, place, note, by: from.to_string() };
        if let Some(mut it) = incoming::find(room, leg)? {
            let looks = it.passed.as_ref() == Some(from);
            if !(looks || it.passed_before.contains(from)) || it.inquiry.number != number {
                return Ok(not_yours("the letter was not handed on to the one that answers"));
            }
            // who looked before another one was asked says no more than that it has the child
            if !looks && is_the_origins(after_reply(reply.outcome)) {
                return Ok(Taken::Applied);
            }
            let entered = self.answer_incoming(room, &mut it, reply)?;
            return Ok(taken(entered.map_err(|error| error.to_string())));
        }
        self.reply_to_letter(room, from, (leg, number), reply)
    }
}

pub(super) fn taken(entered: Result<(), String>) -> Taken {
    match entered {
        Ok(()) => Taken::Applied,
        Err(why) => Taken::Refused(Reason::Inconsistent, why),
    }
}

pub(super) fn not_yours(why: &str) -> Taken {
    Taken::Refused(Reason::NotYours, why.to_owned())
}
