//! What people see: children and classes, roll calls, sheets, the school at a glance.

use std::collections::BTreeMap;
use std::sync::Arc;

use proto::link::book;
use proto::link::shelf::{self, RefusedDocument};
use proto::model::day::{Day, Moment};
use proto::model::entry::Lane;
use proto::model::personal::Personal;
use proto::store::{Room, StoreError, after, record};

use super::books;
use super::cases::view::{CaseCounts, counts};
use super::find::Names;
use super::line::LineView;
use super::seats::Seats;
use super::{Law, School, SchoolError, Today};
use crate::attendance::{RollCall, is_due};
use crate::nightly::calls_of;
use crate::pupil::{Class, Pupil, PupilId};
use crate::records::{
    self, CalledDays, EarlierMachine, LeftOut, Seat, SentSheet, SetAside, Stood, Undone, keys,
};
use crate::standing::{EnrolmentStatus, Standing};

/// A child, for the school's own staff.
#[derive(Debug, Clone)]
pub struct ChildView {
    /// Who.
    pub id: PupilId,
    /// The name.
    pub name: Personal<String>,
    /// The ID number or roll number with all but its ends hidden.
    pub number: Personal<String>,
    /// The class today.
    pub class: Class,
    /// Where the child stands.
    pub standing: Standing,
}

/// A class.
#[derive(Debug, Clone, Copy)]
pub struct ClassView {
    /// Which.
    pub class: Class,
    /// Children on the roll.
    pub children: u32,
    /// When the roll was last called.
    pub last_called: Option<Day>,
}

/// One class on one day.
#[derive(Debug, Clone)]
pub struct RollView {
    /// Which.
    pub class: Class,
    /// The school teaches somebody in it.
    pub due: bool,
    /// Children on the roll.
    pub children: u32,
    /// The call that stands.
    pub call: Option<RollCall>,
    /// Names of the listed children, in the call's order.
    pub names: Vec<Personal<String>>,
}

/// The school at a glance.
#[derive(Debug)]
pub struct Overview {
    /// How the days stand.
    pub today: Today,
    /// Children on the roll.
    pub children: u64,
    /// Classes with children.
    pub classes: u64,
    /// Children by status.
    pub statuses: BTreeMap<EnrolmentStatus, u64>,
    /// In the fifth counting day of absence or later (C02).
    pub alerted: u64,
    /// Classes due today that have not called the roll (C01).
    pub uncalled: u64,
    /// Children on the roll whom the latest roster does not have, by class (A03).
    pub left_out: BTreeMap<Class, u64>,
    /// Children whose transfer has taken longer than one party may take (T14).
    pub slow_transfers: u64,
    /// Cases, referrals and children to be found.
    pub cases: CaseCounts,
    /// The last closed day.
    pub closed: Option<Day>,
    /// The law in force.
    pub law: Arc<Law>,
    /// Lately this machine took the place of one that is lost, with nothing of what it held.
    pub earlier_machine: bool,
    /// What was set aside lately, because it was entered on days that had not come.
    pub aside: Vec<SetAside>,
    /// Documents that were refused.
    pub refused: Vec<RefusedDocument>,
    /// The link.
    pub line: LineView,
}

impl School {
    /// Children, by class and name; all when neither class nor status is given.
    ///
    /// # Errors
    /// When the store cannot read.
    pub async fn children(
        self: &Arc<Self>,
        class: Option<Class>,
        status: Option<EnrolmentStatus>,
    ) -> Result<Vec<ChildView>, SchoolError> {
        self.act(move |school, room, _| {
            let (law, mut children) = (school.law(room)?, Vec::new());
            let (seats, standings) = (school.seats(room)?, books::standings(room)?);
            for (id, seat) in seats.all() {
                let standing = standing_of(&law, standings.get(id), seat);
                let fits = class.is_none_or(|class| seat.class() == Some(class))
                    && status.is_none_or(|status| standing.status == status);
                if fits && let Some(pupil) = room.read::<Pupil>(&keys::pupil(*id))? {
                    children.push(child_view(*id, &pupil, standing));
                }
            }
            children.sort_by(|a, b| (a.class, &a.name, a.id).cmp(&(b.class, &b.name, b.id)));
            Ok(children)
        })
        .await
    }

    /// One child with everything that its standing rests on.
    ///
    /// # Errors
    /// When nobody fits or several do.
    pub async fn explain_child(
        self: &Arc<Self>,
        child: String,
    ) -> Result<(ChildView, Vec<Undone>), SchoolError> {
        self.act(move |school, room, _| {
            let (law, id) = (school.law(room)?, school.child(room, &mut Names::default(), &child, None)?);
            let view = one_child(room, &law, id)?.ok_or(SchoolError::NoSuchChild)?;
            let undone = records::all::<Undone>(room, &keys::undone_of(id))?;
            Ok((view, undone.into_iter().map(|(_, undone)| undone).collect()))
        })
        .await
    }

