//! How a delivery is typed at a command line and shown to people: the same words at schools and hubs.

use super::Kind;
use super::delivery::{Delivery, Issued, Receipt, Recipient, Service, Way};
use crate::model::day::Day;
use crate::model::lang::{Lang, Say};
use crate::model::personal::{Personal, Purpose};

/// The ways that can be typed.
pub const WAYS: &str = "by-hand 当面送达, post 邮寄, post:TRACKING 邮寄（邮件号）, message 短信（微信）";
/// The receipts that can be typed.
pub const RECEIPTS: &str =
    "awaited 待回执, signed:WHO:RELATION 签收, refused:WITNESS 拒收（见证人）, came-back:WHY 退回";

/// A way as it was typed.
pub fn way(text: &str) -> Option<Way> {
    match text.split_once(':') {
        Some(("post", tracking)) => Some(Way::Post { tracking: Some(tracking.to_owned()) }),
        None if text == "post" => Some(Way::Post { tracking: None }),
        None if text == "by-hand" => Some(Way::ByHand),
        None if text == "message" => Some(Way::Message),
        _ => None,
    }
}

/// A receipt of `on` as it was typed.
pub fn receipt(text: &str, on: Day) -> Option<Receipt> {
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

impl Kind {
    /// To whom a document of this kind goes: what is for the family goes to a person, all else to an office.
    pub fn recipient(self, to: String) -> Recipient {
        match self {
            Self::PersuasionNotice | Self::ReturnOrder => Recipient::Guardian(Personal::new(to)),
            _ => Recipient::Office(to),
        }
    }
}

impl Issued {
    /// BLAKE3 of the file, in hexadecimal digits.
    pub fn fingerprint(&self) -> String {
        self.content.0.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

impl Recipient {
    /// Who it is, for those who keep the register.
    pub fn shown(&self) -> &str {
        match self {
            Self::Office(name) => name,
            Self::Guardian(name) => shown(name),
        }
    }
}

impl Delivery {
    /// Who delivered it, for those who keep the register.
    pub fn carrier(&self) -> &str {
        shown(&self.by)
    }
}

impl Service {
    /// The same in every language.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Missing => "MISSING",
            Self::Waiting => "WAITING",
            Self::Served => "SERVED",
        }
    }
}

impl Say for Service {
    fn say(&self, lang: Lang) -> String {
        let (zh, en) = match self {
            Self::Missing => ("未送达", "not delivered"),
            Self::Waiting => ("待回执", "waits for its receipt"),
            Self::Served => ("已送达", "delivered"),
        };
        lang.pick(zh, en).to_owned()
    }
}

impl Say for Way {
    fn say(&self, lang: Lang) -> String {
        match self {
            Self::ByHand => lang.pick("当面送达", "by hand").to_owned(),
            Self::Post { tracking: Some(number) } => format!("{} {number}", lang.pick("邮寄", "post")),
            Self::Post { tracking: None } => lang.pick("邮寄", "post").to_owned(),
            Self::Message => lang.pick("短信（微信）", "message").to_owned(),
            Self::ReadOut { .. } => lang.pick("宣读并拍照", "read out").to_owned(),
        }
    }
}

impl Say for Receipt {
    /// For those who keep the register: it names who signed.
    fn say(&self, lang: Lang) -> String {
        match self {
            Self::Awaited => lang.pick("待回执", "awaited").to_owned(),
            Self::Signed { by, relation, on } => {
                format!("{on} {} {}{relation}", lang.pick("签收", "signed by"), shown(by))
            }
            Self::Refused { on, witness, .. } => {
                let witness = witness.as_ref().map_or("", |name| shown(name));
                format!("{on} {} {witness}", lang.pick("拒收，见证人", "refused, seen by"))
            }
            Self::CameBack { on, why } => {
                format!("{on} {} {}", lang.pick("退回", "came back"), shown(why))
            }
        }
    }
}

fn shown(text: &Personal<String>) -> &str {
    text.open(Purpose::Document)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_is_shown_again() {
        let on: Day = "2026-11-21".parse().unwrap();
        for (typed, expected) in [
            ("by-hand", Some("当面送达")),
            ("post", Some("邮寄")),
            ("post:XA123", Some("邮寄 XA123")),
            ("message", Some("短信（微信）")),
            ("pigeon", None),
            ("message:1", None),
        ] {
            assert_eq!(way(typed).map(|way| way.say(Lang::Zh)).as_deref(), expected, "{typed}");
        }
        for (typed, expected) in [
            ("", Some("待回执")),
            ("awaited", Some("待回执")),
            ("signed:罗安:父亲", Some("2026-11-21 签收 罗安父亲")),
            ("signed:收发室", Some("2026-11-21 签收 收发室")),
            ("signed", None),
            ("refused:村主任", Some("2026-11-21 拒收，见证人 村主任")),
            ("came-back:查无此人", Some("2026-11-21 退回 查无此人")),
            ("came-back", None),
            ("lost", None),
        ] {
            assert_eq!(receipt(typed, on).map(|it| it.say(Lang::Zh)).as_deref(), expected, "{typed}");
        }
    }
}
