//! Custody on the wire. Steps are encoded here once, by their signer; everybody else keeps the bytes.

mod lists;

use prost::Message as _;

use super::{Malformed, hash_in};
use crate::custody::chain::Chain;
use crate::custody::message::Message;
use crate::custody::registrar::Refusal;
use crate::custody::sign::{Sequenced, Signature, Signed};
use crate::custody::step::{Ballot, RejectReason, Step, StepKind};
use crate::model::case::{CaseId, Leg};
use crate::model::day::Moment;
use crate::model::party::Party;
use crate::model::region::Region;
use crate::wire;
use crate::wire::custody_message::Body;

/// The most chains in a message: more legs than any county has with one registrar.
const MAX_CHAINS: usize = 100_000;
/// The most certificates behind one signature: a leaf, county, city, province.
const MAX_SIGNERS: usize = 4;

/// A step as its signer signs it.
pub(crate) fn step_out(step: &Step) -> Vec<u8> {
    let (kind, reason, hint) = kind_out(step.kind);
    wire::CustodyStep {
        case: step.leg.case.0.to_vec(),
        leg: step.leg.number.into(),
        n: step.n,
        prev: step.prev.0.to_vec(),
        kind: kind.into(),
        reason: reason.into(),
        hint,
        offerer: step.offerer.to_string(),
        receiver: step.receiver.to_string(),
        registrar: step.registrar.to_string(),
        by: step.by.to_string(),
        at: step.at.0,
        life: Some(ballot_out(step.life)),
        payload: step.payload.0.to_vec(),
        after: step.after.map(|hash| hash.0.to_vec()).unwrap_or_default(),
        note: step.note.clone(),
    }
    .encode_to_vec()
}

/// A step from its signer's bytes.
pub(crate) fn step_in(bytes: &[u8]) -> Result<Step, Malformed> {
    let step = wire::CustodyStep::decode(bytes).map_err(|_| Malformed::NotA("custody step"))?;
    let after = (!step.after.is_empty()).then(|| hash_in(&step.after, "step.after")).transpose()?;
    Ok(Step {
        leg: leg_in(&step.case, step.leg)?,
        n: step.n,
        prev: hash_in(&step.prev, "step.prev")?,
        kind: kind_in(&step)?,
        offerer: party_in(&step.offerer, "step.offerer")?,
        receiver: party_in(&step.receiver, "step.receiver")?,
        registrar: party_in(&step.registrar, "step.registrar")?,
        by: party_in(&step.by, "step.by")?,
        at: Moment(step.at),
        life: ballot_in(step.life, "step.life")?,
        payload: hash_in(&step.payload, "step.payload")?,
        after,
        note: step.note,
    })
}

fn kind_out(kind: StepKind) -> (wire::CustodyKind, wire::RejectReason, u32) {
    let reason = match kind {
        StepKind::Offer => return (wire::CustodyKind::Offer, wire::RejectReason::Unspecified, 0),
        StepKind::Accept => return (wire::CustodyKind::Accept, wire::RejectReason::Unspecified, 0),
        StepKind::Recall => return (wire::CustodyKind::Recall, wire::RejectReason::Unspecified, 0),
        StepKind::Expire => return (wire::CustodyKind::Expire, wire::RejectReason::Unspecified, 0),
        StepKind::Reject(reason) => reason,
    };
    let (reason, hint) = match reason {
        RejectReason::NotHere => (wire::RejectReason::NotHere, 0),
        RejectReason::Misrouted { hint } => (wire::RejectReason::Misrouted, hint.number()),
        RejectReason::Duplicate => (wire::RejectReason::Duplicate, 0),
        RejectReason::AlreadyEnrolled => (wire::RejectReason::AlreadyEnrolled, 0),
        RejectReason::OverAge => (wire::RejectReason::OverAge, 0),
        RejectReason::Insufficient => (wire::RejectReason::Insufficient, 0),
        RejectReason::KeyUnknown => (wire::RejectReason::KeyUnknown, 0),
    };
    (wire::CustodyKind::Reject, reason, hint)
}

fn kind_in(step: &wire::CustodyStep) -> Result<StepKind, Malformed> {
    match step.kind() {
        wire::CustodyKind::Offer => Ok(StepKind::Offer),
        wire::CustodyKind::Accept => Ok(StepKind::Accept),
        wire::CustodyKind::Recall => Ok(StepKind::Recall),
        wire::CustodyKind::Expire => Ok(StepKind::Expire),
        wire::CustodyKind::Reject => reason_in(step).map(StepKind::Reject),
        wire::CustodyKind::Unspecified => Err(Malformed::Field("step.kind")),
    }
}

