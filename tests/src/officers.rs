//! The people of the offices, played from the seed: principals who refer a child that is found elsewhere,
//! officers of counties, cities and the province who check, dispatch, accept, reject and assign, schools
//! that look for the child. They work in the evening, when the night's calls are over, and see nothing but
//! what their own school or hub shows them.

mod abroad;
mod errand;
mod rounds;

use anyhow::Result;

pub use abroad::asked_back;
pub use errand::{Errand, Kind, Placed};
pub use rounds::stances;

use crate::dice::Dice;
use crate::oracle::Days;
use crate::tree::Tree;

/// All of them, and the cases that they have on their hands.
#[derive(Debug)]
pub struct Officers {
    errands: Vec<Errand>,
    dice: Dice,
    days: Days,
    evening: u16,
    /// Evenings on which no county answered for a child.
    unanswered: Vec<String>,
    /// How often it was asked who answers.
    asked: u64,
}

/// At most so many children are referred.
const ERRANDS: usize = 12;

impl Officers {
    /// Decides which schools will refer a child, and what becomes of it.
    pub fn of(tree: &Tree, seed: u64) -> Self {
        Self {
            errands: errand::plan(tree, ERRANDS),
            dice: Dice::new(seed, "officers"),
            days: Days::of_the_nation(),
            evening: 0,
            unanswered: Vec::new(),
            asked: 0,
        }
    }

    /// The cases.
    pub fn errands(&self) -> &[Errand] {
        &self.errands
    }

    /// Those that were referred.
    pub fn referred(&self) -> impl Iterator<Item = &Errand> {
        self.errands.iter().filter(|errand| errand.case.is_some())
    }

    /// On how many evenings it was looked who answers for a child, and on which nobody did.
    pub fn watched(&self) -> (u64, &[String]) {
        (self.asked, &self.unanswered)
    }

    /// Whether a case has not come to its end.
    pub fn busy(&self) -> bool {
        self.referred().any(|errand| errand.ended.is_none())
    }

    /// Who hesitates does it tomorrow.
    fn today(&mut self) -> bool {
        !self.dice.chance(0.2)
    }

    /// Everybody does what waits for them.
    ///
    /// # Errors
    /// When a store cannot be read.
    pub async fn evening(&mut self, tree: &mut Tree) -> Result<()> {
        self.evening += 1;
        for seat in tree.hubs() {
            hub::serve::begin_day(seat.hub()).await;
        }
        self.refer(tree).await?;
        self.withdraw(tree).await?;
        self.counties(tree).await?;
        self.registrars(tree).await?;
        self.writers(tree).await?;
        self.schools(tree).await?;
        self.look(tree).await
    }
}
