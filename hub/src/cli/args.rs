//! What can be typed.

mod abroad;
mod mail;
mod papers;
mod transfer;

use std::path::PathBuf;

use clap::{Parser, Subcommand};
use proto::model::day::Day;
use proto::model::lang::Lang;

use super::casework::{AuditAction, CaseAction, DutyAction};
pub use abroad::{IncomingAction, NeighbourAction};
pub use mail::{InboundAction, LetterAction};
pub use papers::DocumentAction;
pub use transfer::TransferAction;

/// The hub of a town, county, city or province · 乡镇、县、市、省级节点
#[derive(Debug, Parser)]
#[command(name = "guixue-hub", version, disable_help_subcommand = true)]
pub struct Args {
    /// The hub's folder · 数据目录
    #[arg(long, global = true, env = "GUIXUE_HUB_DIR", default_value = "guixue-hub")]
    pub dir: PathBuf,
    /// zh or en; without it, as the locale says · 语言
    #[arg(long, global = true)]
    pub lang: Option<Lang>,
    /// Prints one JSON object · 以 JSON 输出
    #[arg(long, global = true)]
    pub json: bool,
    /// What to do
    #[command(subcommand)]
    pub command: Command,
}

/// An invitation that was said over the telephone.
#[derive(Debug, clap::Args)]
pub struct Typed {
    /// Where the parent is answered, host:port · 上级地址
    #[arg(long, requires = "short", conflicts_with = "code")]
    pub hub: Option<String>,
    /// The short code · 短码
    #[arg(id = "short", long = "code", value_name = "XXXX-XXXX-XXXX", requires = "hub")]
    pub short: Option<String>,
    /// The eight digits that the parent's office reads out · 核对码
    #[arg(long, value_name = "1234-5678", requires = "hub", required_unless_present_any = ["code", "fingerprint"])]
    pub digits: Option<String>,
    /// The fingerprint of its authority, in place of the digits · 签发机构指纹
    #[arg(long, requires = "hub", conflicts_with = "digits")]
    pub fingerprint: Option<String>,
}