fn reason_in(step: &wire::CustodyStep) -> Result<RejectReason, Malformed> {
    Ok(match step.reason() {
        wire::RejectReason::NotHere => RejectReason::NotHere,
        wire::RejectReason::Misrouted => {
            let hint = Region::from_number(step.hint).map_err(|_| Malformed::Field("step.hint"))?;
            RejectReason::Misrouted { hint }
        }
        wire::RejectReason::Duplicate => RejectReason::Duplicate,
        wire::RejectReason::AlreadyEnrolled => RejectReason::AlreadyEnrolled,
        wire::RejectReason::OverAge => RejectReason::OverAge,
        wire::RejectReason::Insufficient => RejectReason::Insufficient,
        wire::RejectReason::KeyUnknown => RejectReason::KeyUnknown,
        wire::RejectReason::Unspecified => return Err(Malformed::Field("step.reason")),
    })
}

/// A message as a letter's body.
pub fn message_out(message: &Message) -> Vec<u8> {
    let mut pool = Pool::default();
    let body = match message {
        Message::Propose(signed) => Body::Propose(pool.signed_out(signed)),
        Message::Refused { leg, step, why } => Body::Refused(wire::CustodyRefused {
            case: leg.case.0.to_vec(),
            leg: leg.number.into(),
            step: step.0.to_vec(),
            reason: refusal_out(*why).into(),
        }),
        Message::Sequenced { ballot, chain } => Body::Sequenced(wire::CustodyNews {
            ballot: Some(ballot_out(*ballot)),
            chain: Some(pool.chain_out(chain)),
        }),
        Message::Reborn { ballot, known } => {
            Body::Reborn(wire::CustodyReborn { ballot: Some(ballot_out(*ballot)), known: known.to_bytes() })
        }
        Message::Heads(heads) => Body::Heads(pool.heads_out(heads)),
        Message::Higher { ballot } => Body::Higher(ballot_out(*ballot)),
        Message::Stale { life } => Body::Stale(ballot_out(*life)),
        Message::Hello { life } => Body::Hello(ballot_out(*life)),
        Message::Welcome(welcome) => Body::Welcome(pool.welcome_out(welcome)),
    };
    wire::CustodyMessage { certificates: pool.certificates, body: Some(body) }.encode_to_vec()
}

/// A message from a letter's body. Chains are lawful; signatures are not checked yet.
///
/// # Errors
/// When the bytes are no such message.
pub fn message_in(bytes: &[u8]) -> Result<Message, Malformed> {
    let message = wire::CustodyMessage::decode(bytes).map_err(|_| Malformed::NotA("custody message"))?;
    let pool = Pool { certificates: message.certificates };
    let ballot = |ballot, field| ballot_in(Some(ballot), field);
    Ok(match message.body.ok_or(Malformed::Field("message.body"))? {
        Body::Propose(signed) => Message::Propose(Box::new(pool.signed_in(Some(signed))?)),
        Body::Refused(refused) => Message::Refused {
            leg: leg_in(&refused.case, refused.leg)?,
            step: hash_in(&refused.step, "refused.step")?,
            why: refusal_in(refused.reason())?,
        },
        Body::Sequenced(news) => Message::Sequenced {
            ballot: ballot_in(news.ballot, "news.ballot")?,
            chain: pool.chain_in(news.chain.ok_or(Malformed::Field("news.chain"))?)?,
        },
        Body::Reborn(reborn) => Message::Reborn {
            ballot: ballot_in(reborn.ballot, "reborn.ballot")?,
            known: lists::digest_in(&reborn.known, "reborn.known")?,
        },
        Body::Heads(heads) => Message::Heads(Box::new(pool.heads_in(heads)?)),
        Body::Higher(b) => Message::Higher { ballot: ballot(b, "higher")? },
        Body::Stale(b) => Message::Stale { life: ballot(b, "stale")? },
        Body::Hello(b) => Message::Hello { life: ballot(b, "hello")? },
        Body::Welcome(welcome) => Message::Welcome(Box::new(pool.welcome_in(welcome)?)),
    })
}

/// The certificates of a message, each once: the same few stand behind all its signatures.
#[derive(Default)]
struct Pool {
    certificates: Vec<Vec<u8>>,
}

impl Pool {
    fn place_of(&mut self, certificate: &[u8]) -> u32 {
        let known = self.certificates.iter().position(|known| known == certificate);
        let place = known.unwrap_or_else(|| {
            self.certificates.push(certificate.to_vec());
            self.certificates.len() - 1
        });
        u32::try_from(place).expect("a message has few certificates")
    }

    fn signature_out(&mut self, signature: &Signature) -> wire::CustodySignature {
        let chain = signature.chain.iter().map(|certificate| self.place_of(certificate)).collect();
        wire::CustodySignature { chain, bytes: signature.bytes.clone() }
    }

    fn signed_out(&mut self, signed: &Signed) -> wire::CustodySigned {
        let signature = Some(self.signature_out(signed.signature()));
        wire::CustodySigned { step: signed.bytes().to_vec(), signature }
    }

