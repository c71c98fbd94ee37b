//! What can be typed about cases.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use proto::model::day::Day;

/// Who acts.
#[derive(Debug, Clone, Args)]
pub struct Officer {
    /// The officer's account; without it, that of the computer · 经办人账号
    #[arg(long, env = "GUIXUE_ACCOUNT")]
    pub by: Option<String>,
}

/// What to do with cases.
#[derive(Debug, Subcommand)]
pub enum CaseAction {
    /// Lists cases, the overdue ones first · 列出个案
    List {
        /// At this stage, P0 to P10 · 阶段
        #[arg(long, default_value = "")]
        stage: String,
        /// Only those in which somebody is behind · 只列逾期的
        #[arg(long)]
        overdue: bool,
        /// Of this school, by its code or path · 学校
        #[arg(long, default_value = "")]
        school: String,
        /// Also those that are closed · 包括已销号的
        #[arg(long)]
        all: bool,
    },
    /// Shows a case and what was done · 查看个案
    Show {
        /// Its number · 个案编号
        case: String,
        /// Writes who has answered for the child to a file that `verify` checks · 导出证明文件
        #[arg(long)]
        proof: Option<PathBuf>,
    },
    /// The township government was told and the county government was reported to (P4) · 已通报并报告政府
    Inform {
        /// Its number · 个案编号
        case: String,
        /// Number of the notice to the township government, where it was written elsewhere · 通报乡镇政府的文号
        #[arg(long, default_value = "", required_unless_present = "docx", conflicts_with = "docx")]
        town: String,
        /// Number of the report to the county government, likewise · 报告县级政府的文号
        #[arg(long, default_value = "", required_unless_present = "docx", conflicts_with = "docx")]
        county: String,
        /// Writes both documents into this folder, under the next numbers · 生成通报和书面报告，写入目录
        #[arg(long, value_name = "DIR", requires = "purpose")]
        docx: Option<PathBuf>,
        /// Whom the notice goes to; without it, the government of the school's town · 主送的乡镇政府
        #[arg(long, default_value = "", requires = "docx")]
        to: String,
        /// Until when it tells what it found · 反馈期限
        #[arg(long, requires = "docx")]
        reply_by: Option<Day>,
        /// Why the school's report is opened, for the log · 查阅事由
        #[arg(long, default_value = "", requires = "docx")]
        purpose: String,
        /// On which day; without it, today · 日期
        #[arg(long)]
        day: Option<Day>,
        /// Who acts
        #[command(flatten)]
        officer: Officer,
    },
    /// The government assigned people who persuade (P5) · 政府已安排人员劝返
    Government {
        /// Its number · 个案编号
        case: String,
        /// The document's number · 文号
        #[arg(long, default_value = "")]
        number: String,
        /// On which day; without it, today · 日期
        #[arg(long)]
        day: Option<Day>,
        /// Who acts
        #[command(flatten)]
        officer: Officer,
    },
    /// The government's people visited the family · 已入户劝返
    Visit {
        /// Its number · 个案编号
        case: String,
        /// On which day; without it, today · 日期
        #[arg(long)]
        day: Option<Day>,
        /// Who acts
        #[command(flatten)]
        officer: Officer,
    },
    /// Ordered to return by a date (P6) · 责令限期返校
    Order {
        /// Its number · 个案编号
        case: String,
        /// The order's number, where it was written elsewhere · 文号
        #[arg(long, default_value = "", required_unless_present = "docx", conflicts_with = "docx")]
        number: String,
        /// Writes the order to this file, under the next number · 生成限期返校通知书
        #[arg(long, value_name = "FILE", requires = "purpose")]
        docx: Option<PathBuf>,
        /// Why the school's report is opened, for the log · 查阅事由
        #[arg(long, default_value = "", requires = "docx")]
        purpose: String,
        /// Return by this day · 返校期限
        #[arg(long)]
        until: Day,
        /// On which day; without it, today · 日期
        #[arg(long)]
        day: Option<Day>,
        /// Who acts
        #[command(flatten)]
        officer: Officer,
    },
    /// Confirms that a case is closed (P10) · 同意销号
    Confirm {
        /// Its number · 个案编号
        case: String,
        /// Its school is closed: the number under which another school goes on · 学校已撤销的，续办个案编号
        #[arg(long, default_value = "", value_name = "CASE")]
        continued: String,
        /// Its school is closed and no other goes on: why the case ends (MOVED, ABROAD, COMPLETED, …) · 学校已撤销且无需续办的，销号原因代码
        #[arg(
            long = "as",
            default_value = "",
            value_name = "CLOSING",
            requires = "reason",
            conflicts_with = "continued"
        )]
        closing: String,
        /// What that rests on; no personal data · 销号依据（不要写个人信息）
        #[arg(long, default_value = "")]
        reason: String,
        /// Who acts
        #[command(flatten)]
        officer: Officer,
    },
    /// Does not confirm it: the case goes on · 不同意销号
    Refuse {
        /// Its number · 个案编号
        case: String,
        /// Why; no personal data · 理由（不要写个人信息）
        #[arg(long)]
        reason: String,
        /// Who acts
        #[command(flatten)]
        officer: Officer,
    },
    /// Opens the school's written report; the opening is logged · 查看书面报告（记入日志）
    Report {
        /// Its number · 个案编号
        case: String,
        /// What it is opened for · 查看目的
        #[arg(long)]
        purpose: String,
        /// An earlier one that was corrected · 查看更正前的第几次报告
        #[arg(long)]
        revision: Option<u32>,
        /// Who acts
        #[command(flatten)]
        officer: Officer,
    },
    /// Letters of schools that went by here, by school · 经过本节点的函件数
    Passed,
}

/// What to do with offices.
#[derive(Debug, Subcommand)]
pub enum DutyAction {
    /// Lists who is on duty · 列出
    List,
    /// Puts somebody on duty · 安排值守
    Set {
        /// persuasion or transfer · 岗位
        office: String,
        /// The account; none: nobody · 账号，none 表示无人
        account: String,
        /// Who acts
        #[command(flatten)]
        officer: Officer,
    },
}

/// What to do with the log.
#[derive(Debug, Subcommand)]
pub enum AuditAction {
    /// Lists the newest records · 列出
    List {
        /// At most so many; 0: a hundred · 条数
        #[arg(long, default_value_t = 0)]
        most: u64,
    },
    /// Follows the log from its beginning, and shows those of the units · 核对
    Verify,
    /// Writes the whole log, signed, into a file · 导出
    Export {
        /// Where · 文件名
        file: PathBuf,
        /// Who acts
        #[command(flatten)]
        officer: Officer,
    },
    /// Checks an exported log offline · 离线验证导出的日志
    Check {
        /// The file that export wrote · 导出的文件
        file: PathBuf,
        /// The root's certificate, PEM, as the command root prints it · 根证书
        #[arg(long)]
        root: PathBuf,
    },
    /// Takes a unit's log as it is now, after an alarm was looked into · 确认下级日志
    Accept {
        /// Its code or path · 单位代码
        unit: String,
        /// Who acts
        #[command(flatten)]
        officer: Officer,
    },
}

impl Officer {
    /// The account that was named, or that the computer knows; may be empty.
    pub fn account(self) -> String {
        let logged_in = || ["USER", "USERNAME", "LOGNAME"].iter().find_map(|name| std::env::var(name).ok());
        self.by.or_else(logged_in).unwrap_or_default()
    }
}
