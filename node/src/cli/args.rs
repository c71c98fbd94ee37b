//! The commands and their words, in both languages.

use std::path::PathBuf;

use clap::{Args as Arguments, Parser, Subcommand};
use proto::model::day::Day;
use proto::model::lang::Lang;

pub(super) mod cases;

/// 归学：学校节点 / Guixue: a school's node
#[derive(Debug, Parser)]
#[command(name = "guixue-node", version, max_term_width = 100)]
pub(super) struct Args {
    /// 数据目录 / the data folder
    #[arg(long, global = true, env = "GUIXUE_NODE_DIR", default_value = "guixue-school", value_name = "DIR")]
    pub(super) dir: PathBuf,
    /// 语言，默认按系统语言 / language, by locale when not given: zh, en
    #[arg(long, global = true)]
    pub(super) lang: Option<Lang>,
    /// 输出 JSON / print JSON
    #[arg(long, global = true)]
    pub(super) json: bool,
    #[command(subcommand)]
    pub(super) command: Command,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// 运行节点，直到被停止 / run the node until it is stopped
    Run,
    /// 新设学校数据目录 / make the data folder of a new school
    Init(Init),
    /// 凭邀请码加入上级 / join the hub above by its code
    Join {
        /// 邀请码 / the code, as printed
        #[arg(value_name = "CODE", num_args = 1.., required_unless_present = "hub")]
        code: Vec<String>,
        #[command(flatten)]
        typed: Typed,
    },
    /// 学生名册 / the roll
    #[command(subcommand)]
    Roster(Roster),
    /// 考勤 / attendance
    #[command(subcommand)]
    Attendance(Attendance),
    /// 登记休学、送教、转学、毕业等 / record leave, home teaching, transfers, graduation
    Fact(Fact),
    /// 劝返个案与移交 / persuasion cases, and handing them over
    #[command(subcommand)]
    Case(cases::Case),
    /// 外地移交来的学生 / children that other places believe to be here
    #[command(subcommand)]
    Inflow(cases::Inflow),
    /// 上级名单中的学生 / children that lists from above name
    #[command(subcommand)]
    Listed(cases::Listed),
    /// 公文登记与送达 / official documents: the register, and who got them
    #[command(subcommand)]
    Paper(cases::Paper),
    /// 离线验证流转证明 / check a proof of custody, offline
    Verify {
        /// 证明文件 / the file that --proof wrote
        file: PathBuf,
        /// 根证书（PEM），默认用本校所知的根证书 / the root's certificate; without it, the one that this school knows
        #[arg(long, value_name = "PEM")]
        root: Option<PathBuf>,
    },
    /// 密封材料查阅记录 / who opened which sealed record
    Audit,
    /// 校历 / the calendar
    #[command(subcommand)]
    Calendar(Calendar),
    /// 概况与待办 / the school at a glance, and what needs attention
    Status,
    /// 班级列表 / classes
    Classes,
    /// 学生列表 / children
    Children(Filter),
    /// 说明一名学生的状态及依据 / explain where a child stands, and why
    Explain {
        /// 编号、学籍号或姓名 / id, roll number or name
        child: String,
    },
    /// 日报 / the day's sheet
    Sheet(Sheet),
    /// 与上级同步 / talk to the parent
    Sync(Sync),
    /// 用 U 盘与上级传递数据 / exchange files with the parent on a stick
    #[command(subcommand)]
    Courier(Courier),
    /// 备份 / write a backup and read it back
    Backup {
        /// 写到哪里，默认在数据目录的 backups 中 / where; into the folder's backups when not given
        #[arg(long)]
        to: Option<PathBuf>,
    },
    /// 从备份恢复 / restore a backup
    Restore(Restore),
    /// 自检 / look for faults
    Doctor,
    /// 规则文件 / rulebooks and calendars from above
    #[command(subcommand)]
    Rulebook(Rulebook),
}

#[derive(Debug, Arguments)]
pub(super) struct Init {
    /// 学校标识码，10 位 / the school's code, 10 digits
    #[arg(long)]
    pub(super) school: String,
    /// 主管教育部门所在区划，市直学校填市 / the division whose department manages the school
    #[arg(long)]
    pub(super) under: String,
    /// 学校名称 / the school's name
    #[arg(long)]
    pub(super) name: String,
}

#[derive(Debug, Subcommand)]
pub(super) enum Roster {
    /// 导入学籍系统导出的名册 / import the registration system's export: .xlsx, .xls, .csv
    Import(RosterImport),
}

