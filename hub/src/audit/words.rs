//! The log in words.

use proto::model::lang::{Lang, Say};
use proto::say;

use super::witness::{Alarm, Alarmed, Witnessed};
use super::{Action, Broken, Ended};

impl Action {
    /// The same in every language and release.
    pub const fn code(self) -> &'static str {
        match self {
            Self::OpenReport => "open_report",
            Self::Direct => "direct",
            Self::SetDuty => "set_duty",
            Self::AcceptHead => "accept_head",
            Self::Export => "export",
            Self::OpenLetter => "open_letter",
            Self::OpenRecord => "open_record",
            Self::ReleaseRecord => "release_record",
            Self::Decide => "decide",
            Self::OpenList => "open_list",
            Self::Issue => "issue",
        }
    }
}

impl Say for Action {
    fn say(&self, lang: Lang) -> String {
        let (zh, en) = match self {
            Self::OpenReport => ("查看书面报告", "opened a report"),
            Self::Direct => ("办理个案", "directed a case"),
            Self::SetDuty => ("安排值守", "set who is on duty"),
            Self::AcceptHead => ("确认下级日志", "accepted a unit's log"),
            Self::Export => ("导出日志", "exported the log"),
            Self::OpenLetter => ("查看协查函名单", "opened the list of a letter"),
            Self::OpenRecord => ("开封查阅移交材料", "opened the record of a case handed over"),
            Self::ReleaseRecord => ("向流入地移交密封材料", "released a sealed record"),
            Self::Decide => ("办理划转", "decided about a case on its way"),
            Self::OpenList => ("查看上级下发名单", "opened a list from above"),
            Self::Issue => ("制发载有学生姓名的公文", "issued a document that names a child"),
        };
        lang.pick(zh, en).to_owned()
    }
}

impl Say for Ended {
    fn say(&self, lang: Lang) -> String {
        match self {
            Self::Done => lang.pick("完成", "done"),
            Self::Refused => lang.pick("未成功", "refused"),
        }
        .to_owned()
    }
}

impl Say for Broken {
    fn say(&self, lang: Lang) -> String {
        let advice = lang.pick(
            "日志可能被改动，请保留现场并报告上级。",
            "The log may have been tampered with: leave everything as it is and report to the office above.",
        );
        let what = match self {
            Self::Missing(n) => {
                say!(lang, "查阅日志缺少第 {n} 条记录。", "Record {n} of the log is missing.")
            }
            Self::Unlinked(n) => say!(
                lang,
                "查阅日志第 {n} 条记录与前一条不衔接。",
                "Record {n} of the log does not follow from the one before."
            ),
            Self::Cut { found, head } => say!(
                lang,
                "查阅日志应有 {head} 条记录，实有 {found} 条。",
                "The log should have {head} records and has {found}."
            ),
            Self::Changed(n) => say!(
                lang,
                "查阅日志前 {n} 条记录的校验值不符。",
                "The {n} records of the log do not give the hash that they should."
            ),
        };
        let gap = lang.pick("", " ");
        format!("{what}{gap}{advice}")
    }
}

impl Say for Witnessed {
    fn say(&self, lang: Lang) -> String {
        let Self { unit, head, at, alarm } = self;
        let n = head.n;
        let Some(Alarmed { alarm, since, told }) = alarm else {
            return say!(
                lang,
                "{unit}：查阅日志 {n} 条，{at} 核对无误。",
                "{unit}: {n} records in its log, good at {at}."
            );
        };
        let told = told.n;
        match alarm {
            Alarm::GoneBack => say!(
                lang,
                "{unit} 的查阅日志少了：本节点见证过 {n} 条，{since} 起只报 {told} 条。请核实是恢复过备份，还是日志被删改；核实后运行 audit accept {unit}。",
                "The log of {unit} went back: {n} records were witnessed here, since {since} it tells {told}. Find out whether a backup was put back or the log was cut; then run audit accept {unit}."
            ),
            Alarm::OtherChain => say!(
                lang,
                "{unit} 的查阅日志与本节点见证过的前 {n} 条不符（{since} 发现）：有记录被改动，或恢复过备份。核实后运行 audit accept {unit}。",
                "The log of {unit} is not the one whose {n} records were witnessed here (found {since}): records were changed, or a backup was put back. When that is cleared up, run audit accept {unit}."
            ),
            Alarm::Gap => say!(
                lang,
                "{unit} 的查阅日志在第 {n} 条之后有一段没有出示（{since} 发现）。核实后运行 audit accept {unit}。",
                "Part of the log of {unit} after record {n} was not shown (found {since}). When that is cleared up, run audit accept {unit}."
            ),
        }
    }
}
