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
//!                                        cases   persuasion, transfers, letters
//! ```

use std::sync::{Arc, PoisonError, RwLock};

use proto::identity::Identity;
use proto::link::caller::Parent;
use proto::link::post::Post;
use proto::model::clock::Clock;
use proto::model::day::Moment;
use proto::model::party::Party;
use proto::paper::letterhead::Letterhead;
use proto::store::{Desk, KeyFile, Room, StoreError};
use proto::version::Speaks;
use tokio::sync::watch;

use crate::config::Config;
use crate::files::Folder;
use crate::records::{self, keys};

pub mod books;
mod cached;
pub mod calls;
pub mod cases;
mod clock;
pub mod courier;
mod error;
pub mod facts;
pub mod find;
pub mod join;
pub mod law;
pub mod line;
pub mod link;
pub mod marks;
mod present;
pub mod roster;
pub mod rules;
pub mod seats;
pub mod table;
pub mod view;
pub mod withdraw;

use cached::Cached;
pub use clock::{Today, WrongClock};
pub use error::{SchoolError, TableFault};
pub use law::Law;

/// A school at work.
pub struct School {
    party: Party,
    name: String,
    letterhead: Letterhead,
    folder: Folder,
    key: Arc<KeyFile>,
    desk: Desk,
    clock: Arc<dyn Clock>,
    law: Cached<Law>,
    seats: Cached<seats::Seats>,
    identity: watch::Sender<Option<Arc<Identity>>>,
    parents: RwLock<Vec<Parent>>,
}

impl std::fmt::Debug for School {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("School").field("party", &self.party).finish_non_exhaustive()
    }
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
            letterhead: config.papers.clone(),
            folder,
            key,
            desk,
            clock,
            law: Cached::new(keys::GENERATION),
            seats: Cached::new(keys::SEATING),
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
            // another school's store under this one's settings: nothing of it is touched
            Err(SchoolError::OtherUnit { invited, here }) if invited.school_code() != here.school_code() => {
                return Err(SchoolError::OtherSchool { held: invited, here });
            }
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

    /// The school at the link.
    pub fn post(self: &Arc<Self>) -> Post {
        Post {
            me: self.party.clone(),
            desk: self.desk.clone(),
            clock: self.clock.clone(),
            handler: self.clone(),
            speaks: Speaks::default(),
        }
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

    /// The law in force in `room`.
    pub(crate) fn law(&self, room: &Room<'_>) -> Result<Arc<Law>, StoreError> {
        self.law.of(room, Law::of)
    }

    /// The law as last built: for questions that stand outside any action.
    fn law_at_hand(&self) -> Arc<Law> {
        let read = || self.law(&Room::new(&**self.desk.store())).unwrap_or_else(|_| built_in());
        self.law.at_hand().unwrap_or_else(read)
    }
}

fn built_in() -> Arc<Law> {
    let calendar = proto::model::calendar::Calendar::build(&[]);
    Arc::new(Law {
        rules: proto::model::rulebook::Rulebook::default(),
        calendar,
        above: None,
        faults: Vec::new(),
    })
}
