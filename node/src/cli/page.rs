//! What a command prints.

use comfy_table::presets::UTF8_FULL_CONDENSED;
use comfy_table::{ContentArrangement, Table};
use proto::model::day::Moment;
use proto::model::lang::Lang;
use serde::Serialize;

use super::Failure;

/// A command's whole output.
#[derive(Debug, Default)]
pub(super) struct Page {
    pub(super) text: String,
    /// 0 done, 2 done in part.
    pub(super) code: u8,
}

impl Page {
    /// The answer as JSON.
    pub(super) fn json(answer: &impl Serialize) -> Result<Self, Failure> {
        let mut text = serde_json::to_string_pretty(answer).map_err(|error| Failure(error.to_string()))?;
        text.push('\n');
        Ok(Self { text, code: 0 })
    }

    /// Adds a line.
    pub(super) fn line(&mut self, text: impl AsRef<str>) {
        self.text.push_str(text.as_ref());
        self.text.push('\n');
    }

    /// Adds a table; nothing when it has no rows.
    pub(super) fn table<const N: usize>(&mut self, header: [&str; N], rows: Vec<[String; N]>) {
        if rows.is_empty() {
            return;
        }
        let mut table = Table::new();
        table.load_style(UTF8_FULL_CONDENSED).set_content_arrangement(ContentArrangement::Dynamic);
        table.set_header(header);
        table.add_rows(rows);
        self.line(table.trim_fmt());
    }

    /// The same page with another exit code.
    pub(super) fn with_code(self, code: u8) -> Self {
        Self { code, ..self }
    }
}

impl From<String> for Page {
    fn from(text: String) -> Self {
        let mut page = Self::default();
        page.line(text);
        page
    }
}

/// An instant for people; a dash for "never".
pub(super) fn moment(millis: i64) -> String {
    if millis == 0 { "-".to_owned() } else { Moment(millis).to_string() }
}

/// One of the pair.
pub(super) fn pick<'t>(lang: Lang, zh: &'t str, en: &'t str) -> &'t str {
    lang.pick(zh, en)
}
