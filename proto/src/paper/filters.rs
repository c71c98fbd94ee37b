//! How a template writes a value: `text` for what people typed, `own` for what belongs to a person, `date`.

use askama::{Result, Values, filter_fn};

use super::words;
use crate::model::day::Day;
use crate::model::personal::Personal;

/// Text with the punctuation of an official document.
#[filter_fn]
pub(super) fn text(value: impl AsRef<str>, _: &dyn Values) -> Result<String> {
    Ok(words::widen(value.as_ref()))
}

/// A person's value, opened for the document.
#[filter_fn]
pub(super) fn own(value: &Personal<String>, _: &dyn Values) -> Result<String> {
    Ok(words::widen(words::open(value)))
}

/// `2026年11月21日`
#[filter_fn]
pub(super) fn date(value: &Day, _: &dyn Values) -> Result<String> {
    Ok(words::date(*value))
}
