//! This hub's official documents: each gets its number and is written in the commit of the step that it belongs
//! to, can be printed again, and it is entered who got it.
//!
//! | document | step | where |
//! |---|---|---|
//! | 通报, 书面报告, 限期返校通知书 | P4, P6 | `desk/casework/papers.rs` |
//! | 台账划转单 | of one case, by the county that has its record | `desk/transfer/handover.rs` |
//! | 台账划转单 | of a batch that is dispatched, by number | [`batch`] |
//! | 协查函 | a letter to another province | [`letter`] |
//! | 回函 | a list from another place is answered | [`reply`] |
//!
//! A document names children, so only an office that opens their records can write one, for a purpose that is
//! logged. What it was made of is kept sealed for this hub, so that a copy printed later is the same.
//!
//! Keys: those of [`proto::paper::serial`], and `h/d/<number>` what a document was made of.

mod batch;
mod letter;
mod reply;

use std::sync::Arc;

use proto::model::case::Office;
use proto::model::day::{Day, Moment};
use proto::model::division::Divisions;
use proto::model::party::Party;
use proto::model::region::Region;
use proto::paper::delivery::{Delivery, Issued};
use proto::paper::register::{self, RegisterError, Written};
use proto::paper::{Number, Paper, Prefix};
use proto::seal::{self, Sealed};
use proto::store::record::{from_bytes, to_bytes};
use proto::store::{Record, Room, StoreError};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

pub use reply::Replying;

use super::{Hub, HubError};
use crate::audit::{self, Action, Ended, Note};
use crate::config::Config;
use crate::letter::paper::department;
use crate::offices;
use crate::persuasion::CaseError;

/// What is sealed.
const INFO: &[u8] = b"guixue/paper/v1";

/// What a document was made of, sealed for this hub.
#[derive(Serialize, Deserialize)]
struct Kept(Sealed);

/// The same, opened.
#[derive(Serialize, Deserialize)]
struct Draft(Paper);

impl Record for Kept {
    const VERSION: u8 = 1;
    const NAME: &'static str = "sealed document";
}

impl Record for Draft {
    const VERSION: u8 = 1;
    const NAME: &'static str = "document";
}

/// Who writes a document that names children, and why.
#[derive(Debug, Clone)]
pub struct Writer {
    /// The officer's account.
    pub by: String,
    /// Why; no personal data.
    pub purpose: String,
}

impl Writer {
    /// Nothing is opened without a purpose or by nobody.
    ///
    /// # Errors
    /// When one is missing.
    pub(super) fn check(&self) -> Result<(), CaseError> {
        if self.by.trim().is_empty() {
            return Err(CaseError::Nobody);
        }
        if self.purpose.trim().is_empty() {
            return Err(CaseError::NoPurpose);
        }
        Ok(())
    }

    /// Enters in the log that records were opened for a document.
    fn log(
        &self,
        room: &mut Room<'_>,
        (office, action): (Office, Action),
        (object, ended): (&[u8], Ended),
        now: Moment,
    ) -> Result<(), StoreError> {
        let role = offices::role(room, office, &self.by)?.to_owned();
        let (who, purpose, object) = (self.by.clone(), self.purpose.clone(), audit::object(object));
        audit::append(room, Note { who, role, purpose, action, object, ended }, now).map(drop)
    }
}

fn kept_key(number: &Number) -> Vec<u8> {
    format!("h/d/{number}").into_bytes()
}

fn keep(room: &mut Room<'_>, paper: Paper) -> Result<(), StoreError> {
    let number = paper.head().number.clone();
    let draft = Zeroizing::new(to_bytes(&Draft(paper)));
    let sealed = seal::own(room)?.public().seal(INFO, number.to_string().as_bytes(), &draft);
    room.write(kept_key(&number), &Kept(sealed));
    Ok(())
}

