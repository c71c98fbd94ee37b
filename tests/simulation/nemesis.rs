//! What goes wrong, planned from the seed: lines, power, disks, clocks. Everything is mended at the end.

use std::collections::BTreeMap;
use std::time::Duration;

use proto::model::party::Party;
use proto::store::MemoryStore;
use tests::dice::Dice;

use crate::trace::note;
use crate::world::World;

/// Something that goes wrong, or is mended.
#[derive(Debug, Clone)]
enum Misfortune {
    /// A line is dead, both ways or one.
    Part { from: Party, to: Party, both: bool },
    /// It holds again.
    Rejoin(Party, Party),
    /// What the party says is cut off after so many bytes.
    Cut(Party, i64),
    /// The power fails right after so many more commits.
    PowerAfter(Party, u32),
    /// The power fails now.
    Power(Party),
    /// A backup, as the program makes it.
    Backup(Party),
    /// A copy of the disk, as somebody makes it who shuts nothing down.
    Image(Party),
    /// The disk is lost; the party goes on from its last backup or from the copy of its disk.
    PutBack(Party, Copy),
    /// No room on the disk, or room again.
    Full(Party, bool),
    /// The clock is off by so many milliseconds.
    Clock(Party, i64),
}

/// What a party goes on from.
#[derive(Debug, Clone, Copy)]
enum Copy {
    Backup,
    Image,
}

/// The plan of a run.
pub(crate) struct Nemesis {
    /// By the simulation's time.
    events: Vec<(Duration, Misfortune)>,
    backups: BTreeMap<Party, MemoryStore>,
    images: BTreeMap<Party, MemoryStore>,
    /// Backups that were asked for and whose end nobody has seen yet.
    asked: Vec<(Party, crate::world::Brought<bool>)>,
    parted: Vec<(Party, Party)>,
}

const HOUR: i64 = 3_600_000;

impl Nemesis {
    /// `many` misfortunes between `from` and `to`.
    pub(crate) fn plan(world: &World, seed: u64, many: usize, from: Duration, to: Duration) -> Self {
        let mut dice = Dice::new(seed, "nemesis");
        let all: Vec<Party> = world.seats.keys().cloned().collect();
        let mut events = Vec::new();
        for _ in 0..many {
            let span = usize::try_from((to - from).as_millis()).unwrap_or(usize::MAX);
            let at = |least: Duration, dice: &mut Dice| {
                let left = usize::try_from((to.saturating_sub(least)).as_millis()).unwrap_or(0).max(1);
                least + Duration::from_millis(dice.below(left.min(span)) as u64)
            };
            let begin = at(from, &mut dice);
            let party = all[dice.below(all.len())].clone();
            let end = at(begin, &mut dice);
            one(party, (begin, end), &mut dice, &mut events);
        }
        events.sort_by_key(|(at, _)| *at);
        let (backups, images) = (BTreeMap::new(), BTreeMap::new());
        Self { events, backups, images, asked: Vec::new(), parted: Vec::new() }
    }

    /// Lets happen what is due.
    pub(crate) fn strike(&mut self, world: &mut World) {
        self.collect(world);
        let due = self.events.iter().take_while(|(at, _)| *at <= world.elapsed()).count();
        let due: Vec<_> = self.events.drain(..due).collect();
        for (_, misfortune) in due {
            self.happen(misfortune, world);
        }
    }

    /// A backup counts when the program says that it was verified.
    fn collect(&mut self, world: &World) {
        let backups = &mut self.backups;
        self.asked.retain(|(party, done)| match done.take() {
            None => true,
            Some(made) => {
                if made && let Some(copy) = world.seats[party].machine.drive.last_backup() {
                    backups.insert(party.clone(), copy);
                }
                false
            }
        });
    }

