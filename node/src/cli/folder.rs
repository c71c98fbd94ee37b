//! Commands on the data folder itself: init and restore.

use proto::model::lang::Say;
use proto::office::owner::check_owner;
use proto::say;
use proto::store::{KeyFile, Options, restore};
use serde_json::json;

use super::args::{Init, Restore};
use super::{Desk, Failure, Page};
use crate::config::Config;
use crate::files::Folder;

impl Desk {
    pub(super) fn init(&self, init: &Init) -> Result<Page, Failure> {
        let folder = Folder::at(&self.dir);
        let made = folder.create(&init.school, &init.under, &init.name);
        let config = made.map_err(|error| Failure::of(&error, self.lang))?;
        if self.json {
            return Page::json(&json!({ "party": config.party.to_string(), "dir": self.dir }));
        }
        Ok(say!(
            self.lang,
            "已建立 {1}（{0}）。\n请立即将 {2} 另存一份并妥善保管：没有它，数据和备份都无法读取。\n接下来：roster import 导入名册；向上级索取邀请码后运行 join。",
            "Made {1} ({0}).\nKeep a copy of {2} in a safe place now: without it neither data nor backups can be read.\nNext: roster import; then join with the parent's code.",
            config.party,
            config.name,
            folder.key().display()
        )
        .into())
    }

    pub(super) fn restore(&self, wanted: &Restore) -> Result<Page, Failure> {
        let folder = Folder::at(&self.dir);
        let failure = |error: &dyn Say| Failure(error.say(self.lang));
        check_owner(&self.dir).map_err(|error| failure(&error))?;
        let config = Config::load(&folder.config()).map_err(|error| failure(&error))?;
        let key = KeyFile::open(&folder.key()).map_err(|error| failure(&error))?;
        let report = restore(&wanted.file, &key, &config.party, &folder.store(), Options::node());
        let report = report.map_err(|error| failure(&error))?;
        if self.json {
            return Page::json(&json!({ "records": report.records, "bytes": report.bytes }));
        }
        Ok(say!(
            self.lang,
            "已恢复 {} 条记录并逐条核对。备份之后录入的内容不在其中：请运行 sync，再按 status 的提示补录。",
            "{} records were restored and checked. What was entered after the backup is not among them: run sync, then enter again what status names.",
            report.records
        )
        .into())
    }
}
