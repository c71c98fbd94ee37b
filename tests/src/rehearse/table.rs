//! What each level may see at the end.

use anyhow::Result;
use comfy_table::{CellAlignment, Table, presets};
use proto::model::division::Divisions;
use proto::model::lang::Lang;
use proto::model::party::Party;
use proto::model::sheet::{Counts, Indicator};

use crate::tree::Tree;

/// The columns of figures.
const SHOWN: [Indicator; 6] = [
    Indicator::OnRoll,
    Indicator::Suspected,
    Indicator::DroppedOut,
    Indicator::Alerted,
    Indicator::Returned,
    Indicator::AbsentUnexcused,
];

/// A line for every hub, from the province down, with its own figures of the whole time.
///
/// # Errors
/// When a store cannot be read.
pub(super) async fn levels(tree: &Tree, lang: Lang) -> Result<String> {
    let mut table = Table::new();
    table.load_style(presets::UTF8_FULL_CONDENSED);
    let mut header = vec![lang.pick("单位", "place").to_owned()];
    header.extend(SHOWN.map(|indicator| lang.pick(indicator.zh(), indicator.en()).to_owned()));
    header.push(lang.pick("应报/已报/按时（校日）", "expected/reported/on time").to_owned());
    header.push(lang.pick("截至", "as of").to_owned());
    table.set_header(header);
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    for hub in tree.hubs() {
        let span = (tree.days()[0], tree.today());
        let shown = hub.hub().figures(hub.party().region(), Some(span)).await?.view.own;
        let mut row = vec![name(hub.party())];
        row.extend(figures(&shown.counts));
        let reporting = shown.reporting;
        row.push(format!("{}/{}/{}", reporting.expected, reporting.reported, reporting.on_time));
        row.push(shown.as_of.map_or_else(|| "-".to_owned(), |at| at.to_string()));
        table.add_row(row);
    }
    Ok(table.to_string())
}

fn figures(counts: &Counts) -> impl Iterator<Item = String> {
    SHOWN.map(|indicator| counts.of(indicator).to_string()).into_iter()
}

/// Indented by its level.
fn name(party: &Party) -> String {
    let depth = party.lineage().count() - 1;
    let full = Divisions::shipped().name(party.region()).unwrap_or_default();
    format!("{}{full}", "  ".repeat(depth))
}

/// Where everybody can be reached while the tree runs.
pub(super) fn addresses(tree: &Tree, lang: Lang) -> String {
    let mut lines = vec![lang.pick("按 ctrl-c 结束。", "Ends with ctrl-c.").to_owned()];
    for hub in tree.hubs() {
        lines.push(format!("{}  {}  {}", hub.party(), hub.line().address(), hub.dir().display()));
    }
    for school in tree.schools() {
        lines.push(format!("{}  {}", school.party(), school.dir().display()));
    }
    lines.join("\n")
}
