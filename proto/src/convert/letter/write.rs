//! Model to wire.

use super::words::{Word as _, number_of};
use crate::model::case::{
    Answer, Ask, Assignment, AuditHead, Directed, Direction, Escalation, Finding, Kept, Late, Leg, News,
    Overdue, Preview, Progress, Proof, Referral, Release, Report, Showing, Unheard, Withdrawn,
};
use crate::model::day::Day;
use crate::model::region::Region;
use crate::wire::letter as wire;

impl From<Leg> for wire::Leg {
    fn from(leg: Leg) -> Self {
        Self { case: leg.case.0.to_vec(), number: leg.number.into() }
    }
}

impl From<&Preview> for wire::Preview {
    fn from(preview: &Preview) -> Self {
        Self {
            age_from: preview.age_from.into(),
            grade: preview.grade.into(),
            last: preview.last.number(),
            evidence: preview.evidence.number(),
        }
    }
}

impl From<&Progress> for wire::Progress {
    fn from(progress: &Progress) -> Self {
        Self {
            case: progress.case.0.to_vec(),
            revision: progress.revision,
            stage: progress.stage.number(),
            since: progress.since.number(),
            due: progress.due.map(Day::number),
            overdue: progress.overdue,
            suspended_until: progress.suspended_until.map(Day::number),
            closing: number_of(progress.closing),
            acts: progress.acts.iter().map(Into::into).collect(),
        }
    }
}

impl From<&Directed> for wire::Directed {
    fn from(directed: &Directed) -> Self {
        Self {
            act: directed.act.number(),
            day: directed.day.number(),
            number: directed.number.clone(),
            until: directed.until.map(Day::number),
            note: directed.note.clone(),
            earlier: directed.earlier,
        }
    }
}

impl From<&Report> for wire::Report {
    fn from(report: &Report) -> Self {
        let (number, record) = (report.number.clone(), report.record.0.clone());
        Self { case: report.case.0.to_vec(), number, record, revision: report.revision }
    }
}

impl From<&Direction> for wire::Direction {
    fn from(direction: &Direction) -> Self {
        Self {
            case: direction.case.0.to_vec(),
            act: direction.act.number(),
            day: direction.day.number(),
            number: direction.number.clone(),
            until: direction.until.map(Day::number),
            note: direction.note.clone(),
        }
    }
}

impl From<&Referral> for wire::Referral {
    fn from(referral: &Referral) -> Self {
        Self {
            case: referral.case.0.to_vec(),
            revision: referral.revision,
            to: referral.to.number(),
            preview: Some((&referral.preview).into()),
            record: referral.record.0.clone(),
            withdrawn: referral.withdrawn,
        }
    }
}

impl From<&News> for wire::News {
    fn from(news: &News) -> Self {
        Self {
            leg: Some(news.leg.into()),
            state: news.state.number(),
            place: news.place.map_or(0, Region::number),
            outcome: number_of(news.outcome),
            at: news.at.0,
            reason: news.reason.clone(),
            yours: news.yours,
        }
    }
}

impl From<&Showing> for wire::Showing {
    fn from(showing: &Showing) -> Self {
        Self {
            leg: Some(showing.leg.into()),
            preview: Some((&showing.preview).into()),
            place: showing.place.number(),
        }
    }
}

impl From<&Ask> for wire::Ask {
    fn from(ask: &Ask) -> Self {
        Self { leg: Some(ask.leg.into()), purpose: ask.purpose.clone(), key: ask.key.bytes().to_vec() }
    }
}

impl From<&Release> for wire::Release {
    fn from(release: &Release) -> Self {
        Self { leg: Some(release.leg.into()), record: release.record.0.clone() }
    }
}

impl From<&Assignment> for wire::Assignment {
    fn from(assignment: &Assignment) -> Self {
        Self {
            leg: Some(assignment.leg.into()),
            preview: Some((&assignment.preview).into()),
            record: assignment.record.0.clone(),
            due: assignment.due.number(),
        }
    }
}

impl From<&Finding> for wire::Finding {
    fn from(finding: &Finding) -> Self {
        Self {
            leg: Some(finding.leg.into()),
            outcome: finding.outcome.number(),
            day: finding.day.number(),
            place: finding.place.map_or(0, Region::number),
            note: finding.note.clone(),
        }
    }
}

impl From<&Answer> for wire::Answer {
    fn from(answer: &Answer) -> Self {
        Self {
            leg: Some(answer.leg.into()),
            outcome: answer.outcome.number(),
            day: answer.day.number(),
            roll_transfer: answer.roll_transfer,
        }
    }
}

impl From<&Late> for wire::Late {
    fn from(late: &Late) -> Self {
        Self {
            case: late.case.0.to_vec(),
            text: late.text.0.clone(),
            at: late.at.0,
            evidence: number_of(late.evidence),
        }
    }
}

impl From<&Proof> for wire::Proof {
    fn from(proof: &Proof) -> Self {
        Self { case: proof.case.0.to_vec(), file: proof.file.clone() }
    }
}

impl From<&AuditHead> for wire::AuditHead {
    fn from(head: &AuditHead) -> Self {
        Self {
            n: head.n,
            hash: head.hash.0.to_vec(),
            since: head.since,
            base: head.base.0.to_vec(),
            links: head.links.iter().flat_map(|link| link.0).collect(),
        }
    }
}

impl From<&Escalation> for wire::Escalation {
    fn from(escalation: &Escalation) -> Self {
        let open = |it: &Overdue| wire::Overdue { duty: it.duty.number(), due: it.due.number() };
        Self {
            case: escalation.case.0.to_vec(),
            by: escalation.by.to_string(),
            office: escalation.office.number(),
            revision: escalation.revision,
            open: escalation.open.iter().map(open).collect(),
            unattended: escalation.unattended,
        }
    }
}

impl From<&Unheard> for wire::Unheard {
    fn from(unheard: &Unheard) -> Self {
        let Unheard { leg, step, sent, over } = *unheard;
        Self { leg: Some(leg.into()), step, sent: sent.number(), over }
    }
}

impl From<&Withdrawn> for wire::Withdrawn {
    fn from(withdrawn: &Withdrawn) -> Self {
        Self {
            leg: Some(withdrawn.leg.into()),
            county: withdrawn.county.to_string(),
            day: withdrawn.day.number(),
            why: number_of(withdrawn.why),
        }
    }
}

impl From<&Kept> for wire::Kept {
    fn from(kept: &Kept) -> Self {
        Self { case: kept.case.0.to_vec(), record: kept.record.0.clone() }
    }
}
