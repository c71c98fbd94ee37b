//! The cases of a rehearsal in figures.

use std::collections::BTreeMap;
use std::path::PathBuf;

use hub::routing::Scope;
use proto::model::lang::{Lang, Say};
use proto::say;
use serde::Serialize;

use crate::laws::{Law, Verdict, proof_file};
use crate::officers::{Errand, Kind, Officers};
use crate::tree::Tree;

/// What became of the children who were found elsewhere.
#[derive(Debug, Clone, Serialize)]
pub struct Transfers {
    /// Cases that schools referred, by their scope.
    pub by_scope: BTreeMap<&'static str, usize>,
    /// Another place answers for the child now.
    pub handed_over: usize,
    /// Offers that were rejected, and made again.
    pub rejected: usize,
    /// Cases that their school took back.
    pub withdrawn: usize,
    /// Nights from a referral to the answer, the median.
    pub nights_to_answer: Option<u16>,
    /// Proof files that were verified with the root alone.
    pub proofs_verified: usize,
    /// One child's way from a city to another.
    pub story: Option<Story>,
}

/// One child's way.
#[derive(Debug, Clone, Serialize)]
pub struct Story {
    /// The school that lost the child.
    pub from: String,
    /// The school where the child is in class.
    pub to: String,
    /// The night of the referral.
    pub referred: u16,
    /// The night on which the answer was back.
    pub answered: u16,
    /// The proof, verified offline.
    pub proof: PathBuf,
}

impl Transfers {
    pub(super) fn of(tree: &Tree, officers: &Officers, verdicts: &[Verdict]) -> Self {
        let mut by_scope = BTreeMap::new();
        officers.referred().for_each(|errand| *by_scope.entry(word(errand.scope)).or_default() += 1);
        let ended = |errand: &&Errand| errand.ended.is_some();
        let gone = |errand: &&Errand| errand.kind != Kind::Withdrawn;
        let mut nights: Vec<u16> = officers
            .referred()
            .filter(gone)
            .filter_map(|errand| Some(errand.ended?.0 - errand.referred))
            .collect();
        nights.sort_unstable();
        let verified = verdicts.iter().find(|verdict| verdict.law == Law::ProofsHold);
        Self {
            by_scope,
            handed_over: officers.referred().filter(gone).filter(ended).count(),
            rejected: officers.referred().filter(|errand| errand.rejected).count(),
            withdrawn: officers.referred().filter(|errand| !gone(errand)).filter(ended).count(),
            nights_to_answer: nights.get(nights.len() / 2).copied(),
            // each file is looked at twice: whether it proves, and whether it names somebody
            proofs_verified: verified.filter(|v| v.holds()).map_or(0, |v| v.checked as usize / 2),
            story: story(tree, officers),
        }
    }
}

fn story(tree: &Tree, officers: &Officers) -> Option<Story> {
    let far = |errand: &&Errand| errand.scope == Scope::S2 && errand.kind != Kind::Withdrawn;
    officers.referred().filter(far).find_map(|errand| {
        let name = |number: usize| {
            let plan = tree.school(number).plan();
            format!("{}（{}）", plan.name, plan.party)
        };
        Some(Story {
            from: name(errand.school),
            to: name(errand.placed?.school),
            referred: errand.referred,
            answered: errand.ended?.0,
            proof: proof_file(tree, errand.case?),
        })
    })
}

const fn word(scope: Scope) -> &'static str {
    match scope {
        Scope::S0 => "S0",
        Scope::S1 => "S1",
        Scope::S2 => "S2",
        Scope::S3 => "S3",
        Scope::S4 => "S4",
    }
}

impl Say for Transfers {
    fn say(&self, lang: Lang) -> String {
        let scopes: Vec<String> =
            self.by_scope.iter().map(|(scope, count)| format!("{scope} {count}")).collect();
        let nights = self.nights_to_answer.map_or_else(|| "-".to_owned(), |nights| nights.to_string());
        let mut lines = vec![say!(
            lang,
            "转交 {}；已由外地接收 {} 件，退回后再送 {} 件，撤回 {} 件；从转出到答复中位数 {} 夜；脱网核验交接证明 {} 份。",
            "Transfers: {}; {} handed over, {} rejected and offered again, {} withdrawn; median {} nights from referral to answer; {} proofs verified offline.",
            scopes.join(lang.pick("、", ", ")),
            self.handed_over,
            self.rejected,
            self.withdrawn,
            nights,
            self.proofs_verified
        )];
        if let Some(Story { from, to, referred, answered, proof }) = &self.story {
            lines.push(say!(
                lang,
                "其中一名：{} 第 {} 夜转出，现就读 {}，第 {} 夜收到答复；交接证明：{}",
                "One of them: lost at {}, referred on night {}, in class at {}, answered on night {}; proof: {}",
                from,
                referred,
                to,
                answered,
                proof.display()
            ));
        }
        lines.join("\n")
    }
}
