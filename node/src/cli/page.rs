//! What a command prints.

use comfy_table::presets::UTF8_FULL_CONDENSED;
use comfy_table::{ContentArrangement, Table};
use proto::model::day::Moment;
use proto::model::lang::Lang;
use proto::say;
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

    /// Says how many things are not shown; nothing when all are.
    pub(super) fn more(&mut self, left_out: usize, lang: Lang) {
        if left_out > 0 {
            self.line(say!(lang, "  … 另有 {left_out} 项", "  … and {left_out} more"));
        }
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

/// The first so many in one line, and how many there are besides.
pub(super) fn listed(things: &[String], most: usize, lang: Lang) -> String {
    let shown = things.iter().take(most).map(String::as_str).collect::<Vec<_>>().join(pick(lang, "、", ", "));
    match things.len().saturating_sub(most) {
        0 => shown,
        more => say!(lang, "{shown} 等，另有 {more} 项", "{shown} and {more} more"),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_list_is_cut_and_says_so() {
        let days: Vec<String> = (1..=4).map(|n| n.to_string()).collect();
        for (most, zh, en) in [(4, "1、2、3、4", "1, 2, 3, 4"), (2, "1、2 等，另有 2 项", "1, 2 and 2 more")]
        {
            assert_eq!(
                (listed(&days, most, Lang::Zh), listed(&days, most, Lang::En)),
                (zh.into(), en.into())
            );
        }
    }
}
