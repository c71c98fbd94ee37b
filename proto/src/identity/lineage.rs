//! The authorities above a party, from the one that issued its certificate up to the root. By them a
//! school checks a document that the province signed, without any link to the province.

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};

use super::certificate::{Certificate, NotACertificate};
use crate::model::day::Moment;
use crate::model::document::Document;
use crate::model::lang::{Lang, Say};
use crate::model::party::Party;
use crate::say;

/// Longest possible: county, city, province.
const MAX_AUTHORITIES: usize = 3;

/// A chain of authorities, nearest first, each issued by the next, the last one by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lineage {
    authorities: Vec<Certificate>,
}

/// Why a chain is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadLineage {
    /// No authority at all, or more than there are levels.
    #[error("a lineage has 1 to 3 authorities, not {0}")]
    Length(usize),
    /// One of its certificates is wrong.
    #[error("an authority in the lineage is refused: {0}")]
    Certificate(#[from] NotACertificate),
    /// One is not issued by the next, or the last not by itself.
    #[error("{0} was not issued by the authority above it")]
    Broken(Party),
    /// An authority that was known has another key now.
    #[error("{0} has another key than the one known so far")]
    OtherKey(Party),
    /// The new chain ends below where the known one ended.
    #[error("the lineage no longer reaches {0}")]
    Shorter(Party),
}

/// Why a document's signature is not accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unsigned {
    /// Its issuer is no authority above this party.
    #[error("{0} is not an authority above this unit")]
    Stranger(Party),
    /// The signature does not fit.
    #[error("the signature of {0} does not fit")]
    Forged(Party),
}

impl Lineage {
    /// A chain as it came from the parent. The caller has checked the first one's key against its pin;
    /// everything above is vouched for by the one below it.
    ///
    /// # Errors
    /// When a certificate is refused or the chain does not hold.
    pub fn new(chain: impl IntoIterator<Item = Vec<u8>>) -> Result<Self, BadLineage> {
        let mut authorities = Vec::new();
        for der in chain {
            if authorities.len() == MAX_AUTHORITIES {
                return Err(BadLineage::Length(MAX_AUTHORITIES + 1));
            }
            authorities.push(Certificate::authority(der)?);
        }
        let root = authorities.last().ok_or(BadLineage::Length(0))?;
        let issuers = authorities.iter().skip(1).chain([root]);
        for (authority, issuer) in authorities.iter().zip(issuers) {
            let climbs = std::ptr::eq(authority, issuer) || authority.party().is_below(issuer.party());
            authority
                .issued_by(issuer)
                .ok()
                .filter(|()| climbs)
                .ok_or_else(|| BadLineage::Broken(authority.party().clone()))?;
        }
        Ok(Self { authorities })
    }

    /// The lineage of a hub whose authority is `nearest`, standing on `above`: what it gives to those
    /// that join it.
    ///
    /// # Errors
    /// When `nearest` was not issued by the first of `above`, or by itself when there is none.
    pub fn below(nearest: &Certificate, above: Option<&Self>) -> Result<Self, BadLineage> {
        let above = above.into_iter().flat_map(|above| &above.authorities);
        Self::new([nearest].into_iter().chain(above).map(|authority| authority.der().to_vec()))
    }

    /// Takes a newer chain in place of this one: authorities may be renewed and may be added at the top
    /// (a county that has joined its city since), but a known party never changes its key silently.
    ///
    /// # Errors
    /// When a known authority has another key or is gone.
    pub fn renewed(&self, newer: Self) -> Result<Self, BadLineage> {
        for known in &self.authorities {
            let now = newer.of(known.party()).ok_or_else(|| BadLineage::Shorter(known.party().clone()))?;
            if now.key() != known.key() {
                return Err(BadLineage::OtherKey(known.party().clone()));
            }
        }
        if newer.nearest().party() == self.nearest().party() {
            Ok(newer)
        } else {
            Err(BadLineage::Broken(newer.nearest().party().clone()))
        }
    }

    /// The authority that issues for this party: its trust anchor.
    pub fn nearest(&self) -> &Certificate {
        &self.authorities[0]
    }

    /// The one at the top.
    pub fn root(&self) -> &Certificate {
        &self.authorities[self.authorities.len() - 1]
    }

    /// The authority of `party`, when it is in the chain.
    pub fn of(&self, party: &Party) -> Option<&Certificate> {
        self.authorities.iter().find(|authority| authority.party() == party)
    }

