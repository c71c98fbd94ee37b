//! Reports and welcomes: lists of chains, on pages.

use super::{Malformed, Pool, ballot_in, ballot_out, hash_in, leg_in, party_in};
use crate::custody::digest::Digest;
use crate::custody::message::{Heads, Openness, Welcome};
use crate::custody::page::Page;
use crate::model::case::Leg;
use crate::model::party::Party;
use crate::wire;

impl Pool {
    pub(super) fn heads_out(&mut self, heads: &Heads) -> wire::CustodyHeads {
        wire::CustodyHeads {
            life: Some(ballot_out(heads.life)),
            promise: Some(ballot_out(heads.promise)),
            chains: heads.chains.iter().map(|chain| self.chain_out(chain)).collect(),
            shown: heads.shown.to_bytes(),
            page: Some(page_out(&heads.page)),
        }
    }

    pub(super) fn heads_in(&self, heads: wire::CustodyHeads) -> Result<Heads, Malformed> {
        Ok(Heads {
            life: ballot_in(heads.life, "heads.life")?,
            promise: ballot_in(heads.promise, "heads.promise")?,
            shown: digest_in(&heads.shown, "heads.shown")?,
            page: page_in(heads.page)?,
            chains: self.chains_in(heads.chains)?,
        })
    }

    pub(super) fn welcome_out(&mut self, welcome: &Welcome) -> wire::CustodyWelcome {
        wire::CustodyWelcome {
            ballot: Some(ballot_out(welcome.ballot)),
            life: Some(ballot_out(welcome.life)),
            everyone: welcome.open == Openness::Everyone,
            reported: match &welcome.open {
                Openness::Everyone => Vec::new(),
                Openness::Only(those) => those.iter().map(Party::to_string).collect(),
            },
            chains: welcome.chains.iter().map(|chain| self.chain_out(chain)).collect(),
            all: welcome.told.is_none(),
            told: welcome.told.iter().flatten().copied().collect(),
            page: Some(page_out(&welcome.page)),
        }
    }

    pub(super) fn welcome_in(&self, welcome: wire::CustodyWelcome) -> Result<Welcome, Malformed> {
        Ok(Welcome {
            ballot: ballot_in(welcome.ballot, "welcome.ballot")?,
            life: ballot_in(welcome.life, "welcome.life")?,
            open: openness_in(welcome.everyone, &welcome.reported)?,
            told: (!welcome.all).then(|| welcome.told.into_iter().collect()),
            page: page_in(welcome.page)?,
            chains: self.chains_in(welcome.chains)?,
        })
    }
}

fn openness_in(everyone: bool, reported: &[String]) -> Result<Openness, Malformed> {
    if everyone {
        return Ok(Openness::Everyone);
    }
    let those = reported.iter().map(|party| party_in(party, "welcome.reported"));
    those.collect::<Result<_, _>>().map(Openness::Only)
}

pub(super) fn digest_in(bytes: &[u8], field: &'static str) -> Result<Digest, Malformed> {
    Digest::from_bytes(bytes).ok_or(Malformed::Field(field))
}

fn page_out(page: &Page) -> wire::CustodyPage {
    let leg = |leg: Leg| wire::CustodyLeg { case: leg.case.0.to_vec(), number: leg.number.into() };
    wire::CustodyPage {
        list: page.list.0.to_vec(),
        number: page.number,
        of: page.of,
        after: page.after.map(leg),
        through: page.through.map(leg),
    }
}

fn page_in(page: Option<wire::CustodyPage>) -> Result<Page, Malformed> {
    let page = page.ok_or(Malformed::Field("page"))?;
    let leg = |leg: wire::CustodyLeg| leg_in(&leg.case, leg.number);
    if page.number >= page.of {
        return Err(Malformed::Field("page.number"));
    }
    Ok(Page {
        list: hash_in(&page.list, "page.list")?,
        number: page.number,
        of: page.of,
        after: page.after.map(leg).transpose()?,
        through: page.through.map(leg).transpose()?,
    })
}
