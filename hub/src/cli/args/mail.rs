//! What can be typed about letters and lists.

use std::path::PathBuf;

use clap::Subcommand;
use proto::model::day::Day;

/// What to do with letters to other provinces.
#[derive(Debug, Subcommand)]
pub enum LetterAction {
    /// Letters, and cases that wait for one · 协查函与待去函个案
    List,
    /// Makes a letter of the cases that wait for a place · 拟稿
    Draft {
        /// A division there: its city is written to · 去函地
        #[arg(long)]
        to: String,
        /// What stands before the office's numbers, such as 毕教函 · 发文机关代字
        #[arg(long)]
        prefix: String,
        /// Only these cases, as CASE/LEG · 仅限这些个案
        #[arg(long = "leg")]
        legs: Vec<String>,
        /// The account that acts · 经办账号
        #[arg(long)]
        by: String,
    },
    /// Enters that a letter went out · 登记发出
    Send {
        /// Its number, or the end of it, such as 3号 · 文号
        number: String,
        /// The day; without it, today · 发出日期
        #[arg(long)]
        day: Option<Day>,
        /// The account that acts · 经办账号
        #[arg(long)]
        by: String,
    },
    /// Enters what was answered about one child · 登记回函结果
    Reply {
        /// The letter's number · 文号
        number: String,
        /// The case, as far as needed · 个案编号（可只写开头）
        #[arg(long)]
        case: String,
        /// PLACED, PERSUADING, NOT_FOUND, ALREADY_ENROLLED or MOVED_ON · 结果
        #[arg(long)]
        outcome: String,
        /// Where the child went on to · 转往何处
        #[arg(long, default_value = "")]
        place: String,
        /// No names of persons · 备注（不要写个人信息）
        #[arg(long, default_value = "")]
        note: String,
        /// The day of the answer; without it, today · 回函日期
        #[arg(long)]
        day: Option<Day>,
        /// What was entered before is a slip: why; it stays visible · 更正误登的结果，写明事由
        #[arg(long, value_name = "REASON")]
        correct: Option<String>,
        /// The account that acts · 经办账号
        #[arg(long)]
        by: String,
    },
    /// One letter · 查看
    Show {
        /// Its number · 文号
        number: String,
        /// Also the names; why they are opened, for the log · 查阅事由
        #[arg(long, default_value = "")]
        purpose: String,
        /// The account that opens them · 查阅账号
        #[arg(long, default_value = "")]
        by: String,
        /// Writes the letter as a document · 导出公文
        #[arg(long, requires = "purpose")]
        docx: Option<PathBuf>,
        /// Who answers questions, for the document; without it, who the settings say · 联系人
        #[arg(long, default_value = "", requires = "phone")]
        contact: String,
        /// How to reach them · 联系电话
        #[arg(long, default_value = "")]
        phone: String,
    },
}

/// What to do with lists from above.
#[derive(Debug, Subcommand)]
pub enum InboundAction {
    /// Imports .xlsx or .xls; rows that name a school below go there · 导入
    Import {
        /// The workbook · 表格文件
        file: PathBuf,
        /// Its number or title · 名单文号或名称
        #[arg(long)]
        list: String,
        /// Answer by this day, where the list does not say · 答复期限
        #[arg(long)]
        answer_by: Option<Day>,
        /// Only reads it · 只检查
        #[arg(long)]
        check: bool,
        /// The account that acts · 经办账号
        #[arg(long)]
        by: String,
    },
    /// Rows and their answers · 列出
    List {
        /// Only this list · 仅此名单
        #[arg(long, default_value = "")]
        list: String,
        /// Only rows without an answer · 仅列未答复
        #[arg(long)]
        open: bool,
    },
    /// Names the school that answers for a child of a list, or the office below that leads to it · 指定核查学校或下级机关
    Assign {
        /// The case of the row · 个案编号
        case: String,
        /// The school's code, or the office's place · 学校标识码，或下级机关的区划代码
        school: String,
        /// The account that acts · 经办账号
        #[arg(long)]
        by: String,
    },
    /// Enters the answer to a row · 登记核查结果
    Answer {
        /// The case of the row · 个案编号
        case: String,
        /// IN_SCHOOL, ELSEWHERE, PERSUADING, RETURNED, PLACED, EXEMPT, MOVED, ABROAD, COMPLETED, DECEASED, UNKNOWN · 结果代码
        #[arg(long)]
        result: String,
        /// The day; without it, today · 核查日期
        #[arg(long)]
        day: Option<Day>,
        /// No names of persons · 备注（不要写个人信息）
        #[arg(long, default_value = "")]
        note: String,
        /// The account that acts · 经办账号
        #[arg(long)]
        by: String,
    },
    /// Writes the letter that answers a list from another place, one result a child · 复函
    Reply {
        /// Its number or title · 名单文号或名称
        list: String,
        /// Who had asked, in full · 来函单位
        #[arg(long)]
        to: String,
        /// The number of their letter; without it, what the list is called · 来函文号
        #[arg(long, default_value = "")]
        letter: String,
        /// The letter's date; without it, today · 成文日期
        #[arg(long)]
        day: Option<Day>,
        /// Writes it to this file, under the next number · 输出文件
        #[arg(long, value_name = "FILE")]
        docx: PathBuf,
        /// Why the names are opened, for the log · 查阅事由
        #[arg(long)]
        purpose: String,
        /// The account that opens them · 查阅账号
        #[arg(long)]
        by: String,
    },
    /// Writes a list with its results · 导出结果
    Export {
        /// Its number or title · 名单文号或名称
        list: String,
        /// Where to · 输出文件
        #[arg(long)]
        to: PathBuf,
        /// Why the names are opened, for the log · 查阅事由
        #[arg(long)]
        purpose: String,
        /// The account that opens them · 查阅账号
        #[arg(long)]
        by: String,
    },
}
