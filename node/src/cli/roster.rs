//! `roster import`.

use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};

use proto::model::lang::Lang;
use proto::model::reason;
use proto::office::MAX_MESSAGE;
use proto::say;
use proto::wire::school::{BadRow, ImportRosterReply, ImportRosterRequest, RosterChange};

use super::args::{Roster, RosterImport};
use super::page::pick;
use super::{Desk, Failure, Page};

/// More lines of one kind than this are summed up.
const SHOWN: usize = 20;

impl Desk {
    pub(super) async fn roster(&self, command: Roster) -> Result<Page, Failure> {
        let Roster::Import(import) = command;
        let file = self.file(&import.file)?;
        if !import.dry_run && !import.yes {
            let seen = self.import(&import, file.clone(), true).await?;
            if !seen.changed.is_empty() {
                self.agree(&import, &seen)?;
            }
        }
        let reply = self.import(&import, file, import.dry_run).await?;
        let errors = self.write_errors(&import, &reply)?;
        let code = if reply.bad.is_empty() && reply.conflicts.is_empty() { 0 } else { 2 };
        let page =
            if self.json { Page::json(&reply)? } else { self.imported(&import, &reply, errors.as_deref()) };
        Ok(page.with_code(code))
    }

    async fn import(
        &self,
        import: &RosterImport,
        file: Vec<u8>,
        dry_run: bool,
    ) -> Result<ImportRosterReply, Failure> {
        let request = self.ask(ImportRosterRequest {
            file,
            file_name: import.file.display().to_string(),
            dry_run,
            since: import.since.map(|day| day.to_string()).unwrap_or_default(),
        });
        self.call(async |mut school| school.import_roster(request).await).await
    }

    /// Shows what would change for children who are on the roll, and asks; where nobody can be asked, refuses.
    fn agree(&self, import: &RosterImport, seen: &ImportRosterReply) -> Result<(), Failure> {
        let would = self.imported(&RosterImport { dry_run: true, ..import.clone() }, seen, None).text;
        if self.json || !std::io::stdin().is_terminal() || !std::io::stderr().is_terminal() {
            return Err(Failure(say!(
                self.lang,
                "{would}文件会变更名册上已有的 {} 名学生。请核对以上内容，确认后加 --yes 重新运行。",
                "{would}The file changes {} children who are on the roll. Look at the list, and run again with --yes.",
                seen.changed.len()
            )));
        }
        let question = say!(
            self.lang,
            "{would}文件会变更名册上已有的 {} 名学生。确定导入吗？[y/N] ",
            "{would}The file changes {} children who are on the roll. Import it? [y/N] ",
            seen.changed.len()
        );
        let (mut err, mut answer) = (std::io::stderr().lock(), String::new());
        let asked = err.write_all(question.as_bytes()).and_then(|()| err.flush());
        let said = asked.and_then(|()| std::io::stdin().read_line(&mut answer));
        match (said, answer.trim().to_lowercase().as_str()) {
            (Ok(_), "y" | "yes" | "是") => Ok(()),
            _ => Err(Failure(say!(self.lang, "没有改动任何数据。", "Nothing was changed."))),
        }
    }

    /// A file for the school.
    pub(super) fn file(&self, path: &Path) -> Result<Vec<u8>, Failure> {
        let unreadable = |why: &dyn std::fmt::Display| {
            Failure(say!(
                self.lang,
                "无法读取 {}：{}。请检查文件名和权限。",
                "Cannot read {}: {}. Check the name and its permissions.",
                path.display(),
                why
            ))
        };
        let size = std::fs::metadata(path).map_err(|why| unreadable(&reason::told(&why, self.lang)))?.len();
        if size > MAX_MESSAGE as u64 - (1 << 20) {
            let mib = size >> 20;
            return Err(unreadable(&say!(self.lang, "文件有 {mib} MB，过大", "{mib} MB are too much")));
        }
        std::fs::read(path).map_err(|why| unreadable(&reason::told(&why, self.lang)))
    }

