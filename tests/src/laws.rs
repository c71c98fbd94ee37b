//! What must be true of the whole tree once its lines hold again, however they broke before.

use anyhow::Result;
use proto::model::lang::{Lang, Say};

use crate::officers::Officers;
use crate::tree::Tree;

mod custody;
mod documents;
mod entries;
mod figures;
mod secrets;
mod truths;

pub use custody::proof_file;

/// A law of the tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Law {
    /// A county's figures are the sums of the last sheets below it, day by day.
    CountyTotals,
    /// Figures above the county are the sums of the counties' and of the schools that a city runs.
    TotalsAbove,
    /// What was acknowledged is held above, under the same number with the same content.
    NothingLost,
    /// Nothing waits anywhere.
    NothingWaits,
    /// Every party goes by the same documents as the one above.
    SameDocuments,
    /// No name and no number of a child outside a school's folder.
    NoNames,
    /// Every child's status is the one worked out another way.
    Statuses,
    /// Every school's sheets are those worked out another way.
    Sheets,
    /// A hub dials its parent and lets in whom it has below: two counties never meet.
    OnlyNeighbours,
    /// Every case that was referred has come to its end.
    CasesEnd,
    /// On no evening did nobody answer for a child; at rest one county does.
    OneAnswers,
    /// The registrar and both counties hold the same chain of custody.
    SameChains,
    /// A proof file holds with the root alone, and names nobody.
    ProofsHold,
    /// A child who was placed is in class at one school, and moved at the other.
    CountedOnce,
}

/// What checking a law brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// Which law.
    pub law: Law,
    /// How many things were looked at.
    pub checked: u64,
    /// Where it is broken; the first few.
    pub broken: Vec<String>,
}

/// Breaches that are told of one law.
const TOLD: usize = 5;

impl Verdict {
    const fn of(law: Law) -> Self {
        Self { law, checked: 0, broken: Vec::new() }
    }

    /// Notes one thing that was looked at.
    fn hold(&mut self, holds: bool, breach: impl FnOnce() -> String) {
        self.checked += 1;
        if !holds && self.broken.len() < TOLD {
            self.broken.push(breach());
        }
    }

    /// Whether the law held, and was looked at at all.
    pub const fn holds(&self) -> bool {
        self.broken.is_empty() && self.checked > 0
    }
}

impl Law {
    /// Its name for machines.
    pub const fn code(self) -> &'static str {
        match self {
            Self::CountyTotals => "county_totals",
            Self::TotalsAbove => "totals_above",
            Self::NothingLost => "nothing_lost",
            Self::NothingWaits => "nothing_waits",
            Self::SameDocuments => "same_documents",
            Self::NoNames => "no_names",
            Self::Statuses => "statuses",
            Self::Sheets => "sheets",
            Self::OnlyNeighbours => "only_neighbours",
            Self::CasesEnd => "cases_end",
            Self::OneAnswers => "one_answers",
            Self::SameChains => "same_chains",
            Self::ProofsHold => "proofs_hold",
            Self::CountedOnce => "counted_once",
        }
    }
}

impl Say for Law {
    fn say(&self, lang: Lang) -> String {
        let (zh, en) = match self {
            Self::CountyTotals => {
                ("县级合计等于下级各校最后日报之和", "county totals are the sums of the last sheets below")
            }
            Self::TotalsAbove => {
                ("市、省合计等于各县合计之和", "city and province totals are the sums of the counties'")
            }
            Self::NothingLost => ("已确认的一条不丢、一字不差", "nothing acknowledged is lost or changed"),
            Self::NothingWaits => ("线路恢复后无一积压", "nothing waits once the lines hold"),
            Self::SameDocuments => ("下发文件各级一致", "everybody goes by the same documents"),
            Self::NoNames => ("姓名和证件号不出校门", "no name or ID number outside a school's folder"),
            Self::Statuses => ("每名学生的状态与另法推算一致", "statuses equal an independent recomputation"),
            Self::Sheets => ("各校日报与另法推算一致", "sheets equal an independent recomputation"),
            Self::OnlyNeighbours => {
                ("各级只与上下级相连，两县从不直连", "hubs know only above and below; no two counties meet")
            }
            Self::CasesEnd => ("转交的每件均有结果", "every case that was referred has come to its end"),
            Self::OneAnswers => ("每名学生始终有县负责，且最终只有一县", "one county answers, never none"),
            Self::SameChains => ("转出县、流入县、登记方所持交接链一致", "one chain of custody at all three"),
            Self::ProofsHold => {
                ("交接证明脱网可核验，不含姓名", "proofs hold with the root alone, and name nobody")
            }
            Self::CountedOnce => ("转走的学生只在一校计为在读", "a child who moved counts once"),
        };
        lang.pick(zh, en).to_owned()
    }
}

/// Checks every law on a tree at rest. `log`: what the parties logged, where it was kept.
///
/// # Errors
/// When a store cannot be read.
pub async fn check(tree: &Tree, log: Option<&[u8]>) -> Result<Vec<Verdict>> {
    let mut verdicts = figures::check(tree).await?;
    verdicts.extend(entries::check(tree).await?);
    verdicts.push(documents::check(tree).await?);
    verdicts.push(secrets::check(tree, log).await?);
    verdicts.extend(truths::check(tree).await?);
    Ok(verdicts)
}

/// Checks the laws of children handed from place to place, on a tree at rest.
///
/// # Errors
/// When a store cannot be read.
pub async fn handovers(tree: &Tree, officers: &Officers) -> Result<Vec<Verdict>> {
    custody::check(tree, officers).await
}
