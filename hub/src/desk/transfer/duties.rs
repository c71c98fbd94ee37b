//! What waits for the office of transfers: cases of a county, what a registrar moves, letters to other provinces,
//! lists from above.

use proto::custody::chain::State;
use proto::custody::registrar::Registered;
use proto::custody::step::{StepKind, lowest_common};
use proto::link::{book, post};
use proto::model::case::{CaseId, Duty, Leg, Outcome, TokenKind};
use proto::model::day::{Day, Moment};
use proto::model::party::Party;
use proto::store::{Room, StoreError};

use super::stance;
use super::unheard::Silent;
use crate::desk::State as Present;
use crate::desk::custody::{self, Waiting};
use crate::incoming::{self, Incoming};
use crate::letter::{self, after_reply, is_the_origins, over};
use crate::transfer::duties::{Facts, Inquiry, Onward};
use crate::transfer::{self, Dossier};
use crate::{inbound, persuasion, pool};

/// Something that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::desk) struct Owed {
    /// In which case.
    pub(in crate::desk) case: CaseId,
    /// Who has to act besides this office, or with whom it deals.
    pub(in crate::desk) party: Party,
    /// What.
    pub(in crate::desk) duty: Duty,
    /// From this day on.
    pub(in crate::desk) since: Day,
    /// To be done by this day.
    pub(in crate::desk) due: Day,
}

/// The office at one moment.
pub(in crate::desk) struct Desk<'a> {
    pub(in crate::desk) me: &'a Party,
    pub(in crate::desk) state: &'a Present,
    pub(in crate::desk) today: Day,
}

