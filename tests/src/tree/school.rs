//! A school of the tree: its node, its roll on paper, the life of its children.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result, ensure};
use node::attendance::Mark as Written;
use node::desk::School;
use node::desk::calls::Call as Handed;
use node::desk::marks::mark;
use node::desk::roster::RosterFile;
use node::files::Folder;
use node::pupil::Class as NodeClass;
use node::records::{self, SentSheet, keys};
use node::serve::{Options as NodeOptions, Running, start};
use node::standing::EnrolmentStatus;
use proto::link::caller::{Bell, CallError, Called};
use proto::link::net::TcpNet;
use proto::model::clock::{Clock, SetClock};
use proto::model::day::Day;
use proto::model::lang::Lang;
use proto::model::party::Party;
use proto::model::sheet::Counts;

use super::Options;
use super::hub::{copy_as_it_is, put_back, restore};
use super::ledger::Ledger;
use crate::dice::Dice;
use crate::files;
use crate::marks::{self, Call, Life, Mark};
use crate::oracle::{Days, Moves, Truth, truth};
use crate::plan::SchoolPlan;
use crate::pupils::{self, Class, Pupil};

/// A school and its folder, running or not.
#[derive(Debug)]
pub struct SchoolSeat {
    plan: SchoolPlan,
    dir: PathBuf,
    clock: Arc<SetClock>,
    running: Option<Running>,
    pupils: Vec<Pupil>,
    /// Children whose row in the roster file was refused.
    out: Vec<usize>,
    first: Day,
    life: Life,
    moves: Moves,
    /// Its calls to its parents.
    pub ledger: Ledger,
}

/// What stands on a school's documents.
const PAPERS: &str = "
[papers]
prefix = \"示校劝返\"
department = \"七星关区教育科技局\"
township = \"鸭池镇人民政府\"
signed_by = \"陈立\"
contact = \"周敏\"
phone = \"0857-8000001\"
";

impl SchoolSeat {
    /// Makes the school, starts it and imports its roll from a file.
    pub(super) async fn found(
        dir: &Path,
        plan: &SchoolPlan,
        clock: Arc<SetClock>,
        options: &Options,
    ) -> Result<Self> {
        let folder = Folder::at(dir);
        folder.create(&plan.code(), &plan.under(), &plan.name)?;
        let said = std::fs::read_to_string(folder.config())? + PAPERS;
        std::fs::write(folder.config(), said)?;
        let year = options.first.date().year();
        let mut seat = Self {
            plan: plan.clone(),
            dir: dir.to_owned(),
            clock,
            running: None,
            pupils: pupils::roll(options.seed, plan.number, year, plan.size),
            out: Vec::new(),
            first: options.first,
            life: Life::default(),
            moves: Moves::default(),
            ledger: Ledger::default(),
        };
        seat.start().await?;
        seat.enrol(options.seed).await?;
        Ok(seat)
    }

    /// Writes the roll to a file as the school has it, and imports that.
    async fn enrol(&mut self, seed: u64) -> Result<()> {
        let mut dice = Dice::new(seed, &format!("file {}", self.plan.number));
        let file = files::write(self.plan.form, &self.plan.name, &self.pupils, SLIPS, &mut dice);
        std::fs::write(self.dir.join(&file.name), &file.bytes)?;
        let roster = RosterFile {
            name: file.name,
            bytes: file.bytes,
            dry_run: false,
            since: Some(self.first),
            lang: Lang::Zh,
        };
        let imported = self.school().import_roster(roster).await?;
        let refused: Vec<_> =
            imported.import.bad.iter().map(|bad| (bad.at.row, bad.problems[0].reason.code())).collect();
        let expected: Vec<_> = file.refused.iter().map(|(row, _, code)| (*row, *code)).collect();
        ensure!(refused == expected, "refused {refused:?}, expected {expected:?}");
        self.out = file.refused.iter().map(|(_, at, _)| *at).collect();
        Ok(())
    }

    /// Decides what happens to the children on the school days `days`.
    pub(super) fn live(&mut self, days: &[Day], options: &Options) {
        self.life = if options.quiet {
            Life::quiet(&self.pupils, &self.out, days)
        } else {
            marks::live(options.seed, self.plan.number, &self.pupils, &self.out, days)
        };
    }

