//! An office's register of documents: a document gets its number, is written and is entered in one commit;
//! later it is entered who got it. Schools and hubs keep theirs with these functions.
//!
//! A copy is counted when it is printed: the first with the document, others with [`reprint`]. Who is handed one
//! gets the first that nobody has; when all are gone, one more was made.

use super::delivery::{Copies, Delivery, Issued, Receipt, Settled, Way};
use super::number::{NotANumber, Number, Prefix, Year};
use super::serial::{self, SerialError};
use super::{Paper, PaperError};
use crate::model::day::Day;
use crate::model::entry::Hash;
use crate::model::lang::{Lang, Say};
use crate::model::personal::{Personal, Purpose};
use crate::say;
use crate::store::{Room, StoreError};

/// A document as it was issued, for the one who asked for it. The register keeps its hash alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// Its number.
    pub number: Number,
    /// A name for the file; it names no person.
    pub name: String,
    /// The file.
    pub bytes: Personal<Vec<u8>>,
}

/// Why a document is not issued, or its delivery not entered.
#[derive(Debug, Clone, thiserror::Error)]
pub enum RegisterError {
    /// The office's settings lack something that stands on its documents.
    #[error("the setting papers.{0} is missing")]
    NotSet(&'static str),
    /// The document lacks something.
    #[error(transparent)]
    Paper(#[from] PaperError),
    /// There is no number.
    #[error(transparent)]
    Serial(#[from] SerialError),
    /// No document number.
    #[error(transparent)]
    Number(#[from] NotANumber),
    /// This office issued no such document.
    #[error("this office issued no document {0}")]
    NoSuch(Number),
    /// The document cannot be printed again: what it was made of has changed.
    #[error("document {0} is not the one that was issued")]
    Changed(Number),
    /// Delivered before it was issued.
    #[error("{on} is before {issued}, the day of the document")]
    BeforeIssue {
        /// The day of the delivery.
        on: Day,
        /// The day of the document.
        issued: Day,
    },
    /// The delivery has its result.
    #[error(transparent)]
    Settled(#[from] Settled),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Issues the document that `write` makes of the next number of `prefix` in the year of `day`.
///
/// # Errors
/// When the document lacks something; then no number was given.
pub fn issue(
    room: &mut Room<'_>,
    prefix: &Prefix,
    day: Day,
    write: impl FnOnce(Number) -> Paper,
) -> Result<Written, RegisterError> {
    room.attempt(|room| {
        let number = serial::next(room, prefix, Year::of(day))?;
        Ok(enter(room, &write(number))?)
    })
}

/// Prints `paper` again: one more copy. A document that was given its number before and is not in the register
/// yet is entered; a draft that nobody has got may differ from the one before.
///
/// # Errors
/// When it lacks something, or is not the document that somebody got under its number.
pub fn reprint(room: &mut Room<'_>, paper: &Paper) -> Result<Written, RegisterError> {
    let number = &paper.head().number;
    let Some(mut issued) = serial::find(room, number)? else { return Ok(enter(room, paper)?) };
    let (written, content) = written(paper)?;
    if content != issued.content && !issued.deliveries.is_empty() {
        return Err(RegisterError::Changed(number.clone()));
    }
    (issued.content, issued.day) = (content, paper.head().day);
    issued.copies = one_more(issued.copies);
    serial::keep(room, &issued);
    Ok(written)
}

fn enter(room: &mut Room<'_>, paper: &Paper) -> Result<Written, PaperError> {
    let (written, content) = written(paper)?;
    let (number, kind, day) = (written.number.clone(), paper.kind(), paper.head().day);
    let copies = one_more(Copies::default());
    let issued = Issued { number, kind, day, content, copies, deliveries: Vec::new(), void: None };
    serial::keep(room, &issued);
    Ok(written)
}

fn written(paper: &Paper) -> Result<(Written, Hash), PaperError> {
    let bytes = paper.docx()?;
    let content = Hash(*blake3::hash(bytes.open(Purpose::Document)).as_bytes());
    Ok((Written { number: paper.head().number.clone(), name: paper.file_name(), bytes }, content))
}

/// The count after one more; it stays at its end.
fn one_more(copies: Copies) -> Copies {
    copies.make(1).map_or(copies, |(_, copies)| copies)
}

/// Enters a delivery, or the result of one to the same recipient that has none yet. What is handed over on
/// paper is a copy of its own: the first that nobody has, or one more. Entered twice it is one delivery.
///
/// # Errors
/// When this office issued no such document, or not yet on that day.
pub fn deliver(room: &mut Room<'_>, number: &Number, made: Delivery) -> Result<Issued, RegisterError> {
    let mut issued = serial::find(room, number)?.ok_or_else(|| RegisterError::NoSuch(number.clone()))?;
    let on = made.at.day();
    if on < issued.day {
        return Err(RegisterError::BeforeIssue { on, issued: issued.day });
    }
    let open = |held: &&mut Delivery| held.to == made.to && held.receipt == Receipt::Awaited;
    match issued.deliveries.iter_mut().find(open) {
        Some(held) if made.receipt == Receipt::Awaited && held.way == made.way => {}
        Some(held) if made.receipt != Receipt::Awaited => {
            held.receipt = std::mem::take(&mut held.receipt).settle(made.receipt)?;
        }
        _ => {
            let gone = issued.deliveries.iter().filter_map(|held| held.copy).max().unwrap_or_default();
            let on_paper = !matches!(made.way, Way::Message);
            if on_paper && gone == issued.copies.count() {
                issued.copies = one_more(issued.copies);
            }
            let copy = (on_paper && gone < issued.copies.count()).then(|| gone + 1);
            issued.deliveries.push(Delivery { copy, ..made });
        }
    }
    serial::keep(room, &issued);
    Ok(issued)
}

/// Numbers go on behind `number`: it was given by hand, or by a store that was put back and has lost it. Its
/// office compares with the register on paper.
///
/// # Errors
/// When the store cannot be read.
pub fn go_past(room: &mut Room<'_>, number: &Number) -> Result<(), StoreError> {
    serial::go_past(room, number)
}

/// All documents of this office, by prefix, year and number.
///
/// # Errors
/// When the store cannot be read.
pub fn all(room: &Room<'_>) -> Result<Vec<Issued>, StoreError> {
    let mut documents = serial::all(room)?;
    documents.sort_by(|one, other| one.number.cmp(&other.number));
    Ok(documents)
}

impl Say for RegisterError {
    fn say(&self, lang: Lang) -> String {
        match self {
            Self::NotSet(key) => say!(
                lang,
                "设置文件 config.toml 缺少 [papers] 中的 {key}（{}），公文没有生成。请填写后重启再试。",
                "The settings lack {key} in [papers] of config.toml ({}); no document was written. Fill it in, restart and try again.",
                meaning(key, lang)
            ),
            Self::Paper(error) => error.say(lang),
            Self::Serial(error) => error.say(lang),
            Self::Number(error) => error.say(lang),
            Self::NoSuch(number) => say!(
                lang,
                "本单位没有发过 {number}。请用 paper list 查看。",
                "This office issued no {number}. See paper list."
            ),
            Self::Changed(number) => say!(
                lang,
                "{number} 已有单位或个人收到，现在的内容与发出的不同，不能按原文号再印。请另发更正公文。",
                "Somebody has {number} already and it would differ now: it is not printed again under that number. Issue a corrected document."
            ),
            Self::BeforeIssue { on, issued } => say!(
                lang,
                "送达日期 {on} 早于公文的成文日期 {issued}。请填写实际送达的日期。",
                "{on} is before {issued}, the day of the document. Enter the day on which it was delivered."
            ),
            Self::Settled(_) => say!(
                lang,
                "该次送达已登记结果，不能改写；请另行登记一次送达。",
                "That delivery has its result already; enter a delivery of its own."
            ),
            Self::Store(error) => error.say(lang),
        }
    }
}

/// What a setting means, for people.
fn meaning(key: &str, lang: Lang) -> &'static str {
    let (zh, en) = match key {
        "prefix" => ("发文机关代字，例如 prefix = \"七教函\"", "the letters of its document numbers"),
        "department" => ("县级教育行政部门全称", "the county department's full name"),
        "township" => ("乡镇人民政府全称", "the township government's full name"),
        "government" => ("县级人民政府全称", "the county government's full name"),
        "signed_by" => ("签发人", "who signs"),
        "contact" => ("联系人", "who answers questions"),
        _ => ("联系电话", "the telephone of who answers questions"),
    };
    lang.pick(zh, en)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::day::Moment;
    use crate::paper::delivery::{Recipient, Service};
    use crate::paper::samples;
    use crate::store::MemoryStore;

    fn notice(number: Number) -> Paper {
        let mut notice = samples::persuasion_notice();
        notice.head.number = number;
        Paper::PersuasionNotice(notice)
    }

    fn made(receipt: Receipt) -> Delivery {
        let person = |text: &str| Personal::new(text.to_owned());
        let to = Recipient::Guardian(person("罗安"));
        let at = Moment::at(samples::day("2026-11-09"), 600);
        Delivery { to, copy: None, way: Way::ByHand, by: person("周敏"), at, receipt }
    }

    #[test]
    fn a_delivery_is_entered_once_and_not_before_its_document() {
        let store = MemoryStore::default();
        let mut room = Room::new(&store);
        let (prefix, day) = ("鸭中劝返".parse().unwrap(), samples::day("2026-11-06"));
        let number = issue(&mut room, &prefix, day, notice).unwrap().number;
        let on = |on: Day| Delivery { at: Moment::at(on, 600), ..made(Receipt::Awaited) };
        let early = deliver(&mut room, &number, on(day.plus(-1))).unwrap_err();
        assert!(matches!(early, RegisterError::BeforeIssue { issued, .. } if issued == day));
        for _ in 0..3 {
            let issued = deliver(&mut room, &number, on(day)).unwrap();
            assert_eq!((issued.deliveries.len(), issued.copies.count()), (1, 1));
        }
        let posted = Delivery { way: Way::Post { tracking: None }, ..on(day) };
        assert_eq!(deliver(&mut room, &number, posted).unwrap().deliveries.len(), 2, "tried in another way");
    }

    #[test]
    fn a_document_has_a_number_an_entry_and_a_receipt() {
        let store = MemoryStore::default();
        let mut room = Room::new(&store);
        let (prefix, day) = ("鸭中劝返".parse().unwrap(), samples::day("2026-11-06"));
        let first = issue(&mut room, &prefix, day, notice).unwrap();
        assert_eq!(first.number.to_string(), "鸭中劝返〔2026〕1号");
        let empty = |number| {
            let Paper::PersuasionNotice(mut notice) = notice(number) else { unreachable!() };
            notice.department.clear();
            Paper::PersuasionNotice(notice)
        };
        assert!(matches!(issue(&mut room, &prefix, day, empty), Err(RegisterError::Paper(_))));
        let second = issue(&mut room, &prefix, day, notice).unwrap();
        assert_eq!(second.number.serial, 2, "what was not written took no number");
        let sent = deliver(&mut room, &first.number, made(Receipt::Awaited)).unwrap();
        assert_eq!((sent.service(), sent.copies.count()), (Service::Waiting, 1));
        let by = Personal::new("罗安".to_owned());
        let signed = Receipt::Signed { by, relation: "父亲".to_owned(), on: day };
        let served = deliver(&mut room, &first.number, made(signed)).unwrap();
        assert_eq!((served.service(), served.deliveries.len()), (Service::Served, 1));
        assert_eq!(all(&room).unwrap()[0], served);
        let other = Number { serial: 9, ..first.number.clone() };
        assert!(matches!(deliver(&mut room, &other, made(Receipt::Awaited)), Err(RegisterError::NoSuch(_))));
    }

    #[test]
    fn a_copy_is_counted_when_it_is_printed_and_given_away_once() {
        let store = MemoryStore::default();
        let mut room = Room::new(&store);
        let (prefix, day) = ("鸭中劝返".parse().unwrap(), samples::day("2026-11-06"));
        let first = issue(&mut room, &prefix, day, notice).unwrap();
        let paper = notice(first.number.clone());
        assert_eq!(all(&room).unwrap()[0].copies.count(), 1);
        assert_eq!(reprint(&mut room, &paper).unwrap(), first, "the same bytes");
        let to = |name: &str| {
            let to = Recipient::Guardian(Personal::new(name.to_owned()));
            Delivery { to, ..made(Receipt::Awaited) }
        };
        for (name, copies) in [("罗安", 2), ("祖母", 2), ("叔父", 3)] {
            let issued = deliver(&mut room, &first.number, to(name)).unwrap();
            assert_eq!(issued.copies.count(), copies, "{name}");
        }
        let given: Vec<_> = all(&room).unwrap()[0].deliveries.iter().map(|made| made.copy).collect();
        assert_eq!(given, [Some(1), Some(2), Some(3)]);
    }

    #[test]
    fn what_somebody_has_is_not_printed_with_other_words() {
        let store = MemoryStore::default();
        let mut room = Room::new(&store);
        let letter = |days: i32| {
            let mut letter = samples::assistance_letter(2);
            letter.reply_by = letter.reply_by.plus(days);
            Paper::AssistanceLetter(letter)
        };
        let number = reprint(&mut room, &letter(0)).unwrap().number;
        reprint(&mut room, &letter(1)).expect("a draft");
        assert_eq!(all(&room).unwrap()[0].copies.count(), 2);
        let to = Recipient::Office("东莞市教育局".to_owned());
        let at = Moment::at(samples::day("2026-11-21"), 600);
        deliver(&mut room, &number, Delivery { to, at, ..made(Receipt::Awaited) }).unwrap();
        reprint(&mut room, &letter(1)).expect("the same");
        assert!(matches!(reprint(&mut room, &letter(2)), Err(RegisterError::Changed(_))));
    }
}
