//! The words of `case` and `inflow`.

use std::path::PathBuf;

use clap::{Args as Arguments, Subcommand};
use proto::model::day::Day;

/// Which case, on which day, by whom.
#[derive(Debug, Default, Arguments)]
pub(in crate::cli) struct Hand {
    /// 个案编号，或学生的编号、学籍号、姓名 / the case, or its child
    pub(in crate::cli) case: String,
    /// 日期，默认今天 / on which day, today when not given
    #[arg(long)]
    pub(in crate::cli) day: Option<Day>,
    /// 登记账号 / the account
    #[arg(long, default_value = "local")]
    pub(in crate::cli) by: String,
}

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum Case {
    /// 立案 / open a case
    Open {
        /// 编号、学籍号或姓名 / id, roll number or name
        child: String,
        /// 原因：term-check 开学核查, register 台账, list 上级名单 / why
        #[arg(long)]
        reason: String,
        /// 上级名单给出的个案编号 / the number that a list from above gave it
        #[arg(long)]
        case: Option<String>,
        /// 登记账号 / the account
        #[arg(long, default_value = "local")]
        by: String,
    },
    /// 在办个案，最急的在前 / cases, the most urgent first
    List {
        /// 包括已销号和已移交的 / closed and handed over ones too
        #[arg(long)]
        all: bool,
    },
    /// 个案全貌：经过、下一步、移交到了哪里 / one case: what was done, what is next, where it is
    Show {
        /// 个案编号，或学生 / the case, or its child
        case: String,
        /// 导出流转证明，可用 verify 离线验证 / write the proof of the handover to this file, for verify
        #[arg(long, value_name = "FILE")]
        proof: Option<PathBuf>,
    },
    /// 登记一次联系 / record a contact
    Contact(Contact),
    /// 发放劝返通知书 / issue the notice
    Notice {
        #[command(flatten)]
        hand: Hand,
        /// 文号，用 --docx 时自动编号 / the document's number; given by itself with --docx
        #[arg(long, required_unless_present = "docx", conflicts_with = "docx")]
        number: Option<String>,
        /// 生成劝返通知书，写到这个文件 / write the notice, as a document, to this file
        #[arg(long, value_name = "FILE")]
        docx: Option<PathBuf>,
        /// 返校期限，默认为应书面报告之日 / on the document: the last day to come back
        #[arg(long, value_name = "DATE", requires = "docx")]
        return_by: Option<Day>,
        /// 送达方式 / how it was delivered
        #[arg(long)]
        delivery: String,
        /// 回执 / what shows that it arrived
        #[arg(long, default_value = "")]
        receipt: String,
    },
    /// 向县级教育部门书面报告（密封）/ report in writing to the county, sealed
    Report {
        #[command(flatten)]
        hand: Hand,
        /// 文号，默认按年编号 / the number; the next of the year when not given
        #[arg(long, default_value = "", conflicts_with = "docx")]
        number: String,
        /// 生成书面报告，写到这个文件 / write the report, as a document, to this file
        #[arg(long, value_name = "FILE")]
        docx: Option<PathBuf>,
    },
    /// 限期返校通知书已送达 / the order was handed over
    OrderSeen {
        #[command(flatten)]
        hand: Hand,
        /// 送达方式 / how
        #[arg(long)]
        how: String,
    },
    /// 暂缓 / set the case aside
    Suspend {
        #[command(flatten)]
        hand: Hand,
        /// 截止日 / until this day
        #[arg(long)]
        until: Day,
        /// 原因 / why
        #[arg(long)]
        reason: String,
    },
    /// 恢复办理 / take it up again
    Resume {
        #[command(flatten)]
        hand: Hand,
    },
    /// 返校（当天点名须为到校）/ back in class; the roll call of the day must say so
    Return {
        #[command(flatten)]
        hand: Hand,
    },
    /// 返校后跟踪回访 / observe the child after the return
    Observe {
        #[command(flatten)]
        hand: Hand,
        /// 情况 / how the child does
        #[arg(long)]
        note: String,
    },
    /// 安置：送教上门、远程送教、中职、免除 / place the child lawfully outside a class
    Place {
        #[command(flatten)]
        hand: Hand,
        /// PLACED_HOME 送教上门, PLACED_REMOTE 远程视频送教, PLACED_VOCATIONAL 转入中职, EXEMPT 经认定不具备学习能力
        #[arg(long)]
        how: String,
        /// 评估、认定或录取文号 / number of the assessment, certificate or letter
        #[arg(long)]
        evidence: String,
    },
    /// 申请销号，由县级确认 / ask the county to close the case
    Close {
        #[command(flatten)]
        hand: Hand,
        /// RETURNED 返校, PLACED_* 安置, EXEMPT, MOVED 移交, ABROAD 出境, DECEASED 死亡, COMPLETED 毕业, OPENED_IN_ERROR 误立
        #[arg(long)]
        reason: String,
        /// 证明材料 / what proves it
        #[arg(long, default_value = "")]
        note: String,
    },
    /// 移交流入地（须已核实去向）/ refer it to the place where the child is; only a confirmed move
    Refer(Refer),
    /// 撤回移交 / take a referral back
    Withdraw {
        /// 个案编号，或学生 / the case, or its child
        case: String,
        /// 原因 / why
        #[arg(long)]
        reason: String,
        /// 登记账号 / the account
        #[arg(long, default_value = "local")]
        by: String,
    },
    /// 移交后补充材料 / evidence after the handover
    Late {
        /// 个案编号，或学生 / the case, or its child
        case: String,
        /// 内容 / the text
        #[arg(long)]
        text: String,
        /// 依据种类 / kind of evidence
        #[arg(long)]
        evidence: Option<String>,
        /// 登记账号 / the account
        #[arg(long, default_value = "local")]
        by: String,
    },
}

