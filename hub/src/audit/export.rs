//! The whole log as a file for inspectors: signed by the hub's certificate, and checked with the root's
//! certificate alone.

use proto::identity::Identity;
use proto::identity::certificate::Certificate;
use proto::identity::lineage::leaf_under;
use proto::model::lang::{Lang, Say};
use proto::model::party::Party;
use proto::say;
use proto::store::record::to_bytes;
use serde::{Deserialize, Serialize};

use super::{Head, Logged, link};
use crate::directory::hex;

/// What the signature is over, before the records.
const SIGNED: &[u8] = b"guixue/audit/export/v1";

/// An exported log, as JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Export {
    /// Whose log.
    pub party: Party,
    /// The records as a JSON text of their own: the text is what is signed.
    pub records: String,
    /// The hash after the last record, hexadecimal.
    pub head: String,
    /// Ed25519 over the purpose, the records and the head, hexadecimal.
    pub signature: String,
    /// The hub's certificate and its issuers, DER, hexadecimal.
    pub certificates: Vec<String>,
}

/// Why an exported log proves nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadExport {
    /// Not such a file.
    #[error("the file is no exported log")]
    Unreadable,
    /// The certificates do not lead from the hub to the root.
    #[error("the certificates do not lead from {0} to the root")]
    Chain(Party),
    /// The signature does not fit: something was changed after the export.
    #[error("the signature of {0} does not fit the records")]
    Signature(Party),
    /// The log did not hold together when it was exported.
    #[error("record {0} does not follow from the one before")]
    Unlinked(u64),
}

impl Export {
    /// Signs the records of a log, the first one first.
    ///
    /// # Errors
    /// When the records cannot be written as JSON.
    pub fn sign(identity: &Identity, records: &[Logged], head: Head) -> Result<Self, serde_json::Error> {
        let (records, head) = (serde_json::to_string(records)?, hex(&head.hash.0));
        let signature = identity.key().sign(&signed(&records, &head));
        let above = identity.lineage().authorities().iter().map(Certificate::der);
        let chain = std::iter::once(identity.leaf().der()).chain(above);
        Ok(Self {
            party: identity.party().clone(),
            records,
            head,
            signature: hex(&signature),
            certificates: chain.map(|certificate| hex(certificate.as_ref())).collect(),
        })
    }

    /// Reads a file.
    ///
    /// # Errors
    /// [`BadExport::Unreadable`].
    pub fn read(text: &str) -> Result<Self, BadExport> {
        serde_json::from_str(text).map_err(|_| BadExport::Unreadable)
    }

    /// Checks that the hub signed these records and that each follows from the one before. Gives the records.
    ///
    /// # Errors
    /// [`BadExport`].
    pub fn check(&self, root: &Certificate) -> Result<Vec<Logged>, BadExport> {
        let chain = self.certificates.iter().map(|text| unhex(text)).collect::<Option<Vec<_>>>();
        let leaf =
            chain.and_then(|chain| leaf_under(&chain, root)).filter(|leaf| *leaf.party() == self.party);
        let leaf = leaf.ok_or_else(|| BadExport::Chain(self.party.clone()))?;
        let signature = unhex(&self.signature).ok_or(BadExport::Unreadable)?;
        let fits = leaf.key().verify(&signed(&self.records, &self.head), &signature);
        fits.map_err(|_| BadExport::Signature(self.party.clone()))?;
        let records: Vec<Logged> = serde_json::from_str(&self.records).map_err(|_| BadExport::Unreadable)?;
        let mut at = Head::START;
        for logged in &records {
            if logged.n != at.n + 1 || logged.prev != at.hash {
                return Err(BadExport::Unlinked(at.n + 1));
            }
            at = at.then(&link(&to_bytes(logged)));
        }
        if hex(&at.hash.0) == self.head { Ok(records) } else { Err(BadExport::Unlinked(at.n)) }
    }
}

