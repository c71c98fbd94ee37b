//! What an import would change, before it changes anything.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use proto::model::day::Day;
use proto::model::personal::{Personal, Purpose};

use super::field::{Field, Part, Seat};
use crate::pupil::{Class, FamilyMember, Pupil, PupilId};
use crate::standing::{Act, EnrolmentStatus};

/// The difference between the school's roll and a file. Indices point into the file's pupils.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Changes {
    /// Pupils that the school does not have yet.
    pub added: Vec<usize>,
    /// Pupils whose record would change.
    pub changed: Vec<Changed>,
    /// Pupils whose record stays, and which of the file's pupils says so.
    pub unchanged: Vec<(PupilId, usize)>,
    /// Pupils of the school that the file does not have, not even in a row that was refused. They are reported and never deleted: a
    /// child in compulsory years leaves a roll by a recorded fact only.
    pub missing: Vec<PupilId>,
    /// Rows that fit more than one pupil, or share one; a person decides.
    pub conflicts: Vec<Conflict>,
}

/// One record that would change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changed {
    /// Whose.
    pub id: PupilId,
    /// Which of the file's pupils brings the change.
    pub incoming: usize,
    /// What would change.
    pub fields: Vec<Field>,
    /// The pupil had left the roll and is on it again (T18).
    pub returns: bool,
}

/// A row that cannot be matched by rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict {
    /// Which of the file's pupils.
    pub incoming: usize,
    /// The pupils that it could be.
    pub existing: Vec<PupilId>,
}

/// Matches the file's pupils with the school's: by ID number, else by roll number, else by
/// provincial number with name and birth date, and where one of the two has no number at all by name and
/// birth date alone. `refused`: ID and roll numbers in rows that do not go in.
pub fn compare(existing: &[(PupilId, Pupil)], incoming: &[Pupil], refused: &[Personal<String>]) -> Changes {
    let index = Index::new(existing);
    let candidates: Vec<BTreeSet<usize>> = incoming.iter().map(|pupil| index.candidates(pupil)).collect();
    let mut claims: BTreeMap<usize, usize> = BTreeMap::new();
    for at in candidates.iter().flatten() {
        *claims.entry(*at).or_default() += 1;
    }
    let mut changes = Changes::default();
    for (row, found) in candidates.iter().enumerate() {
        let mut found = found.iter().copied();
        match (found.next(), found.next()) {
            (None, _) => changes.added.push(row),
            (Some(at), None) if claims[&at] == 1 => {
                let (id, old) = &existing[at];
                let fields = differences(old, &merged(old, &incoming[row]));
                match fields.is_empty() {
                    true => changes.unchanged.push((*id, row)),
                    false => changes.changed.push(Changed { id: *id, incoming: row, fields, returns: false }),
                }
            }
            _ => changes.conflicts.push(Conflict {
                incoming: row,
                existing: candidates[row].iter().map(|at| existing[*at].0).collect(),
            }),
        }
    }
    let refused: BTreeSet<usize> = refused.iter().flat_map(|number| index.numbered(number)).collect();
    let unclaimed =
        existing.iter().enumerate().filter(|(at, _)| !claims.contains_key(at) && !refused.contains(at));
    changes.missing = unclaimed.map(|(_, (id, _))| *id).collect();
    changes
}

impl Changes {
    /// A new number beside a child of the same name and class whom the file has no more: most likely one child
    /// whose number was corrected (B05), and a person says so by the old roll number or provincial number in
    /// the row. `left`: those of the missing who have left the school, which explains it.
    pub fn ask_about_namesakes(
        &mut self,
        existing: &[(PupilId, Pupil)],
        incoming: &[Pupil],
        left: &BTreeSet<PupilId>,
    ) {
        let named = |pupil: &Pupil| (pupil.name.open(Purpose::RollCheck).clone(), pupil.class);
        let missing: BTreeSet<PupilId> =
            self.missing.iter().copied().filter(|id| !left.contains(id)).collect();
        let mut namesakes: HashMap<(String, Class), Vec<PupilId>> = HashMap::new();
        for (id, pupil) in existing.iter().filter(|(id, _)| missing.contains(id)) {
            namesakes.entry(named(pupil)).or_default().push(*id);
        }
        let conflicts = &mut self.conflicts;
        self.added.retain(|row| match namesakes.get(&named(&incoming[*row])) {
            Some(existing) => {
                conflicts.push(Conflict { incoming: *row, existing: existing.clone() });
                false
            }
            None => true,
        });
    }
}

