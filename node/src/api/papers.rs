//! The school's register of documents.

use proto::model::day::{Day, Moment};
use proto::model::lang::{Lang, Say};
use proto::model::personal::{Personal, Purpose};
use proto::office::said::Asked;
use proto::paper::delivery::{Delivery, Issued, Recipient};
use proto::paper::register::{RegisterError, Written};
use proto::paper::{Number, entry};
use proto::wire::school as wire;

use super::{Answer, Api, account, coded};

impl Api {
    pub(super) async fn list_papers(
        &self,
        _: wire::ListPapersRequest,
        lang: Lang,
    ) -> Answer<wire::ListPapersReply> {
        let papers = self.school.issued_papers().await?;
        Ok(wire::ListPapersReply { papers: papers.iter().map(|issued| row_out(issued, lang)).collect() })
    }

    pub(super) async fn count_papers_past(
        &self,
        request: wire::CountPapersPastRequest,
        lang: Lang,
    ) -> Answer<wire::ListPapersReply> {
        let number: Number = request.number.parse().map_err(RegisterError::Number)?;
        self.school.count_papers_past(number).await?;
        self.list_papers(wire::ListPapersRequest {}, lang).await
    }

    pub(super) async fn deliver_paper(
        &self,
        request: wire::DeliverPaperRequest,
        lang: Lang,
    ) -> Answer<wire::PaperRow> {
        let wire::DeliverPaperRequest { number, to, way, receipt, by, day } = request.checked()?;
        let number: Number = number.parse().map_err(RegisterError::Number)?;
        let now = self.school.clock().now();
        let at = match day.as_str() {
            "" => now,
            // delivered on an earlier day: noon stands for the hour that nobody wrote down
            text => Moment::at(coded("day", text, "2025-09-01", |text| past(text, now.day()))?, 12 * 60),
        };
        let to = recipient(&self.school.issued_papers().await?, &number, to);
        let way = coded("way", &way, entry::WAYS, entry::way)?;
        let receipt = coded("receipt", &receipt, entry::RECEIPTS, |text| entry::receipt(text, at.day()))?;
        let by = Personal::new(account(by));
        let made = Delivery { to, copy: None, way, by, at, receipt };
        Ok(row_out(&self.school.deliver_paper(number, made).await?, lang))
    }
}

/// A document for the one who asked for it.
pub(super) fn file_out(written: Written) -> wire::PaperFile {
    let Written { number, name, bytes } = written;
    wire::PaperFile { number: number.to_string(), name, docx: bytes.open(Purpose::Document).clone() }
}

fn recipient(papers: &[Issued], number: &Number, to: String) -> Recipient {
    match papers.iter().find(|issued| issued.number == *number) {
        Some(issued) => issued.kind.recipient(to),
        None => Recipient::Office(to),
    }
}

fn row_out(issued: &Issued, lang: Lang) -> wire::PaperRow {
    let service = issued.service();
    wire::PaperRow {
        number: issued.number.to_string(),
        kind: issued.kind.say(lang),
        day: issued.day.to_string(),
        service: service.code().to_owned(),
        service_words: service.say(lang),
        copies: issued.copies.count().into(),
        content: issued.fingerprint(),
        deliveries: issued.deliveries.iter().map(|made| delivery_out(made, lang)).collect(),
    }
}

fn delivery_out(made: &Delivery, lang: Lang) -> wire::PaperDelivery {
    let Moment(at) = made.at;
    wire::PaperDelivery {
        to: made.to.shown().to_owned(),
        way: made.way.say(lang),
        by: made.carrier().to_owned(),
        at,
        receipt: made.receipt.say(lang),
    }
}

fn past(text: &str, today: Day) -> Option<Day> {
    text.parse().ok().filter(|day| *day <= today)
}
