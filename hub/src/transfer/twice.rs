//! Two schools with one child: two cases, of which one stays (4.4). That the child is in class here (X11) is no answer
//! while it has a case of its own here: then both places would close their case with the other's name.

use proto::model::case::CaseId;
use proto::model::party::Party;

/// Another case of the child that is offered, at a school of this county.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Other {
    /// Which.
    pub case: CaseId,
    /// Somebody still has to act.
    pub open: bool,
    /// The county to which it was handed, or offered last.
    pub to: Option<Party>,
}

/// The case that forbids to answer `from` that the child is in class here: one that is open, or that was closed
/// because `from` has the child.
pub fn forbids_enrolled(others: &[Other], from: &Party) -> Option<CaseId> {
    let forbids = |other: &&Other| other.open || other.to.as_ref() == Some(from);
    others.iter().find(forbids).map(|other| other.case)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_child_with_a_case_here_is_not_in_class_here_nor_one_that_was_closed_for_the_place_that_asks() {
        let [there, third]: [Party; 2] =
            ["p52/c5205/d520521", "p52/c5205/d520523"].map(|path| path.parse().unwrap());
        let case = CaseId::new([8; 16]);
        for (open, to, forbids) in [
            (true, None, true),
            (true, Some(&third), true),
            (false, Some(&there), true),
            (false, Some(&third), false),
            (false, None, false),
        ] {
            let other = Other { case, open, to: to.cloned() };
            assert_eq!(forbids_enrolled(&[other], &there), forbids.then_some(case), "{open} {to:?}");
        }
        assert_eq!(forbids_enrolled(&[], &there), None);
    }
}
