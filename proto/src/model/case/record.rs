//! A child's record as the one office reads it that may.

use serde::{Deserialize, Serialize};

use super::ChildRecord;
use crate::model::day::Day;
use crate::model::lang::{Lang, Say as _};
use crate::model::personal::{Personal, Purpose};

/// What a school's written report says (D06).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// Who it is about.
    pub record: ChildRecord,
    /// What it rests on; none from a release that did not say.
    pub grounds: Option<Grounds>,
}

/// What a written report rests on: what the documents that follow from it have to say (D07, D08, P6).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grounds {
    /// 七年级（2）班, as a document has it.
    pub class: String,
    /// How the guardian stands to the child; empty when not known.
    pub relation: String,
    /// The first day of absence without proper reason.
    pub since: Day,
    /// The last day that was counted.
    pub until: Day,
    /// How many school days they are.
    pub days: u32,
    /// The number and day of the notice to the parents (D05).
    pub notice: Option<(String, Day)>,
    /// What was done and what came of it, in a few words.
    pub efforts: Personal<String>,
}

/// The child moved and does not come back to its school: what was recorded of it, and nothing more (E03).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unwilling {
    /// Who said so, or that persuasion came to nothing.
    pub kind: Unwillingness,
    /// On which day.
    pub on: Day,
}

/// Who is not willing to come back, as far as anybody said so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Unwillingness {
    /// The child said so.
    Child,
    /// A parent or another guardian said so.
    Guardian,
    /// Both said so.
    Both,
    /// Nobody said so: they were asked to come back, and did not.
    PersuasionFailed,
}

impl ChildRecord {
    /// What the record says, line by line, for an officer who opened it; what is empty is left out. The
    /// opening itself is logged by the caller.
    pub fn lines(&self, purpose: Purpose, lang: Lang) -> Vec<(&'static str, String)> {
        let text = |value: &Personal<String>| value.open(purpose).clone();
        let lines = [
            (lang.pick("姓名", "name"), text(&self.name)),
            (lang.pick("性别", "sex"), text(&self.sex)),
            (lang.pick("出生日期", "birth date"), self.birth.open(purpose).to_string()),
            (lang.pick("身份证件号", "ID number"), text(&self.id_number)),
            (lang.pick("学籍号", "roll number"), text(&self.roll_number)),
            (lang.pick("监护人", "guardian"), text(&self.guardian)),
            (lang.pick("联系电话", "telephone"), text(&self.phone)),
            (lang.pick("住址", "address"), text(&self.address)),
            (lang.pick("学校", "school"), self.school.clone()),
            (lang.pick("去向依据", "evidence"), text(&self.evidence)),
            (lang.pick("劝返经过", "what was done"), text(&self.summary)),
            (
                lang.pick("返回意愿", "will to come back"),
                self.unwilling.map_or_else(String::new, |it| it.say(lang)),
            ),
            (lang.pick("残疾及其他需要", "needs"), text(&self.needs)),
        ];
        lines.into_iter().filter(|(_, value)| !value.is_empty()).collect()
    }
}
