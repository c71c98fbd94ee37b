//! A child in another province: its school asks it to come back, before a letter goes there (E03).

use std::sync::Arc;

use node::desk::cases::Stepping;
use node::desk::{School, SchoolError};
use node::persuasion::{Channel, Contact, Reached, Step};
use proto::model::case::{Unwilling, Unwillingness};
use proto::model::day::Day;
use proto::model::personal::Personal;

/// The school speaks with a parent of the child of `case`, who does not let it come back.
///
/// # Errors
/// When there is no such case, or it is at no step at which anybody is spoken with.
pub async fn asked_back(school: &Arc<School>, case: &str, today: Day) -> Result<Unwilling, SchoolError> {
    let nothing = || Personal::new(String::new());
    let contact = Contact {
        on: today,
        by: "head".to_owned(),
        channel: Channel::Phone,
        reached: Reached::Parent,
        excuse: None,
        promise: nothing(),
        next: None,
        note: nothing(),
    };
    let (step, by) = (Step::Contact(contact), "head".to_owned());
    school.step_case(Stepping { case: case.to_owned(), step, on: Some(today), by, paper: None }).await?;
    Ok(Unwilling { kind: Unwillingness::Guardian, on: today })
}
