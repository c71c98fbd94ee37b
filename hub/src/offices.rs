//! Who is on duty: an addressee is an office, never a person, and an office with nobody on duty hands its
//! work up at once.
//!
//! Keys: `h/d/<office>`.

use proto::model::case::Office;
use proto::model::day::Moment;
use proto::store::{Record, Room, StoreError};
use serde::{Deserialize, Serialize};

/// Who is on duty in an office.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OnDuty {
    /// The account.
    pub account: String,
    /// Since when.
    pub since: Moment,
}

impl Record for OnDuty {
    const VERSION: u8 = 1;
    const NAME: &'static str = "officer on duty";
}

fn key(office: Office) -> Vec<u8> {
    format!("h/d/{}", office.code()).into_bytes()
}

/// Who is on duty; `None`: nobody.
///
/// # Errors
/// When the store cannot read.
pub fn on_duty(room: &Room<'_>, office: Office) -> Result<Option<OnDuty>, StoreError> {
    room.read(&key(office))
}

/// Puts somebody on duty, or nobody.
pub fn set(room: &mut Room<'_>, office: Office, account: Option<String>, now: Moment) {
    match account {
        Some(account) => room.write(key(office), &OnDuty { account, since: now }),
        None => room.delete(key(office)),
    }
}

/// In which role `account` acts: as the officer on duty, or as another.
///
/// # Errors
/// When the store cannot read.
pub fn role(room: &Room<'_>, office: Office, account: &str) -> Result<&'static str, StoreError> {
    let duty = on_duty(room, office)?.is_some_and(|duty| duty.account == account);
    Ok(if duty { "on duty" } else { "other" })
}