fn signed(records: &str, head: &str) -> Vec<u8> {
    [SIGNED, records.as_bytes(), b"\0", head.as_bytes()].concat()
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits = |two: &[u8]| u8::from_str_radix(std::str::from_utf8(two).ok()?, 16).ok();
    let whole = text.len().is_multiple_of(2) && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    whole.then(|| text.as_bytes().chunks(2).map(digits).collect())?
}

impl Say for BadExport {
    fn say(&self, lang: Lang) -> String {
        match self {
            Self::Unreadable => say!(
                lang,
                "这不是导出的查阅日志。请用 audit export 重新导出。",
                "This is no exported log. Export it again with audit export."
            ),
            Self::Chain(party) => say!(
                lang,
                "{party} 的证书不能追溯到所给的根证书。请核对根证书是否为本省的（guixue-hub root）。",
                "The certificates of {party} do not lead to the root given. Check that it is the province's (guixue-hub root)."
            ),
            Self::Signature(party) => say!(
                lang,
                "{party} 的签名与内容不符：文件在导出之后被改动过。请向该单位重新索取。",
                "The signature of {party} does not fit: the file was changed after the export. Ask for it again."
            ),
            Self::Unlinked(n) => say!(
                lang,
                "第 {n} 条记录与前一条不衔接：导出时日志已被改动。请保留现场并报告上级。",
                "Record {n} does not follow from the one before: the log was tampered with before the export. Report to the office above."
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use proto::identity::authority::Authority;
    use proto::identity::csr;
    use proto::identity::keys::SecretKey;
    use proto::identity::lineage::Lineage;
    use proto::model::day::Moment;
    use proto::store::{MemoryStore, Room};

    use super::super::{Action, Ended, Note, append, head, list, object};
    use super::*;

    const NOW: Moment = Moment(1_758_000_000_000);

    fn exported() -> (Export, Certificate) {
        let [province, county]: [Party; 2] = ["p52", "p52/c5205/d520502"].map(|path| path.parse().unwrap());
        let authority = Authority::create(&province, NOW, 900).unwrap();
        let root = authority.certificate().clone();
        let key = SecretKey::generate();
        let leaf = authority.issue_leaf(&csr::request(&county, &key), &county, NOW, 398).unwrap();
        let lineage = Lineage::new([root.der().to_vec()]).unwrap();
        let identity = Identity::new(Arc::new(key), leaf, lineage).unwrap();
        let store = MemoryStore::default();
        let mut room = Room::new(&store);
        for who in ["wang", "li", "zhao"] {
            let (who, role, purpose) = (who.to_owned(), "on duty".to_owned(), "核实去向".to_owned());
            let (action, ended) = (Action::OpenReport, Ended::Done);
            append(&mut room, Note { who, role, purpose, action, object: object(b"x"), ended }, NOW).unwrap();
        }
        let mut records = list(&room, 10).unwrap();
        records.reverse();
        (Export::sign(&identity, &records, head(&room).unwrap()).unwrap(), root)
    }

    #[test]
    fn an_export_is_proven_by_the_root_alone_and_a_changed_one_is_not() {
        let (export, root) = exported();
        let text = serde_json::to_string_pretty(&export).unwrap();
        let read = Export::read(&text).unwrap();
        assert_eq!(read.check(&root).unwrap().len(), 3);
        let changed = Export { records: export.records.replace("wang", "feng"), ..export.clone() };
        let city = Export { party: "p52/c5205".parse().unwrap(), ..export.clone() };
        let cut = Export { certificates: export.certificates[..1].to_vec(), ..export.clone() };
        let stranger = Authority::create(&"p52".parse().unwrap(), NOW, 900).unwrap();
        for (bad, root, error) in [
            (&changed, &root, BadExport::Signature(export.party.clone())),
            (&city, &root, BadExport::Chain(city.party.clone())),
            (&cut, &root, BadExport::Chain(export.party.clone())),
            (&export, stranger.certificate(), BadExport::Chain(export.party.clone())),
        ] {
            assert_eq!(bad.check(root), Err(error.clone()));
            assert!(error.say(Lang::Zh).ends_with('。'));
        }
        assert_eq!(Export::read("[]"), Err(BadExport::Unreadable));
    }
}
