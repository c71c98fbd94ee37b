//! Commands on the data folder itself: init and restore.

use proto::model::lang::Say;
use proto::model::party::Party;
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
        let mut page = Page::default();
        if let Some((given, place)) = other_province(&config.party) {
            page.line(say!(
                self.lang,
                "请核对：学校标识码第三、四位为 {given}，而上级所在省的代码为 {place}。如有误，请删除该文件夹后重新 init。",
                "Please check: the third and fourth digit of the school's code are {given}, but its parent lies in province {place}. If that is wrong, delete the folder and run init again."
            ));
        }
        page.line(say!(
            self.lang,
            "已建立 {1}（{0}）。\n请立即将 {2} 另存一份并妥善保管：没有它，数据和备份都无法读取。\n接下来：roster import 导入名册；向上级索取邀请码后运行 join。",
            "Made {1} ({0}).\nKeep a copy of {2} in a safe place now: without it neither data nor backups can be read.\nNext: roster import; then join with the parent's code.",
            config.party,
            config.name,
            folder.key().display()
        ));
        Ok(page)
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

/// The province that a school's code names by its third and fourth digit, and the one in which it lies, when they differ.
fn other_province(party: &Party) -> Option<(String, String)> {
    let (code, region) = (party.school_code()?.to_string(), party.region().to_string());
    let (given, place) = (code.get(2..4)?, region.get(..2)?);
    (given != place).then(|| (given.to_owned(), place.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_of_another_province_is_asked_about() {
        for (party, asked) in [
            ("p52/c5205/d520502/s2152000001", None),
            ("p52/c5205/d520502/s2151000001", Some(("51".to_owned(), "52".to_owned()))),
        ] {
            assert_eq!(other_province(&party.parse().unwrap()), asked, "{party}");
        }
    }
}