    fn happen(&mut self, misfortune: Misfortune, world: &mut World) {
        note!(world.trace, "{misfortune:?}");
        let machine = |party: &Party| world.seats[party].machine.clone();
        match misfortune {
            Misfortune::Part { from, to, both } => {
                world.part(&from, &to, both);
                self.parted.push((from, to));
            }
            Misfortune::Rejoin(one, other) => world.rejoin(&one, &other),
            Misfortune::Cut(party, bytes) => machine(&party).line.cut_after(bytes),
            Misfortune::PowerAfter(party, commits) => machine(&party).drive.cut_after(Some(commits)),
            Misfortune::Power(party) => {
                if machine(&party).works() {
                    world.switch_off(&party);
                }
            }
            Misfortune::Backup(party) => {
                let done = world.ask(&party, async |open| match &open {
                    crate::seat::Open::School(school, _) => school.backup(None).await.is_ok(),
                    crate::seat::Open::Hub(hub, _) => hub.backup(None).await.is_ok(),
                });
                self.asked.push((party, done));
            }
            Misfortune::Image(party) => {
                let image = machine(&party).drive.image();
                self.images.insert(party, image);
            }
            Misfortune::PutBack(party, copy) => {
                let (older, knowing) = match copy {
                    Copy::Backup => (self.backups.get(&party), true),
                    Copy::Image => (self.images.get(&party), false),
                };
                if let Some(older) = older {
                    world.put_back(&party, older, knowing);
                }
            }
            Misfortune::Full(party, full) => machine(&party).drive.fill(full),
            Misfortune::Clock(party, off) => {
                world.seats.get_mut(&party).expect("somebody in the tree").off_by = off;
            }
        }
    }

    /// Everything holds from now on.
    pub(crate) fn mend(&mut self, world: &mut World) {
        note!(world.trace, "everything holds");
        self.events.clear();
        for (one, other) in self.parted.drain(..) {
            world.rejoin(&one, &other);
        }
        for seat in world.seats.values_mut() {
            seat.machine.line.mend();
            seat.machine.drive.fill(false);
            seat.machine.drive.cut_after(None);
            seat.off_by = 0;
        }
    }
}

/// One misfortune of `party`, and its end when it has one.
fn one(
    party: Party,
    (begin, end): (Duration, Duration),
    dice: &mut Dice,
    events: &mut Vec<(Duration, Misfortune)>,
) {
    let above: Vec<Party> = party.lineage().skip(1).take(2).collect();
    match dice.below(100) {
        0..24 if !above.is_empty() => {
            let parent = above[dice.below(above.len())].clone();
            let (from, to) = if dice.chance(0.5) {
                (party.clone(), parent.clone())
            } else {
                (parent.clone(), party.clone())
            };
            events.push((begin, Misfortune::Part { from, to, both: dice.chance(0.5) }));
            events.push((end, Misfortune::Rejoin(party, parent)));
        }
        0..36 => {
            let bytes = i64::try_from(dice.between(1, 12_000)).unwrap_or(1);
            events.push((begin, Misfortune::Cut(party, bytes)));
        }
        36..54 => {
            let commits = u32::try_from(dice.between(1, 9)).unwrap_or(1);
            events.push((begin, Misfortune::PowerAfter(party, commits)));
        }
        54..60 => events.push((begin, Misfortune::Power(party))),
        60..68 => {
            events.push((begin, Misfortune::Backup(party)));
        }
        68..78 => {
            events.push((begin, Misfortune::Backup(party.clone())));
            events.push((end, Misfortune::PutBack(party, Copy::Backup)));
        }
        78..86 => {
            events.push((begin, Misfortune::Image(party.clone())));
            events.push((end, Misfortune::PutBack(party, Copy::Image)));
        }
        86..93 => {
            events.push((begin, Misfortune::Full(party.clone(), true)));
            events.push((end, Misfortune::Full(party, false)));
        }
        _ => {
            let off = dice.pick(if party.is_school() {
                &[-5, -1, 1, 5]
            } else {
                &[-30 * 24, -26, -5, -1, 1, 5, 26, 30 * 24, 3 * 8_760]
            });
            events.push((begin, Misfortune::Clock(party.clone(), off * HOUR)));
            events.push((end, Misfortune::Clock(party, 0)));
        }
    }
}
