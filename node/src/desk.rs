//! The school's one writer: an action comes in, the rules decide, facts and outgoing entries are committed
//! together, and only then is it answered.
//!
//! ```text
//! api, cli -> School -> rules (roster, attendance, standing, sheet)
//!               |
//!               +-> Desk -> store        law     rules in force       books    a child's facts and standing
//!                                        roster  the roll             calls    roll calls, absences
//!                                        facts   recorded facts       find     who is meant
//!                                        view    what people see      link     what comes from above
//! ```

use std::sync::{Arc, PoisonError, RwLock};

use proto::identity::Identity;
use proto::link::caller::Parent;
use proto::model::clock::Clock;
use proto::model::day::{Day, Moment};
use proto::model::party::Party;
use proto::store::{Desk, KeyFile, Room, StoreError};
use tokio::sync::watch;

use crate::config::Config;
use crate::files::Folder;
use crate::records::{self, Diary, keys};

pub mod books;
pub mod calls;
mod error;
pub mod facts;
pub mod find;
pub mod join;
pub mod law;
pub mod link;
pub mod roster;
pub mod rules;
pub mod table;
pub mod view;

pub use error::{SchoolError, TableFault, WrongClock};
pub use law::Law;

/// A school at work.
pub struct School {
    party: Party,
    name: String,
    folder: Folder,
    key: Arc<KeyFile>,
    desk: Desk,
    clock: Arc<dyn Clock>,
    law: RwLock<Option<(u64, Arc<Law>)>>,
    identity: watch::Sender<Option<Arc<Identity>>>,
    parents: RwLock<Vec<Parent>>,
}

impl std::fmt::Debug for School {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("School").field("party", &self.party).finish_non_exhaustive()
    }
}

/// How the school's days stand at an action.
#[derive(Debug, Clone, Copy)]
pub struct Today {
    /// By this machine.
    pub now: Moment,
    /// Why timers stand still, when they do.
    pub wrong: Option<WrongClock>,
    /// Up to this day statuses move on.
    pub timers: Day,
}

impl School {
    /// A school over an open desk. The desk's writer must be running.
    ///
    /// # Errors
    /// When the store cannot read.
    pub async fn open(
        config: &Config,
        folder: Folder,
        key: Arc<KeyFile>,
        desk: Desk,
        clock: Arc<dyn Clock>,
    ) -> Result<Arc<Self>, SchoolError> {
        let school = Arc::new(Self {
            party: config.party.clone(),
            name: config.name.clone(),
            folder,
            key,
            desk,
            clock,
            law: RwLock::new(None),
            identity: watch::Sender::new(None),
            parents: RwLock::new(Vec::new()),
        });
        let (papers, parents) = school
            .act(|_, room, _| {
                Ok((
                    room.read::<records::Papers>(keys::PAPERS)?,
                    room.read::<records::Parents>(keys::PARENTS)?,
                ))
            })
            .await?;
        match papers.map(|papers| school.identity_of(&papers.chain)).transpose() {
            Ok(identity) => _ = school.identity.send_replace(identity.map(Arc::new)),
            // children are still marked and days closed; status says that the school must join again
            Err(error) => tracing::error!("the certificates cannot be used: {error}"),
        }
        school.set_parents(parents.unwrap_or_default().0);
        Ok(school)
    }

    /// Runs one action in turn; what it writes is committed as one.
    ///
    /// # Errors
    /// What `action` returns; the store's when the commit failed.
    pub(crate) async fn act<T: Send + 'static>(
        self: &Arc<Self>,
        action: impl FnOnce(&Self, &mut Room<'_>, Moment) -> Result<T, SchoolError> + Send + 'static,
    ) -> Result<T, SchoolError> {
        let school = self.clone();
        self.desk.act(move |room| action(&school, room, school.clock.now())).await
    }

    /// Who this is.
    pub const fn party(&self) -> &Party {
        &self.party
    }

    /// The school's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The data folder.
    pub const fn folder(&self) -> &Folder {
        &self.folder
    }

    /// The key file.
    pub const fn key(&self) -> &Arc<KeyFile> {
        &self.key
    }

    /// The desk.
    pub const fn desk(&self) -> &Desk {
        &self.desk
    }

    /// The clock.
    pub const fn clock(&self) -> &Arc<dyn Clock> {
        &self.clock
    }

    /// The identity in force and its successors; `None` before joining.
    pub fn identity(&self) -> watch::Receiver<Option<Arc<Identity>>> {
        self.identity.subscribe()
    }

    fn parents_now(&self) -> Vec<Parent> {
        self.parents.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set_parents(&self, parents: Vec<Parent>) {
        *self.parents.write().unwrap_or_else(PoisonError::into_inner) = parents;
    }

    /// The law in force in `room`. It is built anew when the generation there is another one than that of
    /// the law at hand, so that a commit that failed takes its law back with it.
    pub(crate) fn law(&self, room: &Room<'_>) -> Result<Arc<Law>, StoreError> {
        let bytes = room.get(keys::GENERATION)?.and_then(|bytes| bytes.try_into().ok());
        let generation = bytes.map_or(0, u64::from_be_bytes);
        if let Some((held, law)) = &*self.law.read().unwrap_or_else(PoisonError::into_inner)
            && *held == generation
        {
            return Ok(law.clone());
        }
        let law = Arc::new(Law::of(room)?);
        *self.law.write().unwrap_or_else(PoisonError::into_inner) = Some((generation, law.clone()));
        Ok(law)
    }

    /// The law as last built: for questions that stand outside any action.
    fn law_at_hand(&self) -> Arc<Law> {
        let held = self.law.read().unwrap_or_else(PoisonError::into_inner).clone();
        held.map_or_else(
            || self.law(&Room::new(&**self.desk.store())).unwrap_or_else(|_| built_in()),
            |(_, law)| law,
        )
    }

    /// How the days stand at `now`.
    pub(crate) fn today(&self, room: &Room<'_>, law: &Law, now: Moment) -> Result<Today, StoreError> {
        let diary = records::diary(room)?;
        let wrong = self.wrong_clock(room, law, &diary, now)?;
        let timers =
            if wrong.is_some() { diary.stood.unwrap_or(now.day()).min(now.day()) } else { now.day() };
        Ok(Today { now, wrong, timers })
    }

    fn wrong_clock(
        &self,
        room: &Room<'_>,
        law: &Law,
        diary: &Diary,
        now: Moment,
    ) -> Result<Option<WrongClock>, StoreError> {
        let limit = i64::from(law.rules.clock.timers_stop_when_off_by_hours) * HOUR;
        let mut contacts = Vec::new();
        for parent in self.parents_now() {
            contacts.extend(proto::link::post::contact(room, &parent.party)?);
        }
        let latest = contacts.into_iter().max_by_key(|contact| contact.conversations);
        if let Some(off) = latest.map(|c| c.clock_offset).filter(|off| off.abs() > limit) {
            return Ok(Some(WrongClock::Off(-off / HOUR)));
        }
        let back = diary.seen.filter(|seen| seen.since(now) > limit);
        Ok(back.map(|seen| WrongClock::Back(seen.day())))
    }
}

fn built_in() -> Arc<Law> {
    let calendar = proto::model::calendar::Calendar::build(&[]);
    Arc::new(Law { rules: proto::model::rulebook::Rulebook::default(), calendar, faults: Vec::new() })
}

const HOUR: i64 = 3_600_000;