impl Typed {
    /// As one text.
    pub fn text(&self) -> Option<String> {
        let known = self.digits.as_ref().or(self.fingerprint.as_ref())?;
        Some(format!("{}/{}/{known}", self.hub.as_ref()?, self.short.as_ref()?))
    }
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Runs until it is told to stop · 运行节点
    Run,
    /// Makes a new hub · 新建节点
    Init {
        /// The division's code or full name · 区划代码或全称
        #[arg(long)]
        region: String,
        /// What its people call it · 单位名称
        #[arg(long, default_value = "")]
        name: String,
        /// Where units are answered · 监听地址
        #[arg(long, default_value = "0.0.0.0:7443")]
        listen: String,
        /// Where units dial · 公开地址
        #[arg(long)]
        public: String,
    },
    /// Joins the parent by its invitation · 凭邀请码加入上级
    Join {
        /// The invitation · 邀请码
        #[arg(num_args = 1.., required_unless_present = "hub")]
        code: Vec<String>,
        /// What was said over the telephone
        #[command(flatten)]
        typed: Typed,
    },
    /// Invites a hub directly below, or a school · 邀请下级单位或学校
    Invite {
        /// A division's code or name, or a school's ten digits · 区划代码、名称或学校标识码
        unit: String,
        /// For a school: this hub or the town that manages it · 学校的主管：本节点或下属乡镇
        #[arg(long)]
        under: Option<String>,
        /// Hours until the invitation is void, at most 720 · 有效小时数，最多 720
        #[arg(long, value_parser = clap::value_parser!(u32).range(1..=720))]
        hours: Option<u32>,
        /// What its people call it · 单位名称
        #[arg(long, default_value = "")]
        name: String,
    },
    /// The register of units · 下级名册
    Units {
        /// What to do with it
        #[command(subcommand)]
        action: Option<UnitAction>,
    },
    /// Stops letting a unit in; until it joins again it counts with its last sheet and as missing · 停用下级的证书，重新加入前按最近一份日报计
    Revoke {
        /// Its code or path · 单位代码
        unit: String,
        /// Why, for the record; no names of persons · 原因（不要写个人信息）
        #[arg(long, default_value = "")]
        reason: String,
    },
    /// Figures of a place and the next level below it · 汇总数据
    Rollup {
        /// A division's code or name; without it, this hub's own · 区划代码或名称
        place: Option<String>,
        /// One day · 某一天
        #[arg(long, conflicts_with_all = ["from", "to"])]
        day: Option<Day>,
        /// First day of a period · 起始日
        #[arg(long, requires = "to")]
        from: Option<Day>,
        /// Last day of a period · 截止日
        #[arg(long, requires = "from")]
        to: Option<Day>,
        /// All counters, also in the table · 列出全部指标
        #[arg(long)]
        all: bool,
    },
    /// Who has not reported, worst first · 失联看板
    Silence {
        /// Also those that missed nothing · 包括正常的单位
        #[arg(long)]
        all: bool,
    },
    /// Which way a case goes from one place to another, and why; needs no hub · 个案走哪条路线
    Route {
        /// Where the child was: a division's code or full name · 流出地
        #[arg(long)]
        from: String,
        /// Where the child is · 流入地
        #[arg(long)]
        to: String,
    },
    /// Rules and calendars that go down the tree · 规则与校历
    Rulebook {
        /// What to do
        #[command(subcommand)]
        action: PaperAction,
    },
    /// The link to the parent · 与上级同步
    Sync {
        /// What to do; without it: now
        #[command(subcommand)]
        action: Option<SyncAction>,
    },
    /// Cases handed from place to place · 个案划转
    Transfer {
        /// What to do; without it: list
        #[command(subcommand)]
        action: Option<TransferAction>,
    },
    /// Letters to other provinces · 跨省协查函
    Letter {
        /// What to do
        #[command(subcommand)]
        action: LetterAction,
    },
    /// Official documents of this office: what was issued, and who got it · 发文登记
    Paper {
        /// What to do
        #[command(subcommand)]
        action: DocumentAction,
    },
    /// Lists from above and from other provinces · 上级名单与外省来函
    Inbound {
        /// What to do
        #[command(subcommand)]
        action: InboundAction,
    },
    /// Other provinces that run this system, known by their roots · 邻省
    Neighbour {
        /// What to do
        #[command(subcommand)]
        action: NeighbourAction,
    },
    /// Letters from neighbouring provinces, brought by courier · 外省来函（系统传递）
    Incoming {
        /// What to do
        #[command(subcommand)]
        action: IncomingAction,
    },
    /// Children who are lost here and enrolled there, by blind matching · 比对结果
    Pool,
    /// Prints the root's certificate, PEM · 输出根证书
    Root,
    /// Checks a proof file offline · 离线验证证明文件
    Verify {
        /// The file that --proof wrote · 证明文件
        file: PathBuf,
        /// The root's certificate, PEM; without it, the root that this hub knows · 根证书
        #[arg(long)]
        root: Option<PathBuf>,
    },
    /// Exchanges files with units and the parent on a stick · 用 U 盘传递数据
    Courier {
        /// What to do
        #[command(subcommand)]
        action: CourierAction,
    },
    /// Persuasion cases of the schools · 控辍保学个案
    Case {
        /// What to do
        #[command(subcommand)]
        action: CaseAction,
    },
    /// What waits for this office, the worst first · 待办事项
    Todo,
    /// Who is on duty · 岗位值守
    Duty {
        /// What to do; without it: list
        #[command(subcommand)]
        action: Option<DutyAction>,
    },
    /// The log of openings and decisions · 查阅日志
    Audit {
        /// What to do; without it: list
        #[command(subcommand)]
        action: Option<AuditAction>,
    },
    /// Makes a verified copy of the store · 备份
    Backup {
        /// Where; without it, in the hub's folder · 文件名
        path: Option<PathBuf>,
    },
    /// Puts a copy back; the hub must not run and its store must be gone · 恢复备份
    Restore {
        /// The copy · 备份文件
        file: PathBuf,
    },
    /// Looks for what is wrong · 检查
    Doctor {
        /// Recomputes the figures from what every unit said · 重算汇总
        #[arg(long)]
        rebuild: bool,
    },
    /// How the hub stands · 状态
    Status,
    /// This machine's date · 本机日期
    Clock {
        /// What to do
        #[command(subcommand)]
        action: ClockAction,
    },
}

