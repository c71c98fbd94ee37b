//! Custody at a hub: the reducers of `proto::custody` run inside the action that stores what they change, and
//! what they have to say leaves in the same commit.
//!
//! Keys: `h/c/R` this hub as registrar, `h/c/r/<leg>` a leg under it; `h/c/s/<registrar>` this hub as a party,
//! `h/c/p/<leg>` a leg of its own; `h/c/w/<leg>` an offer that waits for the registrar's officer; `h/c/n` school
//! days counted; `h/c/a/<leg><moment>` alarms; `h/c/b`, `h/c/l/` lives ([`lives`]).

mod lives;

use std::collections::VecDeque;

use proto::custody::chain::{Chain, State};
use proto::custody::message::{Alarm, BadMessage, Checked, Done, Message, Now};
use proto::custody::registrar::{self, Registered, Registrar};
use proto::custody::side::{Held, Holdings, Side};
use proto::custody::sign::Sign;
use proto::custody::step::StepKind;
use proto::identity::Identity;
use proto::link::post::random;
use proto::model::case::{CaseId, Leg, Letter};
use proto::model::day::{Day, Moment};
use proto::model::division::Divisions;
use proto::model::lang::{Lang, Say};
use proto::model::party::Party;
use proto::model::region::Level;
use proto::model::rulebook::Dispatch;
use proto::parcel;
use proto::store::record::{from_bytes, to_bytes};
use proto::store::{Record, Room, StoreError};
use serde::{Deserialize, Serialize};

use super::{Hub, HubError};

pub(super) use lives::{note_restored, was_restored};

/// An offer that waits for the registrar's officer (X3).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiting {
    /// Which leg.
    pub leg: Leg,
    /// Who offers.
    pub from: Party,
    /// To whom.
    pub to: Party,
    /// Since when.
    pub since: Moment,
    /// The proposal, encoded.
    pub proposal: Vec<u8>,
}

impl Record for Waiting {
    const VERSION: u8 = 1;
    const NAME: &'static str = "offer that waits";
}

/// School days of this hub's calendar on which it ran: a clock that jumps does not make offers expire.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
struct SchoolDays {
    count: u32,
    last: Option<Day>,
}

impl Record for SchoolDays {
    const VERSION: u8 = 1;
    const NAME: &'static str = "school days";
}

/// An alarm that people must see.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alarmed {
    /// When.
    pub at: Moment,
    /// In both languages.
    pub words: (String, String),
}

impl Record for Alarmed {
    const VERSION: u8 = 1;
    const NAME: &'static str = "alarm";
}

const REGISTRAR: &[u8] = b"h/c/R";
const SCHOOL_DAYS: &[u8] = b"h/c/n";

fn leg_key(kind: &str, leg: Leg) -> Vec<u8> {
    [case_key(kind, leg.case).as_slice(), &leg.number.to_be_bytes()].concat()
}

fn case_key(kind: &str, case: CaseId) -> Vec<u8> {
    [b"h/c/", kind.as_bytes(), b"/", &case.0].concat()
}

fn side_key(registrar: &Party) -> Vec<u8> {
    format!("h/c/s/{registrar}").into_bytes()
}

fn leg_of(key: &[u8]) -> Option<Leg> {
    let (_, tail) = key.split_at_checked(key.len().checked_sub(18)?)?;
    let case = CaseId(tail[..16].try_into().ok()?);
    Some(case.leg(u16::from_be_bytes(tail[16..].try_into().ok()?)))
}

fn legs_of<R: Record>(room: &Room<'_>, kind: &str) -> Result<Vec<(Leg, R)>, StoreError> {
    legs_under(room, format!("h/c/{kind}/").as_bytes())
}

fn legs_under<R: Record>(room: &Room<'_>, prefix: &[u8]) -> Result<Vec<(Leg, R)>, StoreError> {
    room.list(prefix)?
        .iter()
        .filter_map(|(key, value)| Some((leg_of(key)?, value)))
        .map(|(leg, v)| Ok((leg, from_bytes(v)?)))
        .collect()
}

