//! Words with meaning. No tokio, no tonic, no store: what a place, a party, a day, a count *is*.

pub mod calendar;
pub mod case;
pub mod clock;
pub mod day;
pub mod division;
pub mod document;
pub mod entry;
mod every;
pub mod lang;
pub mod party;
pub mod personal;
pub mod reason;
pub mod region;
pub mod rulebook;
pub mod sheet;
