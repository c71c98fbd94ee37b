//! Why a store did not open, and what to do about it.

use std::io;
use std::path::PathBuf;

use crate::model::lang::{Lang, Say};
use crate::model::reason;
use crate::say;

/// Why a store did not open.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process holds it.
    #[error("the store {} is open in another process", .dir.display())]
    InUse {
        /// The store.
        dir: PathBuf,
    },
    /// There is none, and none was to be made.
    #[error("there is no store at {}", .dir.display())]
    Missing {
        /// Where it should be.
        dir: PathBuf,
    },
    /// There was one, and it is gone or was moved away.
    #[error("the store that was at {} is gone", .dir.display())]
    Gone {
        /// Where it was.
        dir: PathBuf,
    },
    /// A restore did not finish.
    #[error("a restore into {} did not finish", .dir.display())]
    HalfRestored {
        /// Where the store should be.
        dir: PathBuf,
    },
    /// The folder holds something else.
    #[error("{} holds files that are not a store's: {found}", .dir.display())]
    Foreign {
        /// The folder.
        dir: PathBuf,
        /// One of the files.
        found: String,
    },
    /// The disk is too full to open it safely.
    #[error("the disk of {} is full", .dir.display())]
    Full {
        /// The store.
        dir: PathBuf,
    },
    /// The engine cannot read its files; they were moved away untouched.
    #[error("the store is damaged ({why}); it was moved to {}", .moved_to.display())]
    Corrupt {
        /// Where it lies now.
        moved_to: PathBuf,
        /// What the engine said.
        why: String,
    },
    /// The file system refused.
    #[error("cannot open the store {}: {error}", .dir.display())]
    Io {
        /// The store.
        dir: PathBuf,
        /// What the system said.
        error: io::Error,
    },
}

impl Say for OpenError {
    fn say(&self, lang: Lang) -> String {
        match self {
            Self::InUse { dir } => say!(
                lang,
                "数据目录 {} 正被另一个程序使用。请先关闭已在运行的程序，再重试。",
                "The store {} is in use by another process. Stop the program that is already running, then try again.",
                dir.display()
            ),
            Self::Missing { dir } => say!(
                lang,
                "{} 中没有数据。新设单位请先运行 init，已有备份请运行 restore，或检查数据目录设置。",
                "There is no store at {}. Run init for a new unit or restore from a backup, or check the configured folder.",
                dir.display()
            ),
            Self::Gone { dir } => say!(
                lang,
                "{0} 中原有的数据不见了（可能因损坏被移到 {0}.corrupt-*）。请用最近的备份运行 restore。确需从零开始时，先删除 {0}.life。",
                "The store that was at {0} is gone (it may have been moved to {0}.corrupt-* as damaged). Restore the newest backup. Only to start from nothing, remove {0}.life.",
                dir.display()
            ),
            Self::HalfRestored { dir } => say!(
                lang,
                "向 {} 恢复备份时中断，数据不完整。请重新运行 restore。",
                "A restore into {} was interrupted and is not complete. Run restore again.",
                dir.display()
            ),
            Self::Foreign { dir, found } => say!(
                lang,
                "{} 不是本系统的数据目录（其中有 {}），未作任何改动。请在配置中改用一个空目录。",
                "{} is not a store (it holds {}); nothing was changed. Configure an empty folder.",
                dir.display(),
                found
            ),
            Self::Full { dir } => say!(
                lang,
                "{} 所在磁盘空间不足，为保护数据没有打开。请清理磁盘后重试。",
                "The disk of {} is full; to protect the data it was not opened. Free some space and try again.",
                dir.display()
            ),
            Self::Corrupt { moved_to, why } => say!(
                lang,
                "数据文件已损坏（{1}），已原样移到 {0}。请用最近的备份运行 restore，再运行 sync：往来数据由上下级补回；在本机录入的内容（如学校的点名）按 status 的提示重新录入。{0} 请保留备查。",
                "The store is damaged ({1}) and was moved untouched to {0}. Restore the newest backup, then run sync: what neighbours hold comes back from them; what was entered here since (a school's roll calls) must be entered again as status says. Keep {0} for inspection.",
                moved_to.display(),
                reason::told(why, lang)
            ),
            Self::Io { dir, error } => say!(
                lang,
                "无法打开数据目录 {}：{}。",
                "Cannot open the store {}: {}.",
                dir.display(),
                reason::io(error, lang)
            ),
        }
    }
}
