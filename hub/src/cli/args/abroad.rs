//! What can be typed about neighbouring provinces and letters from them.

use std::path::PathBuf;

use clap::Subcommand;
use proto::model::day::Day;

/// What to do with neighbouring provinces.
#[derive(Debug, Subcommand)]
pub enum NeighbourAction {
    /// Writes the file by which another province knows this one · 生成本省介绍文件
    Introduce {
        /// Where to · 输出文件
        file: PathBuf,
    },
    /// Registers another province by its file · 登记邻省
    Add {
        /// The file that the other province wrote · 对方的介绍文件
        file: PathBuf,
        /// As the other office told it by telephone or letter; without it, shows what to compare · 电话或函件核对的指纹
        #[arg(long)]
        fingerprint: Option<String>,
    },
    /// The registered provinces · 列出
    List,
    /// Takes nothing from a province any more · 移除
    Remove {
        /// Its code, such as 51 · 省代码
        province: String,
    },
}

/// What to do with letters from neighbouring provinces.
#[derive(Debug, Subcommand)]
pub enum IncomingAction {
    /// Letters that wait, or all · 列出
    List {
        /// Also those that were answered · 包括已回函的
        #[arg(long)]
        all: bool,
    },
    /// Opens the record of a child; logged · 开封查阅
    Open {
        /// The case, as far as needed · 个案编号（可只写开头）
        case: String,
        /// Why, for the log · 查阅事由
        #[arg(long)]
        purpose: String,
        /// The account that opens it · 查阅账号
        #[arg(long)]
        by: String,
    },
    /// Hands a letter on to the county where the child is · 转县（区）办理
    Pass {
        /// The case, as far as needed · 个案编号（可只写开头）
        case: String,
        /// The county's code or name · 县（市、区）
        county: String,
        /// The account that acts · 经办账号
        #[arg(long)]
        by: String,
    },
    /// A school or town of this county looks for the child · 交学校（乡镇）核查
    Assign {
        /// The case, as far as needed · 个案编号（可只写开头）
        case: String,
        /// The unit's code or path · 学校或乡镇
        unit: String,
        /// The account that acts · 经办账号
        #[arg(long)]
        by: String,
    },
    /// Answers a letter · 回函
    Answer {
        /// The case, as far as needed · 个案编号（可只写开头）
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
        /// The account that acts · 经办账号
        #[arg(long)]
        by: String,
    },
}
