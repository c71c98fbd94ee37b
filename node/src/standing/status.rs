//! The two fields of `domain/2-states.md` 2.1, and the rows of 2.2.

use proto::model::lang::{Lang, Say};
use proto::model::sheet::Indicator;
use serde::{Deserialize, Serialize};

macro_rules! statuses {
    ($($(#[$doc:meta])* $name:ident = $zh:literal, $en:literal;)*) => {
        /// What a child is at this school. The order is that of storage: append only.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "SCREAMING_SNAKE_CASE")]
        pub enum EnrolmentStatus { $($(#[$doc])* $name,)* }

        impl EnrolmentStatus {
            /// All statuses.
            pub const ALL: [Self; [$($zh),*].len()] = [$(Self::$name),*];
        }

        impl Say for EnrolmentStatus {
            fn say(&self, lang: Lang) -> String {
                match self { $(Self::$name => lang.pick($zh, $en),)* }.to_owned()
            }
        }
    };
}

statuses! {
    /// On the roll and attending.
    Enrolled = "在读", "enrolled";
    /// Absent without proper reason for more than five school days; still on the roll.
    Suspected = "疑似辍学", "suspected dropout";
    /// Suspected for more than a month and not back; the roll is kept (B07).
    DroppedOut = "辍学", "dropped out";
    /// Approved leave.
    Suspended = "休学", "on leave";
    /// Taught at home after an assessment (F04, F07).
    HomeTaught = "送教上门", "taught at home";
    /// 16 or older, works elsewhere, taught by video (F05).
    RemoteTaught = "远程视频送教", "taught remotely";
    /// Back from dropout into a vocational school (F02).
    InVocational = "转中职", "in vocational school";
    /// A roll transfer is running.
    TransferPending = "转学办理中", "transfer pending";
    /// The roll is at another school.
    TransferredOut = "转出", "transferred out";
    /// A case or letter came in; the child is not yet found or placed here.
    InflowPending = "流入待核实", "inflow to be verified";
    /// Of school age, never on a roll.
    Unregistered = "无学籍", "unregistered";
    /// Certified unable to study by the district committee (F08).
    Exempt = "不具备学习能力", "exempt";
    /// Left the country.
    Abroad = "出国（境）", "abroad";
    /// Died.
    Deceased = "死亡", "deceased";
    /// Finished nine years.
    Completed = "完成义务教育", "completed";
}

/// Whether person and roll are at the same school (A04 to A06, B02 to B04). It is the result of comparing
/// the roll with who is there, and no status: a child on the roll here and provably at school elsewhere is
/// no dropout but needs a roll transfer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum RollMatch {
    /// 人籍一致
    #[default]
    Matched,
    /// 人在籍不在
    HereNotOnRoll,
    /// 籍在人不在
    OnRollNotHere,
    /// 无学籍
    NoRoll,
}

/// A row of `domain/2-states.md` 2.2. The order is that of storage: append only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Transition {
    /// Five counting days: the class teacher reports (C02).
    T01,
    /// More than five: SUSPECTED (C03).
    T02,
    /// Back after SUSPECTED (C05).
    T03,
    /// More than a month: DROPPED_OUT (C04).
    T04,
    /// Back after DROPPED_OUT (C05).
    T05,
    /// DROPPED_OUT, then taught at home.
    T07,
    /// Taught at home after an assessment, and back to class.
    T09,
    /// Leave approved.
    T11,
    /// Back from leave.
    T12,
    /// Leave over, not back.
    T13,
    /// Roll transfer begun, and done.
    T14,
    /// Roll transfer refused or lapsed.
    T15,
    /// Roll transfer of a child who was missing and is found elsewhere.
    T16,
    /// Abroad or deceased.
    T21,
    /// Graduation.
    T22,
    /// On the roll again of a school that it had left.
    T18,
}

impl EnrolmentStatus {
    /// On this school's roll and counted here.
    pub const fn is_on_roll(self) -> bool {
        !self.is_end()
            && !matches!(
                self,
                Self::TransferredOut | Self::InVocational | Self::InflowPending | Self::Unregistered
            )
    }

    /// Gone without a proper reason.
    pub const fn is_missing(self) -> bool {
        matches!(self, Self::Suspected | Self::DroppedOut)
    }

    /// Nothing follows.
    pub const fn is_end(self) -> bool {
        matches!(self, Self::Abroad | Self::Deceased | Self::Completed)
    }

    /// The one stock of the daily sheet, besides "on roll", that counts a child of this status; `None`
    /// where the sheet has none of its own.
    pub const fn stock(self) -> Option<Indicator> {
        Some(match self {
            Self::Enrolled => Indicator::Enrolled,
            Self::Suspected => Indicator::Suspected,
            Self::DroppedOut => Indicator::DroppedOut,
            Self::Suspended => Indicator::Suspended,
            Self::HomeTaught => Indicator::HomeTaught,
            Self::TransferPending => Indicator::TransfersPending,
            _ => return None,
        })
    }
}

impl Say for RollMatch {
    fn say(&self, lang: Lang) -> String {
        match self {
            Self::Matched => lang.pick("人籍一致", "person and roll here"),
            Self::HereNotOnRoll => lang.pick("人在籍不在", "here, roll elsewhere"),
            Self::OnRollNotHere => lang.pick("籍在人不在", "roll here, person elsewhere"),
            Self::NoRoll => lang.pick("无学籍", "no roll"),
        }
        .to_owned()
    }
}

impl Say for Transition {
    fn say(&self, lang: Lang) -> String {
        match self {
            Self::T01 => lang.pick("连续缺课，班主任上报", "absent in a row, class teacher reports"),
            Self::T02 => lang.pick("标记疑似辍学", "marked suspected"),
            Self::T03 | Self::T05 => lang.pick("返校复学", "back at school"),
            Self::T04 => {
                lang.pick("疑似辍学超过期限，标注辍学", "suspected for more than the month, dropped out")
            }
            Self::T07 | Self::T09 => lang.pick("送教上门", "home teaching"),
            Self::T11 => lang.pick("批准休学", "leave approved"),
            Self::T12 => lang.pick("休学期满复学", "back from leave"),
            Self::T13 => lang.pick("休学期满未归，督促复学", "leave over and not back, to be urged"),
            Self::T14 => lang.pick("转学", "roll transfer"),
            Self::T15 => lang.pick("转学未成", "roll transfer refused or lapsed"),
            Self::T16 => lang.pick("查明在他校就读，办理转学", "found at another school, roll transfer"),
            Self::T18 => lang.pick("学籍转回", "on the roll again"),
            Self::T21 => lang.pick("出国（境）或死亡", "abroad or deceased"),
            Self::T22 => lang.pick("完成义务教育", "compulsory school completed"),
        }
        .to_owned()
    }
}