    /// Child `at` is away on `days`, and back after the last of them.
    pub fn away(&mut self, at: usize, days: &[Day], mark: Mark) {
        self.life.away(self.pupils[at].class, at, days, mark);
    }

    /// A child on the roll, by its place among the children.
    ///
    /// # Panics
    /// When the roll is empty.
    pub fn somebody(&self) -> usize {
        (0..self.pupils.len()).find(|at| !self.out.contains(at)).expect("a school has children")
    }

    /// A child from elsewhere is in class here since `day`: at its place `at`, when it had one before. Gives
    /// its place among the children.
    pub fn came(&mut self, at: Option<usize>, child: Pupil, day: Day) -> usize {
        let at = at.unwrap_or(self.pupils.len());
        if at == self.pupils.len() {
            self.pupils.push(child);
        } else {
            self.pupils[at] = child;
        }
        self.moves.came.insert(at, day);
        at
    }

    /// Child `at` is in class at another place since `day`.
    pub fn went(&mut self, at: usize, day: Day) {
        self.moves.went.entry(at).or_insert(day);
    }

    /// Today's sick note for child `at`: the roll calls of `days`, which had the child absent, are corrected.
    ///
    /// # Errors
    /// When a correction is refused.
    pub async fn bring_note(&mut self, at: usize, days: &[Day]) -> Result<()> {
        for day in days {
            let class = self.pupils[at].class;
            let call =
                Call {
                    class, day: *day, listed: vec![(at, Mark::Sick)], correction: Some("家长补交病假条")
                };
            self.call_roll(call).await?;
        }
        Ok(())
    }

    /// Calls the parent now.
    ///
    /// # Errors
    /// Why the call failed.
    ///
    /// # Panics
    /// When the school is stopped.
    pub async fn call(&self) -> Result<Called, CallError> {
        self.bell().expect("the school is running").call_now().await
    }

    /// The status of child `at`.
    ///
    /// # Errors
    /// When the child is not on the roll.
    pub async fn status(&self, at: usize) -> Result<EnrolmentStatus> {
        let (child, _) = self.school().explain_child(self.pupils[at].roll_number.clone()).await?;
        Ok(child.standing.status)
    }

    pub(super) async fn join(&mut self, code: &str) -> Result<()> {
        self.school().join(code, &TcpNet, Lang::En).await?;
        Ok(())
    }

    /// Who it is.
    pub const fn party(&self) -> &Party {
        &self.plan.party
    }

    /// How it was planned.
    pub const fn plan(&self) -> &SchoolPlan {
        &self.plan
    }

    /// Its folder.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Its children, on the roll or not.
    pub fn pupils(&self) -> &[Pupil] {
        &self.pupils
    }

    /// Those who are not on the roll, by their place among the children.
    pub fn out(&self) -> &[usize] {
        &self.out
    }

    /// The school at work.
    ///
    /// # Panics
    /// When it is stopped.
    pub fn school(&self) -> &Arc<School> {
        &self.running.as_ref().expect("the school is running").school
    }

    /// Rings for a call to the parent.
    pub(super) fn bell(&self) -> Option<Bell> {
        Some(self.running.as_ref()?.bell.clone())
    }

    /// The last sheet of every day that has one, as the school itself holds them.
    ///
    /// # Errors
    /// When the store cannot read.
    pub async fn sheets(&self) -> Result<BTreeMap<Day, Counts>> {
        let read = self.school().desk().act(|room| records::all::<SentSheet>(room, keys::SHEETS)).await?;
        let dated = read.into_iter().map(|(key, sent)| Some((keys::day_at_end(&key)?, sent.counts)));
        dated.collect::<Option<_>>().context("a sheet's key ends with its day")
    }

    /// What is true of it at the close of `day`, by all that was handed in until then.
    pub fn truth(&self, days: &Days, day: Day) -> Truth {
        let handed = self.life.handed.range(..=day).flat_map(|(_, calls)| calls);
        truth(days, &self.pupils, (&self.out, &self.moves), handed, (self.first, day))
    }

