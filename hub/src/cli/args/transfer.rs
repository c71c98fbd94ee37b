//! What can be typed about cases on their way.

use std::path::PathBuf;

use clap::Subcommand;
use proto::model::day::Day;

/// What officers do with cases on their way.
#[derive(Debug, Subcommand)]
pub enum TransferAction {
    /// All cases, those with a duty first · 列出
    List {
        /// Only those in which this place has something to do · 仅列待办
        #[arg(long)]
        duties: bool,
    },
    /// One case with its history and its chain · 查看个案
    Show {
        /// Its number · 个案编号
        case: String,
        /// Writes the chain to a file that `verify` checks · 导出证明文件
        #[arg(long)]
        proof: Option<PathBuf>,
    },
    /// Checks a referral and offers the case to its place, or hands it on to another · 审核并提请划转
    HandOn {
        /// Its number · 个案编号
        case: String,
        /// Another place than the referral says · 流入地区划代码
        #[arg(long, default_value = "")]
        to: String,
        /// For the other place; no names of persons · 说明（不要写个人信息）
        #[arg(long, default_value = "")]
        note: String,
        /// The account that acts · 经办账号
        #[arg(long)]
        by: String,
    },
    /// The child in another province does not come back: before a letter goes there · 登记不愿返回（去函外省之前）
    Unwilling {
        /// Its number · 个案编号
        case: String,
        /// CHILD, GUARDIAN, BOTH or PERSUASION_FAILED · 谁不愿返回
        #[arg(long, value_name = "WHO")]
        who: String,
        /// On which day that was said; without it, today · 表示之日
        #[arg(long)]
        day: Option<Day>,
        /// The account that acts · 经办账号
        #[arg(long)]
        by: String,
    },
    /// Sends a referral back to its school · 退回学校
    SendBack {
        /// Its number · 个案编号
        case: String,
        /// Why; no names of persons · 原因
        #[arg(long)]
        reason: String,
        /// The account that acts · 经办账号
        #[arg(long)]
        by: String,
    },
    /// Asks the other county for the sealed record · 索取密封材料
    Ask {
        /// Its number · 个案编号
        case: String,
        /// Why it is needed · 用途
        #[arg(long)]
        purpose: String,
        /// The account that acts · 经办账号
        #[arg(long)]
        by: String,
    },
    /// Opens the sealed record; who, when and why is logged · 开封查阅材料（留痕）
    Open {
        /// Its number · 个案编号
        case: String,
        /// Why · 用途
        #[arg(long)]
        purpose: String,
        /// The account that reads · 查阅账号
        #[arg(long)]
        by: String,
    },
    /// Writes the document of a handover; it names the child, and is logged · 制发台账划转单（留痕）
    Paper {
        /// Its number · 个案编号
        case: String,
        /// Where the document goes · 写到这个文件
        #[arg(long)]
        docx: PathBuf,
        /// Until when the other place answers; without it, when an offer expires · 反馈期限
        #[arg(long)]
        reply_by: Option<Day>,
        /// Why · 用途
        #[arg(long)]
        purpose: String,
        /// The account that acts · 经办账号
        #[arg(long)]
        by: String,
    },
    /// Takes an offered case: from now on this place answers for the child · 接收
    Accept {
        /// Its number · 个案编号
        case: String,
        /// The account that acts · 经办账号
        #[arg(long)]
        by: String,
    },
    /// Does not take an offered case · 退回
    Reject {
        /// Its number · 个案编号
        case: String,
        /// not-here, misrouted, duplicate, already-enrolled, over-age, insufficient, key-unknown · 原因
        #[arg(long)]
        reason: String,
        /// For misrouted: where the child probably is · 应送往的区划代码
        #[arg(long, default_value = "")]
        hint: String,
        /// For the other place; no names of persons · 说明
        #[arg(long, default_value = "")]
        note: String,
        /// The account that acts · 经办账号
        #[arg(long)]
        by: String,
    },
    /// Takes an offer back that is not answered yet · 撤回
    Recall {
        /// Its number · 个案编号
        case: String,
        /// The account that acts · 经办账号
        #[arg(long)]
        by: String,
    },
    /// Gives a case to a school or town that looks for the child · 指派核查
    Assign {
        /// Its number · 个案编号
        case: String,
        /// The unit's code or path · 学校或乡镇
        unit: String,
        /// The account that acts · 经办账号
        #[arg(long)]
        by: String,
    },
    /// Says what became of the child: to the origin, the school that lost it, or the county that asked · 登记核查结果
    Conclude {
        /// Its number · 个案编号
        case: String,
        /// PLACED, PERSUADING, NOT_FOUND, ALREADY_ENROLLED, MOVED_ON · 结果
        outcome: String,
        /// Where the child went on to · 转往何处
        #[arg(long, default_value = "")]
        place: String,
        /// No names of persons · 备注（不要写个人信息）
        #[arg(long, default_value = "")]
        note: String,
        /// The account that acts · 经办账号
        #[arg(long)]
        by: String,
    },
    /// Enters what no message says: which place has the child, or at which school outside the system · 登记核实情况
    Settle {
        /// Its number · 个案编号
        case: String,
        /// What was found out and done; no names of persons · 核实和办理情况（不要写个人信息）
        #[arg(long)]
        note: String,
        /// The account that acts · 经办账号
        #[arg(long)]
        by: String,
    },
    /// What this hub moves between its counties · 本级办理的划转
    Moves,
    /// Lets offers go: one, or all that wait · 批准划转
    Dispatch {
        /// A leg, such as 0123…ef/1; without it, all · 划转编号
        #[arg(default_value = "")]
        leg: String,
        /// Writes the lists of what is moved into this folder · 生成台账划转单，写入目录
        #[arg(long, value_name = "DIR")]
        docx: Option<PathBuf>,
        /// The account that acts · 经办账号
        #[arg(long)]
        by: String,
    },
    /// Sends an offer back to its county · 不予划转
    Decline {
        /// A leg, such as 0123…ef/1 · 划转编号
        leg: String,
        /// The division where the case belongs, if that was settled · 核定的流入地
        #[arg(long, default_value = "")]
        to: String,
        /// Why; no names of persons · 退回理由
        #[arg(long, default_value = "")]
        reason: String,
        /// The account that acts · 经办账号
        #[arg(long)]
        by: String,
    },
}