    /// One child.
    ///
    /// # Errors
    /// When there is none of that id.
    pub async fn child_view(self: &Arc<Self>, id: PupilId) -> Result<ChildView, SchoolError> {
        self.act(move |school, room, _| {
            let law = school.law(room)?;
            one_child(room, &law, id)?.ok_or(SchoolError::NoSuchChild)
        })
        .await
    }

    /// The names behind `ids`, in their order.
    ///
    /// # Errors
    /// When the store cannot read.
    pub async fn names(self: &Arc<Self>, ids: Vec<PupilId>) -> Result<Vec<Personal<String>>, SchoolError> {
        self.act(move |_, room, _| Ok(names(room, ids)?)).await
    }

    /// All classes.
    ///
    /// # Errors
    /// When the store cannot read.
    pub async fn classes(self: &Arc<Self>) -> Result<Vec<ClassView>, SchoolError> {
        self.act(|school, room, now| {
            let (seats, standings) = (school.seats(room)?, books::standings(room)?);
            let mut out = Vec::new();
            for (class, births) in on_roll(&seats, &standings, now.day()) {
                let called = room.read::<CalledDays>(&keys::called(class))?.unwrap_or_default();
                let last_called = called.0.iter().last();
                out.push(ClassView { class, children: births.len() as u32, last_called });
            }
            Ok(out)
        })
        .await
    }

    /// The roll calls of a day, today when not said, of one class or of all.
    ///
    /// # Errors
    /// When the store cannot read.
    pub async fn rolls(
        self: &Arc<Self>,
        class: Option<Class>,
        day: Option<Day>,
    ) -> Result<(Day, Vec<RollView>), SchoolError> {
        self.act(move |school, room, now| {
            let (law, day) = (school.law(room)?, day.unwrap_or_else(|| now.day()));
            let mut calls = calls_of(room, day)?;
            let mut out = Vec::new();
            let (seats, standings) = (school.seats(room)?, books::standings(room)?);
            for (at, births) in on_roll(&seats, &standings, day) {
                if class.is_some_and(|class| class != at) {
                    continue;
                }
                let call = calls.remove(&at);
                let listed = call.iter().flat_map(|c| &c.listed).map(|(id, _)| *id).collect();
                out.push(RollView {
                    class: at,
                    due: is_due(&law.calendar, day, births.iter().copied()),
                    children: births.len() as u32,
                    call,
                    names: names(room, listed)?,
                });
            }
            Ok((day, out))
        })
        .await
    }

    /// The last sheet of `day`, of the last day that has one when not said; and whether the parent has it.
    ///
    /// # Errors
    /// When there is none.
    pub async fn sheet(self: &Arc<Self>, day: Option<Day>) -> Result<SheetView, SchoolError> {
        self.act(move |school, room, _| {
            let found = match day {
                Some(day) => room.read::<SentSheet>(&keys::sheet(day))?.map(|sent| (day, sent)),
                None => last_sheet(room)?,
            };
            let none = || day.map_or(SchoolError::NoSheetYet, SchoolError::NoSheet);
            let (day, sent) = found.ok_or_else(none)?;
            let acked = school.acked(room)?;
            let current = book::current(room, &school.party, &Lane::Up)?.map_or(0, |s| s.id.life.number);
            let acked = sent.entry.0 < current || sent.entry.1 <= acked;
            Ok(SheetView { day, sent, acked })
        })
        .await
    }

    /// The school at a glance.
    ///
    /// # Errors
    /// When the store cannot read.
    pub async fn overview(self: &Arc<Self>) -> Result<Overview, SchoolError> {
        let me = self.clone();
        self.act(move |school, room, now| {
            let law = school.law(room)?;
            let today = school.today(room, &law, now)?;
            let (seats, standings) = (school.seats(room)?, books::standings(room)?);
            let mut statuses = BTreeMap::new();
            let (mut alerted, mut slow_transfers) = (0, 0);
            let most = law.rules.transfer.move_roll_within_days;
            for (id, seat) in seats.all() {
                let standing = standing_of(&law, standings.get(id), seat);
                let waits = [EnrolmentStatus::Enrolled, EnrolmentStatus::TransferPending];
                alerted += u64::from(standing.alerted.is_some() && waits.contains(&standing.status));
                slow_transfers += u64::from(
                    standing.status == EnrolmentStatus::TransferPending
                        && law.calendar.workdays_after(standing.since, most) < now.day(),
                );
                *statuses.entry(standing.status).or_default() += 1;
            }
            let classes = on_roll(&seats, &standings, now.day());
            let calls = calls_of(room, now.day())?;
            let due = |class: &Class| is_due(&law.calendar, now.day(), classes[class].iter().copied());
            let uncalled = classes.keys().filter(|class| !calls.contains_key(class) && due(class)).count();
            let on_roll = statuses.iter().filter(|(s, _): &(&EnrolmentStatus, _)| s.is_on_roll());
            Ok(Overview {
                today,
                children: on_roll.map(|(_, n)| n).sum(),
                classes: classes.len() as u64,
                statuses,
                alerted,
                uncalled: uncalled as u64,
                left_out: left_out(room, &seats, &standings)?,
                slow_transfers,
                cases: counts(room, &law, now.day())?,
                closed: records::diary(room)?.closed,
                earlier_machine: room
                    .read::<EarlierMachine>(keys::EARLIER_MACHINE)?
                    .is_some_and(|found| now.since(found.at) < LATELY),
                aside: set_aside_lately(room, now)?,
                refused: shelf::refused(room)?,
                line: me.line(room, now)?,
                law,
            })
        })
        .await
    }
}

