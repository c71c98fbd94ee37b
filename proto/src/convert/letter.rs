//! Letters on the wire. One message a letter; what this release does not know is [`Malformed::Later`].

mod abroad;
mod field;
mod inquiry;
mod pool;
mod read;
mod record;
mod words;
mod write;

use prost::Message as _;

use super::Malformed;
use crate::model::case::Letter;
use crate::wire::letter as wire;
use crate::wire::letter::letter::Content;

pub use record::{account_in, account_out, record_in, record_out};

/// A letter as a parcel carries it.
pub fn letter_out(letter: &Letter) -> Vec<u8> {
    let content = match letter {
        Letter::Key(key) => Content::Key(key.bytes().to_vec()),
        Letter::Progress(progress) => Content::Progress(progress.into()),
        Letter::Report(report) => Content::Report(report.into()),
        Letter::Direction(direction) => Content::Direction(direction.into()),
        Letter::Referral(referral) => Content::Referral(referral.into()),
        Letter::News(news) => Content::News(news.into()),
        Letter::Custody(message) => Content::Custody(message.clone()),
        Letter::Showing(showing) => Content::Showing(showing.into()),
        Letter::Ask(ask) => Content::Ask(ask.into()),
        Letter::Release(release) => Content::Release(release.into()),
        Letter::Assignment(assignment) => Content::Assignment(assignment.into()),
        Letter::Finding(finding) => Content::Finding(finding.into()),
        Letter::Answer(answer) => Content::Answer(answer.into()),
        Letter::Late(late) => Content::Late(late.into()),
        Letter::AuditHead(head) => Content::AuditHead(head.into()),
        Letter::Escalation(escalation) => Content::Escalation(escalation.into()),
        Letter::Outward(outward) => Content::Outward(outward.into()),
        Letter::Posted(posted) => Content::Posted(posted.into()),
        Letter::Listed(listed) => Content::Listed(listed.into()),
        Letter::Checked(checked) => Content::Checked(checked.into()),
        Letter::PoolAsk(pool_ask) => Content::PoolAsk(pool_ask.into()),
        Letter::PoolKey(pool_key) => Content::PoolKey(pool_key.into()),
        Letter::Newcomer(newcomer) => Content::Newcomer(newcomer.into()),
        Letter::Roll(roll) => Content::Roll(roll.into()),
        Letter::Revocation(revocation) => Content::Revocation(revocation.clone()),
        Letter::Tokens(tokens) => Content::Tokens(tokens.into()),
        Letter::Match(found) => Content::Match(found.into()),
        Letter::Proof(proof) => Content::Proof(proof.into()),
        Letter::Refused(refused) => Content::Refused(refused.into()),
        Letter::Introduced(introduced) => Content::Introduced(introduced.into()),
        Letter::Inquiry(inquiry) => Content::Inquiry(inquiry.into()),
        Letter::Replied(replied) => Content::Replied(replied.into()),
        Letter::Unheard(unheard) => Content::Unheard(unheard.into()),
        Letter::Withdrawn(withdrawn) => Content::Withdrawn(withdrawn.into()),
        Letter::Kept(kept) => Content::Kept(kept.into()),
    };
    wire::Letter { content: Some(content) }.encode_to_vec()
}

/// A letter from a parcel.
///
/// # Errors
/// [`Malformed::Later`] for a letter or a word that a later release may read; else what is wrong with it.
pub fn letter_in(bytes: &[u8]) -> Result<Letter, Malformed> {
    let wire::Letter { content } = wire::Letter::decode(bytes).map_err(|_| Malformed::NotA("letter"))?;
    let none = if bytes.is_empty() { Malformed::Field("letter") } else { Malformed::Later("letter") };
    Ok(match content.ok_or(none)? {
        Content::Key(key) => Letter::Key(field::key(&key, "key")?),
        Content::Progress(progress) => Letter::Progress(progress.try_into()?),
        Content::Report(report) => Letter::Report(report.try_into()?),
        Content::Direction(direction) => Letter::Direction(direction.try_into()?),
        Content::Referral(referral) => Letter::Referral(referral.try_into()?),
        Content::News(news) => Letter::News(news.try_into()?),
        Content::Custody(message) => Letter::Custody(field::custody(message)?),
        Content::Showing(showing) => Letter::Showing(showing.try_into()?),
        Content::Ask(ask) => Letter::Ask(ask.try_into()?),
        Content::Release(release) => Letter::Release(release.try_into()?),
        Content::Assignment(assignment) => Letter::Assignment(assignment.try_into()?),
        Content::Finding(finding) => Letter::Finding(finding.try_into()?),
        Content::Answer(answer) => Letter::Answer(answer.try_into()?),
        Content::Late(late) => Letter::Late(late.try_into()?),
        Content::AuditHead(head) => Letter::AuditHead(head.try_into()?),
        Content::Escalation(escalation) => Letter::Escalation(escalation.try_into()?),
        Content::Outward(outward) => Letter::Outward(outward.try_into()?),
        Content::Posted(posted) => Letter::Posted(posted.try_into()?),
        Content::Listed(listed) => Letter::Listed(listed.try_into()?),
        Content::Checked(checked) => Letter::Checked(checked.try_into()?),
        Content::PoolAsk(pool_ask) => Letter::PoolAsk(pool_ask.try_into()?),
        Content::PoolKey(pool_key) => Letter::PoolKey(pool_key.try_into()?),
        Content::Newcomer(newcomer) => Letter::Newcomer(newcomer.try_into()?),
        Content::Roll(roll) => Letter::Roll(roll.try_into()?),
        Content::Revocation(revocation) => Letter::Revocation(field::custody(revocation)?),
        Content::Tokens(tokens) => Letter::Tokens(tokens.try_into()?),
        Content::Match(found) => Letter::Match(found.try_into()?),
        Content::Proof(proof) => Letter::Proof(proof.try_into()?),
        Content::Refused(refused) => Letter::Refused(refused.try_into()?),
        Content::Introduced(introduced) => Letter::Introduced(introduced.try_into()?),
        Content::Inquiry(inquiry) => Letter::Inquiry(inquiry.try_into()?),
        Content::Replied(replied) => Letter::Replied(replied.try_into()?),
        Content::Unheard(unheard) => Letter::Unheard(unheard.try_into()?),
        Content::Withdrawn(withdrawn) => Letter::Withdrawn(withdrawn.try_into()?),
        Content::Kept(kept) => Letter::Kept(kept.try_into()?),
    })
}

#[cfg(test)]
mod tests;
