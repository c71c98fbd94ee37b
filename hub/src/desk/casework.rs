//! The office at work on its schools' cases: what officers ask and decide. What letters bring is in
//! [`letters`], what runs by the clock in [`clock`].

mod clock;
mod letters;
pub mod log;

use std::sync::Arc;

use proto::model::case::{Act, CaseId, ChildRecord, Closing, Direction, Letter, Office, Overdue, Stage, Way};
use proto::model::day::{Day, Moment};
use proto::model::party::Party;
use proto::parcel;
use proto::seal;
use proto::store::{Room, StoreError};

use super::transfer::duties::{Desk, Owed};
use super::transfer::unit::has_it_back;
use super::watch::shown_name;
use super::{Hub, HubError, State};
use crate::audit::{self, Action, Ended, Note};
use crate::passed::{self, Passed};
use crate::persuasion::counts::{Count, Counted, by_school};
use crate::persuasion::duties::duties;
use crate::persuasion::{self, Case, CaseError, Done, acts};
use crate::todo::{self, Item, Wait};
use crate::{escalation, keyring, offices, units};

/// The office at one moment: who it is, what is in force, what day it is.
#[derive(Debug, Clone)]
struct Seat {
    me: Party,
    state: Arc<State>,
    now: Moment,
}

/// What an officer enters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// What was done or decided.
    pub act: Act,
    /// On which day; `None`: today.
    pub day: Option<Day>,
    /// Numbers of the documents.
    pub number: String,
    /// For an order: return by this day.
    pub until: Option<Day>,
    /// Why, for a closing that is refused.
    pub note: String,
}

/// A case as it is looked at on one day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Looked {
    /// The case.
    pub case: Case,
    /// What the school is called.
    pub name: String,
    /// What the office owes, the earliest first.
    pub duties: Vec<Overdue>,
    /// The first day that the school or the office should have kept and did not.
    pub late_since: Option<Day>,
    /// Set aside until this day.
    pub suspended: Option<Day>,
    /// A written report is here.
    pub reported: bool,
}

/// Which cases are asked for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Filter {
    /// At this stage.
    pub stage: Option<Stage>,
    /// Only those in which somebody is behind.
    pub overdue: bool,
    /// Of this school, by its code or path.
    pub school: Option<String>,
    /// Also those that are closed.
    pub closed: bool,
}

/// Cases, and how many there are of each sort.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Those that were asked for, those overdue first.
    pub cases: Vec<Looked>,
    /// The same by school and stage.
    pub counts: Vec<((Party, Stage), Count)>,
}

/// A report that was opened.
#[derive(Debug)]
pub struct Opened {
    /// The document's number.
    pub number: String,
    /// When it came.
    pub came: Moment,
    /// What it says.
    pub record: ChildRecord,
}

impl Seat {
    fn today(&self) -> Day {
        self.now.day()
    }

    /// The parent, when this hub has joined it.
    fn parent(&self) -> Option<Party> {
        self.me.parent().filter(|_| !self.state.parents.is_empty())
    }

    /// Puts a letter on its way; gives whether it could be signed.
    fn send(&self, room: &mut Room<'_>, to: &Party, letter: Letter) -> Result<bool, StoreError> {
        let Some(identity) = &self.state.identity else { return Ok(false) };
        parcel::send(room, identity, to, letter, self.now)?;
        Ok(true)
    }

    /// Tells `party` the key to seal with for this hub.
    fn send_key(&self, room: &mut Room<'_>, party: &Party) -> Result<(), StoreError> {
        let key = seal::own(room)?.public();
        self.send(room, party, Letter::Key(key)).map(drop)
    }

    fn duties(&self, case: &Case) -> Vec<Overdue> {
        duties(case, &self.state.rules.persuasion, &self.state.calendar, self.today())
    }

    fn look(&self, room: &Room<'_>, case: Case) -> Result<Looked, StoreError> {
        let today = self.today();
        let duties = self.duties(&case);
        let owed = duties.iter().map(|duty| duty.due).find(|due| self.late(*due) > 0);
        let late_since = owed.into_iter().chain(case.school_late(today)).min();
        let name = units::get(room, &case.school)?.map(|unit| shown_name(&unit)).unwrap_or_default();
        let (suspended, reported) = (case.suspended(today), persuasion::report(room, &case)?.is_some());
        Ok(Looked { case, name, duties, late_since, suspended, reported })
    }

    fn late(&self, due: Day) -> u32 {
        self.state.calendar.workdays_late(due, self.today())
    }