impl Desk<'_> {
    /// All that waits for this office.
    ///
    /// # Errors
    /// When the store cannot read.
    pub(in crate::desk) fn owed(&self, room: &mut Room<'_>) -> Result<Vec<Owed>, StoreError> {
        let mut owed = Vec::new();
        for dossier in transfer::all(room)? {
            let facts = facts(room, self.me, &dossier)?;
            owed.extend(self.of_dossier(&dossier, facts));
        }
        // what waits for an answer that does not come, and what was signed besides
        let silent = self.unheard(room)?;
        let awaited = |it: &Owed| matches!(it.duty, Duty::AwaitDispatch | Duty::Unheard);
        owed.retain(|it| !(awaited(it) && silent.iter().any(|silent| silent.leg().case == it.case)));
        owed.extend(silent.iter().map(Silent::owed));
        owed.extend(self.unheard_below(room)?);
        owed.extend(self.of_matches(room, &owed)?);
        for waiting in custody::waiting(room)? {
            owed.push(self.of_waiting(room, waiting)?);
        }
        for (leg, registered) in custody::all_registered(room)? {
            owed.extend(self.of_offer(room, leg, &registered)?);
        }
        for waiting in letter::waiting(room)? {
            owed.push(self.of_letter(&waiting, waiting.since.day()));
        }
        for letter in letter::all(room)? {
            for line in &letter.lines {
                owed.extend(match over::differs(room, line.case.leg)? {
                    Some(at) => Some(self.of_difference(line, at.day())),
                    None if is_told_over(room, line.case.leg)? => None,
                    None => self.of_line(letter.sent.as_ref(), letter.drafted, line),
                });
            }
        }
        owed.extend(incoming::all(room)?.iter().filter_map(|it| self.of_incoming(it)));
        for row in inbound::all(room)? {
            owed.extend(self.of_row(room, &row)?);
        }
        Ok(owed)
    }

    /// The next step in a case of this county.
    pub(in crate::desk) fn of_dossier(&self, dossier: &Dossier, facts: Facts) -> Option<Owed> {
        let duty = dossier.duty(facts)?;
        let (since, due) = dossier.clock(duty, &self.state.rules, &self.state.calendar);
        if duty == Duty::AwaitReceipt && self.today >= due {
            let mover = dossier.onward.as_ref().and_then(|onward| lowest_common(self.me, &onward.to))?;
            return Some(Owed { case: dossier.case, party: mover, duty: Duty::Unheard, since, due });
        }
        let party = self.party_of(dossier, duty);
        Some(Owed { case: dossier.case, party, duty, since, due })
    }

    /// What blind matching found about children whose cases are open here.
    fn of_matches(&self, room: &Room<'_>, open: &[Owed]) -> Result<Vec<Owed>, StoreError> {
        let mut owed: Vec<Owed> = Vec::new();
        for told in pool::told(room)? {
            // found, or over: what was matched has left the pools
            if pool::child(room, told.found.mine)?.is_none() {
                continue;
            }
            let (since, there) = (told.at.day(), told.found.there);
            let due = self.workdays(since, self.state.rules.transfer.check_within_days);
            // two cases of one county are told of once
            let both = (there == *self.me).then_some(told.found.theirs);
            for case in std::iter::once(told.found.mine).chain(both).map(|tag| CaseId(tag.0)) {
                let known = owed.iter().any(|known| (known.case, &known.party) == (case, &there));
                let of_transfer = open.iter().any(|owed| owed.case == case);
                let is_open =
                    of_transfer || persuasion::of(room, case)?.iter().any(persuasion::Case::is_open);
                if is_open && !known {
                    owed.push(Owed { case, party: there.clone(), duty: Duty::Match, since, due });
                }
            }
        }
        Ok(owed)
    }

    /// With whom this office deals in a duty.
    fn party_of(&self, dossier: &Dossier, duty: Duty) -> Party {
        let unit = dossier.assigned.as_ref().map(|assigned| assigned.unit.clone());
        let there = dossier.onward.as_ref().map(|onward| onward.to.clone());
        let here = dossier.inflow.as_ref().map(|inflow| inflow.from.clone());
        let school = dossier.origin.as_ref().map(|origin| origin.school.clone());
        let party = match duty {
            Duty::Verify | Duty::Persuade => unit,
            Duty::AwaitReceipt | Duty::AwaitAnswer => there,
            Duty::AwaitDispatch => there.and_then(|there| lowest_common(self.me, &there)),
            Duty::AnswerOffer => here,
            Duty::AwaitLetter | Duty::AskAgain => Some(crate::routing::writer(self.me)),
            _ => school.or(here),
        };
        party.unwrap_or_else(|| self.me.clone())
    }

    /// An offer that waits for this office to let it go.
    fn of_waiting(&self, room: &Room<'_>, waiting: Waiting) -> Result<Owed, StoreError> {
        let Waiting { leg, from, to, since, .. } = waiting;
        let undelivered = self.workdays(since.day(), self.state.rules.transfer.undeliverable_after_days);
        // it cannot be let go before the other county has reported
        let is_open = custody::as_registrar(room, self.me)?.is_open(&from, &to);
        if !is_open && self.today >= undelivered && self.is_silent(room, &to, undelivered)? {
            let since = since.day();
            return Ok(Owed { case: leg.case, party: to, duty: Duty::Deliver, since, due: undelivered });
        }
        let duty = match custody::goes_round(room, leg, self.state.rules.transfer.most_legs)? {
            true => Duty::DecideLoop,
            // no hub there: by telephone or paper, or back to its county
            false if !self.state.registry.leads_to(&to) => Duty::Deliver,
            false => Duty::Dispatch,
        };
        let due = self.workdays(since.day(), self.state.rules.transfer.dispatch_within_days);
        Ok(Owed { case: leg.case, party: from, duty, since: since.day(), due })
    }

    /// An offer that this office moved and nobody has answered: shown from the day on which it has to do something.
    fn of_offer(
        &self,
        room: &Room<'_>,
        leg: Leg,
        registered: &Registered,
    ) -> Result<Option<Owed>, StoreError> {
        let chain = &registered.chain;
        let Some(last) = chain.last().filter(|last| last.step().kind == StepKind::Offer) else {
            return Ok(None);
        };
        let (since, party, rules) = (last.at.day(), last.step().receiver.clone(), &self.state.rules.transfer);
        let undelivered = self.workdays(since, rules.undeliverable_after_days);
        let late = self.today >= undelivered;
        if late && self.is_silent(room, &party, undelivered)? {
            return Ok(Some(Owed { case: leg.case, party, duty: Duty::Deliver, since, due: undelivered }));
        }
        let between = self.next_to(&party).filter(|next| *next != party);
        if let Some(between) = between.filter(|_| late)
            && self.says_nothing(room, &party, last.at)?
        {
            // the hub between calls, and nothing of the other county comes through it
            let (party, duty, due) = (between, Duty::Unheard, undelivered);
            return Ok(Some(Owed { case: leg.case, party, duty, since, due }));
        }
        let (duty, due) = (Duty::Press, self.workdays(since, rules.remind_after_days));
        Ok((self.today >= due).then_some(Owed { case: leg.case, party, duty, since, due }))
    }

    /// Whether `party`, which has spoken before, has written nothing since: a county that gets an offer says so.
    fn says_nothing(&self, room: &Room<'_>, party: &Party, since: Moment) -> Result<bool, StoreError> {
        let mut last = None;
        for stream in book::streams(room, true, party)? {
            if stream.id.origin == *party {
                let (entries, _) = book::read(room, &stream.id, stream.tail.seq, 1)?;
                last = last.max(entries.last().map(|entry| entry.made));
            }
        }
        Ok(last.is_some_and(|last| last <= since))
    }

    /// Whether the hub through which `party` is reached has not called for as long as an offer may take to arrive.
    fn is_silent(&self, room: &Room<'_>, party: &Party, since: Day) -> Result<bool, StoreError> {
        let Some(next) = self.next_to(party) else { return Ok(false) };
        let heard = post::contact(room, &next)?.map(|contact| contact.last.day());
        Ok(heard.is_none_or(|heard| {
            let until = self.workdays(heard, self.state.rules.transfer.undeliverable_after_days);
            until <= self.today && heard < since
        }))
    }

    fn of_letter(&self, waiting: &letter::Waiting, since: Day) -> Owed {
        let due = self.workdays(since, self.state.rules.transfer.dispatch_within_days);
        Owed { case: waiting.leg.case, party: waiting.county.clone(), duty: Duty::WriteLetter, since, due }
    }

    /// One child of a letter: written about, answered, and asked about again until it is in class.
    fn of_line(&self, sent: Option<&letter::Sent>, drafted: Day, line: &letter::Line) -> Option<Owed> {
        let (case, party) = (line.case.leg.case, line.case.county.clone());
        match (sent, &line.reply) {
            (None, None) => Some(self.of_letter(&line.case, drafted)),
            (Some(letter::Sent { day, reply_by, .. }), None) => {
                let (since, due) = (*day, *reply_by);
                Some(Owed { case, party, duty: Duty::LetterReply, since, due })
            }
            (_, Some(reply)) if reply.outcome == Outcome::Persuading => {
                let due = later(reply.day, self.state.rules.transfer.letter_reply_days);
                Some(Owed { case, party, duty: Duty::AskAgain, since: reply.day, due })
            }
            (_, Some(_)) => None,
        }
    }

    /// The other place has answered otherwise than was entered: which answer holds?
    fn of_difference(&self, line: &letter::Line, since: Day) -> Owed {
        let (case, party) = (line.case.leg.case, line.case.county.clone());
        let due = self.workdays(since, self.state.rules.transfer.check_within_days);
        Owed { case, party, duty: Duty::AnswersDiffer, since, due }
    }

    /// A child that another province believes to be here.
    fn of_incoming(&self, it: &Incoming) -> Option<Owed> {
        let (case, party) = (it.inquiry.leg.case, it.from.clone());
        let answered = it.reply.as_ref().is_some_and(|reply| reply.outcome != Outcome::Persuading);
        if it.passed.is_some() || it.inquiry.withdrawn || answered {
            return None;
        }
        if let Some(search) = it.search() {
            let (party, since, due) =
                (search.unit.clone(), search.since, search.due.min(it.inquiry.reply_by));
            return Some(Owed { case, party, duty: Duty::Verify, since, due });
        }
        let (since, due) = match &it.reply {
            None => (it.came.day(), it.inquiry.reply_by),
            Some(reply) => (reply.day, later(reply.day, self.state.rules.persuasion.visit_every_days)),
        };
        Some(Owed { case, party, duty: Duty::AnswerInquiry, since, due })
    }

    /// A child of a list that waits; without a school it says what is missing in order to find one.
    fn of_row(&self, room: &Room<'_>, row: &inbound::Row) -> Result<Option<Owed>, StoreError> {
        let since = row.imported.day();
        let (duty, party, due) = match (&row.answer, &row.school) {
            (Some(_), _) => return Ok(None),
            (None, None) => {
                let duty = match inbound::beside(room, row.case)?.code {
                    Some(code) if !code.is_of_the_province_of(self.me.region()) => Duty::ForeignRow,
                    Some(_) if row.school_text.trim().is_empty() => Duty::PlaceRow,
                    _ => Duty::AssignRow,
                };
                let due = self.workdays(since, self.state.rules.transfer.check_within_days);
                (duty, self.me.clone(), due.min(row.answer_by))
            }
            // its day has passed: from now on this office is asked, by the list's own day
            (None, Some(unit)) if row.is_to_press(self.today) => {
                (Duty::PressRow, unit.clone(), row.answer_by)
            }
            (None, Some(unit)) => (Duty::AnswerRow, unit.clone(), row.asked_by.unwrap_or(row.answer_by)),
        };
        Ok(Some(Owed { case: row.case, party, duty, since, due }))
    }

    pub(super) fn workdays(&self, since: Day, days: u32) -> Day {
        self.state.calendar.workdays_after(since, days)
    }
}

