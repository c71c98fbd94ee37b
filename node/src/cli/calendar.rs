//! `calendar`.

use proto::model::calendar::{Calendar, CalendarDocument};
use proto::model::lang::{Lang, Say};
use proto::model::reason;
use proto::model::rulebook::{Rulebook, say_label};
use proto::say;
use proto::wire::school::{SetSchoolCalendarRequest, ShowRulesRequest};
use serde_json::json;

use super::args::{Calendar as Command, Explain};
use super::days::consequences;
use super::{Desk, Failure, Page};
use crate::desk::Law;
use crate::files::Folder;

impl Desk {
    pub(super) async fn calendar(&self, command: Command) -> Result<Page, Failure> {
        match command {
            Command::Explain(explain) => self.explain_days(&explain).await,
            Command::Show => {
                let request = self.ask(ShowRulesRequest {});
                let reply = self.call(async |mut school| school.show_rules(request).await).await?;
                if self.json {
                    return Page::json(
                        &json!({ "calendar": reply.calendar, "own_calendars": reply.own_calendars }),
                    );
                }
                let mut page = Page::from(say_label(&reply.calendar, self.lang));
                reply.own_calendars.iter().for_each(|text| page.line(text));
                Ok(page)
            }
            Command::Set { file, dry_run } => {
                let text = String::from_utf8(self.file(&file)?)
                    .map_err(|error| Failure(reason::told(error, self.lang)))?;
                let request = self.ask(SetSchoolCalendarRequest { text, dry_run });
                let reply = self.call(async |mut school| school.set_school_calendar(request).await).await?;
                if self.json {
                    return Page::json(&reply);
                }
                let (year, calendar) = (&reply.school_year, say_label(&reply.calendar, self.lang));
                let mut page = Page::from(say!(
                    self.lang,
                    "{year} 学年本校校历可用；现用校历：{calendar}",
                    "the school's calendar of {year} is good; in use: {calendar}"
                ));
                consequences(&mut page, &reply.consequences);
                Ok(page)
            }
        }
    }

    /// With files, or without a school, from what is built in; else by the school's own law.
    async fn explain_days(&self, explain: &Explain) -> Result<Page, Failure> {
        let here = Folder::at(&self.dir).config().exists();
        if explain.calendar.is_empty() && here {
            let request = self.ask(proto::wire::school::ExplainCalendarRequest {
                absent_from: explain.absent_from.to_string(),
                birth: explain.birth.map(|day| day.to_string()).unwrap_or_default(),
            });
            let reply = self.call(async |mut school| school.explain_calendar(request).await).await?;
            return self.explained(&reply);
        }
        let mut layers = Vec::new();
        for file in &explain.calendar {
            let text = String::from_utf8(self.file(file)?)
                .map_err(|error| Failure(reason::told(error, self.lang)))?;
            let layer = CalendarDocument::parse(&text);
            layers.push(layer.map_err(|e| Failure(format!("{}: {}", file.display(), e.say(self.lang))))?);
        }
        let law = Law {
            rules: Rulebook::default(),
            calendar: Calendar::build(&layers),
            above: None,
            faults: Vec::new(),
        };
        let explanation = law.calendar.explain(explain.absent_from, &law.rules, explain.birth);
        self.explained(&crate::api::explanation_out(&explanation, self.lang))
    }

    fn explained(&self, reply: &proto::wire::school::ExplainCalendarReply) -> Result<Page, Failure> {
        if self.json {
            return Page::json(reply);
        }
        let lang = self.lang;
        let mut page = Page::default();
        let from = &reply.absent_from;
        let (rules, calendar) = (say_label(&reply.rules, lang), say_label(&reply.calendar, lang));
        page.line(say!(
            lang,
            "自 {from} 起缺课。规则：{rules}；校历：{calendar}",
            "absent from {from}; rules: {rules}; calendar: {calendar}"
        ));
        if reply.provisional {
            page.line(say!(
                lang,
                "【暂定】缺少国家放假安排，以下按周一至周五计算",
                "[PROVISIONAL] national days off are missing; Monday to Friday is counted below"
            ));
        }
        let rows = reply.days.iter().map(|day| {
            let count = if day.counting_day == 0 { "-".to_owned() } else { day.counting_day.to_string() };
            let why = match day.reason.as_str() {
                "" => day.words.clone(),
                reason => say!(lang, "{}（{}）", "{} ({})", day.words, reason),
            };
            [
                day.day.clone(),
                day.weekday.clone(),
                count,
                why,
                say_label(&day.layer, lang),
                triggers(&day.triggers, lang),
            ]
        });
        let header = match lang {
            Lang::Zh => ["日期", "星期", "第几天", "原因", "依据", "到期事项"],
            Lang::En => ["day", "weekday", "counts as", "why", "layer", "due"],
        };
        page.table(header, rows.collect());
        Ok(page)
    }
}

fn triggers(ids: &[String], lang: Lang) -> String {
    let words = ids.iter().map(|id| match id.as_str() {
        "T01" => lang.pick("班主任上报（T01）", "class teacher reports (T01)"),
        "T02" => lang.pick("疑似辍学（T02）", "suspected (T02)"),
        _ => "",
    });
    words.collect::<Vec<_>>().join(" ")
}
