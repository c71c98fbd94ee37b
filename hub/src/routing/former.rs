//! Codes that were abolished and still stand in old sheets (`domain/4-divisions.md` 4.4, 8): Guizhou's of
//! 2011 to 2021. The division table is one snapshot and does not know them.

use proto::model::division::Divisions;
use proto::model::region::Region;

use super::{RouteError, shown};

const ROWS: &str = include_str!("former.csv");

/// What became of the code, when it is one of these.
pub(super) fn abolished(divisions: &Divisions, code: Region) -> Option<RouteError> {
    rows().find(|row| row.0 == code).map(|(code, name, successor)| RouteError::Abolished {
        code,
        name,
        successor: shown(divisions, successor),
    })
}

/// The rows that read; a test sees to it that all do.
pub(super) fn rows() -> impl Iterator<Item = (Region, &'static str, Region)> {
    ROWS.lines().skip(1).filter_map(|line| {
        let (code, rest) = line.split_once(',')?;
        let (name, successor) = rest.split_once(',')?;
        Some((code.parse().ok()?, name, successor.parse().ok()?))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_old_code_is_gone_and_its_successor_is_there() {
        let divisions = Divisions::shipped();
        assert_eq!(rows().count(), ROWS.lines().count() - 1);
        for (code, name, successor) in rows() {
            assert!(divisions.get(code).is_none(), "{code} {name}");
            assert!(divisions.get(successor).is_some(), "{successor} after {name}");
        }
    }
}
