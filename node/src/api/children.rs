//! Children and classes.

use proto::model::lang::{Lang, Say};
use proto::model::personal::Purpose;
use proto::wire::school as wire;

use super::days::fact_line;
use super::{Answer, Api, days_text, said, word};
use crate::desk::SchoolError;
use crate::desk::books::Consequence;
use crate::desk::find::{self, class_text};
use crate::desk::view::ChildView;
use crate::records::Undone;
use crate::standing::{Change, EnrolmentStatus, Step, explain};

impl Api {
    pub(super) async fn list_classes(
        &self,
        _: wire::ListClassesRequest,
        _: Lang,
    ) -> Answer<wire::ListClassesReply> {
        let classes = self.school.classes().await?.into_iter().map(|view| wire::ClassRow {
            class: class_text(view.class),
            children: view.children,
            last_called: view.last_called.map(|day| day.to_string()).unwrap_or_default(),
        });
        Ok(wire::ListClassesReply { classes: classes.collect() })
    }

    pub(super) async fn list_children(
        &self,
        request: wire::ListChildrenRequest,
        lang: Lang,
    ) -> Answer<wire::ListChildrenReply> {
        let class = said(request.class).map(|text| find::class(&text)).transpose()?;
        let status = said(request.status).map(|text| status(&text)).transpose()?;
        let children = self.school.children(class, status).await?;
        Ok(wire::ListChildrenReply {
            children: children.iter().map(|child| child_out(child, lang)).collect(),
        })
    }

    pub(super) async fn explain_child(
        &self,
        request: wire::ExplainChildRequest,
        lang: Lang,
    ) -> Answer<wire::ExplainChildReply> {
        let (child, undone) = self.school.explain_child(request.child).await?;
        let facts = self.school.facts(Some(child.id.to_string())).await?;
        let standing = &child.standing;
        Ok(wire::ExplainChildReply {
            words: explain(standing, lang),
            steps: standing.history.iter().map(step_out).collect(),
            run: days_text(&standing.run),
            data_gaps: days_text(&standing.data_gaps),
            reversals: undone.iter().map(|undone| reversal_out(undone, lang)).collect(),
            facts: facts.iter().map(|fact| fact_line(fact, lang)).collect(),
            child: Some(child_out(&child, lang)),
        })
    }

    /// What an action changed, with the children's names.
    pub(super) async fn consequences(
        &self,
        consequences: Vec<Consequence>,
        lang: Lang,
    ) -> Answer<Vec<wire::Consequence>> {
        if consequences.is_empty() {
            return Ok(Vec::new());
        }
        let names = self.school.names(consequences.iter().map(|c| c.child).collect()).await?;
        let out = consequences.iter().zip(names).map(|(consequence, name)| wire::Consequence {
            child: consequence.child.to_string(),
            name: name.open(Purpose::SchoolStaff).clone(),
            rule: rule(&consequence.change),
            words: consequence.change.say(lang),
            reversed: !matches!(consequence.change, Change::Taken(_)),
        });
        Ok(out.collect())
    }
}

pub(super) fn status(text: &str) -> Result<EnrolmentStatus, SchoolError> {
    let wanted = text.to_uppercase();
    let found = EnrolmentStatus::ALL
        .into_iter()
        .find(|s| word(s) == wanted || s.say(Lang::Zh) == text || s.say(Lang::En).eq_ignore_ascii_case(text));
    found.ok_or_else(|| SchoolError::Word {
        what: "status",
        given: text.to_owned(),
        choices: "ENROLLED 在读, SUSPECTED 疑似辍学, DROPPED_OUT 辍学, SUSPENDED 休学, HOME_TAUGHT 送教上门, \
                  TRANSFER_PENDING 转学办理中, TRANSFERRED_OUT 转出, COMPLETED 完成义务教育, \
                  ABROAD 出国（境）, DECEASED 死亡",
    })
}

pub(super) fn child_out(child: &ChildView, lang: Lang) -> wire::Child {
    let standing = &child.standing;
    wire::Child {
        id: child.id.to_string(),
        name: child.name.open(Purpose::SchoolStaff).clone(),
        class: class_text(child.class),
        status: word(&standing.status),
        status_words: standing.status.say(lang),
        since: standing.since.to_string(),
        absent_days: standing.run.len() as u32,
        masked_id: child.number.open(Purpose::SchoolStaff).clone(),
    }
}

fn step_out(step: &Step) -> wire::Step {
    wire::Step {
        rule: format!("{:?}", step.id),
        from: word(&step.from),
        to: word(&step.to),
        effective: step.effective.to_string(),
        days: days_text(&step.days),
        rules: step.rules.clone(),
        provisional: step.provisional,
        evidence: step.evidence.clone(),
    }
}

fn reversal_out(undone: &Undone, lang: Lang) -> wire::Reversal {
    wire::Reversal { at: undone.at.0, rule: rule(&undone.change), words: undone.change.say(lang) }
}

fn rule(change: &Change) -> String {
    let (Change::Taken(step)
    | Change::Reversed { step, .. }
    | Change::Moved { step, .. }
    | Change::Late { step, .. }) = change;
    format!("{:?}", step.id)
}
