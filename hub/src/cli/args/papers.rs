//! What can be typed about official documents.

use std::path::PathBuf;

use clap::Subcommand;
use proto::model::day::Day;

use crate::cli::casework::Officer;

/// What to do with the register of documents.
#[derive(Debug, Subcommand)]
pub enum DocumentAction {
    /// What was issued, and whether it arrived · 发文登记簿
    List,
    /// Enters who got a document · 登记送达
    Deliver {
        /// Its number, such as 七教函〔2026〕3号 · 文号
        number: String,
        /// To whom · 受送达人
        #[arg(long)]
        to: String,
        /// by-hand 当面送达, post 邮寄, post:邮件号, message 短信（微信） · 送达方式
        #[arg(long, default_value = "by-hand")]
        way: String,
        /// awaited 待回执, signed:签收人:关系, refused:见证人, came-back:原因 · 送达结果
        #[arg(long, default_value = "awaited")]
        receipt: String,
        /// On which day; without it, today · 送达日期
        #[arg(long, alias = "date")]
        day: Option<Day>,
        /// Who delivered it
        #[command(flatten)]
        officer: Officer,
    },
    /// Numbers go on behind this one: it was given by hand, or lost in a restore · 从该文号之后续编
    After {
        /// The last number on the paper register · 纸质登记簿上的最后一个文号
        number: String,
    },
    /// Prints a document again, as it was: a copy more; logged · 加印
    Print {
        /// Its number · 文号
        number: String,
        /// Writes it to this file · 输出文件
        #[arg(long, value_name = "FILE")]
        docx: PathBuf,
        /// Why, for the log · 事由
        #[arg(long)]
        purpose: String,
        /// Who acts
        #[command(flatten)]
        officer: Officer,
    },
}
