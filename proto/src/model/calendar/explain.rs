//! The counting of one absence, day by day, for people who must answer for it.

use serde::Serialize;

use super::{Calendar, MOST_IDLE_DAYS, Why};
use crate::model::day::Day;
use crate::model::lang::{Lang, Say};
use crate::model::rulebook::{Basis, Rulebook, say_label};
use crate::say;

/// Every calendar day from the first day of an absence to the day on which the mark is due.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Explanation {
    /// The first day of absence.
    pub absent_from: Day,
    /// Which rulebook.
    pub rules: String,
    /// Which calendar layers.
    pub calendar: String,
    /// Which days count.
    pub basis: Basis,
    /// The class teacher reports at the end of this day (T01).
    pub report_on: Option<Day>,
    /// The mark SUSPECTED takes effect on this day (T02).
    pub suspected_on: Option<Day>,
    /// Some day's year has no national data.
    pub provisional: bool,
    /// Day by day.
    pub days: Vec<Line>,
}

/// One calendar day of an [`Explanation`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Line {
    /// The day.
    pub day: Day,
    /// Which counting day it is, from 1; `None` when it does not count.
    pub counting_day: Option<u32>,
    /// Why it counts or does not.
    pub why: Why,
    /// In the words of the document that says so; may be empty.
    pub reason: String,
    /// Which layer says so.
    pub layer: String,
    /// Its year has no national data.
    pub provisional: bool,
    /// What falls due at its end.
    pub triggers: Vec<Trigger>,
}

/// What an absence leads to on a counting day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Trigger {
    /// The class teacher reports.
    T01,
    /// SUSPECTED from this day.
    T02,
}

impl Calendar {
    /// The counting of an unbroken absence from `absent_from` (C02, C03), up to the day of the mark.
    /// Where no day counts for 400 days it ends without one.
    pub fn explain(&self, absent_from: Day, rules: &Rulebook, birth: Option<Day>) -> Explanation {
        let (basis, absence) = (rules.absence.basis, &rules.absence);
        let mut out = Explanation {
            absent_from,
            rules: rules.label().to_owned(),
            calendar: self.label().to_owned(),
            basis,
            report_on: None,
            suspected_on: None,
            provisional: false,
            days: vec![],
        };
        let (mut count, mut idle, mut day) = (0, 0, absent_from);
        while out.suspected_on.is_none() && idle < MOST_IDLE_DAYS {
            let verdict = self.verdict(day, birth, basis);
            let mut triggers = vec![];
            if verdict.counts {
                (count, idle) = (count + 1, 0);
                if count == absence.report_on_day {
                    out.report_on = Some(day);
                    triggers.push(Trigger::T01);
                }
                if count == absence.suspect_after_days + 1 {
                    out.suspected_on = Some(day);
                    triggers.push(Trigger::T02);
                }
            } else {
                idle += 1;
            }
            out.provisional |= verdict.provisional;
            out.days.push(Line {
                day,
                counting_day: verdict.counts.then_some(count),
                why: verdict.why,
                reason: verdict.reason.to_owned(),
                layer: verdict.layer.to_owned(),
                provisional: verdict.provisional,
                triggers,
            });
            day = day.next();
        }
        out
    }
}

/// The weekday's short name.
pub fn weekday(day: Day, lang: Lang) -> &'static str {
    const ZH: [&str; 7] = ["周一", "周二", "周三", "周四", "周五", "周六", "周日"];
    const EN: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
    lang.pick(ZH, EN)[day.date().weekday().to_monday_zero_offset().unsigned_abs() as usize]
}

impl Say for Why {
    fn say(&self, lang: Lang) -> String {
        let words = match self {
            Self::Weekday => ("上课日", "school day"),
            Self::Weekend => ("周末", "weekend"),
            Self::DayOff => ("放假", "day off"),
            Self::MakeUpDay => ("调休上班", "make-up workday"),
            Self::ClassAdded => ("学校安排上课", "class added"),
            Self::NoClass => ("停课", "no class"),
            Self::OutsideTerm => ("不在学期内", "outside term"),
        };
        lang.pick(words.0, words.1).to_owned()
    }
}

impl Say for Trigger {
    fn say(&self, lang: Lang) -> String {
        match self {
            Self::T01 => {
                say!(lang, "班主任当日上报（T01）", "class teacher reports at the end of the day (T01)")
            }
            Self::T02 => say!(lang, "自当日起标记为疑似辍学（T02）", "suspected dropout from this day (T02)"),
        }
    }
}

impl Say for Line {
    fn say(&self, lang: Lang) -> String {
        let number = self
            .counting_day
            .map_or_else(|| say!(lang, "不计", "not counted"), |n| say!(lang, "第 {} 天", "day {}", n));
        let mut out = format!("{} {}  {number}  {}", self.day, weekday(self.day, lang), self.why.say(lang));
        if !self.reason.is_empty() {
            out += &say!(lang, "（{}）", " ({})", self.reason);
        }
        for trigger in &self.triggers {
            out += &say!(lang, "；{}", "; {}", trigger.say(lang));
        }
        out
    }
}

impl Say for Explanation {
    fn say(&self, lang: Lang) -> String {
        let mut out = say!(
            lang,
            "自 {} 起缺课。规则：{}；校历：{}",
            "absent from {}; rules: {}; calendar: {}",
            self.absent_from,
            say_label(&self.rules, lang),
            say_label(&self.calendar, lang)
        );
        if self.provisional {
            out += &say!(
                lang,
                "\n注意：缺少国家放假安排，以下结果为暂定",
                "\nnote: national days off are missing, what follows is provisional"
            );
        }
        for line in &self.days {
            out.push('\n');
            out += &line.say(lang);
        }
        out
    }
}