/// A leg of this hub's own.
///
/// # Errors
/// When the store cannot read.
pub fn held(room: &Room<'_>, leg: Leg) -> Result<Held, StoreError> {
    Ok(room.read(&leg_key("p", leg))?.unwrap_or_default())
}

/// A leg under this hub as its registrar.
///
/// # Errors
/// When the store cannot read.
pub fn registered(room: &Room<'_>, leg: Leg) -> Result<Option<Registered>, StoreError> {
    room.read(&leg_key("r", leg))
}

/// All legs of this hub's own.
///
/// # Errors
/// When the store cannot read.
pub fn all_held(room: &Room<'_>) -> Result<Vec<(Leg, Held)>, StoreError> {
    legs_of(room, "p")
}

/// All legs under this hub as their registrar.
///
/// # Errors
/// When the store cannot read.
pub fn all_registered(room: &Room<'_>) -> Result<Vec<(Leg, Registered)>, StoreError> {
    legs_of(room, "r")
}

/// The chains of a case as they are known here, by leg: this hub's own, or those under it as registrar.
///
/// # Errors
/// When the store cannot read.
pub fn chains(room: &Room<'_>, case: CaseId) -> Result<Vec<Chain>, StoreError> {
    let own =
        legs_under::<Held>(room, &case_key("p", case))?.into_iter().map(|(leg, held)| (leg, held.chain));
    let moved = legs_under::<Registered>(room, &case_key("r", case))?;
    let moved = moved.into_iter().map(|(leg, known)| (leg, known.chain));
    let mut chains: Vec<_> = own.chain(moved).filter(|(_, chain)| !chain.is_empty()).collect();
    chains.sort_by_key(|(leg, chain)| (leg.number, std::cmp::Reverse(chain.len())));
    chains.dedup_by_key(|(leg, _)| leg.number);
    Ok(chains.into_iter().map(|(_, chain)| chain).collect())
}

/// The offers that wait for the registrar's officer.
///
/// # Errors
/// When the store cannot read.
pub fn waiting(room: &Room<'_>) -> Result<Vec<Waiting>, StoreError> {
    Ok(legs_of(room, "w")?.into_iter().map(|(_, waiting)| waiting).collect())
}

/// Whether the next offer of a leg is one too many for the system to let go: the case has gone from place to
/// place, or to and fro between two, more often than `most` times.
///
/// # Errors
/// When the store cannot read.
pub fn goes_round(room: &Room<'_>, leg: Leg, most: u32) -> Result<bool, StoreError> {
    let known = registered(room, leg)?;
    let steps = known.iter().flat_map(|known| known.chain.steps());
    let before = steps.filter(|step| step.step().kind == StepKind::Offer).count();
    Ok(u32::from(leg.number).saturating_add(u32::try_from(before).unwrap_or(u32::MAX)) > most)
}

/// The alarms, oldest first.
///
/// # Errors
/// When the store cannot read.
pub fn alarms(room: &Room<'_>) -> Result<Vec<Alarmed>, StoreError> {
    room.list(b"h/c/a/")?.iter().map(|(_, value)| Ok(from_bytes(value)?)).collect()
}

/// This hub as a party under `registrar`.
///
/// # Errors
/// When the store cannot read.
pub fn side(room: &mut Room<'_>, me: &Party, registrar: &Party) -> Result<Side, StoreError> {
    if let Some(side) = room.read(&side_key(registrar))? {
        return Ok(side);
    }
    let side = Side::new(me.clone(), registrar.clone(), random());
    room.write(side_key(registrar), &side);
    Ok(side)
}

