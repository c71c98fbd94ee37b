//! Why a backup was not made or not restored, and what to do about it.

use std::io;
use std::path::PathBuf;

use crate::model::lang::{Lang, Say};
use crate::model::reason;
use crate::say;
use crate::store::{KeyError, OpenError, StoreError};

/// Why a backup was not made or not restored. Nothing that was there before is changed.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// A file of that name exists; backups are never overwritten.
    #[error("{} exists already", .0.display())]
    Exists(PathBuf),
    /// The folder to restore into is not empty.
    #[error("{} is not empty", .0.display())]
    NotEmpty(PathBuf),
    /// The file cannot be used.
    #[error("cannot use the backup {}: {why}", .path.display())]
    File {
        /// The backup.
        path: PathBuf,
        /// What is wrong with it.
        why: Broken,
    },
    /// What was restored is not what the backup holds.
    #[error("the restored store differs from the backup")]
    Differs,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The store to restore into did not open.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The key does not fit.
    #[error(transparent)]
    Key(#[from] KeyError),
}

/// What is wrong with a backup file.
#[derive(Debug, thiserror::Error)]
pub enum Broken {
    /// It does not begin like one.
    #[error("not a backup")]
    NotABackup,
    /// A newer release wrote it.
    #[error("written by a newer release (format {0})")]
    Newer(u8),
    /// It was made with another key file.
    #[error("made with another key file")]
    WrongKey,
    /// It is another party's.
    #[error("the backup of {0}")]
    OtherParty(String),
    /// It was cut short or edited.
    #[error("cut short or changed")]
    Damaged,
    /// A value is over 4 GiB.
    #[error("a value is too long")]
    TooLong,
    /// The file system refused.
    #[error(transparent)]
    Io(io::Error),
}

impl From<io::Error> for Broken {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::UnexpectedEof { Self::Damaged } else { Self::Io(error) }
    }
}

impl Say for BackupError {
    fn say(&self, lang: Lang) -> String {
        match self {
            Self::Exists(path) => say!(
                lang,
                "{} 已存在，备份不会覆盖旧文件。请换一个文件名。",
                "{} exists; a backup never overwrites a file. Choose another name.",
                path.display()
            ),
            Self::NotEmpty(dir) => say!(
                lang,
                "{} 不是空目录，没有恢复。请先把其中的数据移到别处，或恢复到另一个目录。",
                "{} is not empty; nothing was restored. Move what it holds elsewhere, or restore into another folder.",
                dir.display()
            ),
            Self::File { path, why } => {
                let (what, path) = (why.say(lang), path.display());
                say!(lang, "备份文件 {} 无法使用：{}", "The backup {} cannot be used: {}", path, what)
            }
            Self::Differs => say!(
                lang,
                "恢复后的数据与备份不一致，没有启用。请检查磁盘后重新运行 restore。",
                "What was restored differs from the backup and was not put in use. Check the disk and run restore again."
            ),
            Self::Store(error) => error.say(lang),
            Self::Open(error) => error.say(lang),
            Self::Key(error) => error.say(lang),
        }
    }
}

impl Say for Broken {
    fn say(&self, lang: Lang) -> String {
        match self {
            Self::NotABackup => {
                say!(lang, "不是本系统的备份。请检查文件名。", "it is not a backup. Check the name.")
            }
            Self::Newer(version) => say!(
                lang,
                "由更新版本的程序写入（格式 {}）。请先升级。",
                "a newer release wrote it (format {}). Upgrade first.",
                version
            ),
            Self::WrongKey => say!(
                lang,
                "由另一个密钥文件加密。请换用备份时的密钥文件。",
                "it was made with another key file. Use the one from then."
            ),
            Self::OtherParty(party) => {
                say!(
                    lang,
                    "这是 {} 的备份。请选用本单位的备份。",
                    "it belongs to {}. Choose this unit's own.",
                    party
                )
            }
            Self::Damaged => say!(
                lang,
                "内容不完整或被改动。请重新复制，或改用另一份备份。",
                "it was cut short or changed. Copy it again or use another backup."
            ),
            Self::TooLong => {
                say!(lang, "有一条数据过大。请联系维护人员。", "a value is too large. Please report it.")
            }
            Self::Io(error) => say!(lang, "{}。", "{}.", reason::io(error, lang)),
        }
    }
}