#[derive(Debug, Clone, Arguments)]
pub(super) struct RosterImport {
    pub(super) file: PathBuf,
    /// 只看会有什么变化 / show what would change, and change nothing
    #[arg(long)]
    pub(super) dry_run: bool,
    /// 直接变更已在名册上的学生，不再询问 / change children on the roll without asking
    #[arg(long)]
    pub(super) yes: bool,
    /// 退回行写到哪里，默认在原文件旁 / where refused rows go; next to the file when not given
    #[arg(long, value_name = "PATH")]
    pub(super) errors: Option<PathBuf>,
    /// 新增学生的在籍起始日 / first day on the roll of children who are new
    #[arg(long, value_name = "DATE")]
    pub(super) since: Option<Day>,
}

#[derive(Debug, Subcommand)]
pub(super) enum Attendance {
    /// 点名：未列出的视为到校；更正时未列出的不变 / call the roll of a class: who is not named is present; in a correction, stays as recorded
    Mark(Mark),
    /// 导入缺勤表（CSV：班级、姓名或学籍号、日期、缺勤类型、更正原因）；已点过名的班只改列出的学生 / import a CSV of absences; a class that called the roll is corrected for the children in it
    Import(AbsenceImport),
    /// 查看点名 / show roll calls
    Show {
        /// 班级，如 3.2 / class, such as 3.2
        class: Option<String>,
        /// 日期，默认今天 / day, today when not given
        #[arg(long)]
        day: Option<Day>,
    },
}

#[derive(Debug, Arguments)]
pub(super) struct Mark {
    /// 班级，如 3.2 / class, such as 3.2
    pub(super) class: String,
    /// 日期，默认今天 / day, today when not given
    #[arg(long)]
    pub(super) day: Option<Day>,
    /// 无故未到 / absent without a proper reason
    #[arg(long, value_name = "CHILD", num_args = 1..)]
    pub(super) absent: Vec<String>,
    /// 病假 / sick
    #[arg(long, value_name = "CHILD", num_args = 1..)]
    pub(super) sick: Vec<String>,
    /// 事假 / on leave
    #[arg(long, value_name = "CHILD", num_args = 1..)]
    pub(super) leave: Vec<String>,
    /// 其他正当原因 / other proper reason
    #[arg(long, value_name = "CHILD", num_args = 1..)]
    pub(super) other: Vec<String>,
    /// 写明到校 / present, said expressly
    #[arg(long, value_name = "CHILD", num_args = 1..)]
    pub(super) present: Vec<String>,
    /// 更正原因 / the reason of a correction
    #[arg(long, value_name = "TEXT")]
    pub(super) reason: Option<String>,
    /// 登记账号 / the account
    #[arg(long, default_value = "local")]
    pub(super) by: String,
}

#[derive(Debug, Arguments)]
pub(super) struct AbsenceImport {
    pub(super) file: PathBuf,
    /// 只看会有什么变化 / show what would change, and change nothing
    #[arg(long)]
    pub(super) dry_run: bool,
    /// 更正原因 / the reason, for days that were called before
    #[arg(long, value_name = "TEXT")]
    pub(super) reason: Option<String>,
    /// 登记账号 / the account
    #[arg(long, default_value = "local")]
    pub(super) by: String,
}

/// An invitation that was said over the telephone.
#[derive(Debug, Arguments)]
pub(super) struct Typed {
    /// 上级地址 / where the parent is answered, host:port
    #[arg(long, requires = "short", conflicts_with = "code")]
    hub: Option<String>,
    /// 短码 / the short code
    #[arg(id = "short", long = "code", value_name = "XXXX-XXXX-XXXX", requires = "hub")]
    short: Option<String>,
    /// 核对码 / the eight digits that the parent's office reads out
    #[arg(long, value_name = "1234-5678", requires = "hub", required_unless_present_any = ["code", "fingerprint"])]
    digits: Option<String>,
    /// 签发机构指纹，可代替核对码 / the fingerprint of its authority, in place of the digits
    #[arg(long, requires = "hub", conflicts_with = "digits")]
    fingerprint: Option<String>,
}

impl Typed {
    /// As one text.
    pub(super) fn text(&self) -> Option<String> {
        let known = self.digits.as_ref().or(self.fingerprint.as_ref())?;
        Some(format!("{}/{}/{known}", self.hub.as_ref()?, self.short.as_ref()?))
    }
}

#[derive(Debug, Arguments)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(super) struct Fact {
    #[command(subcommand)]
    pub(super) action: Option<FactAction>,
    #[command(flatten)]
    pub(super) entry: Option<FactEntry>,
}

#[derive(Debug, Subcommand)]
pub(super) enum FactAction {
    /// 已登记的变动及编号 / what was recorded, with its numbers
    List {
        /// 编号、学籍号或姓名，默认全部 / id, roll number or name; all children when not given
        #[arg(default_value = "")]
        child: String,
    },
    /// 撤回一项登记，须写明原因 / withdraws one, with the reason
    Withdraw {
        /// 登记编号，见 fact list / its number, see fact list
        fact: String,
        /// 原因，不要写姓名 / why, no names
        #[arg(long)]
        reason: String,
        /// 登记账号 / the account
        #[arg(long, default_value = "local")]
        by: String,
    },
}