    fn log(
        &self,
        room: &mut Room<'_>,
        by: &str,
        (action, ended): (Action, Ended),
        purpose: String,
        object: &[u8],
    ) -> Result<(), StoreError> {
        let role = offices::role(room, Office::Persuasion, by)?.to_owned();
        let object = audit::object(object);
        let note = Note { who: by.to_owned(), role, purpose, action, object, ended };
        audit::append(room, note, self.now).map(drop)
    }
}

impl Looked {
    fn counted(&self) -> Counted<'_> {
        let Self { case, late_since, suspended, .. } = self;
        Counted {
            school: &case.school,
            stage: case.stage(),
            overdue: late_since.is_some(),
            suspended: suspended.is_some(),
            closing: case.asked.is_some_and(|asked| asked.answer.is_none()),
        }
    }
}

impl Filter {
    fn takes(&self, looked: &Looked) -> bool {
        let case = &looked.case;
        let school = self.school.as_ref().is_none_or(|words| {
            case.school.to_string() == *words
                || case.school.school_code().is_some_and(|code| code.to_string() == *words)
        });
        let open = self.closed || self.stage == Some(Stage::Closed) || case.is_open();
        let stage = self.stage.is_none_or(|stage| stage == case.stage());
        school && open && stage && (!self.overdue || looked.late_since.is_some())
    }
}

fn known(room: &Room<'_>, id: CaseId) -> Result<Case, HubError> {
    persuasion::find(room, id)?.ok_or_else(|| CaseError::Unknown(id).into())
}

/// Who acts has a name.
pub(super) fn account(by: &str) -> Result<(), CaseError> {
    if by.trim().is_empty() { Err(CaseError::Nobody) } else { Ok(()) }
}

impl Hub {
    fn seat(&self, now: Moment) -> Seat {
        Seat { me: self.me.clone(), state: self.state(), now }
    }

    /// Enters what the office or the government did or decided, and writes it to the school: one commit.
    ///
    /// # Errors
    /// [`CaseError`] when the case does not stand there.
    pub async fn direct(&self, id: CaseId, order: Order, by: String) -> Result<Looked, HubError> {
        account(&by)?;
        let seat = self.seat(self.clock.now());
        let directed = move |room: &mut Room<'_>| {
            let mut case = known(room, id)?;
            let Order { act, day, number, until, note } = order;
            let day = day.unwrap_or_else(|| seat.today());
            let done = Done { act, day, number, until, note, by: by.clone(), at: seat.now };
            let State { rules, calendar, .. } = &*seat.state;
            acts::check(&case, &done, &rules.persuasion, calendar, seat.today())?;
            let moved = case.asked.is_some_and(|asked| asked.closing == Closing::Moved);
            if act == Act::ClosingConfirmed && moved && has_it_back(room, &seat.me, id)? {
                return Err(CaseError::HereAgain(id).into());
            }
            if !seat.send(room, &case.school, direction(id, &done))? {
                return Err(HubError::NotJoined(seat.me.clone()));
            }
            acts::enter(&mut case, done);
            persuasion::put(room, &case);
            seat.review(room, id)?;
            seat.log(room, &by, (Action::Direct, Ended::Done), act.code().to_owned(), &id.0)?;
            Ok(seat.look(room, case)?)
        };
        self.desk.act(directed).await
    }

    /// Opens a school's written report. Tried or done, it is logged with its purpose before it is shown.
    ///
    /// # Errors
    /// [`CaseError`] without a purpose, without a report, or when it was sealed for another key.
    pub async fn open_report(&self, id: CaseId, purpose: String, by: String) -> Result<Opened, HubError> {
        account(&by)?;
        if purpose.trim().is_empty() {
            return Err(CaseError::NoPurpose.into());
        }
        let seat = self.seat(self.clock.now());
        let opened = move |room: &mut Room<'_>| {
            let case = known(room, id)?;
            let report = persuasion::report(room, &case)?.ok_or(CaseError::NoReport(id))?;
            let way = Way { case: id, from: &case.school, to: &seat.me };
            let record = way.open(&report.record, &seal::own(room)?);
            let ended = if record.is_ok() { Ended::Done } else { Ended::Refused };
            seat.log(room, &by, (Action::OpenReport, ended), purpose, &id.0)?;
            if record.is_err() {
                // its school has an old key: tell it the one in force
                seat.send_key(room, &case.school)?;
            }
            Ok::<_, HubError>(record.map(|record| Opened {
                number: report.number,
                came: report.came,
                record,
            }))
        };
        Ok(self.desk.act(opened).await?.map_err(|_| CaseError::Shut)?)
    }

    /// The register of cases.
    ///
    /// # Errors
    /// When the store cannot read.
    pub async fn cases(&self, filter: Filter) -> Result<Listed, HubError> {
        let seat = self.seat(self.clock.now());
        let read = move |room: &mut Room<'_>| {
            let closed = filter.closed || filter.stage == Some(Stage::Closed);
            let all = if closed { persuasion::all(room)? } else { persuasion::open(room)? };
            let looked = all.into_iter().map(|case| seat.look(room, case));
            let mut cases = looked.collect::<Result<Vec<_>, StoreError>>()?;
            cases.retain(|looked| filter.takes(looked));
            cases.sort_by_key(|looked| (looked.late_since.is_none(), looked.late_since, looked.case.first));
            let counts = by_school(cases.iter().map(Looked::counted)).into_iter().collect();
            Ok::<_, HubError>(Listed { cases, counts })
        };
        self.desk.act(read).await
    }

    /// One case.
    ///
    /// # Errors
    /// When there is none of this number.
    pub async fn case(&self, id: CaseId) -> Result<Looked, HubError> {
        let seat = self.seat(self.clock.now());
        let read = move |room: &mut Room<'_>| Ok(seat.look(room, known(room, id)?)?);
        self.desk.act(read).await
    }

    /// What waits for this office, the worst first.
    ///
    /// # Errors
    /// When the store cannot read.
    pub async fn todo(&self) -> Result<Vec<Item>, HubError> {
        let seat = self.seat(self.clock.now());
        Ok(self.desk.act(move |room| seat.todo(room)).await?)
    }

    /// Letters that went by, by school.
    ///
    /// # Errors
    /// When the store cannot read.
    pub async fn passed(&self) -> Result<Vec<Passed>, HubError> {
        Ok(self.desk.act(|room| passed::all(room)).await?)
    }

    /// Who is on duty in each office.
    ///
    /// # Errors
    /// When the store cannot read.
    pub async fn on_duty(&self) -> Result<Vec<(Office, Option<offices::OnDuty>)>, HubError> {
        let read = |room: &mut Room<'_>| {
            let offices = Office::ALL.iter();
            offices
                .map(|office| Ok((*office, offices::on_duty(room, *office)?)))
                .collect::<Result<_, StoreError>>()
        };
        Ok(self.desk.act(read).await?)
    }

    /// Puts somebody on duty, or nobody: then what is open goes up at once.
    ///
    /// # Errors
    /// When the store cannot write.
    pub async fn set_duty(
        &self,
        office: Office,
        account_on_duty: Option<String>,
        by: String,
    ) -> Result<(), HubError> {
        account(&by)?;
        let seat = self.seat(self.clock.now());
        let set = move |room: &mut Room<'_>| {
            let purpose = account_on_duty.clone().unwrap_or_else(|| "none".to_owned());
            offices::set(room, office, account_on_duty, seat.now);
            seat.review_all(room)?;
            let what = (Action::SetDuty, Ended::Done);
            seat.log(room, &by, what, purpose, office.code().as_bytes())
        };
        Ok(self.desk.act(set).await?)
    }
}

