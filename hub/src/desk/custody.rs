//! Custody at a hub: the reducers of `proto::custody` run inside the action that stores what they change, and
//! what they have to say leaves in the same commit.
//! What is kept is in [`kept`], when a new life begins in [`lives`], what waits for an officer in [`collected`].
//!
//! Keys: `h/c/R` this hub as registrar, `h/c/r/<leg>` a leg under it; `h/c/s/<registrar>` this hub as a party,
//! `h/c/p/<leg>` a leg of its own; `h/c/w/<leg>` an offer that waits for the registrar's officer; `h/c/n` school
//! days counted; `h/c/a/<leg><moment>` alarms; `h/c/b`, `h/c/l/` lives ([`lives`]).

mod collected;
mod kept;
mod lives;

use std::collections::VecDeque;

use proto::custody::chain::State;
use proto::custody::message::{Alarm, BadMessage, Checked, Done, Message, Now};
use proto::custody::registrar::{self, Registrar};
use proto::custody::side::{Held, Holdings, Side};
use proto::custody::sign::Sign;
use proto::identity::Identity;
use proto::link::post::random;
use proto::model::case::{Leg, Letter};
use proto::model::day::Moment;
use proto::model::division::Divisions;
use proto::model::lang::{Lang, Say};
use proto::model::party::Party;
use proto::model::region::Level;
use proto::parcel;
use proto::store::record::to_bytes;
use proto::store::{Room, StoreError};

use super::{Hub, HubError};
use crate::revocation;

pub(super) use kept::as_registrar;
pub(super) use kept::is_offered_from;
pub use kept::{
    Alarmed, Waiting, alarms, all_held, all_registered, chains, goes_round, held, registered, side, waiting,
};
use kept::{REGISTRAR, SCHOOL_DAYS, SchoolDays, leg_key, side_key};
pub(super) use lives::{note_restored, was_restored};

/// One run of the protocol: what is known, and what is still to be done in this commit.
struct Run<'a> {
    hub: &'a Hub,
    identity: &'a Identity,
    at: Moment,
    school_day: u32,
    /// The officer has let offers go.
    dispatched: bool,
    queue: VecDeque<(Party, Message)>,
    /// Legs of this hub's own that changed.
    changed: Vec<Leg>,
}

impl<'a> Run<'a> {
    fn new(hub: &'a Hub, identity: &'a Identity, room: &Room<'_>, at: Moment) -> Result<Self, StoreError> {
        let school_day = room.read::<SchoolDays>(SCHOOL_DAYS)?.unwrap_or_default().count;
        Ok(Self {
            hub,
            identity,
            at,
            school_day,
            dispatched: false,
            queue: VecDeque::new(),
            changed: Vec::new(),
        })
    }

