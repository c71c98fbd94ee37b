//! The hub's register of official documents as messages.

use proto::convert::{issued_out, paper_out, register_out};
use proto::model::day::{Day, Moment};
use proto::model::lang::Lang;
use proto::model::personal::Personal;
use proto::office::said::heard;
use proto::paper::delivery::{Delivery, Recipient};
use proto::paper::register::RegisterError;
use proto::paper::{Number, entry};
use proto::wire::bureau as wire;
use proto::wire::bureau::papers_server::Papers;
use tonic::Request;

use super::{Answer, Bureau, answer, lang, words};
use crate::desk::HubError;
use crate::desk::casework::Wish;
use crate::desk::official::Writer;
use crate::persuasion::CaseError;

/// Where nobody wrote down the hour of a day that is past, noon stands for it.
const NOON: u16 = 12 * 60;

/// What is asked for with a step.
pub(super) fn wish(asked: wire::PaperWish) -> Result<Wish, HubError> {
    let wire::PaperWish { purpose, to, reply_by } = asked;
    let township = Some(to).filter(|name| !name.is_empty());
    Ok(Wish { purpose, township, reply_by: words::day("reply_by", &reply_by)? })
}

fn number(text: &str) -> Result<Number, HubError> {
    Ok(text.parse().map_err(RegisterError::Number)?)
}

fn choice(field: &'static str, found: &str, choices: &str) -> HubError {
    HubError::Field { field, found: format!("{found} ({choices})") }
}

/// When it was delivered: now, or on a day that is past.
fn moment(day: Option<Day>, now: Moment) -> Result<Moment, HubError> {
    match day {
        Some(day) if day > now.day() => Err(HubError::Field { field: "day", found: day.to_string() }),
        Some(day) if day < now.day() => Ok(Moment::at(day, NOON)),
        _ => Ok(now),
    }
}

impl Bureau {
    async fn deliver(
        &self,
        asked: wire::DeliverPaperRequest,
        lang: Lang,
    ) -> Result<wire::PaperRow, HubError> {
        let wire::DeliverPaperRequest { number: text, to, way, receipt, by, day } = asked;
        // a school's is its own by itself, a hub's is somebody's
        if by.trim().is_empty() {
            return Err(CaseError::Nobody.into());
        }
        let number = number(&text)?;
        let at = moment(words::day("day", &day)?, self.hub.clock.now())?;
        let papers = self.hub.issued_papers().await?;
        let to = match papers.iter().find(|issued| issued.number == number) {
            Some(issued) => issued.kind.recipient(to),
            None => Recipient::Office(to),
        };
        let way = entry::way(&way).ok_or_else(|| choice("way", &way, entry::WAYS))?;
        let receipt =
            entry::receipt(&receipt, at.day()).ok_or_else(|| choice("receipt", &receipt, entry::RECEIPTS))?;
        let made = Delivery { to, copy: None, way, by: Personal::new(by), at, receipt };
        Ok(issued_out(&self.hub.deliver_paper(number, made).await?, lang))
    }
}

#[tonic::async_trait]
impl Papers for Bureau {
    async fn list_papers(&self, request: Request<wire::ListPapersRequest>) -> Answer<wire::ListPapersReply> {
        let lang = lang(&request);
        answer(self.hub.issued_papers().await.map(|papers| register_out(&papers, lang)), lang)
    }

    async fn deliver_paper(&self, request: Request<wire::DeliverPaperRequest>) -> Answer<wire::PaperRow> {
        let (lang, asked) = heard(request)?;
        answer(self.deliver(asked, lang).await, lang)
    }

    async fn count_papers_past(
        &self,
        request: Request<wire::CountPapersPastRequest>,
    ) -> Answer<wire::ListPapersReply> {
        let (lang, asked) = (lang(&request), request.into_inner());
        let count = async {
            self.hub.count_papers_past(number(&asked.number)?).await?;
            Ok(register_out(&self.hub.issued_papers().await?, lang))
        };
        answer(count.await, lang)
    }

    async fn print_paper(&self, request: Request<wire::PrintPaperRequest>) -> Answer<wire::PaperFile> {
        let (lang, asked) = heard(request)?;
        let print = async {
            let wire::PrintPaperRequest { number: text, purpose, by } = asked;
            Ok(paper_out(self.hub.print_paper(number(&text)?, Writer { by, purpose }).await?))
        };
        answer(print.await, lang)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_is_delivered_today_or_on_a_day_that_is_past() {
        let day = |text: &str| text.parse::<Day>().unwrap();
        let now = Moment::at(day("2025-09-24"), 16 * 60);
        for (on, expected) in [
            (None, Some(now)),
            (Some(day("2025-09-24")), Some(now)),
            (Some(day("2025-09-23")), Some(Moment::at(day("2025-09-23"), NOON))),
            (Some(day("2025-09-25")), None),
        ] {
            assert_eq!(moment(on, now).ok(), expected, "{on:?}");
        }
    }
}