    fn sequenced_out(&mut self, sequenced: &Sequenced) -> wire::CustodySequenced {
        wire::CustodySequenced {
            signed: Some(self.signed_out(&sequenced.signed)),
            ballot: Some(ballot_out(sequenced.ballot)),
            at: sequenced.at.0,
            prev: sequenced.prev.0.to_vec(),
            countersign: Some(self.signature_out(&sequenced.countersign)),
        }
    }

    fn chain_out(&mut self, chain: &Chain) -> wire::CustodyChain {
        wire::CustodyChain { steps: chain.steps().iter().map(|step| self.sequenced_out(step)).collect() }
    }

    fn signature_in(&self, signature: Option<wire::CustodySignature>) -> Result<Signature, Malformed> {
        let signature = signature.ok_or(Malformed::Field("signature"))?;
        if signature.chain.len() > MAX_SIGNERS {
            return Err(Malformed::TooLarge("signature.chain"));
        }
        let certificate = |place: &u32| self.certificates.get(*place as usize).cloned();
        let chain = signature.chain.iter().map(certificate).collect::<Option<_>>();
        Ok(Signature { chain: chain.ok_or(Malformed::Field("signature.chain"))?, bytes: signature.bytes })
    }

    fn signed_in(&self, signed: Option<wire::CustodySigned>) -> Result<Signed, Malformed> {
        let signed = signed.ok_or(Malformed::Field("signed"))?;
        Signed::from_parts(signed.step, self.signature_in(signed.signature)?)
    }

    fn sequenced_in(&self, sequenced: wire::CustodySequenced) -> Result<Sequenced, Malformed> {
        Ok(Sequenced {
            signed: self.signed_in(sequenced.signed)?,
            ballot: ballot_in(sequenced.ballot, "sequenced.ballot")?,
            at: Moment(sequenced.at),
            prev: hash_in(&sequenced.prev, "sequenced.prev")?,
            countersign: self.signature_in(sequenced.countersign)?,
        })
    }

    fn chain_in(&self, chain: wire::CustodyChain) -> Result<Chain, Malformed> {
        let steps = chain.steps.into_iter().map(|step| self.sequenced_in(step));
        let steps = steps.collect::<Result<Vec<_>, _>>()?;
        Chain::try_from(steps).map_err(|_| Malformed::NotA("custody chain"))
    }

    fn chains_in(&self, chains: Vec<wire::CustodyChain>) -> Result<Vec<Chain>, Malformed> {
        if chains.len() > MAX_CHAINS {
            return Err(Malformed::TooLarge("chains"));
        }
        chains.into_iter().map(|chain| self.chain_in(chain)).collect()
    }
}

const fn ballot_out(ballot: Ballot) -> wire::Ballot {
    wire::Ballot { number: ballot.number, nonce: ballot.nonce }
}

fn ballot_in(ballot: Option<wire::Ballot>, field: &'static str) -> Result<Ballot, Malformed> {
    let ballot = ballot.ok_or(Malformed::Field(field))?;
    Ok(Ballot { number: ballot.number, nonce: ballot.nonce })
}

fn leg_in(case: &[u8], number: u32) -> Result<Leg, Malformed> {
    let case = case.try_into().map(CaseId).map_err(|_| Malformed::Field("case"))?;
    Ok(Leg { case, number: number.try_into().map_err(|_| Malformed::Field("leg"))? })
}

fn party_in(path: &str, field: &'static str) -> Result<Party, Malformed> {
    path.parse().map_err(|_| Malformed::Field(field))
}

const fn refusal_out(why: Refusal) -> wire::CustodyRefusal {
    match why {
        Refusal::NotMine => wire::CustodyRefusal::NotMine,
        Refusal::Locked => wire::CustodyRefusal::Locked,
        Refusal::Fenced => wire::CustodyRefusal::Fenced,
        Refusal::Frozen => wire::CustodyRefusal::Frozen,
        Refusal::Lost => wire::CustodyRefusal::Lost,
        Refusal::Ahead => wire::CustodyRefusal::Ahead,
        Refusal::Unlawful => wire::CustodyRefusal::Unlawful,
        Refusal::Revoked => wire::CustodyRefusal::Revoked,
    }
}

const fn refusal_in(why: wire::CustodyRefusal) -> Result<Refusal, Malformed> {
    Ok(match why {
        wire::CustodyRefusal::NotMine => Refusal::NotMine,
        wire::CustodyRefusal::Locked => Refusal::Locked,
        wire::CustodyRefusal::Fenced => Refusal::Fenced,
        wire::CustodyRefusal::Frozen => Refusal::Frozen,
        wire::CustodyRefusal::Lost => Refusal::Lost,
        wire::CustodyRefusal::Ahead => Refusal::Ahead,
        wire::CustodyRefusal::Unlawful => Refusal::Unlawful,
        wire::CustodyRefusal::Revoked => Refusal::Revoked,
        wire::CustodyRefusal::Unspecified => return Err(Malformed::Field("refused.reason")),
    })
}
