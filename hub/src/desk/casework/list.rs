//! The register of cases as officers see it, and what waits for them.

use proto::model::case::{CaseId, Office, Overdue, Stage};
use proto::model::day::Day;
use proto::model::party::Party;
use proto::store::{Room, StoreError};

use super::known;
use super::seat::Seat;
use crate::desk::transfer::duties::{Desk, Owed};
use crate::desk::{Hub, HubError};
use crate::passed::{self, Passed};
use crate::persuasion::counts::{Count, Counted, by_school};
use crate::persuasion::report::Reported;
use crate::persuasion::{self, Case};
use crate::todo::{self, Item, Wait};
use crate::{escalation, incoming};

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
    /// The written reports that came, by revision: the last one counts.
    pub reports: Vec<Reported>,
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

impl Hub {
    /// The register of cases.
    ///
    /// # Errors
    /// When the store cannot read.
    pub async fn cases(&self, filter: Filter) -> Result<Listed, HubError> {
        let seat = self.seat(self.clock.now());
        let read = move |room: &mut Room<'_>| {
            let seat = seat.surely(room)?;
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
        let read = move |room: &mut Room<'_>| Ok(seat.surely(room)?.look(room, known(room, id)?)?);
        self.desk.act(read).await
    }

    /// What waits for this office, the worst first.
    ///
    /// # Errors
    /// When the store cannot read.
    pub async fn todo(&self) -> Result<Vec<Item>, HubError> {
        let seat = self.seat(self.clock.now());
        Ok(self.desk.act(move |room| seat.surely(room)?.todo(room)).await?)
    }

    /// Letters that went by, by school.
    ///
    /// # Errors
    /// When the store cannot read.
    pub async fn passed(&self) -> Result<Vec<Passed>, HubError> {
        Ok(self.desk.act(|room| passed::all(room)).await?)
    }
}

impl Seat {
    /// What waits for the office of transfers.
    pub(super) fn transfers(&self, room: &mut Room<'_>) -> Result<Vec<Owed>, StoreError> {
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
                since: None,
                party: it.by.clone(),
                wait: Wait::Below { office: it.office, duty: open.duty, unattended: it.unattended },
                due: open.due,
                late: self.late(open.due),
            }));
        }
        let came = incoming::all(room)?.into_iter().map(|it| (it.standing(), it.inquiry));
        let here = came.filter(|(standing, _)| *standing == incoming::Standing::Here);
        items.extend(here.map(|(_, it)| Item {
            case: it.leg.case,
            office: Office::Transfer,
            party: it.writer,
            wait: Wait::Inquiry,
            since: None,
            due: it.reply_by,
            late: self.late(it.reply_by),
        }));
        todo::sort(&mut items);
        Ok(items)
    }
}
