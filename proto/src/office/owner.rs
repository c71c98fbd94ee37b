//! Who may open a data folder: its owner and nobody else, the administrator included. Whatever a command writes
//! belongs to the user who typed it; a file of root's in the folder of the service's user is one that the service
//! cannot open at its next start.

use std::path::{Path, PathBuf};

use crate::model::lang::{Lang, Say};
use crate::{platform, say};

/// The folder is another user's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{} belongs to the user {owner}, who must open it", .dir.display())]
pub struct NotOwner {
    /// Which folder.
    pub dir: PathBuf,
    /// Whose it is.
    pub owner: String,
}

/// Checks that the folder `dir` is this user's, or that there is none yet. Where the system does not say, opening
/// it will.
///
/// # Errors
/// [`NotOwner`]; nothing was touched.
pub fn check_owner(dir: &Path) -> Result<(), NotOwner> {
    match platform::other_owner(dir) {
        Ok(Some(owner)) => Err(NotOwner { dir: dir.to_owned(), owner }),
        Ok(None) | Err(_) => Ok(()),
    }
}

impl Say for NotOwner {
    fn say(&self, lang: Lang) -> String {
        let (dir, owner) = (self.dir.display(), &self.owner);
        say!(
            lang,
            "数据目录 {dir} 属于用户 {owner}，未作任何改动。以其他用户（包括 root）运行，留下的文件程序以后打不开。请改为：runuser -u {owner} -- 原命令。",
            "The data folder {dir} belongs to the user {owner}; nothing was changed. Files that another user leaves there, root included, the service cannot open later. Type it as: runuser -u {owner} -- THE SAME COMMAND."
        )
    }
}
