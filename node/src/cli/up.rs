//! `join`, `sync`, `sheet`.

use proto::model::lang::Lang;
use proto::say;
use proto::wire::school::{
    CloseDayRequest, JoinParentRequest, SheetRow, ShowSheetRequest, SyncNowRequest, SyncStatusReply,
    SyncStatusRequest,
};

use super::args::{Sheet, Sync, SyncWhat};
use super::page::{listed, moment, pick};
use super::{Desk, Failure, Page};

/// Days or entries of one kind that are shown at once.
const SHOWN: usize = 20;

impl Desk {
    pub(super) async fn join(&self, code: String) -> Result<Page, Failure> {
        let request = self.ask(JoinParentRequest { code });
        let reply = self.call(async |mut school| school.join_parent(request).await).await?;
        if self.json {
            return Page::json(&reply);
        }
        let parents: Vec<String> =
            reply.parents.iter().map(|row| format!("{} ({})", row.party, row.address)).collect();
        Ok(say!(
            self.lang,
            "已加入。本单位：{}；上级：{}；证书有效期至 {}。",
            "Joined. This party: {}; parents: {}; the certificate is good until {}.",
            reply.party,
            parents.join(", "),
            moment(reply.certificate_until)
        )
        .into())
    }

    pub(super) async fn sync(&self, sync: Sync) -> Result<Page, Failure> {
        match sync.what {
            Some(SyncWhat::Status) => {
                let request = self.ask(SyncStatusRequest {});
                let reply = self.call(async |mut school| school.sync_status(request).await).await?;
                if self.json { Page::json(&reply) } else { Ok(sync_status(&reply, self.lang)) }
            }
            None | Some(SyncWhat::Now) => {
                let request = self.ask(SyncNowRequest {});
                let reply = self.call(async |mut school| school.sync_now(request).await).await?;
                if self.json {
                    return Page::json(&reply);
                }
                let (sent, acked, out, back) = (reply.sent, reply.acked, reply.bytes_out, reply.bytes_in);
                Ok(say!(
                    self.lang,
                    "同步完成：发出 {sent} 条，上级确认 {acked} 条；上行 {out} 字节，下行 {back} 字节",
                    "Synced: {sent} entries sent, {acked} acknowledged; {out} bytes up, {back} bytes down"
                )
                .into())
            }
        }
    }

    pub(super) async fn sheet(&self, sheet: Sheet) -> Result<Page, Failure> {
        let day = sheet.day.map(|day| day.to_string()).unwrap_or_default();
        if sheet.close {
            let request = self.ask(CloseDayRequest { day: day.clone() });
            let reply = self.call(async |mut school| school.close_day(request).await).await?;
            if self.json {
                return Page::json(&reply);
            }
            let days: Vec<String> = reply
                .sheets
                .iter()
                .map(|row| say!(self.lang, "{}（第 {} 版）", "{} (revision {})", row.day, row.revision))
                .collect();
            let closed = &reply.last_closed;
            if days.is_empty() {
                return Ok(say!(
                    self.lang,
                    "已结账至 {closed}；没有新日报（不上课，或数字没有变化）",
                    "closed up to {closed}; no new sheet (no school, or nothing changed)"
                )
                .into());
            }
            let days = listed(&days, SHOWN, self.lang);
            return Ok(say!(
                self.lang,
                "已结账至 {closed}；新日报：{days}",
                "closed up to {closed}; new sheets: {days}"
            )
            .into());
        }
        let request = self.ask(ShowSheetRequest { day });
        let reply = self.call(async |mut school| school.show_sheet(request).await).await?;
        if self.json {
            return Page::json(&reply);
        }
        Ok(reply.sheet.map(|row| figures(&row, self.lang)).unwrap_or_default())
    }
}

