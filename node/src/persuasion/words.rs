//! The ladder in words, and in codes for listings.

use proto::model::lang::{Lang, Say};
use proto::model::personal::{Personal, Purpose};

use super::{Cause, Duty, Move, Office, Step};

macro_rules! words {
    ($($type:ident { $($variant:ident: $code:literal, $zh:literal, $en:literal;)* })*) => {$(
        impl $type {
            /// The same in every language and release.
            pub const fn code(self) -> &'static str {
                match self { $(Self::$variant => $code),* }
            }
        }

        impl Say for $type {
            fn say(&self, lang: Lang) -> String {
                match self { $(Self::$variant => lang.pick($zh, $en),)* }.to_owned()
            }
        }
    )*};
}

words! {
    Cause {
        Suspected: "suspected", "疑似辍学", "suspected dropout";
        TermCheck: "term-check", "开学核查未返校", "not back at the start of term";
        Register: "register", "台账在册", "named in a register";
        List: "list", "上级下发名单", "named in a list from above";
        Inflow: "inflow", "外地流入", "came in from another place";
    }
    Move {
        Open: "open", "立案", "opened";
        Contact: "contact", "联系劝返", "contact";
        Notice: "notice", "发放劝返通知书", "notice issued";
        Report: "report", "书面报告", "written report";
        ReportByClock: "report-by-clock", "逾期自动报告", "report filed by the clock";
        Inform: "inform", "通报乡镇、报告政府", "governments informed";
        Assign: "assign", "政府安排人员劝返", "government assigned people";
        Visit: "visit", "政府人员上门", "government visited";
        Order: "order", "责令限期返校", "ordered to return";
        OrderSeen: "order-seen", "限期返校通知书送达", "order handed over";
        Return: "return", "返校", "back in class";
        Observe: "observe", "跟踪回访", "observed";
        Place: "place", "安置", "placed";
        MoveAway: "moved", "移交流入地", "handed over";
        ComeBack: "came-back", "流入地退回", "handed back";
        AskClosing: "ask-closing", "申请销号", "closing asked";
        Confirm: "confirm", "确认销号", "closing confirmed";
        RefuseClosing: "refuse-closing", "退回销号申请", "closing refused";
        Suspend: "suspend", "暂缓", "set aside";
        Resume: "resume", "恢复办理", "taken up again";
        Reopen: "reopen", "重新立案", "reopened";
        Refer: "refer", "提交移交", "referred";
        Withdraw: "withdraw", "撤回移交", "referral taken back";
        Late: "late", "移交后补充材料", "late evidence";
        DropClosing: "drop-closing", "撤回销号申请", "closing not asked any more";
    }
    Duty {
        Contact: "contact", "首次联系家长和学生", "first contact with parents and child";
        Notice: "notice", "发放劝返通知书", "issue the notice";
        Report: "report", "向县级教育部门书面报告", "report in writing to the county";
        Inform: "inform", "县级通报乡镇并报告政府", "the county informs the governments";
        Assign: "assign", "政府安排人员劝返", "the government assigns people";
        Visit: "visit", "政府人员再次上门", "the government visits again";
        Obey: "obey", "限期内返校", "return as ordered";
        Observe: "observe", "跟踪回访", "observe the child";
        AskClosing: "ask-closing", "申请销号", "ask for the closing";
        Confirm: "confirm", "县级确认销号", "the county confirms the closing";
        TakeUp: "take-up", "暂缓到期，恢复办理", "take the case up again";
    }
    Office {
        Staff: "staff", "学校专人", "the named person";
        Head: "head", "校长", "the principal";
        County: "county", "县级教育部门", "the county department";
        Government: "government", "乡镇或县级政府", "the government";
        Above: "above", "县级以上教育部门", "above the county";
    }
}

impl Cause {
    /// Whether people open cases for it: the others come by themselves.
    pub const fn by_hand(self) -> bool {
        matches!(self, Self::TermCheck | Self::Register | Self::List)
    }

    /// The one of that code, or in Chinese.
    pub fn from_code(text: &str) -> Option<Self> {
        let all = [Self::Suspected, Self::TermCheck, Self::Register, Self::List, Self::Inflow];
        all.into_iter().find(|cause| cause.code() == text || cause.say(Lang::Zh) == text)
    }
}

impl Step {
    /// What the log keeps of it besides the record's own fields.
    pub(super) fn note(&self) -> Personal<String> {
        let open = |text: &Personal<String>| text.open(Purpose::SchoolStaff).clone();
        Personal::new(match self {
            Self::Contact(contact) => open(&contact.note),
            Self::Notice(notice) => {
                let said = format!("{} {} {}", notice.number, notice.delivery, open(&notice.receipt));
                said.trim_end().to_owned()
            }
            Self::Report(text)
            | Self::ReportByClock(text)
            | Self::Inform(text)
            | Self::Assign(text)
            | Self::OrderSeen(text)
            | Self::MoveAway(text)
            | Self::ComeBack(text)
            | Self::RefuseClosing(text) => text.clone(),
            Self::Order(order) => format!("{} {}", order.number, order.until),
            Self::Observe(note) => open(note),
            Self::Place(placing) => placing.evidence.clone(),
            Self::AskClosing(why, note) => format!("{} {}", why.code(), open(note)),
            Self::Suspend(suspension) => format!("{} {}", suspension.until, open(&suspension.reason)),
            Self::Visit | Self::Return | Self::Confirm | Self::Resume | Self::Reopen => String::new(),
        })
    }
}
