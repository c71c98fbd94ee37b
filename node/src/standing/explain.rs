//! Every status explains itself: which days, which rule, which rulebook.

use proto::model::day::Day;
use proto::model::lang::{Lang, Say};
use proto::model::rulebook::say_label;
use proto::say;

use super::{EnrolmentStatus, Standing, Step};

/// The standing in sentences, one a line: the status, every step with its days, what is missing.
pub fn explain(standing: &Standing, lang: Lang) -> String {
    let mut lines = vec![say!(
        lang,
        "状态：{}（自 {} 起）；{}；规则 {}；校历 {}",
        "status: {} (since {}); {}; rules {}; calendar {}",
        standing.status.say(lang),
        standing.since,
        standing.roll_match.say(lang),
        say_label(&standing.by.rules, lang),
        say_label(&standing.by.calendar, lang)
    )];
    lines.extend(standing.history.iter().map(|step| step.say(lang)));
    if standing.status == EnrolmentStatus::Enrolled && !standing.run.is_empty() {
        lines.push(say!(
            lang,
            "当前连续缺课 {} 天：{}",
            "absent for {} counting days: {}",
            standing.run.len(),
            list(&standing.run, lang)
        ));
    }
    if !standing.data_gaps.is_empty() {
        lines.push(say!(
            lang,
            "以下日期班级未点名，未计入也未清零，请补点名：{}",
            "no roll call on these days, which neither counted nor began anew; call the roll for them: {}",
            list(&standing.data_gaps, lang)
        ));
    }
    lines.join("\n")
}

fn list(days: &[Day], lang: Lang) -> String {
    days.iter().map(Day::to_string).collect::<Vec<_>>().join(lang.pick("、", ", "))
}

impl Say for Step {
    fn say(&self, lang: Lang) -> String {
        let mut out = say!(
            lang,
            "{} {}（{:?}）：{} → {}",
            "{} {} ({:?}): {} -> {}",
            self.effective,
            self.id.say(lang),
            self.id,
            self.from.say(lang),
            self.to.say(lang)
        );
        if !self.days.is_empty() {
            out += &say!(lang, "；依据日期 {}", "; days {}", list(&self.days, lang));
        }
        if self.vacation_days_inside > 0 {
            out += &say!(
                lang,
                "；期限内含假期 {} 天",
                "; {} days of vacation inside the month",
                self.vacation_days_inside
            );
        }
        if !self.evidence.is_empty() {
            out += &say!(lang, "；材料 {}", "; evidence {}", self.evidence);
        }
        if self.provisional {
            out += &say!(lang, "；暂定（缺少国家放假安排）", "; provisional (national days off are missing)");
        }
        out
    }
}
