//! The inflow side at the school (T17 to T19): what was assigned, opening the sealed record for a purpose, and
//! what was found.

use std::sync::Arc;

use proto::model::case::{CaseId, ChildRecord, Outcome, Way};
use proto::model::day::{Day, Moment};
use proto::model::personal::{Personal, Purpose};
use proto::model::region::Region;
use proto::seal;
use proto::store::{Room, StoreError};

use super::letters::Mail;
use super::{Desk, audit, refer};
use crate::desk::books::{Books, restand};
use crate::desk::roster::{begin, come_back, new_id};
use crate::desk::{School, SchoolError};
use crate::persuasion::{Case, CaseRefused, Cause, Need, Step, needed, unnamed};
use crate::placement::Inflow;
use crate::pupil::{Class, IdKind, IdNumber, Pupil, PupilId, RollNumber, SchoolOnly, Sex};
use crate::records::{self, ChildCases, Seat, Stood, keys};
use crate::standing::Act;

/// What somebody found.
#[derive(Debug, Clone)]
pub struct Finding {
    /// Which case.
    pub case: CaseId,
    /// What.
    pub outcome: Outcome,
    /// On which day; today when not said.
    pub on: Option<Day>,
    /// Placed: in which class.
    pub class: Option<Class>,
    /// Moved on: where.
    pub place: Option<String>,
    /// For the county's eyes; no personal data.
    pub note: String,
    /// The account.
    pub by: String,
}

impl School {
    /// All children that other places believe to be here, the most urgent first.
    ///
    /// # Errors
    /// When the store cannot read.
    pub async fn inflows(self: &Arc<Self>) -> Result<(Day, Vec<Inflow>), SchoolError> {
        self.act(|_, room, now| {
            let mut inflows: Vec<Inflow> =
                records::all(room, keys::INFLOWS)?.into_iter().map(|(_, inflow)| inflow).collect();
            inflows.sort_by_key(|inflow| (!inflow.is_pending(), inflow.due, inflow.leg));
            Ok((now.day(), inflows))
        })
        .await
    }

    /// Opens the sealed record of a child that was assigned, for a purpose; every opening is logged, and so is
    /// every attempt.
    ///
    /// # Errors
    /// When there is none, no purpose is said, or it does not open.
    pub async fn open_record(
        self: &Arc<Self>,
        case: CaseId,
        purpose: String,
        by: String,
    ) -> Result<(Inflow, Result<ChildRecord, CaseRefused>), SchoolError> {
        self.act(move |school, room, now| {
            let inflow = inflow_of(room, case)?;
            needed(&Personal::new(purpose.clone()), Need::Purpose)?;
            let record = school.unseal(room, &inflow, (&by, &purpose), now)?;
            school.write_letters(room, now)?;
            Ok((inflow, record))
        })
        .await
    }

    /// Says what was found (T18, T19). A child that is placed becomes a pupil here, from the record; a child
    /// that is found and persuaded has a case here.
    ///
    /// # Errors
    /// When there is no such inflow, its answer is final, or what is said does not suffice.
    pub async fn found(self: &Arc<Self>, finding: Finding) -> Result<Inflow, SchoolError> {
        self.act(move |school, room, now| {
            let law = school.law(room)?;
            let desk = Desk { law: &law, today: now.day(), now };
            let mut inflow = inflow_of(room, finding.case)?;
            let on = finding.on.unwrap_or(desk.today);
            let place = finding.place.as_deref().map(refer::place).transpose()?;
            inflow.find(finding.outcome, on, place, finding.note.clone(), desk.today)?;
            school.names_nobody(room, &inflow, &finding.note)?;
            match finding.outcome {
                Outcome::Placed => {
                    let class = finding.class.ok_or(CaseRefused::Missing(Need::Class))?;
                    let child = school.enrol(room, &desk, &inflow, class, on, &finding.by)?;
                    inflow.pupil = Some(child);
                    school.bring_in(room, &desk, finding.case, child, on, &finding.by)?;
                }
                Outcome::Persuading => school.persuade_here(room, &desk, &inflow, on, &finding.by)?,
                Outcome::AlreadyEnrolled => school.is_on_roll(room, &inflow, &finding.by, now)?,
                Outcome::NotFound | Outcome::MovedOn => {}
            }
            if !matches!(finding.outcome, Outcome::Placed | Outcome::Persuading) {
                school.ends_persuading(room, &desk, finding.case, (place, on), &finding.by)?;
            }
            room.write(keys::inflow(finding.case), &inflow);
            Mail::Finding.queue(room, finding.case, 0);
            Mail::Kept.queue(room, finding.case, 0);
            school.write_letters(room, now)?;
            Ok(inflow)
        })
        .await
    }