#[derive(Debug, Arguments)]
pub(super) struct FactEntry {
    /// 编号、学籍号或姓名 / id, roll number or name
    pub(super) child: String,
    /// suspend 休学, end-leave 复学, teach-at-home 送教, end-home-teaching 结束送教, start-transfer 转学,
    /// lapse-transfer 转学失效, transfer-out 转出, back-on-roll 转回, complete 毕业, abroad 出境, deceased 死亡
    pub(super) fact: String,
    /// 生效日，默认今天 / from which day, today when not given
    #[arg(long)]
    pub(super) day: Option<Day>,
    /// 休学截止日 / last day of a leave
    #[arg(long)]
    pub(super) until: Option<Day>,
    /// 转往何处 / where the roll goes
    #[arg(long, default_value = "")]
    pub(super) to: String,
    /// 批准文号、鉴定编号等 / number of the approval, assessment or certificate
    #[arg(long, default_value = "")]
    pub(super) evidence: String,
    /// 登记账号 / the account
    #[arg(long, default_value = "local")]
    pub(super) by: String,
}

#[derive(Debug, Subcommand)]
pub(super) enum Calendar {
    /// 说明缺课如何计数（无需数据目录）/ explain how an absence is counted; needs no data folder
    Explain(Explain),
    /// 现用校历 / the layers in use
    Show,
    /// 设置本校校历 / set the school's own layer
    Set {
        file: PathBuf,
        /// 只检查 / check only
        #[arg(long)]
        dry_run: bool,
    },
}

#[derive(Debug, Arguments)]
pub(super) struct Explain {
    /// 缺课首日 / first day of absence
    #[arg(long, value_name = "DATE")]
    pub(super) absent_from: Day,
    /// 校历文件，可多个 / calendar files; may be given several times
    #[arg(long, value_name = "FILE")]
    pub(super) calendar: Vec<PathBuf>,
    /// 出生日期，用于与年龄有关的放假 / birth date, for days off that depend on age
    #[arg(long, value_name = "DATE")]
    pub(super) birth: Option<Day>,
}

#[derive(Debug, Arguments)]
pub(super) struct Filter {
    /// 班级，如 3.2 / class, such as 3.2
    #[arg(long)]
    pub(super) class: Option<String>,
    /// 状态，如 SUSPECTED 或 疑似辍学 / status, such as SUSPECTED
    #[arg(long)]
    pub(super) status: Option<String>,
}

#[derive(Debug, Arguments)]
pub(super) struct Sheet {
    /// 日期，默认最近一份 / day, the last sheet when not given
    pub(super) day: Option<Day>,
    /// 先结账到该日（默认今天）/ close the days up to it first, up to today when not given
    #[arg(long)]
    pub(super) close: bool,
}

#[derive(Debug, Arguments)]
pub(super) struct Sync {
    #[command(subcommand)]
    pub(super) what: Option<SyncWhat>,
}

#[derive(Debug, Subcommand)]
pub(super) enum SyncWhat {
    /// 立即同步（默认）/ now, as without a word
    Now,
    /// 等待发送、已送达、被退回 / what waits, what arrived, what came back
    Status,
}

#[derive(Debug, Subcommand)]
pub(super) enum Courier {
    /// 写出上级还没有的内容 / write what the parent does not have yet
    Export {
        /// 目录（如 U 盘）或文件名 / a folder, such as the stick, or a file
        to: PathBuf,
        /// 每个文件的大小上限（MiB）/ how much goes into one file, in MiB
        #[arg(long, default_value_t = 16, value_parser = clap::value_parser!(u32).range(1..=16))]
        size: u32,
        /// 包括上级已确认的内容 / also what the parent has acknowledged
        #[arg(long)]
        all: bool,
    },
    /// 导入上级带回的文件 / import a file from the parent
    Import {
        /// 文件 / the file
        file: PathBuf,
        /// 回执写到哪里（目录或文件名），默认不写 / where an answer goes, a folder or a file; none when not given
        #[arg(long)]
        answer: Option<PathBuf>,
    },
}

#[derive(Debug, Arguments)]
pub(super) struct Restore {
    /// 备份文件 / the backup
    pub(super) file: PathBuf,
}

#[derive(Debug, Subcommand)]
pub(super) enum Rulebook {
    /// 现用规则与来源 / the rules in force and where they come from
    Show,
    /// 丢弃一份文件，下次同步重新获取 / forget a document; the next sync fetches it again
    Repair {
        /// rulebook, calendar
        topic: String,
        /// 签发单位 / its issuer, such as p52/c5205
        issuer: String,
        /// 哪一份，校历填学年 / which part: a calendar's school year
        #[arg(default_value = "")]
        part: String,
    },
}
