//! Children found elsewhere: schools refer them, officers hand them on, take them, send them back and change
//! their minds, as the seed likes. Nobody remembers what a machine has forgotten: what becomes of a case follows
//! from what the hubs hold.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::rc::Rc;
use std::sync::Arc;

use anyhow::Result;
use hub::desk::Hub;
use hub::desk::transfer::moving::Declining;
use hub::desk::transfer::show::Shown;
use node::desk::School;
use node::desk::cases::Opening;
use node::desk::cases::inflow::Finding;
use node::desk::cases::refer::Referring;
use node::persuasion::Cause;
use proto::custody::chain::State;
use proto::custody::side::Stance;
use proto::custody::step::RejectReason;
use proto::model::case::{CaseId, Evidence, Outcome};
use proto::model::day::Day;
use proto::model::party::Party;
use proto::model::personal::Personal;
use proto::model::region::Level;
use tests::dice::Dice;
use tests::plan::{Plan, SchoolPlan};
use tests::pupils::{self, Class};
use tests::tree::class_of;

use super::Play;
use crate::laws::{Breaches, custody};
use crate::trace::{Trace, note};
use crate::world::World;

/// The cases that go from county to county.
pub(crate) struct Cases {
    seed: u64,
    referrals: Vec<Rc<Referral>>,
    /// A school of each county that finds children, and a class of it.
    finders: Rc<Vec<(Party, Class)>>,
    days: u64,
}

/// A child that a school knows to be elsewhere.
struct Referral {
    school: Party,
    child: String,
    /// The county where it is.
    to: String,
    case: RefCell<Option<CaseId>>,
}

/// The county that loses children, and where they are found: one with the same city above, one with only the
/// province above both.
const FROM: &str = "520502";
const TO: [&str; 2] = ["520521", "520103"];
/// Cases of a seed, and how many schools lose these children.
const CASES: usize = 4;
const LOSING: usize = 2;

impl Cases {
    /// The cases of a seed. The rolls are those of `plan`.
    pub(crate) fn new(plan: &Plan, seed: u64, first: Day) -> Self {
        let roll = |school: &SchoolPlan| pupils::roll(seed, school.number, first.date().year(), school.size);
        let below = |place: &str| {
            let county = move |school: &&SchoolPlan| {
                school.party.lineage().any(|hub| !hub.is_school() && hub.region().to_string() == place)
            };
            plan.schools.iter().filter(county).collect::<Vec<_>>()
        };
        let losing = &below(FROM)[..LOSING];
        let referral = |at: usize| {
            let school = losing[at % losing.len()];
            let child = roll(school)[at / losing.len()].roll_number.clone();
            let to = TO[at % TO.len()].to_owned();
            Rc::new(Referral { school: school.party.clone(), child, to, case: RefCell::default() })
        };
        let finder = |place: &str| {
            let school = below(place)[0];
            (school.party.clone(), roll(school)[0].class)
        };
        let finders = Rc::new([FROM, TO[0], TO[1]].into_iter().map(finder).collect());
        Self { seed, referrals: (0..CASES).map(referral).collect(), finders, days: 0 }
    }

    /// The cases that have a number.
    pub(crate) fn numbers(&self) -> Vec<CaseId> {
        self.referrals.iter().filter_map(|referral| *referral.case.borrow()).collect()
    }

    /// The schools whose children move.
    pub(crate) fn schools(&self) -> BTreeSet<Party> {
        let losing = self.referrals.iter().map(|referral| referral.school.clone());
        losing.chain(self.finders.iter().map(|(school, _)| school.clone())).collect()
    }

    fn dice(&self, who: &Party, what: &str) -> Dice {
        Dice::new(self.seed, &format!("{what} of {who} on the {}th day", self.days))
    }

    /// The schools that lose children, and those that look for them.
    fn at_schools(&self, world: &World) {
        for referral in &self.referrals {
            let (known, mut dice) = (referral.clone(), self.dice(&referral.school, &referral.child));
            let _ =
                world.ask(&referral.school, async move |open| refer(open.school(), &known, &mut dice).await);
        }
        for (party, class) in self.finders.iter().cloned() {
            let mut dice = self.dice(&party, "finding");
            let trace = world.trace.clone();
            let _ =
                world.ask(&party, async move |open| look_for(open.school(), class, &mut dice, &trace).await);
        }
    }

    /// What the clock brings, and what the officers like to do.
    fn at_hubs(&self, world: &World, free: bool) {
        let cases = self.numbers();
        for party in world.hubs().filter(|hub| hub.level() != Some(Level::Town)) {
            let mut office = Office {
                dice: self.dice(party, "office"),
                finders: self.finders.clone(),
                trace: world.trace.clone(),
            };
            let cases = cases.clone();
            let _ = world.ask(party, async move |open| {
                let hub = open.hub();
                hub::serve::begin_day(hub).await;
                office.as_registrar(hub, free).await;
                for case in cases.into_iter().filter(|_| free) {
                    office.as_county(hub, case).await;
                }
            });
        }
    }
}

