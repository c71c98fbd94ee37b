//! What must be true of the whole tree once its lines hold again, however they broke before.

use anyhow::Result;
use proto::model::lang::{Lang, Say};

use crate::tree::Tree;

mod documents;
mod entries;
mod figures;
mod secrets;
mod truths;

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
