//! What goes up: sheets, joining, syncing, and the backup.

use std::path::PathBuf;

use proto::link::caller::Parent;
use proto::model::lang::{Lang, Say};
use proto::model::sheet::Indicator;
use proto::wire::school as wire;

use super::{Answer, Api, day_said, said};
use crate::desk::line::{LineView, ParentView};
use crate::desk::view::SheetView;

impl Api {
    pub(super) async fn close_day(
        &self,
        request: wire::CloseDayRequest,
        lang: Lang,
    ) -> Answer<wire::CloseDayReply> {
        let days = self.school.close(day_said(request.day)?).await?;
        let mut sheets = Vec::with_capacity(days.len());
        for day in days {
            sheets.push(sheet_out(&self.school.sheet(Some(day)).await?, lang));
        }
        let closed = self.school.overview().await?.closed;
        Ok(wire::CloseDayReply { sheets, last_closed: closed.map(|day| day.to_string()).unwrap_or_default() })
    }

    pub(super) async fn show_sheet(
        &self,
        request: wire::ShowSheetRequest,
        lang: Lang,
    ) -> Answer<wire::ShowSheetReply> {
        let sheet = self.school.sheet(day_said(request.day)?).await?;
        Ok(wire::ShowSheetReply { sheet: Some(sheet_out(&sheet, lang)) })
    }

    pub(super) async fn join_parent(
        &self,
        request: wire::JoinParentRequest,
        lang: Lang,
    ) -> Answer<wire::JoinParentReply> {
        let membership = self.school.join(&request.code, &*self.net, lang).await?;
        Ok(wire::JoinParentReply {
            party: self.school.party().to_string(),
            parents: membership.parents.iter().map(parent_only).collect(),
            certificate_until: membership.until.0,
        })
    }

    pub(super) async fn sync_now(&self, _: wire::SyncNowRequest, _: Lang) -> Answer<wire::SyncNowReply> {
        let called = self.ringer.ring().await?;
        let report = called.report;
        Ok(wire::SyncNowReply {
            sent: report.sent,
            acked: report.acked,
            duplicates: report.duplicates,
            received: report.received,
            documents: report.documents,
            bytes_out: called.bytes_out,
            bytes_in: called.bytes_in,
            waiting: report.waiting,
            resumed: called.resumed,
        })
    }

    pub(super) async fn sync_status(
        &self,
        _: wire::SyncStatusRequest,
        lang: Lang,
    ) -> Answer<wire::SyncStatusReply> {
        Ok(line_out(&self.school.line_view().await?, lang))
    }

    pub(super) async fn backup(&self, request: wire::BackupRequest, _: Lang) -> Answer<wire::BackupReply> {
        let (path, report) = self.school.backup(said(request.to).map(PathBuf::from)).await?;
        Ok(wire::BackupReply {
            path: path.display().to_string(),
            records: report.records,
            bytes: report.bytes,
        })
    }
}

fn sheet_out(view: &SheetView, lang: Lang) -> wire::SheetRow {
    let figures = Indicator::ALL.into_iter().map(|indicator| wire::Figure {
        code: indicator.code().to_owned(),
        words: lang.pick(indicator.zh(), indicator.en()).to_owned(),
        rule: indicator.rule().to_owned(),
        value: view.sent.counts.of(indicator),
    });
    wire::SheetRow {
        day: view.day.to_string(),
        revision: view.sent.revision,
        provisional: view.sent.provisional,
        closed: view.sent.closed.0,
        figures: figures.collect(),
        state: if view.acked { "acked" } else { "waiting" }.to_owned(),
    }
}

fn parent_only(parent: &Parent) -> wire::ParentRow {
    wire::ParentRow { party: parent.party.to_string(), address: parent.address.clone(), ..Default::default() }
}

fn parent_out(view: &ParentView) -> wire::ParentRow {
    let at = |moment: Option<proto::model::day::Moment>| moment.map_or(0, |moment| moment.0);
    wire::ParentRow {
        succeeded: at(view.calls.succeeded),
        answered: at(view.calls.answered),
        tried: at(view.calls.tried),
        failures: view.calls.failures,
        acked: view.acked,
        clock_offset: view.clock_offset.unwrap_or(0),
        former_addresses: view.former.clone(),
        ..parent_only(&view.parent)
    }
}

pub(super) fn line_out(line: &LineView, lang: Lang) -> wire::SyncStatusReply {
    let receipts = line.answers.iter().map(|answer| wire::ReceiptRow {
        seq: answer.seq,
        from: answer.from.to_string(),
        reason: format!("{:?}", answer.reason),
        words: super::overview::reason(answer.reason).say(lang),
        detail: answer.detail.clone(),
        at: answer.at.0,
    });
    wire::SyncStatusReply {
        joined: line.certificate_until.is_some(),
        parents: line.parents.iter().map(parent_out).collect(),
        written: line.written,
        acked: line.acked,
        waiting: line.written.saturating_sub(line.acked),
        oldest_waiting: line.oldest_waiting.map_or(0, |moment| moment.0),
        next_call: line.next_call.map_or(0, |moment| moment.0),
        certificate_until: line.certificate_until.map_or(0, |moment| moment.0),
        receipts: receipts.collect(),
        lost_days: super::days_text(&line.lost),
    }
}