/// The register of documents.
#[derive(Debug, Subcommand)]
pub(in crate::cli) enum Paper {
    /// 发文登记簿 / what was issued, and whether it arrived
    List,
    /// 从该文号之后续编 / numbers go on behind this one: it was given by hand, or lost in a restore
    After {
        /// 纸质登记簿上的最后一个文号 / the last number on the paper register
        number: String,
    },
    /// 登记送达 / enter who got a document
    Deliver {
        /// 文号 / the document's number
        number: String,
        /// 受送达人 / to whom
        #[arg(long)]
        to: String,
        /// by-hand 当面送达, post 邮寄, post:邮件号, message 短信（微信）/ in what way
        #[arg(long)]
        way: String,
        /// awaited 待回执, signed:签收人:关系, refused:见证人, came-back:原因 / what became of it
        #[arg(long, default_value = "awaited")]
        receipt: String,
        /// 送达人 / who delivered it
        #[arg(long, default_value = "local")]
        by: String,
        /// 送达日期，默认今天 / on which day
        #[arg(long, value_name = "DATE", alias = "date")]
        day: Option<Day>,
    },
}

#[derive(Debug, Arguments)]
pub(in crate::cli) struct Contact {
    #[command(flatten)]
    pub(in crate::cli) hand: Hand,
    /// visit 家访, phone 电话, message 短信或微信, at-school 到校面谈, other 其他
    #[arg(long)]
    pub(in crate::cli) channel: String,
    /// child 本人, parent 父母, guardian 其他监护人, relative 亲属, neighbour 村组干部或邻居, nobody 未联系上
    #[arg(long)]
    pub(in crate::cli) reached: String,
    /// 不到校的原因，如 poverty 家庭贫困, dislikes-study 厌学, child-labour 务工, moved 随父母外出 / the reason given
    #[arg(long)]
    pub(in crate::cli) reason: Option<String>,
    /// 承诺 / what was promised
    #[arg(long, default_value = "")]
    pub(in crate::cli) promise: String,
    /// 下次联系日期 / when to try again
    #[arg(long, value_name = "DATE")]
    pub(in crate::cli) next: Option<Day>,
    /// 备注 / anything else
    #[arg(long, default_value = "")]
    pub(in crate::cli) note: String,
}

