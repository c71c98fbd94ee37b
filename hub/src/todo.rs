//! The in-tray: what waits for this office, the worst first.

use std::cmp::Reverse;

use proto::model::case::{CaseId, Duty, Office, Stage};
use proto::model::day::Day;
use proto::model::lang::{Lang, Say};
use proto::model::party::Party;
use proto::say;

/// One thing that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// About which case.
    pub case: CaseId,
    /// Which office has to act.
    pub office: Office,
    /// Whose case, or whose office is behind.
    pub party: Party,
    /// What waits.
    pub wait: Wait,
    /// The day from which the clock runs; `None` where an office below did not say.
    pub since: Option<Day>,
    /// It is to be done by this day.
    pub due: Day,
    /// Workdays since then.
    pub late: u32,
}

/// What waits for this office.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Wait {
    /// A duty of its own.
    Own(Duty),
    /// A school is behind: press it.
    School(Stage),
    /// A letter from another province is to be answered, or handed on to the county of the place.
    Inquiry,
    /// An office below is behind, or has nobody on duty: press it.
    Below {
        /// Which office.
        office: Office,
        /// With what.
        duty: Duty,
        /// Nobody is on duty there.
        unattended: bool,
    },
}

/// The order of the tray: the latest first, then what is due soonest.
pub fn sort(items: &mut [Item]) {
    items.sort_by_key(order);
}

fn order(item: &Item) -> impl Ord + use<> {
    (Reverse(item.late), item.due, item.case)
}

impl Wait {
    /// What is to be done; `None` where a school is behind.
    pub const fn duty(self) -> Option<Duty> {
        match self {
            Self::Own(duty) | Self::Below { duty, .. } => Some(duty),
            Self::School(_) | Self::Inquiry => None,
        }
    }

    /// For software.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Own(_) => "own",
            Self::School(_) => "school",
            Self::Inquiry => "inquiry",
            Self::Below { .. } => "below",
        }
    }
}

impl Say for Item {
    fn say(&self, lang: Lang) -> String {
        let Self { party, due, late, .. } = self;
        let clock = match late {
            0 => say!(lang, "{due} 前办结", "due by {due}"),
            late => {
                say!(lang, "应于 {due} 办结，已逾期 {late} 个工作日", "was due by {due}, {late} workdays ago")
            }
        };
        match self.wait {
            Wait::Own(duty) => {
                let duty = duty.say(lang);
                say!(lang, "{duty}（{party}）：{clock}。", "{duty} ({party}): {clock}.")
            }
            Wait::Inquiry => say!(
                lang,
                "外省来函（{party}）待办理，回函{clock}。请用 incoming list 查看。",
                "A letter from {party} in another province waits: answer {clock}. See incoming list."
            ),
            Wait::School(stage) => {
                let (code, stage) = (stage.code(), stage.say(lang));
                say!(
                    lang,
                    "学校 {party} 的个案停在 {code} {stage}，{clock}。请督促学校。",
                    "{party} has left its case at {code}, {stage}: {clock}. Press the school."
                )
            }
            Wait::Below { office, duty, unattended } => {
                let (office, duty) = (office.say(lang), duty.say(lang));
                if unattended {
                    say!(
                        lang,
                        "{party} 的{office}岗位无人值守，“{duty}”：{clock}。请督促该单位安排人员。",
                        "Nobody is on duty for {office} at {party}: \"{duty}\", {clock}. Have it put somebody on duty."
                    )
                } else {
                    say!(
                        lang,
                        "{party} 没有按时办理“{duty}”：{clock}。请督促该单位。",
                        "{party} is behind: \"{duty}\", {clock}. Press it."
                    )
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latest_stands_first_and_then_what_is_due_soonest() {
        let item = |case: u8, due: &str, late| Item {
            case: CaseId::new([case; 16]),
            office: Office::Persuasion,
            since: None,
            party: "p52/c5205/d520502/s2152000001".parse().unwrap(),
            wait: Wait::Own(Duty::Inform),
            due: due.parse().unwrap(),
            late,
        };
        let mut items = [
            item(1, "2025-10-20", 0),
            item(2, "2025-10-09", 0),
            item(3, "2025-09-26", 3),
            item(4, "2025-09-24", 5),
        ];
        sort(&mut items);
        assert_eq!(items.map(|item| item.case.0[0]), [4, 3, 2, 1]);
    }

    #[test]
    fn what_waits_says_who_and_since_when() {
        let item = Item {
            case: CaseId::new([1; 16]),
            office: Office::Persuasion,
            since: None,
            party: "p52/c5205/d520502".parse().unwrap(),
            wait: Wait::Below { office: Office::Persuasion, duty: Duty::Inform, unattended: true },
            due: "2025-09-26".parse().unwrap(),
            late: 4,
        };
        let said = item.say(Lang::Zh);
        for word in ["p52/c5205/d520502", "控辍保学", "无人值守", "2025-09-26", "4 个工作日"] {
            assert!(said.contains(word), "{word}: {said}");
        }
    }
}
