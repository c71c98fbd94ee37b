//! Cases by school and stage, as an office counts them: the overdue and those set aside beside the rest.

use std::collections::BTreeMap;

use proto::model::case::Stage;
use proto::model::party::Party;

/// Cases of one school at one stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Count {
    /// All of them, the overdue and those set aside too.
    pub cases: u32,
    /// The school or the office is behind.
    pub overdue: u32,
    /// Set aside until a day.
    pub suspended: u32,
    /// The school asks to close them.
    pub closing: u32,
}

/// One case as it is counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counted<'a> {
    /// Whose.
    pub school: &'a Party,
    /// Where it stands.
    pub stage: Stage,
    /// The school or the office is behind.
    pub overdue: bool,
    /// Set aside.
    pub suspended: bool,
    /// The school asks to close it.
    pub closing: bool,
}

/// Counts cases by school and stage.
pub fn by_school<'a>(cases: impl Iterator<Item = Counted<'a>>) -> BTreeMap<(Party, Stage), Count> {
    let mut out: BTreeMap<(Party, Stage), Count> = BTreeMap::new();
    for case in cases {
        let count = out.entry((case.school.clone(), case.stage)).or_default();
        count.cases += 1;
        count.overdue += u32::from(case.overdue);
        count.suspended += u32::from(case.suspended);
        count.closing += u32::from(case.closing);
    }
    out
}