#[derive(Debug, Arguments)]
pub(in crate::cli) struct Refer {
    /// 个案编号，或学生 / the case, or its child
    pub(in crate::cli) case: String,
    /// 流入地行政区划代码，尽量细 / the code of the finest place known
    #[arg(long, value_name = "CODE")]
    pub(in crate::cli) to: String,
    /// PARENT_STATEMENT 家长说明, EMPLOYER_OR_LANDLORD 用工单位或房东, SCHOOL_CONFIRMATION 当地学校, POLICE_ANSWER 公安, OTHER
    #[arg(long, value_name = "KIND")]
    pub(in crate::cli) evidence: String,
    /// 依据说明 / the proof in words
    #[arg(long)]
    pub(in crate::cli) note: String,
    /// 流入外省的，谁不愿返回：CHILD 学生本人, GUARDIAN 监护人, BOTH 均不愿, PERSUASION_FAILED 劝返无效 / in another province: who does not come back
    #[arg(long, value_name = "WHO", default_value = "")]
    pub(in crate::cli) unwilling: String,
    /// 在哪一天表示，默认今天 / on which day that was said, today when not given
    #[arg(long, value_name = "DATE", requires = "unwilling")]
    pub(in crate::cli) unwilling_on: Option<Day>,
    /// 只拟稿，不提交 / draft it, do not submit it yet
    #[arg(long)]
    pub(in crate::cli) draft: bool,
    /// 登记账号 / the account
    #[arg(long, default_value = "local")]
    pub(in crate::cli) by: String,
}

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum Inflow {
    /// 待核实的流入学生 / children that other places believe to be here
    List,
    /// 查阅密封材料（记录目的）/ open the sealed record, for a purpose that is logged
    Show {
        /// 个案编号 / the case
        case: String,
        /// 查阅目的 / why
        #[arg(long)]
        purpose: String,
        /// 登记账号 / the account
        #[arg(long, default_value = "local")]
        by: String,
    },
    /// 答复核查结果 / say what was found
    Found(Found),
}

#[derive(Debug, Arguments)]
pub(in crate::cli) struct Found {
    /// 个案编号 / the case
    pub(in crate::cli) case: String,
    /// placed 已入学, persuading 已找到在劝返, not-found 未找到, already-enrolled 已有学籍, moved-on 已转往他处
    pub(in crate::cli) outcome: String,
    /// 编入的班级，如 5.1 / placed: in which class
    #[arg(long)]
    pub(in crate::cli) class: Option<String>,
    /// 去往的地方 / moved on: where, a code
    #[arg(long, value_name = "CODE")]
    pub(in crate::cli) place: Option<String>,
    /// 日期，默认今天 / on which day, today when not given
    #[arg(long)]
    pub(in crate::cli) day: Option<Day>,
    /// 给上级的说明，不含个人信息 / for the county's eyes; no personal data
    #[arg(long, default_value = "")]
    pub(in crate::cli) note: String,
    /// 登记账号 / the account
    #[arg(long, default_value = "local")]
    pub(in crate::cli) by: String,
}

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum Listed {
    /// 名单中的学生，未答复的在前 / children of lists, those without an answer first
    List,
    /// 查阅名单所列信息（记录目的）/ open what the list says, for a purpose that is logged
    Show {
        /// 个案编号 / the case
        case: String,
        /// 查阅目的 / why
        #[arg(long)]
        purpose: String,
        /// 登记账号 / the account
        #[arg(long, default_value = "local")]
        by: String,
    },
    /// 答复核查结果 / say what was found
    Answer {
        /// 个案编号 / the case
        case: String,
        /// in-school 在本校就读, elsewhere 在他校就读, persuading 正在劝返, returned 已返校, placed 已安置, exempt,
        /// moved 已转往外地, abroad 出境, completed 毕业, deceased 死亡, unknown 查无此人
        result: String,
        /// 日期，默认今天 / on which day, today when not given
        #[arg(long)]
        day: Option<Day>,
        /// 说明，不含个人信息 / a remark; no personal data
        #[arg(long, default_value = "")]
        note: String,
    },
}