pub(super) fn as_registrar(room: &Room<'_>, me: &Party) -> Result<Registrar, StoreError> {
    Ok(room.read(REGISTRAR)?.unwrap_or_else(|| Registrar::new(me.clone(), random())))
}

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

    /// An offer that the registrar's officer has to let go first (X3), or one that has gone from place to place
    /// too often for the system to decide.
    fn waits(&self, room: &mut Room<'_>, checked: &Checked) -> Result<bool, StoreError> {
        let Message::Propose(signed) = checked.message() else { return Ok(false) };
        let step = signed.step();
        let rules = &self.hub.state().rules.transfer;
        let free = rules.dispatch == Dispatch::Automatic && !goes_round(room, step.leg, rules.most_legs)?;
        if step.kind != StepKind::Offer || free || step.registrar != self.hub.me {
            return Ok(false);
        }
        let sequenced = registered(room, step.leg)?.is_some_and(|known| known.chain.holds(signed.hash()));
        if !sequenced {
            let since = room.read::<Waiting>(&leg_key("w", step.leg))?.map_or(self.at, |held| held.since);
            let (leg, from, to) = (step.leg, step.offerer.clone(), step.receiver.clone());
            let proposal = checked.message().to_bytes();
            room.write(leg_key("w", leg), &Waiting { leg, from, to, since, proposal });
        }
        Ok(!sequenced)
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
        if let Some(message) = done.broadcast {
            for county in counties_below(self.hub) {
                self.tell(room, &county, message.clone())?;
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

    /// The officer lets an offer go (X3 to X5).
    pub(super) fn let_go(
        &self,
        room: &mut Room<'_>,
        identity: &Identity,
        leg: Leg,
        now: Moment,
    ) -> Result<Vec<Leg>, HubError> {
        let waiting: Waiting = room.read(&leg_key("w", leg))?.ok_or(HubError::NothingWaits(leg))?;
        if !as_registrar(room, &self.me)?.is_open(&waiting.from, &waiting.to) {
            return Err(HubError::NotReported(leg));
        }
        room.delete(leg_key("w", leg));
        let mut run = Run::new(self, identity, room, now)?;
        run.dispatched = true;
        let message = Message::from_bytes(&waiting.proposal).map_err(|_| HubError::NothingWaits(leg))?;
        run.queue.push_back((waiting.from, message));
        run.settle(room)??;
        Ok(run.changed)
    }

    /// The officer sends an offer back to the county that made it. Gives that county, and the legs that changed.
    pub(super) fn send_offer_back(
        &self,
        room: &mut Room<'_>,
        identity: &Identity,
        leg: Leg,
        now: Moment,
    ) -> Result<(Party, Vec<Leg>), HubError> {
        let waiting: Waiting = room.read(&leg_key("w", leg))?.ok_or(HubError::NothingWaits(leg))?;
        room.delete(leg_key("w", leg));
        let Ok(Message::Propose(signed)) = Message::from_bytes(&waiting.proposal) else {
            return Ok((waiting.from, Vec::new()));
        };
        let mut run = Run::new(self, identity, room, now)?;
        let why = registrar::Refusal::Unlawful;
        run.tell(room, &waiting.from, Message::Refused { leg, step: signed.hash(), why })?;
        run.settle(room)??;
        Ok((waiting.from, run.changed))
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
        let mut days = room.read::<SchoolDays>(SCHOOL_DAYS)?.unwrap_or_default();
        if days.last != Some(today) && state.calendar.day(today, None).counts {
            days = SchoolDays { count: days.count + 1, last: Some(today) };
            room.put(SCHOOL_DAYS, to_bytes(&days));
        }
        let mut run = Run::new(self, identity, room, now)?;
        let mut registrar = as_registrar(room, &self.me)?;
        let mut legs: registrar::Legs = all_registered(room)?.into_iter().collect();
        let done = registrar.expire(&mut legs, state.rules.transfer.expire_after_days, run.now());
        run.keep_registered(room, &registrar, &legs, done)?;
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
