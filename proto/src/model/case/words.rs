//! The words of a case, in both languages.

use super::{
    Act, Closing, Duty, Evidence, ListResult, NotACase, Office, Outcome, Stage, TokenKind, TransferState,
    Unwilling, Unwillingness,
};
use crate::model::lang::{Lang, Say};
use crate::say;

macro_rules! words {
    ($($type:ident { $($variant:ident: $code:literal, $zh:literal, $en:literal;)* })*) => {$(
        impl $type {
            /// All, in order.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// The same in every language and release.
            pub const fn code(self) -> &'static str {
                match self { $(Self::$variant => $code),* }
            }

            /// The one of that code.
            pub fn from_code(code: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|it| it.code() == code)
            }
        }

        impl Say for $type {
            fn say(&self, lang: Lang) -> String {
                match (self, lang) {
                    $((Self::$variant, Lang::Zh) => $zh, (Self::$variant, Lang::En) => $en,)*
                }
                .to_owned()
            }
        }
    )*};
}

words! {
    Stage {
        Opened: "P0", "已立案", "opened";
        Contacting: "P1", "联系劝返", "being contacted";
        NoticeIssued: "P2", "已发劝返通知书", "notice issued";
        Reported: "P3", "已书面报告", "reported in writing";
        GovInformed: "P4", "已通报政府", "government informed";
        GovPersuading: "P5", "政府劝返", "government persuades";
        Ordered: "P6", "责令限期返校", "ordered to return";
        Moved: "P7", "已移交流入地", "handed over";
        Placed: "P8", "已安置", "placed";
        Returned: "P9", "已返校", "returned";
        Closed: "P10", "已销号", "closed";
    }
    Closing {
        Returned: "RETURNED", "返校就读", "back in class";
        PlacedHome: "PLACED_HOME", "送教上门", "taught at home";
        PlacedRemote: "PLACED_REMOTE", "远程视频送教", "taught over video";
        PlacedVocational: "PLACED_VOCATIONAL", "转入中职", "in a vocational school";
        Exempt: "EXEMPT", "经认定不具备学习能力", "certified unable to study";
        Moved: "MOVED", "移交流入地", "handed over";
        Abroad: "ABROAD", "出国（境）", "abroad";
        Deceased: "DECEASED", "死亡", "died";
        Completed: "COMPLETED", "完成义务教育", "completed";
        OpenedInError: "OPENED_IN_ERROR", "误立", "opened in error";
    }
    Evidence {
        ParentStatement: "PARENT_STATEMENT", "家长说明", "a parent's statement";
        EmployerOrLandlord: "EMPLOYER_OR_LANDLORD", "用工单位或房东证明", "employer or landlord";
        SchoolConfirmation: "SCHOOL_CONFIRMATION", "当地学校确认", "a school there confirmed";
        PoliceAnswer: "POLICE_ANSWER", "公安机关答复", "the police answered";
        Other: "OTHER", "其他", "other";
    }
    Outcome {
        Placed: "PLACED", "已入学就读", "in class here";
        Persuading: "PERSUADING", "已找到，正在劝返", "found, being persuaded";
        NotFound: "NOT_FOUND", "未找到", "not found";
        AlreadyEnrolled: "ALREADY_ENROLLED", "已有学籍", "on a roll already";
        MovedOn: "MOVED_ON", "已转往他处", "moved on";
    }
    TransferState {
        Draft: "X0", "学校拟稿", "draft";
        Submitted: "X1", "学校已提交", "submitted";
        CountyChecked: "X2", "县级已审核", "checked by the county";
        Collected: "X3", "待划转机关办理", "with the moving office";
        ProvinceReceived: "X4", "省级已接收", "with the province";
        Dispatched: "X5", "已划转", "dispatched";
        Received: "X6", "流入地已签收", "received";
        Verifying: "X7", "流入地核查中", "being verified";
        AcceptedPlaced: "X8", "流入地接收，已入学", "accepted, in class";
        AcceptedPersuading: "X8b", "流入地接收，正在劝返", "accepted, being persuaded";
        ReturnedToSender: "X9", "退回", "returned";
        Misrouted: "X10", "目的地有误", "misrouted";
        AlreadyEnrolled: "X11", "流入地已有学籍", "on a roll there already";
        Withdrawn: "X12", "已撤回", "withdrawn";
    }
    Act {
        GovernmentInformed: "GOVERNMENT_INFORMED", "通报并报告政府", "informed the governments";
        GovernmentPersuades: "GOVERNMENT_PERSUADES", "政府安排人员劝返", "government assigned people";
        Visited: "VISITED", "政府人员入户劝返", "government's people visited";
        Ordered: "ORDERED", "责令限期返校", "ordered to return";
        ClosingConfirmed: "CLOSING_CONFIRMED", "同意销号", "closing confirmed";
        ClosingRefused: "CLOSING_REFUSED", "不同意销号", "closing refused";
        OpenFromList: "OPEN_FROM_LIST", "按上级名单立案", "opened from a list";
    }
    Office {
        Persuasion: "persuasion", "控辍保学", "persuasion";
        Transfer: "transfer", "台账划转", "transfer";
    }
    Duty {
        Inform: "INFORM", "通报乡镇政府并书面报告县级政府", "inform the township government and report to the county government";
        Government: "GOVERNMENT", "请政府安排人员劝返", "have the government assign people who persuade";
        Visit: "VISIT", "政府人员入户劝返", "visit the family with the government's people";
        Order: "ORDER", "限期返校已到期，核实并再次督促", "the date of the order has come: check and press again";
        Confirm: "CONFIRM", "审核学校的销号申请", "decide on the school's request to close";
        CheckReferral: "CHECK_REFERRAL", "审核学校移交的个案", "check the school's referral";
        AnswerOffer: "ANSWER_OFFER", "答复划转来的个案", "answer the offer";
        DecideReturn: "DECIDE_RETURN", "处理退回的个案", "decide on the case that came back";
        Assign: "ASSIGN", "指派学校或乡镇核查", "give it to a school or town";
        Verify: "VERIFY", "核查学生去向并答复", "look for the child and answer";
        Answer: "ANSWER", "答复原籍地", "answer the origin";
        Persuade: "PERSUADE", "学生已找到，继续劝返入学", "the child is found: persuade it into a class";
        HandBack: "HAND_BACK", "本地查无此人，退回原籍地或转往他处", "not found here: hand it back or on";
        AwaitSchool: "AWAIT_SCHOOL", "已退回学校，待学校补正或继续劝返", "back at its school: wait for the school";
        AwaitDispatch: "AWAIT_DISPATCH", "已提请划转，待上级批准", "handed on: wait for the moving office";
        AwaitReceipt: "AWAIT_RECEIPT", "已划转，待对方签收", "dispatched: wait for the receipt";
        AwaitAnswer: "AWAIT_ANSWER", "对方已签收，待其答复", "received there: wait for the answer";
        AwaitLetter: "AWAIT_LETTER", "外省协查，待去函或回函", "wait for the letter to the other province";
        Frozen: "FROZEN", "登记记录有分歧，请会同登记机关和对方核定由谁负责", "two chains were seen: settle with the registrar and the other county who answers";
        Dispatch: "DISPATCH", "批准或退回划转", "let the offer go or send it back";
        DecideLoop: "DECIDE_LOOP", "个案多次辗转，请会商后批准或退回", "the case goes round: decide where it belongs";
        Deliver: "DELIVER", "划转送达不了，请电话通知或用 U 盘送达", "the offer does not arrive: telephone, or bring it on a stick";
        Press: "PRESS", "对方逾期未答复划转，请催办", "the offer is not answered: press the county";
        WriteLetter: "WRITE_LETTER", "拟发外省协查函", "write to the other province";
        LetterReply: "LETTER_REPLY", "待外省回函，逾期请催复", "wait for the other province's reply, press when it is late";
        AssignRow: "ASSIGN_ROW", "上级名单中的学生未对应到学校，请指定学校或直接登记结果", "a child of a list has no school: name one, or enter the answer";
        AnswerRow: "ANSWER_ROW", "上级名单待核查答复", "a child of a list is to be answered for";
        Match: "MATCH", "比对发现该生另有记录，请用 pool 查看并核对", "the child was found at another place too: see pool, and look into it";
        MoveRoll: "MOVE_ROLL", "流入地已有学籍：督促学校办理学籍转接，办结后同意销号", "on a roll there already: have its school move the roll, then confirm the closing";
        Unheard: "UNHEARD", "所签文书逾期没有回执，途中机关可能没有转出，请电话核对", "a signed step has no receipt in time and may be kept back on its way: telephone";
        PlaceRow: "PLACE_ROW", "上级名单只写了学校标识码，缺少学校名称和所在县区，请查明后指定学校或县区", "a child of a list has nothing but a school's code: find out its county and name the school or the county";
        ForeignRow: "FOREIGN_ROW", "上级名单所列学校标识码属外省，请核实学校后指定，或直接登记结果", "a child of a list has the code of another province's school: find out which is meant, or enter the answer";
        AskAgain: "ASK_AGAIN", "外省正在劝返，应去函询问是否已入学并登记结果", "another province persuades the child: ask whether it is in class by now, and enter the answer";
        AnswerInquiry: "ANSWER_INQUIRY", "外省协查函待查找并答复（尚在劝返的，入学后再次答复）", "answer another province's letter (again, once a child that is persuaded is in class)";
        FoundTwice: "FOUND_TWICE", "已收回的查找又报找到学生，请核实在何处就读，登记核实情况（transfer settle）", "a unit has the child though its search was called off: find out which place has it, and enter that (transfer settle)";
        NameSchool: "NAME_SCHOOL", "已登记在本地就读，尚无学校报告该生，请指派学校（transfer assign）或者登记办理情况（transfer settle）", "in class here by an officer's word, and no school has reported the child: give the case to its school (transfer assign), or enter what was done (transfer settle)";
        AnswersDiffer: "ANSWERS_DIFFER", "外省另有不同答复，请核实后更正或者维持所登记的结果", "the other province has answered otherwise than was entered: find out which holds, and correct or keep it";
        GiveBack: "GIVE_BACK", "原籍地已收回个案（学生已返校等），核实后划回原籍地", "where the case began has taken it back: check, and hand it back";
        PressRow: "PRESS_ROW", "上级名单逾期未答复，请催办或者直接登记结果", "a child of a list was not answered for in time: press the school or office, or enter the answer";
    }
}

