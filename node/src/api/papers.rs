//! The school's register of documents.

use proto::model::day::{Day, Moment};
use proto::model::lang::{Lang, Say};
use proto::model::personal::{Personal, Purpose};
use proto::paper::delivery::{Delivery, Issued, Receipt, Recipient, Service, Way};
use proto::paper::register::{RegisterError, Written};
use proto::paper::{Kind, Number};
use proto::wire::school as wire;

use super::{Answer, Api, account, coded};

const WAYS: &str = "by-hand 当面送达, post 邮寄, post:TRACKING 邮寄（邮件号）, message 短信（微信）";
const RECEIPTS: &str =
    "awaited 待回执, signed:WHO:RELATION 签收, refused:WITNESS 拒收（见证人）, came-back:WHY 退回";

impl Api {
    pub(super) async fn list_papers(
        &self,
        _: wire::ListPapersRequest,
        lang: Lang,
    ) -> Answer<wire::ListPapersReply> {
        let papers = self.school.issued_papers().await?;
        Ok(wire::ListPapersReply { papers: papers.iter().map(|issued| row_out(issued, lang)).collect() })
    }

    pub(super) async fn deliver_paper(
        &self,
        request: wire::DeliverPaperRequest,
        lang: Lang,
    ) -> Answer<wire::PaperRow> {
        let wire::DeliverPaperRequest { number, to, way, receipt, by } = request;
        let number: Number = number.parse().map_err(RegisterError::Number)?;
        let at = self.school.clock().now();
        let to = recipient(&self.school.issued_papers().await?, &number, to);
        let way = coded("way", &way, WAYS, way_in)?;
        let receipt = coded("receipt", &receipt, RECEIPTS, |text| receipt_in(text, at.day()))?;
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

/// What goes to the family goes to a person, everything else to an office.
fn recipient(papers: &[Issued], number: &Number, to: String) -> Recipient {
    let kind = papers.iter().find(|issued| issued.number == *number).map(|issued| issued.kind);
    match kind {
        Some(Kind::PersuasionNotice | Kind::ReturnOrder) => Recipient::Guardian(Personal::new(to)),
        _ => Recipient::Office(to),
    }
}

fn way_in(text: &str) -> Option<Way> {
    match text.split_once(':') {
        Some(("post", tracking)) => Some(Way::Post { tracking: Some(tracking.to_owned()) }),
        None if text == "post" => Some(Way::Post { tracking: None }),
        None if text == "by-hand" => Some(Way::ByHand),
        None if text == "message" => Some(Way::Message),
        _ => None,
    }
}

fn receipt_in(text: &str, on: Day) -> Option<Receipt> {
    let person = |text: &str| {
        Some(text.trim()).filter(|text| !text.is_empty()).map(|text| Personal::new(text.to_owned()))
    };
    let (word, rest) = text.split_once(':').unwrap_or((text, ""));
    match word {
        "" | "awaited" => Some(Receipt::Awaited),
        "signed" => {
            let (by, relation) = rest.split_once(':').unwrap_or((rest, ""));
            Some(Receipt::Signed { by: person(by)?, relation: relation.trim().to_owned(), on })
        }
        "refused" => Some(Receipt::Refused { on, witness: person(rest), photograph: None }),
        "came-back" => Some(Receipt::CameBack { on, why: person(rest)? }),
        _ => None,
    }
}

fn row_out(issued: &Issued, lang: Lang) -> wire::PaperRow {
    let (service, words) = match issued.service() {
        Service::Missing => ("MISSING", lang.pick("未送达", "not delivered")),
        Service::Waiting => ("WAITING", lang.pick("待回执", "waits for its receipt")),
        Service::Served => ("SERVED", lang.pick("已送达", "delivered")),
    };
    wire::PaperRow {
        number: issued.number.to_string(),
        kind: issued.kind.say(lang),
        day: issued.day.to_string(),
        service: service.to_owned(),
        service_words: words.to_owned(),
        copies: issued.copies.count().into(),
        content: issued.content.0.iter().map(|byte| format!("{byte:02x}")).collect(),
        deliveries: issued.deliveries.iter().map(|made| delivery_out(made, lang)).collect(),
    }
}

fn delivery_out(made: &Delivery, lang: Lang) -> wire::PaperDelivery {
    let to = match &made.to {
        Recipient::Office(name) => name,
        Recipient::Guardian(name) => shown(name),
    };
    let way = match &made.way {
        Way::ByHand => lang.pick("当面送达", "by hand").to_owned(),
        Way::Post { tracking: Some(number) } => format!("{} {number}", lang.pick("邮寄", "post")),
        Way::Post { tracking: None } => lang.pick("邮寄", "post").to_owned(),
        Way::Message => lang.pick("短信（微信）", "message").to_owned(),
        Way::ReadOut { .. } => lang.pick("宣读并拍照", "read out").to_owned(),
    };
    let Moment(at) = made.at;
    wire::PaperDelivery {
        to: to.clone(),
        way,
        by: shown(&made.by).clone(),
        at,
        receipt: receipt_out(&made.receipt, lang),
    }
}

fn receipt_out(receipt: &Receipt, lang: Lang) -> String {
    match receipt {
        Receipt::Awaited => lang.pick("待回执", "awaited").to_owned(),
        Receipt::Signed { by, relation, on } => {
            format!("{on} {} {}{relation}", lang.pick("签收", "signed by"), shown(by))
        }
        Receipt::Refused { on, witness, .. } => {
            let witness = witness.as_ref().map_or("", |name| shown(name));
            format!("{on} {} {witness}", lang.pick("拒收，见证人", "refused, seen by"))
        }
        Receipt::CameBack { on, why } => format!("{on} {} {}", lang.pick("退回", "came back"), shown(why)),
    }
}

fn shown(text: &Personal<String>) -> &String {
    text.open(Purpose::SchoolStaff)
}