impl Changes {
    /// Those who have left are not missing, and whom the file has again is on the roll again where a child may come
    /// back to it (T18): `off` says how those stand who are off the roll.
    pub fn mind_who_left(&mut self, off: &BTreeMap<PupilId, EnrolmentStatus>) {
        let returns = |id: &PupilId| off.get(id).is_some_and(|status| status.take(Act::BackOnRoll).is_ok());
        self.missing.retain(|id| !off.contains_key(id));
        self.changed.iter_mut().for_each(|changed| changed.returns = returns(&changed.id));
        for (id, incoming) in self.unchanged.extract_if(.., |(id, _)| returns(id)) {
            self.changed.push(Changed { id, incoming, fields: Vec::new(), returns: true });
        }
    }

    /// Of the children whom the file does not have, those whom it should: it has others of their class, or more than
    /// half of the classes of `classes`. A list of one class says nothing of the rest of the school.
    pub fn left_out(&self, incoming: &[Pupil], classes: &BTreeMap<PupilId, Class>) -> Vec<PupilId> {
        let filed: BTreeSet<Class> = incoming.iter().map(|pupil| pupil.class).collect();
        let known: BTreeSet<Class> = classes.values().copied().collect();
        let whole = 2 * known.intersection(&filed).count() > known.len();
        let covers = |id: &&PupilId| whole || classes.get(id).is_some_and(|class| filed.contains(class));
        self.missing.iter().filter(covers).copied().collect()
    }
}

/// The record after the import. What a file leaves blank, or has no column for, stays: a class list
/// must not wipe the telephone numbers.
pub fn merged(old: &Pupil, new: &Pupil) -> Pupil {
    let family =
        (0..old.school_only.family.len().max(new.school_only.family.len())).filter_map(|seat| {
            match (old.school_only.family.get(seat), new.school_only.family.get(seat)) {
                (Some(old), Some(new)) => Some(merged_member(old, new)),
                (old, new) => new.or(old).cloned(),
            }
        });
    let mut pupil = new.clone();
    // A paper's kind and number belong together.
    if new.id_number.is_none() && new.other_number.is_none() {
        pupil.id_kind = old.id_kind;
        pupil.id_number.clone_from(&old.id_number);
        pupil.other_number.clone_from(&old.other_number);
    }
    keep(&mut pupil.roll_number, &old.roll_number);
    keep(&mut pupil.aux_number, &old.aux_number);
    keep(&mut pupil.entry, &old.entry);
    keep(&mut pupil.attend, &old.attend);
    keep(&mut pupil.hukou, &old.hukou);
    keep(&mut pupil.left_behind, &old.left_behind);
    keep(&mut pupil.migrant, &old.migrant);
    keep(&mut pupil.orphan, &old.orphan);
    keep(&mut pupil.disability, &old.disability);
    keep(&mut pupil.school_only.address, &old.school_only.address);
    keep(&mut pupil.school_only.phone, &old.school_only.phone);
    pupil.school_only.family = family.collect();
    pupil
}

/// Another person in the seat replaces the first one wholly.
fn merged_member(old: &FamilyMember, new: &FamilyMember) -> FamilyMember {
    let mut member = new.clone();
    if new.name.is_some() && old.name.is_some() && new.name != old.name {
        return member;
    }
    keep(&mut member.name, &old.name);
    keep(&mut member.relation, &old.relation);
    keep(&mut member.work_place, &old.work_place);
    keep(&mut member.address, &old.address);
    keep(&mut member.phone, &old.phone);
    keep(&mut member.guardian, &old.guardian);
    member
}

fn keep<T: Clone>(new: &mut Option<T>, old: &Option<T>) {
    if new.is_none() {
        new.clone_from(old);
    }
}

