//! Matches in both languages.

use proto::model::case::{Match, TokenKind};
use proto::model::lang::{Lang, Say};
use proto::say;

use super::{Meaning, Told, meaning};

impl Say for Told {
    /// What the county has to do now.
    fn say(&self, lang: Lang) -> String {
        let Match { kind, there, .. } = &self.found;
        match (meaning(*kind, self.found.their_kind), kind) {
            (Some(Meaning::Found), TokenKind::Lost) => say!(
                lang,
                "本地失学的学生已在 {there} 入学。请核实后办理划转或销号。",
                "Lost here, enrolled at {there}. Verify it, then hand the case over or close it."
            ),
            (Some(Meaning::Found), _) => say!(
                lang,
                "本地在校的学生在 {there} 登记为失学。请核实后告知对方。",
                "In class here, lost at {there}. Verify it and tell them."
            ),
            (Some(Meaning::AlreadyEnrolled), TokenKind::Offered) => say!(
                lang,
                "拟划入本地的学生已有学籍（{there}）。请以“已有学籍”答复。",
                "Offered here and on a roll already ({there}). Answer with already-enrolled."
            ),
            (Some(Meaning::AlreadyEnrolled), _) => say!(
                lang,
                "本地在校的学生正被划往 {there}。请核实后告知对方。",
                "A pupil of yours is being offered to {there}. Verify it and tell them."
            ),
            (Some(Meaning::Twice), _) => say!(
                lang,
                "同一个学生在 {there} 另有个案。请与对方核对，只保留一个。",
                "The same child has another case at {there}. Agree with them which one stays."
            ),
            (None, _) => say!(lang, "与 {there} 的登记相符。", "The same child is registered at {there}."),
        }
    }
}