    /// All of them, nearest first.
    pub fn authorities(&self) -> &[Certificate] {
        &self.authorities
    }

    /// When the first of them expires.
    pub fn not_after(&self) -> Moment {
        self.authorities.iter().map(Certificate::not_after).min().expect("a lineage is never empty")
    }

    /// Checks that `issuer` signed `message`.
    ///
    /// # Errors
    /// When `issuer` is not in the chain or the signature does not fit.
    pub fn verify(&self, issuer: &Party, message: &[u8], signature: &[u8]) -> Result<(), Unsigned> {
        let authority = self.of(issuer).ok_or_else(|| Unsigned::Stranger(issuer.clone()))?;
        authority.key().verify(message, signature).map_err(|_| Unsigned::Forged(issuer.clone()))
    }

    /// Checks a document's signature.
    ///
    /// # Errors
    /// As [`Lineage::verify`].
    pub fn verify_document(&self, document: &Document) -> Result<(), Unsigned> {
        self.verify(&document.issuer, &document.signed_bytes(), &document.signature)
    }
}

/// The leaf of a chain, leaf first, that leads to `root`; `None` when it does not hold or names somebody whom its
/// issuer may not name. Dates are not looked at: what was signed stays signed.
///
/// The same few chains stand under all that one party signs: those that held are remembered. Nothing but the chain and
/// the root decides, so a remembered answer is the one that would be given again.
pub fn leaf_under(chain: &[Vec<u8>], root: &Certificate) -> Option<Certificate> {
    let asked = digest(chain, root);
    if let Some(leaf) = held().get(&asked) {
        return Some(leaf.clone());
    }
    let leaf = checked(chain, root)?;
    let mut held = held();
    if held.len() >= MOST_REMEMBERED {
        held.clear();
    }
    held.insert(asked, leaf.clone());
    Some(leaf)
}

fn checked(chain: &[Vec<u8>], root: &Certificate) -> Option<Certificate> {
    let (leaf, issuers) = chain.split_first()?;
    let leaf = Certificate::leaf(leaf.clone()).ok()?;
    let lineage = Lineage::new(issuers.iter().cloned()).ok()?;
    let known = lineage.root().key() == root.key() && lineage.root().party() == root.party();
    (known && leaf.issued_by(lineage.nearest()).is_ok()).then_some(leaf)
}

/// So many chains are remembered, of about 1 KB each.
const MOST_REMEMBERED: usize = 1_024;

fn held() -> MutexGuard<'static, HashMap<[u8; 32], Certificate>> {
    static HELD: LazyLock<Mutex<HashMap<[u8; 32], Certificate>>> = LazyLock::new(Mutex::default);
    HELD.lock().unwrap_or_else(PoisonError::into_inner)
}

fn digest(chain: &[Vec<u8>], root: &Certificate) -> [u8; 32] {
    let mut all = blake3::Hasher::new();
    for der in chain.iter().map(Vec::as_slice).chain([&**root.der()]) {
        all.update(&der.len().to_be_bytes()).update(der);
    }
    *all.finalize().as_bytes()
}

impl Say for BadLineage {
    fn say(&self, lang: Lang) -> String {
        match self {
            Self::Certificate(certificate) => certificate.say(lang),
            Self::Length(_) | Self::Broken(_) | Self::Shorter(_) => say!(
                lang,
                "上级发来的证书链不完整或不连续（{self}），不予使用，继续使用原有证书链。请通知上级核查",
                "the chain of authorities from the parent does not hold ({self}); it is not used, the known one stays. Tell the parent's office"
            ),
            Self::OtherKey(party) => say!(
                lang,
                "{party} 的签发密钥与已知的不同，不予使用。请先电话向该单位核实，确认更换后重新办理入网",
                "the authority {party} shows another key than the known one; it is not used. Call that office first; once the change is confirmed, join again"
            ),
        }
    }
}