fn left_out(
    room: &Room<'_>,
    seats: &Seats,
    standings: &BTreeMap<PupilId, Stood>,
) -> Result<BTreeMap<Class, u64>, StoreError> {
    let mut classes = BTreeMap::new();
    for (id, _) in records::by_child::<LeftOut>(room, keys::LEFT_OUT)? {
        let on_roll = standings.get(&id).is_none_or(|stood| stood.standing.status.is_on_roll());
        if let Some(class) = seats.of(id).and_then(Seat::class).filter(|_| on_roll) {
            *classes.entry(class).or_default() += 1;
        }
    }
    Ok(classes)
}

/// People have so many days to enter on the right day what was set aside, and again what a lost machine held.
const LATELY: i64 = 30 * 86_400_000;

fn set_aside_lately(room: &Room<'_>, now: Moment) -> Result<Vec<SetAside>, StoreError> {
    let from = keys::set_aside(now.plus_millis(-LATELY));
    let pairs = room.range(&from, &after(keys::SET_ASIDE), usize::MAX)?;
    pairs.into_iter().map(|(_, value)| Ok(record::from_bytes(&value)?)).collect()
}

/// A day's sheet.
#[derive(Debug, Clone)]
pub struct SheetView {
    /// Of which day.
    pub day: Day,
    /// As it went out.
    pub sent: SentSheet,
    /// A parent has acknowledged it.
    pub acked: bool,
}

fn last_sheet(room: &Room<'_>) -> Result<Option<(Day, SentSheet)>, StoreError> {
    let last = room.last(keys::SHEETS, &proto::store::after(keys::SHEETS))?;
    let Some((key, value)) = last else { return Ok(None) };
    Ok(keys::day_at_end(&key).zip(Some(record::from_bytes(&value)?)))
}

fn standing_of(law: &Law, stood: Option<&Stood>, seat: &Seat) -> Standing {
    stood.map_or_else(|| law.enrolled(seat.since), |stood| stood.standing.clone())
}

fn one_child(room: &Room<'_>, law: &Law, id: PupilId) -> Result<Option<ChildView>, StoreError> {
    let pupil = room.read::<Pupil>(&keys::pupil(id))?;
    let seat = room.read::<Seat>(&keys::seat(id))?;
    let stood = room.read::<Stood>(&keys::standing(id))?;
    Ok(pupil.zip(seat).map(|(pupil, seat)| child_view(id, &pupil, standing_of(law, stood.as_ref(), &seat))))
}

fn child_view(id: PupilId, pupil: &Pupil, standing: Standing) -> ChildView {
    let number = pupil.citizen().map(|n| n.as_str()).or_else(|| pupil.roll().map(|n| n.as_str()));
    let number = Personal::new(number.map(super::find::masked).unwrap_or_default());
    ChildView { id, name: pupil.name.clone(), number, class: pupil.class, standing }
}

fn names(room: &Room<'_>, ids: Vec<PupilId>) -> Result<Vec<Personal<String>>, StoreError> {
    let mut out = Vec::with_capacity(ids.len());
    for id in ids {
        let pupil = room.read::<Pupil>(&keys::pupil(id))?;
        out.push(pupil.map_or_else(|| Personal::new(String::new()), |pupil| pupil.name));
    }
    Ok(out)
}

/// Birth dates of the children on the roll on `day`, by class.
fn on_roll(
    seats: &Seats,
    standings: &BTreeMap<PupilId, Stood>,
    day: Day,
) -> BTreeMap<Class, Vec<Option<Day>>> {
    let mut classes: BTreeMap<Class, Vec<Option<Day>>> = BTreeMap::new();
    for (id, seat) in seats.all() {
        let gone = standings.get(id).is_some_and(|stood| !stood.standing.status_on(day).is_on_roll());
        if let Some(class) = seat.class_on(day)
            && !gone
        {
            classes.entry(class).or_default().push(Some(seat.birth));
        }
    }
    classes
}