/// The letter that tells the school.
pub(super) fn direction(case: CaseId, done: &Done) -> Letter {
    let Done { act, day, number, until, note, .. } = done.clone();
    Letter::Direction(Direction { case, act, day, number, until, note })
}

impl Seat {
    /// What waits for the office of transfers.
    fn transfers(&self, room: &mut Room<'_>) -> Result<Vec<Owed>, StoreError> {
        Desk { me: &self.me, state: &self.state, today: self.today() }.owed(room)
    }

    fn todo(&self, room: &mut Room<'_>) -> Result<Vec<Item>, StoreError> {
        let mut items = Vec::new();
        for case in persuasion::open(room)? {
            let item = |wait, due| {
                let (id, party, since) = (case.progress.case, case.school.clone(), Some(case.since()));
                let office = Office::Persuasion;
                Item { case: id, office, party, wait, since, due, late: self.late(due) }
            };
            items.extend(self.duties(&case).into_iter().map(|it| item(Wait::Own(it.duty), it.due)));
            items.extend(case.school_late(self.today()).map(|due| item(Wait::School(case.stage()), due)));
        }
        items.extend(self.transfers(room)?.into_iter().map(|owed| Item {
            case: owed.case,
            office: Office::Transfer,
            party: owed.party,
            wait: Wait::Own(owed.duty),
            since: Some(owed.since),
            due: owed.due,
            late: self.late(owed.due),
        }));
        for held in escalation::all(room)? {
            let it = held.escalation;
            items.extend(it.open.iter().map(|open| Item {
                case: it.case,
                office: it.office,
                party: it.by.clone(),
                since: None,
                wait: Wait::Below { office: it.office, duty: open.duty, unattended: it.unattended },
                due: open.due,
                late: self.late(open.due),
            }));
        }
        todo::sort(&mut items);
        Ok(items)
    }
}