impl Say for Unsigned {
    fn say(&self, lang: Lang) -> String {
        match self {
            Self::Stranger(party) => say!(
                lang,
                "文件署名单位 {party} 不是本单位的上级，不予采用",
                "the document is issued by {party}, which is not above this unit; it is not used"
            ),
            Self::Forged(party) => say!(
                lang,
                "文件上 {party} 的签名无效，内容可能被改动，不予采用。请通知该单位重新下发",
                "the signature of {party} on the document does not fit, its text may have been changed; it is not used. Ask that office to send it again"
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::authority::{AUTHORITY_DAYS, Authority};
    use crate::model::document::Topic;
    use crate::model::entry::Hash;

    const NOW: Moment = Moment(1_758_643_200_000);

    fn party(text: &str) -> Party {
        text.parse().unwrap()
    }

    fn authority(text: &str) -> Authority {
        Authority::create(&party(text), NOW, AUTHORITY_DAYS).unwrap()
    }

    fn joined(above: &Authority, text: &str) -> Authority {
        let below = authority(text);
        let issued = above.issue_authority(&below.request(), below.party(), NOW, AUTHORITY_DAYS).unwrap();
        below.with_certificate(issued).unwrap()
    }

    fn chain(authorities: &[&Authority]) -> Result<Lineage, BadLineage> {
        Lineage::new(authorities.iter().map(|a| a.certificate().der().to_vec()))
    }

    fn rulebook(issuer: &Party) -> Document {
        Document {
            topic: Topic::Rulebook,
            issuer: issuer.clone(),
            part: String::new(),
            version: 1,
            previous: Hash::ROOT,
            issued: NOW,
            body: "suspect_after = 5".to_owned(),
            signature: Vec::new(),
        }
    }

    #[test]
    fn a_school_checks_what_the_province_signed() {
        let province = authority("p52");
        let city = joined(&province, "p52/c5205");
        let county = joined(&city, "p52/c5205/d520502");
        let lineage = chain(&[&county, &city, &province]).unwrap();
        let signed = province.sign_document(rulebook(province.party())).unwrap();
        assert_eq!(lineage.verify_document(&signed), Ok(()));

        let mut altered = signed.clone();
        altered.body.push('0');
        assert_eq!(lineage.verify_document(&altered), Err(Unsigned::Forged(party("p52"))));
        let mut posing = county.sign_document(rulebook(county.party())).unwrap();
        posing.issuer = party("p52");
        assert_eq!(lineage.verify_document(&posing), Err(Unsigned::Forged(party("p52"))));
        let other = authority("p51");
        let foreign = other.sign_document(rulebook(other.party())).unwrap();
        assert_eq!(lineage.verify_document(&foreign), Err(Unsigned::Stranger(party("p51"))));
    }

    #[test]
    fn a_chain_that_does_not_hold_is_refused() {
        let (province, posing) = (authority("p52"), authority("p52"));
        let city = joined(&province, "p52/c5205");
        let county = joined(&city, "p52/c5205/d520502");
        assert_eq!(chain(&[]), Err(BadLineage::Length(0)));
        assert_eq!(chain(&[&county, &city, &province, &province]), Err(BadLineage::Length(4)));
        assert_eq!(chain(&[&county, &city]), Err(BadLineage::Broken(party("p52/c5205"))), "no root");
        assert_eq!(chain(&[&county, &city, &posing]), Err(BadLineage::Broken(party("p52/c5205"))));
        assert_eq!(chain(&[&county, &province]), Err(BadLineage::Broken(party("p52/c5205/d520502"))));
        assert_eq!(chain(&[&province, &province]), Err(BadLineage::Broken(party("p52"))), "twice the same");
    }

    #[test]
    fn a_lineage_grows_at_the_top_and_keeps_its_keys() {
        let alone = authority("p52/c5205/d520502");
        let before = chain(&[&alone]).unwrap();
        let province = authority("p52");
        let city = joined(&province, "p52/c5205");
        let issued = city.issue_authority(&alone.request(), alone.party(), NOW, AUTHORITY_DAYS).unwrap();
        let county = alone.with_certificate(issued).unwrap();
        let above = chain(&[&city, &province]).unwrap();
        let after = Lineage::below(county.certificate(), Some(&above)).unwrap();
        assert_eq!(after.root().party(), &party("p52"));
        assert_eq!(before.renewed(after.clone()), Ok(after.clone()));

        assert_eq!(after.renewed(before), Err(BadLineage::Shorter(party("p52/c5205"))));
        let other_city = joined(&province, "p52/c5205");
        let issued =
            other_city.issue_authority(&county.request(), county.party(), NOW, AUTHORITY_DAYS).unwrap();
        let county = county.with_certificate(issued).unwrap();
        let swapped = chain(&[&county, &other_city, &province]).unwrap();
        assert_eq!(after.renewed(swapped), Err(BadLineage::OtherKey(party("p52/c5205"))));
    }
}