    /// Who is said to be in class here already is on this roll, when the record has a number to look for.
    fn is_on_roll(
        &self,
        room: &mut Room<'_>,
        inflow: &Inflow,
        by: &str,
        now: Moment,
    ) -> Result<(), SchoolError> {
        let record = self.unseal(room, inflow, (by, "T19"), now)??;
        let number = record.id_number.open(Purpose::RollCheck).trim().parse::<IdNumber>();
        match number {
            Ok(_) if self.pupil_of_record(room, &record)?.is_none() => Err(CaseRefused::NotOnRoll.into()),
            _ => Ok(()),
        }
    }

    /// The note of an answer is read on its way: it must not name the child.
    fn names_nobody(&self, room: &mut Room<'_>, inflow: &Inflow, note: &str) -> Result<(), SchoolError> {
        let way = Way { case: inflow.leg.case, from: &inflow.from, to: &self.party };
        let known = way.open(&inflow.record, &seal::own(room)?).ok();
        let names = known.as_ref().map(|record| [&record.name, &record.guardian]);
        Ok(unnamed(note, names.into_iter().flatten())?)
    }

    /// Opens the record and logs it. The attempt that fails is no error of the action: it stays in the log.
    pub(super) fn unseal(
        &self,
        room: &mut Room<'_>,
        inflow: &Inflow,
        (by, purpose): (&str, &str),
        now: Moment,
    ) -> Result<Result<ChildRecord, CaseRefused>, StoreError> {
        let way = Way { case: inflow.leg.case, from: &inflow.from, to: &self.party };
        let record = way.open(&inflow.record, &seal::own(room)?).map_err(|_| CaseRefused::Shut);
        audit::note(room, inflow.leg.case, (by, purpose), record.is_ok(), now)?;
        Ok(record)
    }

    /// The pupil that the child is here: the one with the same ID number or roll number, else a new one.
    fn enrol(
        &self,
        room: &mut Room<'_>,
        desk: &Desk<'_>,
        inflow: &Inflow,
        class: Class,
        on: Day,
        by: &str,
    ) -> Result<PupilId, SchoolError> {
        let record = self.unseal(room, inflow, (by, "T18"), desk.now)??;
        if let Some(known) = self.pupil_of_record(room, &record)? {
            self.put_back(room, desk, known, (class, on), by)?;
            return Ok(known);
        }
        let pupil = pupil_from(&record, class);
        let (id, birth) = (new_id(), *pupil.birth.open(Purpose::RollCheck));
        self.write_pupil(room, id, &pupil, &Seat { birth, since: on, classes: vec![(on, class)] });
        Self::tell_newcomer(room, id, Some(inflow.leg.case));
        self.seats.renew(room);
        begin(room, on)?;
        let mut diary = records::diary(room)?;
        diary.touch(on);
        room.write(keys::DIARY, &diary);
        Ok(id)
    }

    /// Who had left this school and is placed here again is on its roll again, in the class that was said (T18).
    fn put_back(
        &self,
        room: &mut Room<'_>,
        desk: &Desk<'_>,
        child: PupilId,
        (class, on): (Class, Day),
        by: &str,
    ) -> Result<(), SchoolError> {
        let stood = room.read::<Stood>(&keys::standing(child))?;
        let left = stood.filter(|stood| stood.standing.status.take(Act::BackOnRoll).is_ok());
        let (Some(stood), Some(mut seat)) = (left, room.read::<Seat>(&keys::seat(child))?) else {
            return Ok(());
        };
        let on = on.max(stood.standing.since);
        if let Some(mut pupil) = room.read::<Pupil>(&keys::pupil(child))? {
            pupil.class = class;
            room.write(keys::pupil(child), &pupil);
        }
        seat.move_to(class, on);
        room.write(keys::seat(child), &seat);
        self.seats.renew(room);
        come_back(room, child, on, (by, "T18"), desk.now)?;
        let mut diary = records::diary(room)?;
        diary.touch(on);
        room.write(keys::DIARY, &diary);
        restand(room, desk.law, &mut Books::default(), child, stood.upto.max(on.min(desk.today)), desk.now)?;
        Self::tell_if_changed(room, child)?;
        Ok(())
    }