/// What decides about the next step in a case.
///
/// # Errors
/// When the store cannot read.
pub(super) fn facts(room: &mut Room<'_>, me: &Party, dossier: &Dossier) -> Result<Facts, StoreError> {
    let stance = stance(room, me, dossier)?;
    let came = dossier.inflow.as_ref().map(|inflow| inflow.leg);
    let offered = match came {
        Some(leg) => {
            let held = custody::held(room, leg)?;
            held.chain.state() == State::Offered
                && held.pending.is_none()
                && held.chain.frame().is_some_and(|frame| frame.receiver == *me)
        }
        None => false,
    };
    let newer =
        dossier.onward.as_ref().filter(|onward| came.is_none_or(|leg| leg.number < onward.leg.number));
    let onward = match newer {
        Some(onward) => Some(onward_state(room, onward.leg)?),
        None => None,
    };
    let inquiry = letter::asked(room, dossier.case)?.map(|asked| match asked.answered {
        _ if asked.over || is_newer(dossier, asked.leg) => Inquiry::Over,
        Some(said)
            if has_the_child(said) && !is_the_origins(dossier.state) && !dossier.went_on_after_letter() =>
        {
            Inquiry::Taken
        }
        Some(_) => Inquiry::Over,
        None if is_waiting(dossier) => Inquiry::UnderWay,
        None => Inquiry::Over,
    });
    let closed = match &dossier.origin {
        Some(origin) => persuasion::is_closed(room, dossier.case, &origin.school)?,
        None => false,
    };
    let tag = proto::model::case::Tag(dossier.case.0);
    let on_roll = pool::child(room, tag)?
        .is_some_and(|child| child.kind == TokenKind::Enrolled && child.from.is_school());
    Ok(Facts { stance, offered, onward, inquiry, closed, on_roll })
}