    fn write_errors(
        &self,
        import: &RosterImport,
        reply: &ImportRosterReply,
    ) -> Result<Option<PathBuf>, Failure> {
        if reply.error_workbook.is_empty() || import.dry_run && import.errors.is_none() {
            return Ok(None);
        }
        let path =
            import.errors.clone().unwrap_or_else(|| beside(&import.file, self.lang.pick("退回", "errors")));
        // it names children: for its owner alone
        proto::platform::replace_file(&path, &reply.error_workbook).map_err(|why| {
            Failure(say!(
                self.lang,
                "退回行无法写入 {}：{}。合格的行已导入。请用 --errors 另指位置后重新导入。",
                "The refused rows cannot be written to {}: {}. The good rows are in. Name another place with --errors and import again.",
                path.display(),
                why
            ))
        })?;
        Ok(Some(path))
    }

    fn imported(&self, import: &RosterImport, reply: &ImportRosterReply, errors: Option<&Path>) -> Page {
        let lang = self.lang;
        let mut page = Page::default();
        let (added, changed, bad) = (reply.added.len(), reply.changed.len(), reply.bad.len());
        let (rows, unchanged, missing) = (reply.rows, reply.unchanged, reply.missing.len());
        page.line(say!(
            lang,
            "{rows} 行：新增 {added}，变更 {changed}，不变 {unchanged}，退回 {bad}；名册中有而文件中没有 {missing}",
            "{rows} rows: {added} added, {changed} changed, {unchanged} unchanged, {bad} refused; {missing} on the roll are not in the file"
        ));
        if added > 0 {
            let since = &reply.since;
            page.line(say!(
                lang,
                "新增学生自 {since} 起在籍（可用 --since 指定）",
                "the children who are new are on the roll from {since} on (--since says otherwise)"
            ));
        }
        let lists = [("变更", "changed", &reply.changed), ("文件中没有", "not in the file", &reply.missing)];
        let conflicts = [(
            "无法对应，未导入（如为更正号码的同一学生，请在该行保留原学籍号或学籍辅号；如原学生已离校，请先登记）",
            "not imported: they fit several children, or one of the same name and class with other numbers (keep its old roll number in the row if it is the same child; if that one has left, record it first)",
            &reply.conflicts,
        )];
        for (zh, en, list) in lists.into_iter().chain(conflicts) {
            changes(&mut page, pick(lang, zh, en), list, lang);
        }
        refused(&mut page, &reply.bad, lang);
        if !reply.unmapped.is_empty() {
            let columns = reply.unmapped.join(pick(lang, "、", ", "));
            page.line(say!(lang, "未识别的列：{columns}", "columns that nobody knows: {columns}"));
        }
        if let Some(path) = errors {
            let path = path.display();
            page.line(say!(lang, "退回行已写入 {path}", "the refused rows are in {path}"));
        }
        page.line(match (import.dry_run, reply.written) {
            (true, _) => say!(lang, "试运行：没有改动任何数据", "dry run: nothing was changed"),
            (false, true) => say!(lang, "已导入", "imported"),
            (false, false) => say!(lang, "没有变化", "nothing changed"),
        });
        page
    }
}

fn changes(page: &mut Page, title: &str, list: &[RosterChange], lang: Lang) {
    if list.is_empty() {
        return;
    }
    page.line(format!("{title}{}", pick(lang, "：", ":")));
    for change in list.iter().take(SHOWN) {
        page.line(format!("  {}  {}  {}", change.class, change.name, change.fields.join(" ")));
    }
    if list.len() > SHOWN {
        page.more(list.len() - SHOWN, lang);
    }
}

fn refused(page: &mut Page, bad: &[BadRow], lang: Lang) {
    for row in bad.iter().take(SHOWN) {
        page.line(format!("  {}", row.words));
    }
    if bad.len() > SHOWN {
        page.more(bad.len() - SHOWN, lang);
    }
}

fn beside(file: &Path, word: &str) -> PathBuf {
    let stem = file.file_stem().map_or_else(|| "roster".into(), |stem| stem.to_string_lossy());
    file.with_file_name(format!("{stem}-{word}.xlsx"))
}
