//! What became of a document: how many copies were made, who got one, how, when, and whether it was signed
//! for (D05, D06, D07, D08).
//!
//! ```text
//! Awaited ── signed ──> Signed
//!    │ ├──── refused ──> Refused (served all the same when witnessed or photographed)
//!    │ └── came back ──> CameBack (nobody there: P3 "cannot be reached")
//! ```

use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};

use super::Kind;
use super::number::Number;
use crate::model::day::{Day, Moment};
use crate::model::entry::Hash;
use crate::model::personal::Personal;
use crate::store::Record;

/// A document that was given a number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Issued {
    /// Its number.
    pub number: Number,
    /// What it is.
    pub kind: Kind,
    /// Its date.
    pub day: Day,
    /// BLAKE3 of the file's bytes, so that the copy in a drawer can be told from a later draft.
    pub content: Hash,
    /// How many copies were made.
    pub copies: Copies,
    /// Who was to get one, in the order of sending.
    pub deliveries: Vec<Delivery>,
    /// When it was declared void and why; a void number is not given again.
    pub void: Option<(Day, String)>,
}

/// How many copies of one document were made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
pub struct Copies(u16);

/// One copy on its way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// To whom.
    pub to: Recipient,
    /// Which copy, from 1; none where nothing on paper was handed over.
    pub copy: Option<u16>,
    /// In what way.
    pub way: Way,
    /// Who delivered it.
    pub by: Personal<String>,
    /// When.
    pub at: Moment,
    /// What became of it.
    pub receipt: Receipt,
}

/// To whom a document goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Recipient {
    /// An office: D06, D07, D08.
    Office(String),
    /// A parent or guardian: D05.
    Guardian(Personal<String>),
}

/// How a document is delivered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Way {
    /// 当面送达
    ByHand,
    /// 邮寄送达, with the post's number where there is one.
    Post {
        /// The post's own number of the letter.
        tracking: Option<String>,
    },
    /// 短信（微信）送达
    Message,
    /// 宣读并拍照: read out at the door, with a photograph.
    ReadOut {
        /// BLAKE3 of the photograph, which stays with the case.
        photograph: Hash,
    },
}

/// What became of a copy.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Receipt {
    /// No answer yet.
    #[default]
    Awaited,
    /// The receipt slip came back signed.
    Signed {
        /// Who signed.
        by: Personal<String>,
        /// How that person stands to the child: 父亲, 祖母; an office: its post.
        relation: String,
        /// When.
        on: Day,
    },
    /// Receipt was refused.
    Refused {
        /// When.
        on: Day,
        /// Who saw it (a village official, a second teacher).
        witness: Option<Personal<String>>,
        /// BLAKE3 of a photograph of the document left there.
        photograph: Option<Hash>,
    },
    /// It came back, or nobody could be found.
    CameBack {
        /// When.
        on: Day,
        /// Why: the post's words, or what the neighbours said.
        why: Personal<String>,
    },
}

/// Whether a document has done its work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Service {
    /// No copy is on its way: none was sent, or every one came back or was refused without proof.
    Missing,
    /// A copy is on its way.
    Waiting,
    /// It counts as delivered.
    Served,
}

/// An answer for a receipt that has one already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this delivery has its result already")]
pub struct Settled;

impl Copies {
    /// Makes `n` more: the numbers of the new copies, and the count after them. Nothing when `n` is 0 or the
    /// count is at its end.
    pub fn make(self, n: u16) -> Option<(RangeInclusive<u16>, Self)> {
        let last = self.0.checked_add(n)?;
        (n > 0).then(|| (self.0 + 1..=last, Self(last)))
    }

    /// How many there are.
    pub const fn count(self) -> u16 {
        self.0
    }
}

impl Receipt {
    /// The receipt after its result came.
    ///
    /// # Errors
    /// When there is one already: it is corrected by a delivery of its own, not by writing over it.
    pub fn settle(self, result: Self) -> Result<Self, Settled> {
        match self {
            Self::Awaited => Ok(result),
            _ => Err(Settled),
        }
    }
}

impl Delivery {
    /// How far this copy got. What is read out and photographed is served by that; what was refused, when
    /// somebody saw it or a photograph shows it.
    pub const fn service(&self) -> Service {
        match (&self.receipt, &self.way) {
            (Receipt::Signed { .. }, _) | (_, Way::ReadOut { .. }) => Service::Served,
            (Receipt::Refused { witness: Some(_), .. } | Receipt::Refused { photograph: Some(_), .. }, _) => {
                Service::Served
            }
            (Receipt::Awaited, _) => Service::Waiting,
            (Receipt::Refused { .. } | Receipt::CameBack { .. }, _) => Service::Missing,
        }
    }
}