fn kept(room: &mut Room<'_>, number: &Number) -> Result<Option<Paper>, StoreError> {
    let Some(Kept(sealed)) = room.read(&kept_key(number))? else { return Ok(None) };
    let own = seal::own(room)?;
    let Ok(plain) = own.open(INFO, number.to_string().as_bytes(), &sealed) else { return Ok(None) };
    let Draft(paper) = from_bytes(&plain)?;
    Ok(Some(paper))
}

/// Issues the document that `write` makes of the next number of `prefix`, and keeps what it was made of.
///
/// # Errors
/// When it lacks something; then no number was given.
pub(super) fn issue(
    room: &mut Room<'_>,
    prefix: &Prefix,
    day: Day,
    write: impl FnOnce(Number) -> Paper,
) -> Result<Written, RegisterError> {
    room.attempt(|room| {
        let mut made = None;
        let written = register::issue(room, prefix, day, |number| made.insert(write(number)).clone())?;
        if let Some(paper) = made {
            keep(room, paper)?;
        }
        Ok(written)
    })
}

/// Writes a document under the number that it has: the first time, or once more.
fn print(room: &mut Room<'_>, paper: Paper) -> Result<Written, RegisterError> {
    room.attempt(|room| {
        let written = register::reprint(room, &paper)?;
        keep(room, paper)?;
        Ok(written)
    })
}

impl Hub {
    /// The documents that this hub issued, by number.
    ///
    /// # Errors
    /// When the store cannot read.
    pub async fn issued_papers(self: &Arc<Self>) -> Result<Vec<Issued>, HubError> {
        Ok(self.desk.act(|room| register::all(room)).await?)
    }

    /// Enters who got a document.
    ///
    /// # Errors
    /// When this hub issued no such document, or on a day that has not come.
    pub async fn deliver_paper(self: &Arc<Self>, number: Number, made: Delivery) -> Result<Issued, HubError> {
        let (day, today) = (made.at.day(), self.clock.now().day());
        if day > today {
            return Err(CaseError::Future { day, today }.into());
        }
        Ok(self.desk.act(move |room| register::deliver(room, &number, made)).await?)
    }

    /// Numbers go on behind `number`: it was given by hand, or lost when the store was put back.
    ///
    /// # Errors
    /// When the store cannot write.
    pub async fn count_papers_past(self: &Arc<Self>, number: Number) -> Result<(), HubError> {
        Ok(self.desk.act(move |room| register::go_past(room, &number)).await?)
    }

    /// Prints a document again, as it was: a copy more. It names children, so this is logged as an opening.
    ///
    /// # Errors
    /// When this hub issued no such document, or what it was made of does not open.
    pub async fn print_paper(self: &Arc<Self>, number: Number, writer: Writer) -> Result<Written, HubError> {
        writer.check()?;
        let now = self.clock.now();
        let printed = move |room: &mut Room<'_>| {
            let text = number.to_string();
            let log = |room: &mut Room<'_>, ended| {
                writer.log(room, (Office::Persuasion, Action::Issue), (text.as_bytes(), ended), now)
            };
            let Some(paper) = kept(room, &number)? else {
                log(room, Ended::Refused)?;
                return Ok(Err(RegisterError::NoSuch(number)));
            };
            log(room, Ended::Done)?;
            Ok::<_, HubError>(print(room, paper))
        };
        Ok(self.desk.act(printed).await??)
    }
}

/// A place as a document writes it.
pub(super) fn place_name(place: Region) -> String {
    Divisions::shipped().full_name(place).unwrap_or_else(|| place.to_string())
}

/// Who issues this hub's documents: the department that its settings name, or what its people call the hub.
pub(super) fn issuer(config: &Config) -> String {
    config.papers.department().unwrap_or_else(|_| department(&config.shown_name()))
}

/// The education department of a hub's place, as a document addresses it.
pub(super) fn office_of(party: &Party) -> String {
    format!("{}教育行政部门", place_name(party.region()))
}
