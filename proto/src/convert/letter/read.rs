//! Wire to model. Every field is checked here and nowhere later.

use super::field::{
    case, day, day_if_any, key, leg, links, number, party, region, region_if_any, revision, sealed, sentence,
    short, word, word_if_any,
};
use crate::convert::{Malformed, hash_in};
use crate::model::case::{
    Answer, Ask, Assignment, AuditHead, Directed, Direction, Escalation, Finding, Kept, Late, News, Overdue,
    Preview, Progress, Proof, Referral, Release, Report, Showing, Unheard, Withdrawn,
};
use crate::model::day::Moment;
use crate::wire::letter as wire;

/// Older than any pupil of nine years' schooling.
const MAX_AGE: u8 = 30;

/// What an inflow place sees, which must be there.
pub(super) fn preview(preview: Option<wire::Preview>, field: &'static str) -> Result<Preview, Malformed> {
    let preview = preview.ok_or(Malformed::Field(field))?;
    let within = |number: u32, least: u8, most: u8, field| {
        u8::try_from(number).ok().filter(|n| (least..=most).contains(n)).ok_or(Malformed::Field(field))
    };
    Ok(Preview {
        age_from: within(preview.age_from, 0, MAX_AGE, "preview.age_from")?,
        grade: within(preview.grade, 1, 9, "preview.grade")?,
        last: region(preview.last, "preview.last")?,
        evidence: word(preview.evidence, "preview.evidence")?,
    })
}

impl TryFrom<wire::Progress> for Progress {
    type Error = Malformed;

    fn try_from(progress: wire::Progress) -> Result<Self, Malformed> {
        if progress.acts.len() > Self::MOST_ACTS {
            return Err(Malformed::TooLarge("progress.acts"));
        }
        let acts = progress.acts.into_iter().map(Directed::try_from).collect::<Result<_, _>>()?;
        Ok(Self {
            case: case(&progress.case, "progress.case")?,
            revision: revision(progress.revision, "progress.revision")?,
            stage: word(progress.stage, "progress.stage")?,
            since: day(progress.since, "progress.since")?,
            due: day_if_any(progress.due, "progress.due")?,
            overdue: progress.overdue,
            suspended_until: day_if_any(progress.suspended_until, "progress.suspended_until")?,
            closing: word_if_any(progress.closing, "progress.closing")?,
            acts,
        })
    }
}

impl TryFrom<wire::Directed> for Directed {
    type Error = Malformed;

    fn try_from(directed: wire::Directed) -> Result<Self, Malformed> {
        Ok(Self {
            act: word(directed.act, "directed.act")?,
            day: day(directed.day, "directed.day")?,
            number: number(directed.number, "directed.number")?,
            until: day_if_any(directed.until, "directed.until")?,
            note: sentence(directed.note, "directed.note")?,
            earlier: directed.earlier,
        })
    }
}

impl TryFrom<wire::Report> for Report {
    type Error = Malformed;

    fn try_from(report: wire::Report) -> Result<Self, Malformed> {
        Ok(Self {
            case: case(&report.case, "report.case")?,
            revision: report.revision.max(1),
            number: number(report.number, "report.number")?,
            record: sealed(report.record, "report.record")?,
        })
    }
}

impl TryFrom<wire::Direction> for Direction {
    type Error = Malformed;

    fn try_from(direction: wire::Direction) -> Result<Self, Malformed> {
        Ok(Self {
            case: case(&direction.case, "direction.case")?,
            act: word(direction.act, "direction.act")?,
            day: day(direction.day, "direction.day")?,
            number: number(direction.number, "direction.number")?,
            until: day_if_any(direction.until, "direction.until")?,
            note: sentence(direction.note, "direction.note")?,
        })
    }
}

impl TryFrom<wire::Referral> for Referral {
    type Error = Malformed;

    fn try_from(referral: wire::Referral) -> Result<Self, Malformed> {
        Ok(Self {
            case: case(&referral.case, "referral.case")?,
            revision: revision(referral.revision, "referral.revision")?,
            to: region(referral.to, "referral.to")?,
            preview: preview(referral.preview, "referral.preview")?,
            record: sealed(referral.record, "referral.record")?,
            withdrawn: referral.withdrawn,
        })
    }
}

impl TryFrom<wire::News> for News {
    type Error = Malformed;

    fn try_from(news: wire::News) -> Result<Self, Malformed> {
        Ok(Self {
            leg: leg(news.leg, "news.leg")?,
            state: word(news.state, "news.state")?,
            place: region_if_any(news.place, "news.place")?,
            outcome: word_if_any(news.outcome, "news.outcome")?,
            at: Moment(news.at),
            reason: sentence(news.reason, "news.reason")?,
            yours: news.yours,
        })
    }
}

impl TryFrom<wire::Showing> for Showing {
    type Error = Malformed;

    fn try_from(showing: wire::Showing) -> Result<Self, Malformed> {
        Ok(Self {
            leg: leg(showing.leg, "showing.leg")?,
            preview: preview(showing.preview, "showing.preview")?,
            place: region(showing.place, "showing.place")?,
        })
    }
}

impl TryFrom<wire::Ask> for Ask {
    type Error = Malformed;

