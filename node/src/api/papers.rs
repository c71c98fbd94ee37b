//! The school's register of documents.

use proto::convert::{issued_out, register_out};
use proto::model::day::{Day, Moment};
use proto::model::lang::Lang;
use proto::model::personal::Personal;
use proto::office::said::Asked;
use proto::paper::delivery::{Delivery, Issued, Recipient};
use proto::paper::register::RegisterError;
use proto::paper::{Number, entry};
use proto::wire::school as wire;

use super::{Answer, Api, account, coded};

impl Api {
    pub(super) async fn list_papers(
        &self,
        _: wire::ListPapersRequest,
        lang: Lang,
    ) -> Answer<wire::ListPapersReply> {
        Ok(register_out(&self.school.issued_papers().await?, lang))
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
        Ok(issued_out(&self.school.deliver_paper(number, made).await?, lang))
    }
}

fn recipient(papers: &[Issued], number: &Number, to: String) -> Recipient {
    match papers.iter().find(|issued| issued.number == *number) {
        Some(issued) => issued.kind.recipient(to),
        None => Recipient::Office(to),
    }
}

fn past(text: &str, today: Day) -> Option<Day> {
    text.parse().ok().filter(|day| *day <= today)
}