fn figures(row: &SheetRow, lang: Lang) -> Page {
    let mut page = Page::default();
    let (day, revision, closed) = (&row.day, row.revision, moment(row.closed));
    page.line(say!(
        lang,
        "{day} 日报，第 {revision} 版，{closed} 结账",
        "sheet of {day}, revision {revision}, closed {closed}"
    ));
    page.line(match row.state.as_str() {
        "acked" => pick(lang, "上级已确认", "the parent has it"),
        _ => pick(lang, "等待发送", "waits to be sent"),
    });
    if row.provisional {
        page.line(pick(
            lang,
            "【暂定】缺少国家放假安排，按周一至周五计算",
            "[PROVISIONAL] national days off are missing; Monday to Friday was counted",
        ));
    }
    let rows =
        row.figures.iter().map(|f| [f.words.clone(), f.value.to_string(), f.rule.clone(), f.code.clone()]);
    let header = match lang {
        Lang::Zh => ["指标", "人数", "依据", "代码"],
        Lang::En => ["counter", "value", "rule", "code"],
    };
    page.table(header, rows.collect());
    page
}

/// What waits, in one line.
pub(super) fn waiting(page: &mut Page, sync: &SyncStatusReply, lang: Lang) {
    if !sync.joined {
        return;
    }
    let (written, acked, waiting) = (sync.written, sync.acked, sync.waiting);
    page.line(say!(
        lang,
        "日报：写出 {written}，上级确认 {acked}，等待 {waiting}",
        "entries: {written} written, {acked} acknowledged, {waiting} waiting"
    ));
    if waiting > 0 {
        let (oldest, next) = (moment(sync.oldest_waiting), moment(sync.next_call));
        page.line(say!(
            lang,
            "最早等待自 {oldest}；下次同步 {next}",
            "the oldest waits since {oldest}; the next call is at {next}"
        ));
    }
}

fn sync_status(reply: &SyncStatusReply, lang: Lang) -> Page {
    let mut page = Page::default();
    if !reply.joined {
        page.line(pick(lang, "尚未加入上级：join 邀请码", "not joined yet: join CODE"));
    }
    waiting(&mut page, reply, lang);
    let rows = reply.parents.iter().map(|row| {
        [
            row.party.clone(),
            row.address.clone(),
            moment(row.succeeded),
            moment(row.answered),
            row.failures.to_string(),
            row.acked.to_string(),
        ]
    });
    let header = match lang {
        Lang::Zh => ["上级", "地址", "上次完成", "上次应答", "失败次数", "已确认"],
        Lang::En => ["parent", "address", "last success", "last answer", "failures", "acknowledged"],
    };
    page.table(header, rows.collect());
    for row in reply.parents.iter().filter(|row| !row.former_addresses.is_empty()) {
        let (party, addresses) = (&row.party, row.former_addresses.join(", "));
        page.line(say!(
            lang,
            "{party} 以前的地址（新地址不通时仍会尝试）：{addresses}",
            "former addresses of {party}, tried when the new one does not answer: {addresses}"
        ));
    }
    let older = reply.receipts.len().saturating_sub(SHOWN);
    let rows = reply.receipts.iter().skip(older).map(|row| {
        [row.seq.to_string(), row.from.clone(), row.words.clone(), row.detail.clone(), moment(row.at)]
    });
    let header = match lang {
        Lang::Zh => ["序号", "退回方", "原因", "说明", "时间"],
        Lang::En => ["entry", "from", "reason", "detail", "when"],
    };
    page.table(header, rows.collect());
    page.more(older, lang);
    if !reply.lost_days.is_empty() {
        let days = listed(&reply.lost_days, SHOWN, lang);
        page.line(say!(
            lang,
            "恢复后需重新录入点名的日期：{days}",
            "days whose roll calls must be entered again after the restore: {days}"
        ));
    }
    if reply.certificate_until > 0 {
        let until = moment(reply.certificate_until);
        page.line(say!(lang, "证书有效期至 {until}", "the certificate is good until {until}"));
    }
    page
}
