//! What is written down with the steps of a case.

use proto::model::case::Closing;
use proto::model::day::Day;
use proto::model::personal::Personal;
use serde::{Deserialize, Serialize};

use super::refused::{CaseRefused, Need, needed};
use super::{Stage, Turn};

macro_rules! codes {
    ($($(#[$doc:meta])* $type:ident { $($variant:ident: $code:literal, $zh:literal, $en:literal;)* })*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum $type { $(#[doc = $en] $variant,)* }

        impl $type {
            /// All, in order.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// All codes with their Chinese names, for refusals.
            pub const CHOICES: &str = concat!($($code, " ", $zh, " ",)*);

            /// The same in every language and release.
            pub const fn code(self) -> &'static str {
                match self { $(Self::$variant => $code),* }
            }

            /// The one of that code or Chinese name.
            pub fn from_code(text: &str) -> Option<Self> {
                match text { $($code | $zh => Some(Self::$variant),)* _ => None }
            }
        }

        impl proto::model::lang::Say for $type {
            fn say(&self, lang: proto::model::lang::Lang) -> String {
                match self { $(Self::$variant => lang.pick($zh, $en),)* }.to_owned()
            }
        }
    )*};
}

codes! {
    /// How somebody was reached.
    Channel {
        Visit: "visit", "家访", "home visit";
        Phone: "phone", "电话", "telephone";
        Message: "message", "短信或微信", "message";
        AtSchool: "at-school", "到校面谈", "talk at school";
        Other: "other", "其他", "other";
    }
    /// Who was reached.
    Reached {
        Child: "child", "本人", "the child";
        Parent: "parent", "父母", "a parent";
        Guardian: "guardian", "其他监护人", "another guardian";
        Relative: "relative", "亲属", "a relative";
        Neighbour: "neighbour", "村组干部或邻居", "a village cadre or neighbour";
        Nobody: "nobody", "未联系上", "nobody";
    }
    /// Why the child does not come, as the family says (2.3). A default list: no rule gives one.
    Excuse {
        Poverty: "poverty", "家庭贫困", "poverty";
        DislikesStudy: "dislikes-study", "厌学", "dislike of study";
        StudyDifficulty: "study-difficulty", "学习困难", "study difficulty";
        Illness: "illness", "疾病", "illness";
        Disability: "disability", "残疾", "disability";
        ChildLabour: "child-labour", "务工", "child labour";
        EarlyMarriage: "early-marriage", "早婚", "early marriage";
        FamilyChange: "family-change", "家庭变故", "family change";
        MovedWithParents: "moved", "随父母外出", "moved with the parents";
        StudiesElsewhere: "studies-elsewhere", "在外地就读", "studies elsewhere";
        ReligionClass: "religion-class", "参加宗教学习", "religion class";
        Bullying: "bullying", "校园欺凌", "bullying";
        Online: "online", "沉迷网络", "online addiction";
        Unreachable: "unreachable", "联系不上", "unreachable";
        Other: "other", "其他", "other";
    }
}

/// One contact (D04).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    /// On which day.
    pub on: Day,
    /// The account of the named person.
    pub by: String,
    /// How.
    pub channel: Channel,
    /// Who was reached.
    pub reached: Reached,
    /// The reason that was given.
    pub excuse: Option<Excuse>,
    /// What was promised.
    pub promise: Personal<String>,
    /// When to try again.
    pub next: Option<Day>,
    /// Anything else.
    pub note: Personal<String>,
}

impl Contact {
    /// Whether the child or somebody of its family was reached: nobody else speaks for it.
    pub const fn reached_family(&self) -> bool {
        matches!(self.reached, Reached::Child | Reached::Parent | Reached::Guardian | Reached::Relative)
    }

    /// Whether who answers for the child was reached.
    pub const fn reached_guardian(&self) -> bool {
        matches!(self.reached, Reached::Parent | Reached::Guardian)
    }
}

/// The notice to the parents (D05).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// The document's number.
    pub number: String,
    /// How it was delivered.
    pub delivery: String,
    /// What shows that it arrived.
    pub receipt: Personal<String>,
}

/// The order to return by a day (P6).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// The document's number.
    pub number: String,
    /// Of which day.
    pub on: Day,
    /// The last day.
    pub until: Day,
}

/// Lawfully outside a class (P8).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Placing {
    /// One of the four ways.
    pub how: Closing,
    /// Number of the expert committee's assessment (home teaching, F07) or certificate (F08), proof of the visit
    /// (remote teaching, F05), or the vocational school's letter (F02).
    pub evidence: String,
}

/// An observation after a return (P9).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Observation {
    /// On which day.
    pub on: Day,
    /// The account.
    pub by: String,
    /// How the child does.
    pub note: Personal<String>,
}

/// Set aside for a time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suspension {
    /// Up to and with this day.
    pub until: Day,
    /// Why.
    pub reason: Personal<String>,
}

impl Notice {
    pub(super) fn check(&self, since: Day, on: Day) -> Result<(), CaseRefused> {
        if self.number.trim().is_empty() {
            return Err(CaseRefused::Missing(Need::Number));
        }
        if self.delivery.trim().is_empty() {
            return Err(CaseRefused::Missing(Need::Delivery));
        }
        if on < since { Err(CaseRefused::TooEarly { on, from: since }) } else { Ok(()) }
    }
}

impl Placing {
    pub(super) fn check(&self) -> Result<(), CaseRefused> {
        let a_way = matches!(
            self.how,
            Closing::PlacedHome | Closing::PlacedRemote | Closing::PlacedVocational | Closing::Exempt
        );
        if !a_way {
            return Err(CaseRefused::ClosesOtherwise { why: self.how, stage: Stage::Placed });
        }
        if self.evidence.trim().is_empty() {
            return Err(self.without(self.proof()));
        }
        Ok(())
    }

    /// Refused for lack of `need`, by the rule of this way.
    pub(super) const fn without(&self, need: Need) -> CaseRefused {
        let rule = match self.how {
            Closing::PlacedHome => "F07",
            Closing::PlacedRemote => "F05",
            Closing::Exempt => "F08",
            _ => "F02",
        };
        CaseRefused::PlacedWithout { need, rule }
    }

    /// What the way rests on.
    const fn proof(&self) -> Need {
        match self.how {
            Closing::PlacedHome => Need::Assessment,
            Closing::PlacedRemote => Need::InPerson,
            Closing::Exempt => Need::Certificate,
            _ => Need::Admission,
        }
    }
}

impl Suspension {
    pub(super) fn check(&self, before: Option<&Self>, turn: &Turn<'_>) -> Result<(), CaseRefused> {
        if before.is_some() {
            return Err(CaseRefused::SuspendedAlready);
        }
        needed(&self.reason, Need::Reason)?;
        let most = turn.on.plus(i32::try_from(turn.rules.suspend_most_days).unwrap_or(i32::MAX));
        if self.until <= turn.today || self.until > most {
            return Err(CaseRefused::SuspensionLength { until: self.until, most });
        }
        Ok(())
    }
}