    fn try_from(ask: wire::Ask) -> Result<Self, Malformed> {
        Ok(Self {
            leg: leg(ask.leg, "ask.leg")?,
            purpose: sentence(ask.purpose, "ask.purpose")?,
            key: key(&ask.key, "ask.key")?,
        })
    }
}

impl TryFrom<wire::Release> for Release {
    type Error = Malformed;

    fn try_from(release: wire::Release) -> Result<Self, Malformed> {
        Ok(Self { leg: leg(release.leg, "release.leg")?, record: sealed(release.record, "release.record")? })
    }
}

impl TryFrom<wire::Assignment> for Assignment {
    type Error = Malformed;

    fn try_from(assignment: wire::Assignment) -> Result<Self, Malformed> {
        Ok(Self {
            leg: leg(assignment.leg, "assignment.leg")?,
            preview: preview(assignment.preview, "assignment.preview")?,
            record: sealed(assignment.record, "assignment.record")?,
            due: day(assignment.due, "assignment.due")?,
        })
    }
}

impl TryFrom<wire::Finding> for Finding {
    type Error = Malformed;

    fn try_from(finding: wire::Finding) -> Result<Self, Malformed> {
        Ok(Self {
            leg: leg(finding.leg, "finding.leg")?,
            outcome: word(finding.outcome, "finding.outcome")?,
            day: day(finding.day, "finding.day")?,
            place: region_if_any(finding.place, "finding.place")?,
            note: sentence(finding.note, "finding.note")?,
        })
    }
}

impl TryFrom<wire::Answer> for Answer {
    type Error = Malformed;

    fn try_from(answer: wire::Answer) -> Result<Self, Malformed> {
        Ok(Self {
            leg: leg(answer.leg, "answer.leg")?,
            outcome: word(answer.outcome, "answer.outcome")?,
            day: day(answer.day, "answer.day")?,
            roll_transfer: answer.roll_transfer,
        })
    }
}

impl TryFrom<wire::Late> for Late {
    type Error = Malformed;

    fn try_from(late: wire::Late) -> Result<Self, Malformed> {
        Ok(Self {
            case: case(&late.case, "late.case")?,
            text: sealed(late.text, "late.text")?,
            at: Moment(late.at),
            evidence: word_if_any(late.evidence, "late.evidence")?,
        })
    }
}

impl TryFrom<wire::Proof> for Proof {
    type Error = Malformed;

    fn try_from(proof: wire::Proof) -> Result<Self, Malformed> {
        let file = short(proof.file, Self::MAX, "proof.file")?;
        Ok(Self { case: case(&proof.case, "proof.case")?, file })
    }
}

impl TryFrom<wire::AuditHead> for AuditHead {
    type Error = Malformed;

    fn try_from(head: wire::AuditHead) -> Result<Self, Malformed> {
        let links = links(&head.links, "audit_head.links")?;
        // each record has its link
        if head.since.checked_add(links.len() as u64) != Some(head.n) {
            return Err(Malformed::Field("audit_head.since"));
        }
        Ok(Self {
            n: head.n,
            hash: hash_in(&head.hash, "audit_head.hash")?,
            since: head.since,
            base: hash_in(&head.base, "audit_head.base")?,
            links,
        })
    }
}

/// Duties of one office in one case.
const MAX_OPEN: usize = 32;

impl TryFrom<wire::Escalation> for Escalation {
    type Error = Malformed;

    fn try_from(escalation: wire::Escalation) -> Result<Self, Malformed> {
        if escalation.open.len() > MAX_OPEN {
            return Err(Malformed::TooLarge("escalation.open"));
        }
        let open = escalation.open.iter().map(|it| {
            let duty = word(it.duty, "escalation.open.duty")?;
            Ok(Overdue { duty, due: day(it.due, "escalation.open.due")? })
        });
        Ok(Self {
            case: case(&escalation.case, "escalation.case")?,
            by: party(&escalation.by, "escalation.by")?,
            office: word(escalation.office, "escalation.office")?,
            revision: escalation.revision,
            open: open.collect::<Result<_, Malformed>>()?,
            unattended: escalation.unattended,
        })
    }
}

impl TryFrom<wire::Unheard> for Unheard {
    type Error = Malformed;

    fn try_from(unheard: wire::Unheard) -> Result<Self, Malformed> {
        Ok(Self {
            leg: leg(unheard.leg, "unheard.leg")?,
            step: revision(unheard.step, "unheard.step")?,
            sent: day(unheard.sent, "unheard.sent")?,
            over: unheard.over,
        })
    }
}

impl TryFrom<wire::Withdrawn> for Withdrawn {
    type Error = Malformed;

    fn try_from(withdrawn: wire::Withdrawn) -> Result<Self, Malformed> {
        Ok(Self {
            leg: leg(withdrawn.leg, "withdrawn.leg")?,
            county: party(&withdrawn.county, "withdrawn.county")?,
            day: day(withdrawn.day, "withdrawn.day")?,
            why: word_if_any(withdrawn.why, "withdrawn.why")?,
        })
    }
}

impl TryFrom<wire::Kept> for Kept {
    type Error = Malformed;

    fn try_from(kept: wire::Kept) -> Result<Self, Malformed> {
        Ok(Self { case: case(&kept.case, "kept.case")?, record: sealed(kept.record, "kept.record")? })
    }
}