words! {
    ListResult {
        InSchool: "IN_SCHOOL", "在校就读", "in class here";
        Elsewhere: "ELSEWHERE", "在他校就读", "in class at another school";
        Persuading: "PERSUADING", "辍学，正在劝返", "dropped out, being persuaded";
        Returned: "RETURNED", "已劝返复学", "back in class";
        Placed: "PLACED", "已安置（送教、中职等）", "placed outside a class";
        Exempt: "EXEMPT", "经认定不具备学习能力", "certified unable to study";
        Moved: "MOVED", "已流动到外地", "moved to another place";
        Abroad: "ABROAD", "出国（境）", "abroad";
        Completed: "COMPLETED", "已完成义务教育", "completed";
        Deceased: "DECEASED", "死亡", "died";
        Unknown: "UNKNOWN", "查无此人", "nobody of that name and number";
    }
    Unwillingness {
        Child: "CHILD", "学生不愿返回", "the child said that it does not come back";
        Guardian: "GUARDIAN", "监护人不愿返回", "a parent or guardian said that the child does not come back";
        Both: "BOTH", "学生和监护人均不愿返回", "the child and a guardian said that it does not come back";
        PersuasionFailed: "PERSUASION_FAILED", "经劝返未返回", "asked to come back, and did not";
    }
    TokenKind {
        Lost: "LOST", "本地失学，去向不明", "lost here";
        Offered: "OFFERED", "外地拟划入", "offered here";
        Enrolled: "ENROLLED", "本地新入学", "newly enrolled here";
    }
}

impl Say for Unwilling {
    fn say(&self, lang: Lang) -> String {
        let (kind, on) = (self.kind.say(lang), self.on);
        say!(lang, "{on} {kind}", "{on}: {kind}")
    }
}

impl Say for NotACase {
    fn say(&self, lang: Lang) -> String {
        let Self(text) = self;
        say!(
            lang,
            "“{text}”不是个案编号。个案编号是 32 位十六进制数字，请用 case list 查看。",
            "{text:?} is not a case number. It has 32 hexadecimal digits; see case list."
        )
    }
}
