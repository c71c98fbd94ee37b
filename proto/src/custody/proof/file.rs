//! The file of a proof: JSON, bytes in hexadecimal, every certificate once.

use serde::{Deserialize, Serialize};

use super::{Flaw, Proof, ProofError};
use crate::custody::revoked::{MAX_KEYS, Revocation};
use crate::custody::sign::{Sequenced, Signature, Signed};
use crate::custody::step::Ballot;
use crate::identity::keys::SpkiHash;
use crate::model::day::Moment;
use crate::model::entry::Hash;
use crate::model::party::Party;

/// What the file calls itself.
const FORMAT: &str = "guixue custody proof";
/// The version without revocations.
const PLAIN: u32 = 1;
/// The version with revocations, the newest that is read.
const VERSION: u32 = 2;

/// The two fields that every version has.
#[derive(Deserialize)]
struct Cover {
    format: String,
    version: u32,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    format: String,
    version: u32,
    root: String,
    certificates: Vec<String>,
    legs: Vec<Vec<Line>>,
    /// From version 2.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    revocations: Vec<Revoked>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Revoked {
    party: Party,
    keys: Vec<String>,
    from: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    until: Option<i64>,
    by: Party,
    signature: Mark,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    step: String,
    signature: Mark,
    ballot: Ballot,
    recorded: i64,
    prev: String,
    countersign: Mark,
}

/// A signature; its certificates by their places in the list.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Mark {
    chain: Vec<usize>,
    bytes: String,
}

pub(super) fn write(proof: &Proof) -> String {
    let mut certificates = Vec::new();
    let mut mark = |signature: &Signature| {
        let chain = signature.chain.iter().map(|der| place_of(hex(der), &mut certificates)).collect();
        Mark { chain, bytes: hex(&signature.bytes) }
    };
    let mut line = |step: &Sequenced| Line {
        step: hex(step.signed.bytes()),
        signature: mark(step.signed.signature()),
        ballot: step.ballot,
        recorded: step.at.0,
        prev: hex(&step.prev.0),
        countersign: mark(&step.countersign),
    };
    let legs = proof.legs.iter().map(|leg| leg.iter().map(&mut line).collect()).collect();
    let revocations = proof.revocations.iter().map(|known| Revoked {
        party: known.party.clone(),
        keys: known.keys.iter().map(|key| hex(&key.0)).collect(),
        from: known.from.0,
        until: known.until.map(|until| until.0),
        by: known.by.clone(),
        signature: mark(&known.signature),
    });
    let revocations: Vec<Revoked> = revocations.collect();
    let version = if revocations.is_empty() { PLAIN } else { VERSION };
    let (format, root) = (FORMAT.to_owned(), hex(&proof.root));
    let file = File { format, version, root, certificates, legs, revocations };
    serde_json::to_string_pretty(&file).expect("text and numbers alone")
}

pub(super) fn read(text: &str) -> Result<Proof, ProofError> {
    let wrong = |error: serde_json::Error| ProofError::NotAProof(error.to_string());
    let cover: Cover = serde_json::from_str(text).map_err(wrong)?;
    if cover.format != FORMAT {
        return Err(ProofError::NotAProof(format!("its format is {:?}", cover.format)));
    }
    if !(PLAIN..=VERSION).contains(&cover.version) {
        return Err(ProofError::Version(cover.version));
    }
    let file: File = serde_json::from_str(text).map_err(wrong)?;
    let not_hex = || ProofError::NotAProof("a certificate is not hexadecimal".to_owned());
    let certificates: Option<Vec<_>> = file.certificates.iter().map(|text| unhex(text)).collect();
    let certificates = certificates.ok_or_else(not_hex)?;
    let legs = file.legs.iter().enumerate().map(|(leg, lines)| {
        let steps = lines.iter().enumerate().map(|(step, line)| {
            let flawed = ProofError::Step { leg: leg + 1, step: step + 1, flaw: Flaw::Unreadable };
            sequenced(line, &certificates).ok_or(flawed)
        });
        steps.collect::<Result<Vec<_>, _>>()
    });
    let legs = legs.collect::<Result<_, _>>()?;
    let revocations = file.revocations.iter().map(|known| revocation(known, &certificates));
    let revocations = revocations.collect::<Option<_>>();
    let unreadable = || ProofError::NotAProof("a revocation cannot be read".to_owned());
    let root = unhex(&file.root).ok_or_else(not_hex)?;
    Ok(Proof { root, legs, revocations: revocations.ok_or_else(unreadable)? })
}

fn revocation(known: &Revoked, certificates: &[Vec<u8>]) -> Option<Revocation> {
    let key = |text: &String| Some(SpkiHash(unhex(text)?.try_into().ok()?));
    Some(Revocation {
        party: known.party.clone(),
        keys: known.keys.iter().take(MAX_KEYS).map(key).collect::<Option<_>>()?,
        from: Moment(known.from),
        until: known.until.map(Moment),
        by: known.by.clone(),
        signature: signature(&known.signature, certificates)?,
    })
}

fn signature(mark: &Mark, certificates: &[Vec<u8>]) -> Option<Signature> {
    let chain = mark.chain.iter().map(|place| certificates.get(*place).cloned()).collect::<Option<_>>()?;
    Some(Signature { chain, bytes: unhex(&mark.bytes)? })
}

fn sequenced(line: &Line, certificates: &[Vec<u8>]) -> Option<Sequenced> {
    let signature = |mark: &Mark| signature(mark, certificates);
    Some(Sequenced {
        signed: Signed::from_parts(unhex(&line.step)?, signature(&line.signature)?).ok()?,
        ballot: line.ballot,
        at: Moment(line.recorded),
        prev: Hash(unhex(&line.prev)?.try_into().ok()?),
        countersign: signature(&line.countersign)?,
    })
}

fn place_of(text: String, certificates: &mut Vec<String>) -> usize {
    certificates.iter().position(|known| *known == text).unwrap_or_else(|| {
        certificates.push(text);
        certificates.len() - 1
    })
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Lower case alone: one spelling of one file.
fn unhex(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    rest.is_empty().then_some(())?;
    pairs.iter().map(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?)).collect()
}