/// Opens and refers the case of a child, once; later the child may come back.
async fn refer(school: &Arc<School>, referral: &Referral, dice: &mut Dice) {
    let known = *referral.case.borrow();
    if let Some(case) = known {
        if dice.chance(0.03) {
            let (why, by) = ("学生已返校".to_owned(), "head".to_owned());
            let _ = school.withdraw_case(case.to_string(), why, by).await;
        }
        return;
    }
    let opening =
        Opening { child: referral.child.clone(), cause: Cause::TermCheck, case: None, by: "head".to_owned() };
    let Ok(case) = school.open_case(opening).await else { return };
    let referring = Referring {
        case: case.to_string(),
        to: referral.to.clone(),
        evidence: Evidence::SchoolConfirmation,
        note: Personal::new("当地学校来电确认".to_owned()),
        unwilling: None,
        draft: false,
        by: "head".to_owned(),
    };
    if school.refer_case(referring).await.is_ok() {
        referral.case.replace(Some(case));
    }
}

/// A school that was asked to find a child says what it found.
async fn look_for(school: &Arc<School>, class: Class, dice: &mut Dice, trace: &Trace) {
    let Ok((_, inflows)) = school.inflows().await else { return };
    for inflow in inflows {
        let outcome = dice.pick(&[Outcome::Persuading, Outcome::Placed]);
        let class = (outcome == Outcome::Placed).then(|| class_of(class));
        let finding = Finding {
            case: inflow.leg.case,
            outcome,
            on: None,
            class,
            place: None,
            note: String::new(),
            by: "head".to_owned(),
        };
        if school.found(finding).await.is_ok() {
            note!(trace, "{}: found: {}", school.party(), outcome.code());
        }
    }
}

/// The officers of a hub on one morning.
struct Office {
    dice: Dice,
    finders: Rc<Vec<(Party, Class)>>,
    trace: Trace,
}

impl Office {
    fn told<T, E: std::fmt::Display>(&self, hub: &Hub, case: CaseId, what: &str, done: Result<T, E>) {
        match done {
            Ok(_) => note!(self.trace, "{}: {what} of {case}", hub.me),
            Err(error) => note!(self.trace, "{}: no {what} of {case}: {error}", hub.me),
        }
    }

    async fn as_registrar(&mut self, hub: &Arc<Hub>, free: bool) {
        let Ok(moves) = hub.moves().await else { return };
        for leg in moves.into_iter().filter(|moved| moved.waiting.is_some()).map(|moved| moved.leg) {
            if free && self.dice.chance(0.1) {
                let done = hub.decline(leg, Declining::default(), "wang".to_owned()).await;
                self.told(hub, leg.case, "decline", done);
            } else if !free || self.dice.chance(0.8) {
                let done = hub.dispatch(Some(leg), "wang".to_owned()).await;
                self.told(hub, leg.case, "dispatch", done);
            }
        }
    }

    async fn as_county(&mut self, hub: &Arc<Hub>, case: CaseId) {
        let Ok(shown) = hub.dossier(case).await else { return };
        let (chance, by) = (self.dice.below(100), "officer".to_owned());
        let dossier = &shown.dossier;
        let offered = dossier.inflow.as_ref().is_some_and(|inflow| {
            let state = |(leg, held): &(_, proto::custody::side::Held)| {
                *leg == inflow.leg && held.chain.state() == State::Offered && held.pending.is_none()
            };
            shown.legs.iter().any(state)
        });
        match shown.stance {
            _ if offered && chance < 60 => {
                let done = hub.accept(case, by).await;
                self.told(hub, case, "accept", done);
            }
            _ if offered && chance < 80 => {
                let done = hub.reject(case, by, RejectReason::NotHere, String::new()).await;
                self.told(hub, case, "reject", done);
            }
            Stance::HandingOver if chance < 12 => {
                let done = hub.recall(case, by).await;
                self.told(hub, case, "recall", done);
            }
            Stance::Acting if dossier.inflow.is_some() => self.holding(hub, &shown, chance).await,
            Stance::Acting if chance < 85 && !is_withdrawn(&shown) => {
                let done = hub.hand_on(case, None, by, String::new()).await;
                self.told(hub, case, "hand on", done);
            }
            _ => {}
        }
    }

    /// What came from elsewhere and is answered for here: somebody looks for the child, or it goes back.
    async fn holding(&mut self, hub: &Arc<Hub>, shown: &Shown, chance: usize) {
        let (dossier, by) = (&shown.dossier, "officer".to_owned());
        let (case, Some(inflow)) = (dossier.case, &dossier.inflow) else { return };
        if chance < 20 {
            let back = Some(inflow.from.region());
            let done = hub.hand_on(case, back, by, String::new()).await;
            self.told(hub, case, "hand back", done);
        } else if inflow.record.is_none() {
            let done = hub.ask_for_record(case, "核查就读".to_owned(), "officer".to_owned()).await;
            self.told(hub, case, "ask", done);
        } else if dossier.assigned.is_none() {
            let of_county = |(school, _): &&(Party, Class)| school.is_below(&hub.me);
            let Some((unit, _)) = self.finders.iter().find(of_county) else { return };
            let done = hub.assign(case, unit.clone(), by).await;
            self.told(hub, case, "assign", done);
        }
    }
}

fn is_withdrawn(shown: &Shown) -> bool {
    shown.dossier.origin.as_ref().is_some_and(|origin| origin.withdrawn)
}

impl Play for Cases {
    fn begin(&mut self, _: &mut World) -> Result<()> {
        Ok(())
    }

    fn morning(&mut self, world: &mut World, _: Day) {
        self.days += 1;
        self.at_schools(world);
        self.at_hubs(world, true);
    }

    fn repeat(&mut self, world: &mut World) {
        self.days += 1;
        self.at_hubs(world, false);
    }

    fn check(&self, world: &mut World, _: Day, breaches: &mut Breaches) -> Result<()> {
        custody::proofs(world, &self.numbers(), breaches)
    }
}