    fn now(&self) -> Now<'a> {
        Now { at: self.at, school_day: self.school_day, nonce: random(), signer: self.identity as &dyn Sign }
    }

    /// Runs until there is nothing left to say to oneself.
    fn settle(&mut self, room: &mut Room<'_>) -> Result<Result<(), BadMessage>, StoreError> {
        while let Some((from, message)) = self.queue.pop_front() {
            let checked = match message.check(&from, self.identity.lineage().root()) {
                Ok(checked) => checked,
                Err(bad) => return Ok(Err(bad)),
            };
            if checked.message().is_for_registrar() {
                self.register(room, checked)?;
            } else {
                self.learn(room, checked)?;
            }
        }
        Ok(Ok(()))
    }

    fn register(&mut self, room: &mut Room<'_>, checked: Checked) -> Result<(), StoreError> {
        if let Some(refused) = self.turned_away(room, &checked)? {
            return self.carry_out(room, refused);
        }
        if !self.dispatched && self.waits(room, &checked)? {
            return Ok(());
        }
        let mut registrar = as_registrar(room, &self.hub.me)?;
        let mut legs = registrar::Legs::new();
        match checked.message().leg() {
            Some(leg) => legs.extend(registered(room, leg)?.map(|known| (leg, known))),
            None => legs.extend(all_registered(room)?),
        }
        let done = registrar.handle(checked, &mut legs, self.now());
        self.keep_registered(room, &registrar, &legs, done)
    }

    /// A proposal under a key that is revoked, as far as this registrar knows, is not sequenced: so its countersign
    /// is the witness that it knew of no revocation. What has its place already is told again.
    fn turned_away(&self, room: &Room<'_>, checked: &Checked) -> Result<Option<Done>, StoreError> {
        let Message::Propose(signed) = checked.message() else { return Ok(None) };
        let (step, party) = (signed.step(), checked.from());
        let holds = registered(room, step.leg)?.is_some_and(|known| known.chain.holds(signed.hash()));
        let Some(revoked) = revocation::against(room, signed.signature())?.filter(|_| !holds) else {
            return Ok(None);
        };
        let (leg, whose) = (step.leg, &revoked.party);
        tracing::warn!(%leg, %party, "a step of leg {leg} stands on a revoked certificate of {whose}");
        Ok(Some(Registrar::turn_away(signed)))
    }

    fn keep_registered(
        &mut self,
        room: &mut Room<'_>,
        registrar: &Registrar,
        legs: &registrar::Legs,
        done: Done,
    ) -> Result<(), StoreError> {
        room.write(REGISTRAR, registrar);
        for leg in &done.changed {
            if let Some(known) = legs.get(leg) {
                room.write(leg_key("r", *leg), known);
            }
        }
        self.carry_out(room, done)
    }

    fn learn(&mut self, room: &mut Room<'_>, checked: Checked) -> Result<(), StoreError> {
        let registrar = checked.from().clone();
        let above = registrar == self.hub.me || self.hub.me.is_below(&registrar);
        if !above {
            return Ok(());
        }
        let mut side = side(room, &self.hub.me, &registrar)?;
        let mut legs = Holdings::new();
        match checked.message().leg() {
            Some(leg) => drop(legs.insert(leg, held(room, leg)?)),
            None => legs.extend(all_held(room)?.into_iter().filter(|(_, held)| under(held, &registrar))),
        }
        let done = side.handle(checked, &mut legs, self.now());
        self.keep_held(room, &side, &legs, done)
    }

    fn keep_held(
        &mut self,
        room: &mut Room<'_>,
        side: &Side,
        legs: &Holdings,
        done: Done,
    ) -> Result<(), StoreError> {
        room.write(side_key(side.registrar()), side);
        for leg in &done.changed {
            if let Some(held) = legs.get(leg) {
                room.write(leg_key("p", *leg), held);
                self.changed.push(*leg);
            }
        }
        self.carry_out(room, done)
    }

    fn carry_out(&mut self, room: &mut Room<'_>, done: Done) -> Result<(), StoreError> {
        for (to, message) in done.send {
            self.tell(room, &to, message)?;
        }
        if let Some(rebirth) = done.broadcast {
            for county in counties_below(self.hub) {
                self.tell(room, &county, rebirth.word_for(&county))?;
            }
        }
        for alarm in done.alarms {
            tracing::error!("{}", alarm.say(Lang::En));
            let leg = match &alarm {
                Alarm::Equivocation(leg, _) | Alarm::Forgotten(leg) => *leg,
            };
            let words = (alarm.say(Lang::Zh), alarm.say(Lang::En));
            room.write(leg_key("a", leg), &Alarmed { at: self.at, words });
        }
        Ok(())
    }

    fn tell(&mut self, room: &mut Room<'_>, to: &Party, message: Message) -> Result<(), StoreError> {
        if *to == self.hub.me {
            self.queue.push_back((to.clone(), message));
        } else {
            parcel::send(room, self.identity, to, Letter::Custody(message.to_bytes()), self.at)?;
        }
        Ok(())
    }
}