    /// The case that was persuaded here ends with the child in class.
    fn bring_in(
        &self,
        room: &mut Room<'_>,
        desk: &Desk<'_>,
        id: CaseId,
        child: PupilId,
        on: Day,
        by: &str,
    ) -> Result<(), StoreError> {
        let Some(mut case) = room.read::<Case>(&keys::case(id))? else { return Ok(()) };
        if case.child.is_none() {
            case.child = Some(child);
            let mut cases = room.read::<ChildCases>(&keys::cases_of(child))?.unwrap_or_default();
            cases.0.push(id);
            room.write(keys::cases_of(child), &cases);
        }
        self.try_step(room, desk, &mut case, Step::Return, on, by)?;
        room.write(keys::case(id), &case);
        Ok(())
    }

    /// The child that was persuaded here is not here any more: its case, which has no pupil of this school, ends.
    fn ends_persuading(
        &self,
        room: &mut Room<'_>,
        desk: &Desk<'_>,
        id: CaseId,
        (place, on): (Option<Region>, Day),
        by: &str,
    ) -> Result<(), StoreError> {
        let Some(mut case) = room.read::<Case>(&keys::case(id))?.filter(|case| case.child.is_none()) else {
            return Ok(());
        };
        if !case.on_the_ladder() {
            return Ok(());
        }
        let place = place.map_or_else(String::new, |place| place.to_string());
        self.moves_away(room, desk, &mut case, (place, on), by)
    }

    /// Opens the linked case (X8b). One that is here already, because the child once left from here, goes on.
    fn persuade_here(
        &self,
        room: &mut Room<'_>,
        desk: &Desk<'_>,
        inflow: &Inflow,
        on: Day,
        by: &str,
    ) -> Result<(), StoreError> {
        if let Some(mut case) = room.read::<Case>(&keys::case(inflow.leg.case))? {
            if case.is_moved() {
                case.leg = Some(inflow.leg);
                self.comes_back(room, desk, &mut case, (inflow.leg.to_string(), on), by)?;
            }
            return Ok(());
        }
        let mut case = Case::open(inflow.leg.case, None, Cause::Inflow, &desk.turn(on, by));
        case.leg = Some(inflow.leg);
        self.keep_case(room, desk, &mut case)
    }
}

fn inflow_of(room: &Room<'_>, case: CaseId) -> Result<Inflow, SchoolError> {
    Ok(room.read::<Inflow>(&keys::inflow(case))?.ok_or(CaseRefused::NoInflow)?)
}

/// What the record says, as the roll has it.
fn pupil_from(record: &ChildRecord, class: Class) -> Pupil {
    let said = |text: &Personal<String>| {
        Some(text.clone()).filter(|text| !text.open(Purpose::RollCheck).trim().is_empty())
    };
    let id: Option<IdNumber> = record.id_number.open(Purpose::RollCheck).trim().parse().ok();
    let roll: Option<RollNumber> = record.roll_number.open(Purpose::RollCheck).trim().parse().ok();
    let girl = record.sex.open(Purpose::RollCheck).trim() == "女";
    Pupil {
        id_kind: if id.is_some() { IdKind::Citizen } else { IdKind::Other },
        other_number: if id.is_none() { said(&record.id_number) } else { None },
        id_number: id.map(Personal::new),
        roll_number: roll.map(Personal::new),
        aux_number: None,
        name: record.name.clone(),
        sex: Personal::new(if girl { Sex::Female } else { Sex::Male }),
        birth: record.birth.clone(),
        class,
        entry: None,
        attend: None,
        hukou: None,
        left_behind: None,
        migrant: None,
        orphan: None,
        disability: None,
        school_only: SchoolOnly {
            address: said(&record.address),
            phone: said(&record.phone),
            family: said(&record.guardian)
                .map(|name| crate::pupil::FamilyMember {
                    name: Some(name),
                    phone: said(&record.phone),
                    guardian: Some(true),
                    ..Default::default()
                })
                .into_iter()
                .collect(),
        },
    }
}