    /// Hands in what the teachers have on `day`.
    pub(super) fn handing(&self, day: Day) -> impl Future<Output = Result<()>> + Send + use<> {
        let calls = self.life.handed.get(&day).map_or(&[][..], Vec::as_slice);
        let calls: Vec<Result<Handed>> = calls.iter().map(|call| self.written(call)).collect();
        let school = self.running.as_ref().map(|running| running.school.clone());
        async move {
            let school = school.context("the school is stopped, but not its teachers")?;
            for call in calls {
                let call = call?;
                let what = format!("class {:?} on {:?}", call.class, call.day);
                school.call_roll(call).await.context(what)?;
            }
            Ok(())
        }
    }

    /// Hands in one more roll call today, which the life of the school did not foresee.
    ///
    /// # Errors
    /// When it is refused.
    pub async fn call_roll(&mut self, call: Call) -> Result<()> {
        self.school().call_roll(self.written(&call)?).await?;
        self.life.handed.entry(self.clock.now().day()).or_default().push(call);
        Ok(())
    }

    /// A roll call in the node's words.
    fn written(&self, call: &Call) -> Result<Handed> {
        let listed = call.listed.iter().map(|(at, said)| {
            let written: Written = mark(said.word())?;
            Ok((self.pupils[*at].roll_number.clone(), written))
        });
        Ok(Handed {
            class: class_of(call.class),
            day: Some(call.day),
            listed: listed.collect::<Result<_>>()?,
            correction: call.correction.map(ToOwned::to_owned),
            by: "teacher".to_owned(),
        })
    }

    /// Starts it.
    ///
    /// # Errors
    /// When it does not start.
    pub async fn start(&mut self) -> Result<()> {
        let options = NodeOptions::new(&self.dir, self.clock.clone(), Arc::new(TcpNet));
        self.running = Some(start(options).await?);
        Ok(())
    }

    /// Goes on by another clock.
    ///
    /// # Errors
    /// When it does not come up again.
    pub async fn set_clock(&mut self, clock: Arc<SetClock>) -> Result<()> {
        self.stop().await?;
        self.clock = clock;
        self.start().await
    }

    /// Stops it as a teacher does who shuts the computer down.
    ///
    /// # Errors
    /// When it does not stop cleanly.
    pub async fn stop(&mut self) -> Result<()> {
        match self.running.take() {
            Some(running) => running.stop().await.map_err(anyhow::Error::msg),
            None => Ok(()),
        }
    }

    /// A verified backup into its folder.
    ///
    /// # Errors
    /// When it fails.
    pub async fn backup(&self) -> Result<PathBuf> {
        Ok(self.school().backup(None).await?.0)
    }

    /// Loses everything since `backup` and goes on from it. What was handed in after `since`, teachers hand
    /// in again from their class books.
    ///
    /// # Errors
    /// When the backup does not come back.
    pub async fn restore(&mut self, backup: &Path, since: Day, today: Day) -> Result<()> {
        self.stop().await?;
        restore(&self.dir, &self.plan.party, backup, proto::store::Options::node()).await?;
        self.start().await?;
        self.hand_in_again(since, today).await
    }

    /// Teachers hand in again what they handed in after `since`.
    async fn hand_in_again(&self, since: Day, today: Day) -> Result<()> {
        let again: Vec<Day> =
            self.life.handed.keys().copied().filter(|day| since < *day && *day <= today).collect();
        for day in again {
            self.handing(day).await?;
        }
        Ok(())
    }

    /// A copy of the disk as it is now, the program's own notes included.
    ///
    /// # Errors
    /// When it cannot be copied.
    pub fn image(&self) -> Result<PathBuf> {
        copy_as_it_is(&self.dir)
    }

    /// Goes on from such a copy. What was handed in after `since`, teachers hand in again.
    ///
    /// # Errors
    /// When it does not come up again.
    pub async fn put_back(&mut self, image: &Path, since: Day, today: Day) -> Result<()> {
        self.stop().await?;
        put_back(&self.dir, image)?;
        self.start().await?;
        self.hand_in_again(since, today).await
    }

    /// Loses power between two commits: what was acknowledged is on the disk, nothing else counts.
    ///
    /// # Errors
    /// When it does not come up again.
    pub async fn kill(&mut self) -> Result<()> {
        let (image, today) = (self.image()?, self.clock.now().day());
        self.put_back(&image, today, today).await
    }
}

/// The same class in the node's words.
pub fn class_of(class: Class) -> NodeClass {
    NodeClass { grade: class.grade, number: class.number.into() }
}

/// About one row in so many is wrong.
const SLIPS: usize = 60;