/// Whether the case is on its way to another place, by an offer on any leg or by a letter: nothing is decided
/// about it here before that is answered or taken back.
///
/// # Errors
/// When the store cannot read.
pub(super) fn is_on_its_way(room: &mut Room<'_>, me: &Party, dossier: &Dossier) -> Result<bool, StoreError> {
    Ok(custody::is_offered_from(room, me, dossier.case)?
        || facts(room, me, dossier)?.inquiry == Some(Inquiry::UnderWay))
}

/// Whether the case went on by a hub after the inquiry.
fn is_newer(dossier: &Dossier, asked: Leg) -> bool {
    dossier.onward.as_ref().is_some_and(|onward| onward.leg.number >= asked.number)
}

/// Whether the other province has the child, by what it has said.
fn has_the_child(said: Outcome) -> bool {
    !is_the_origins(after_reply(said))
}

/// Whether a letter is under way: the other province has said nothing, nor has its writer sent the case back.
fn is_waiting(dossier: &Dossier) -> bool {
    use proto::model::case::TransferState as X;
    matches!(dossier.state, X::Collected | X::Dispatched)
}

/// Whether its county asks no more about a child of a letter, and the neighbour that has the letter is told so.
fn is_told_over(room: &Room<'_>, leg: Leg) -> Result<bool, StoreError> {
    let across = incoming::across(room, leg)?.is_some_and(|across| across.sent.is_some());
    Ok(across && over::taken_back(room, leg)?.is_some())
}

fn later(since: Day, days: u32) -> Day {
    since.plus(i32::try_from(days).unwrap_or(i32::MAX))
}

fn onward_state(room: &Room<'_>, leg: Leg) -> Result<Onward, StoreError> {
    let held = custody::held(room, leg)?;
    Ok(match held.chain.state() {
        State::HandedOver => Onward::Over,
        State::Offered => Onward::Offered,
        State::Held if held.pending.is_some() => Onward::Proposed,
        State::Held => Onward::Back,
    })
}