/// The hubs below this one that play the county's role, whether they have joined or not.
fn counties_below(hub: &Hub) -> Vec<Party> {
    let (divisions, by) = (Divisions::shipped(), &hub.config.by);
    let mut counties = Vec::new();
    let mut above = vec![hub.me.region()];
    while let Some(place) = above.pop() {
        for unit in divisions.units_below(place, by) {
            if unit.level() == Level::City {
                above.push(unit);
            }
            if let Ok(party) = divisions.party_of(unit, by)
                && crate::routing::county(divisions, by, unit).is_ok_and(|county| county == party)
            {
                counties.push(party);
            }
        }
    }
    counties.retain(|county| *county != hub.me && hub.state().registry.leads_to(county));
    counties
}

fn under(held: &Held, registrar: &Party) -> bool {
    let pending = held.pending.as_ref().map(proto::custody::sign::Signed::step);
    held.chain.frame().or(pending).is_some_and(|frame| frame.registrar == *registrar)
}

impl Hub {
    /// Takes a message of the custody protocol. Gives this hub's own legs that changed.
    pub(super) fn hear_custody(
        &self,
        room: &mut Room<'_>,
        identity: &Identity,
        from: &Party,
        message: Message,
        now: Moment,
    ) -> Result<Result<Vec<Leg>, BadMessage>, StoreError> {
        let mut run = Run::new(self, identity, room, now)?;
        run.queue.push_back((from.clone(), message));
        Ok(run.settle(room)?.map(|()| run.changed))
    }

    /// Makes a move in a leg of this hub's own. Gives the legs that changed by it.
    pub(super) fn make_move(
        &self,
        room: &mut Room<'_>,
        identity: &Identity,
        (leg, registrar): (Leg, &Party),
        wanted: proto::custody::side::Move,
        note: String,
        now: Moment,
    ) -> Result<Vec<Leg>, HubError> {
        let mut run = Run::new(self, identity, room, now)?;
        let (side, mut legs) = (side(room, &self.me, registrar)?, Holdings::new());
        let mut own = held(room, leg)?;
        let done = side.make(leg, &mut own, wanted, note, run.now())?;
        legs.insert(leg, own);
        run.keep_held(room, &side, &legs, done)?;
        run.settle(room)??;
        Ok(run.changed)
    }

    /// Once a day: counts the school day, ends offers that nobody answered, reminds whom this hub waits for,
    /// and says again what is on its way.
    pub(super) fn custody_day(
        &self,
        room: &mut Room<'_>,
        identity: &Identity,
        now: Moment,
    ) -> Result<Vec<Leg>, StoreError> {
        let (today, state) = (now.day(), self.state());
        let sure = state.wrong_clock(room, now)?.is_none();
        let mut days = room.read::<SchoolDays>(SCHOOL_DAYS)?.unwrap_or_default();
        if sure && days.last != Some(today) && state.calendar.day(today, None).counts {
            days = SchoolDays { count: days.count + 1, last: Some(today) };
            room.put(SCHOOL_DAYS, to_bytes(&days));
        }
        let mut run = Run::new(self, identity, room, now)?;
        let mut registrar = as_registrar(room, &self.me)?;
        let mut legs: registrar::Legs = all_registered(room)?.into_iter().collect();
        if sure {
            let done = registrar.expire(&mut legs, state.rules.transfer.expire_after_days, run.now());
            run.keep_registered(room, &registrar, &legs, done)?;
        }
        let parties: Vec<Party> = legs
            .values()
            .filter_map(|leg| leg.chain.frame())
            .flat_map(|f| [f.offerer.clone(), f.receiver.clone()])
            .collect();
        run.carry_out(room, registrar.remind(&parties))?;
        for leg in legs.values().filter(|leg| leg.chain.state() == State::Offered) {
            run.carry_out(room, registrar.restate(leg))?;
        }
        let own = all_held(room)?;
        for above in self.me.lineage() {
            let side = side(room, &self.me, &above)?;
            run.carry_out(room, side.remind())?;
            for (_, held) in own.iter().filter(|(_, held)| under(held, &above)) {
                run.carry_out(room, side.repeat(held))?;
            }
        }
        if let Err(bad) = run.settle(room)? {
            tracing::error!("{}", bad.say(Lang::En));
        }
        Ok(run.changed)
    }
}