/// What to do with the clock.
#[derive(Debug, Subcommand)]
pub enum ClockAction {
    /// Says that this machine's date is right, though it lies before what was recorded · 确认本机日期无误
    Confirm {
        /// Today · 今天的日期
        day: Day,
    },
}

/// What to do with the register.
#[derive(Debug, Subcommand)]
pub enum UnitAction {
    /// Lists it · 列出
    List,
    /// Closes a unit: it is no longer expected and no longer counts · 撤销单位
    Close {
        /// Its code or path · 单位代码
        unit: String,
        /// From which day on · 自哪天起
        #[arg(long)]
        day: Option<Day>,
    },
    /// Lets a unit in that shows a valid certificate and is not in the register · 恢复登记
    Readmit {
        /// Its code or path · 单位代码
        unit: String,
    },
}

/// What to do with documents.
#[derive(Debug, Subcommand)]
pub enum PaperAction {
    /// The rules in force · 现行规则
    Show,
    /// Documents in force and refused · 文件名单
    List,
    /// Reads a rulebook without issuing it · 检查规则文件
    Check {
        /// TOML · 文件
        file: PathBuf,
    },
    /// Signs a rulebook and puts it in force · 下发规则
    Issue {
        /// TOML · 文件
        file: PathBuf,
    },
    /// Signs a calendar and puts it in force · 下发校历
    Calendar {
        /// TOML · 文件
        file: PathBuf,
        /// Only reads it · 只检查
        #[arg(long)]
        check: bool,
    },
    /// Forgets a document that does not follow from what came before · 修复分叉的文件
    Repair {
        /// rulebook, calendar or directory · 类别
        topic: String,
        /// The issuer's code or path · 下发单位
        issuer: String,
        /// Which part, such as a school year · 部分
        #[arg(default_value = "")]
        part: String,
    },
}

/// What to do with files on a stick.
#[derive(Debug, Subcommand)]
pub enum CourierAction {
    /// Writes what a unit, the parent or a neighbouring province does not have yet · 导出
    Export {
        /// A folder, such as the stick, or a file · 目录或文件名
        path: PathBuf,
        /// A unit's code or path, a neighbouring province's code, or parent · 下级单位或邻省代码，或 parent（上级）
        #[arg(long, default_value = "parent")]
        to: String,
        /// How much goes into one file, in MiB · 每个文件的大小上限
        #[arg(long, default_value_t = 16, value_parser = clap::value_parser!(u32).range(1..=16))]
        size: u32,
        /// Also what the reader has acknowledged · 包括对方已确认的内容
        #[arg(long)]
        all: bool,
    },
    /// Takes a file from a unit, the parent or a neighbouring province · 导入
    Import {
        /// The file · 文件
        file: PathBuf,
        /// Where the answer goes; without it, beside the file of a unit · 回执写到哪里
        #[arg(long)]
        answer: Option<PathBuf>,
        /// Writes no answer · 不写回执
        #[arg(long, conflicts_with = "answer")]
        no_answer: bool,
    },
}

/// What to do with the link.
#[derive(Debug, Subcommand)]
pub enum SyncAction {
    /// Calls the parent now · 立即同步
    Now,
    /// How the last calls went · 同步状态
    Status,
    /// Entries that were not taken · 隔离区
    Quarantine,
}