impl Issued {
    /// The best that came of any copy; a void document has done nothing.
    pub fn service(&self) -> Service {
        let best = self.deliveries.iter().map(Delivery::service).max();
        if self.void.is_some() { Service::Missing } else { best.unwrap_or(Service::Missing) }
    }
}

impl Record for Issued {
    const VERSION: u8 = 1;
    const NAME: &'static str = "issued document";
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::paper::number::Year;
    use crate::paper::serial;
    use crate::store::{MemoryStore, Room};

    fn receipts() -> [(Receipt, Service, Service); 6] {
        let on: Day = "2026-11-21".parse().unwrap();
        let person = || Personal::new("罗安".to_owned());
        let refused = |witness, photograph| Receipt::Refused { on, witness, photograph };
        let signed = Receipt::Signed { by: person(), relation: "父亲".to_owned(), on };
        [
            // receipt, service of a copy by hand, service of one that was read out
            (Receipt::Awaited, Service::Waiting, Service::Served),
            (signed, Service::Served, Service::Served),
            (refused(None, None), Service::Missing, Service::Served),
            (refused(Some(person()), None), Service::Served, Service::Served),
            (refused(None, Some(Hash::ROOT)), Service::Served, Service::Served),
            (Receipt::CameBack { on, why: person() }, Service::Missing, Service::Served),
        ]
    }

    fn delivery(way: Way, receipt: Receipt) -> Delivery {
        let to = Recipient::Guardian(Personal::new("罗安".to_owned()));
        let by = Personal::new("周老师".to_owned());
        Delivery { to, copy: Some(1), way, by, at: Moment(0), receipt }
    }

    fn issued(deliveries: Vec<Delivery>) -> Issued {
        let day: Day = "2026-11-21".parse().unwrap();
        let number = Number { prefix: "鸭中劝返".parse().unwrap(), year: Year::of(day), serial: 3 };
        let (kind, content) = (Kind::PersuasionNotice, Hash::ROOT);
        Issued { number, kind, day, content, copies: Copies::default(), deliveries, void: None }
    }

    #[test]
    fn what_counts_as_delivered() {
        for (receipt, by_hand, read_out) in receipts() {
            for way in [Way::ByHand, Way::Post { tracking: None }, Way::Message] {
                assert_eq!(delivery(way, receipt.clone()).service(), by_hand, "{receipt:?}");
            }
            let way = Way::ReadOut { photograph: Hash::ROOT };
            assert_eq!(delivery(way, receipt.clone()).service(), read_out, "{receipt:?}");
        }
    }

    #[test]
    fn only_a_receipt_that_is_awaited_takes_a_result() {
        for (before, ..) in receipts() {
            for (result, ..) in receipts() {
                let settled = before.clone().settle(result.clone());
                let expected = if before == Receipt::Awaited { Ok(result) } else { Err(Settled) };
                assert_eq!(settled, expected, "{before:?}");
            }
        }
    }

    #[test]
    fn the_best_copy_counts_and_a_void_document_never() {
        let back = delivery(Way::ByHand, receipts()[5].0.clone());
        let waiting = delivery(Way::ByHand, Receipt::Awaited);
        let served = delivery(Way::ByHand, receipts()[1].0.clone());
        assert_eq!(issued(vec![]).service(), Service::Missing);
        assert_eq!(issued(vec![back.clone(), waiting.clone()]).service(), Service::Waiting);
        let mut all = issued(vec![served, back, waiting]);
        assert_eq!(all.service(), Service::Served);
        all.void = Some((all.day, "姓名有误".to_owned()));
        assert_eq!(all.service(), Service::Missing);
    }

    #[test]
    fn copies_are_numbered_through_and_never_twice() {
        let (first, copies) = Copies::default().make(3).unwrap();
        let (second, copies) = copies.make(1).unwrap();
        assert_eq!((first, second, copies.count()), (1..=3, 4..=4, 4));
        assert_eq!(copies.make(0), None);
        assert_eq!(copies.make(u16::MAX), None);
    }

    #[test]
    fn the_register_gives_back_what_was_kept_by_number() {
        let store = MemoryStore::default();
        let mut room = Room::new(&store);
        let mut kept = vec![issued(vec![]), issued(vec![delivery(Way::Message, Receipt::Awaited)])];
        kept[1].number.serial = 300;
        kept.iter().rev().for_each(|document| serial::keep(&mut room, document));
        let Number { prefix, year, .. } = &kept[0].number;
        assert_eq!(serial::register(&room, prefix, *year).unwrap(), kept);
        assert_eq!(serial::find(&room, &kept[1].number).unwrap().as_ref(), Some(&kept[1]));
    }
}