fn differences(old: &Pupil, new: &Pupil) -> Vec<Field> {
    let mut fields = Vec::new();
    let mut note = |field, differs: bool| {
        if differs {
            fields.push(field);
        }
    };
    note(Field::Name, old.name != new.name);
    note(Field::Sex, old.sex != new.sex);
    note(Field::Birth, old.birth != new.birth);
    note(Field::IdKind, old.id_kind != new.id_kind);
    note(Field::IdNumber, old.id_number != new.id_number || old.other_number != new.other_number);
    note(Field::RollNumber, old.roll_number != new.roll_number);
    note(Field::AuxNumber, old.aux_number != new.aux_number);
    note(Field::Grade, old.class.grade != new.class.grade);
    note(Field::Class, old.class.number != new.class.number);
    note(Field::Entry, old.entry != new.entry);
    note(Field::Attend, old.attend != new.attend);
    note(Field::Hukou, old.hukou != new.hukou);
    note(Field::LeftBehind, old.left_behind != new.left_behind);
    note(Field::Migrant, old.migrant != new.migrant);
    note(Field::Orphan, old.orphan != new.orphan);
    note(Field::Disability, old.disability != new.disability);
    note(Field::Address, old.school_only.address != new.school_only.address);
    note(Field::Phone, old.school_only.phone != new.school_only.phone);
    for (at, seat) in [Seat::First, Seat::Second].into_iter().enumerate() {
        let nobody = FamilyMember::default();
        let member = |pupil: &Pupil| pupil.school_only.family.get(at).unwrap_or(&nobody).clone();
        let (old, new) = (member(old), member(new));
        note(Field::Member(seat, Part::Name), old.name != new.name);
        note(Field::Member(seat, Part::Relation), old.relation != new.relation);
        note(Field::Member(seat, Part::WorkPlace), old.work_place != new.work_place);
        note(Field::Member(seat, Part::Address), old.address != new.address);
        note(Field::Member(seat, Part::Phone), old.phone != new.phone);
        note(Field::Member(seat, Part::Guardian), old.guardian != new.guardian);
    }
    fields
}

/// Where the school's pupils stand, by each of the numbers.
struct Index<'a> {
    by_id: HashMap<&'a str, Vec<usize>>,
    by_roll: HashMap<&'a str, Vec<usize>>,
    by_aux: HashMap<(&'a str, Person<'a>), Vec<usize>>,
    by_person: HashMap<Person<'a>, Vec<usize>>,
    existing: &'a [(PupilId, Pupil)],
}

/// Name and birth date: with the provincial number they name a child where neither number does, and
/// without it where there is no number at all (an ID kind of "other", a form of the first week).
type Person<'a> = (&'a str, Day);

impl<'a> Index<'a> {
    fn new(existing: &'a [(PupilId, Pupil)]) -> Self {
        let mut index = Self {
            by_id: HashMap::new(),
            by_roll: HashMap::new(),
            by_aux: HashMap::new(),
            by_person: HashMap::new(),
            existing,
        };
        for (at, (_, pupil)) in existing.iter().enumerate() {
            if let Some(id) = id(pupil) {
                index.by_id.entry(id).or_default().push(at);
            }
            if let Some(roll) = pupil.roll() {
                index.by_roll.entry(roll.as_str()).or_default().push(at);
            }
            if let Some(aux) = aux(pupil) {
                index.by_aux.entry((aux, person(pupil))).or_default().push(at);
            }
            index.by_person.entry(person(pupil)).or_default().push(at);
        }
        index
    }

    /// Whose ID number or roll number it is.
    fn numbered(&self, number: &Personal<String>) -> impl Iterator<Item = usize> {
        let number = number.open(Purpose::RollCheck).as_str();
        [self.by_id.get(number), self.by_roll.get(number)].into_iter().flatten().flatten().copied()
    }

    /// One when all is well. ID number and roll number that point at different pupils give both; each
    /// further way is asked only when those before it find nobody.
    fn candidates(&self, pupil: &Pupil) -> BTreeSet<usize> {
        let by_id = id(pupil).and_then(|id| self.by_id.get(id));
        let by_roll = pupil.roll().and_then(|roll| self.by_roll.get(roll.as_str()));
        let found: BTreeSet<usize> = by_id.into_iter().chain(by_roll).flatten().copied().collect();
        if !found.is_empty() {
            return found;
        }
        if let Some(found) = aux(pupil).and_then(|aux| self.by_aux.get(&(aux, person(pupil)))) {
            return found.iter().copied().collect();
        }
        let named = self.by_person.get(&person(pupil)).into_iter().flatten().copied();
        named.filter(|at| !pupil.has_number() || !self.existing[*at].1.has_number()).collect()
    }
}

fn id(pupil: &Pupil) -> Option<&str> {
    let other = || pupil.other_number.as_ref().map(|number| number.open(Purpose::RollCheck).as_str());
    pupil.citizen().map(|id| id.as_str()).or_else(other)
}

fn aux(pupil: &Pupil) -> Option<&str> {
    pupil.aux_number.as_ref().map(|number| number.open(Purpose::RollCheck).as_str())
}

fn person(pupil: &Pupil) -> Person<'_> {
    (pupil.name.open(Purpose::RollCheck), *pupil.birth.open(Purpose::RollCheck))
}
