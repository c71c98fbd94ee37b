//! What a late fact, a new calendar or a new rulebook changed: nothing is undone in silence.

use proto::model::day::Day;
use proto::model::lang::{Lang, Say};
use proto::model::rulebook::say_label;
use proto::say;
use serde::{Deserialize, Serialize};

use super::{Standing, Step, Transition};

/// One difference between two standings of a child.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// A step that was not there before.
    Taken(Step),
    /// A step that no longer holds.
    Reversed {
        /// As it was.
        step: Step,
        /// Why.
        because: Because,
    },
    /// The same step on another day.
    Moved {
        /// As it is now.
        step: Step,
        /// The day on which it held before.
        from: Day,
        /// Why.
        because: Because,
    },
    /// A mark of a past day that was not there before: it says when it was made by when it is noted.
    Late {
        /// The mark.
        step: Step,
        /// Why.
        because: Because,
    },
}

/// Why a step no longer holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Because {
    /// These days no longer count: excused, present, on leave, or no school day.
    DaysNoLongerCount(Vec<Day>),
    /// A present mark stands between its days, or more days count than before.
    Interrupted,
    /// The rulebook changed.
    Rules {
        /// The label before.
        before: String,
        /// The label now.
        after: String,
    },
    /// The calendar changed.
    Calendar {
        /// The label before.
        before: String,
        /// The label now.
        after: String,
    },
    /// The step that it followed from no longer holds.
    StepBefore(Transition),
    /// A fact was recorded, or withdrawn.
    RecordedFact,
    /// Something was entered about a past day.
    Entered,
}

/// What changed from `before` to `after`, reversals first. Two standings of the same day show what a
/// correction did; of two days, also what the day brought.
pub fn compare(before: &Standing, after: &Standing) -> Vec<Change> {
    let holds = |step: &Step, in_: &Standing| in_.history.iter().any(|s| same(s, step));
    let lost: Vec<&Step> = before.history.iter().filter(|s| !holds(s, after)).collect();
    let mut new: Vec<&Step> = after.history.iter().filter(|s| !holds(s, before)).collect();
    let mut out = Vec::new();
    for (at, step) in lost.iter().enumerate() {
        let because = because(step, before, after, &lost[..at]);
        match new.iter().position(|s| s.id == step.id && s.to == step.to) {
            Some(found) => {
                let now = new.remove(found).clone();
                out.push(Change::Moved { step: now, from: step.effective, because });
            }
            None => out.push(Change::Reversed { step: (*step).clone(), because }),
        }
    }
    out.extend(new.into_iter().cloned().map(Change::Taken));
    out
}

/// What is kept of a change from `before` to `after`, two standings of one day, found out on `today`: what was undone,
/// and marks that were made of a past day. Other steps that are taken speak for themselves.
pub fn kept(before: &Standing, after: &Standing, today: Day) -> Vec<Change> {
    let keep = |change| match change {
        Change::Taken(step) if is_mark(&step) && step.effective < today => {
            let because = other_law(before, after).unwrap_or(Because::Entered);
            Some(Change::Late { step, because })
        }
        Change::Taken(_) => None,
        other => Some(other),
    };
    compare(before, after).into_iter().filter_map(keep).collect()
}

const fn is_mark(step: &Step) -> bool {
    matches!(step.id, Transition::T02 | Transition::T04)
}

/// The rules or the calendar by which the two were computed differ.
fn other_law(before: &Standing, after: &Standing) -> Option<Because> {
    let (was, is) = (&before.by, &after.by);
    if was.rules != is.rules {
        return Some(Because::Rules { before: was.rules.clone(), after: is.rules.clone() });
    }
    let calendar = || Because::Calendar { before: was.calendar.clone(), after: is.calendar.clone() };
    (was.calendar != is.calendar).then(calendar)
}

/// The same step, whatever rulebook and evidence it is told with.
fn same(a: &Step, b: &Step) -> bool {
    (a.id, a.from, a.to, a.effective) == (b.id, b.from, b.to, b.effective)
}

fn because(step: &Step, before: &Standing, after: &Standing, lost_before: &[&Step]) -> Because {
    let counted = matches!(step.id, Transition::T01 | Transition::T02 | Transition::T04);
    let gone: Vec<Day> = step.days.iter().filter(|day| !after.counted.contains(day)).copied().collect();
    if counted && !gone.is_empty() {
        return Because::DaysNoLongerCount(gone);
    }
    let (was, is) = (&before.by, &after.by);
    match lost_before.last() {
        _ if was.rules != is.rules => Because::Rules { before: was.rules.clone(), after: is.rules.clone() },
        Some(earlier) => Because::StepBefore(earlier.id),
        None if was.calendar != is.calendar => {
            Because::Calendar { before: was.calendar.clone(), after: is.calendar.clone() }
        }
        None if counted => Because::Interrupted,
        None => Because::RecordedFact,
    }
}

impl Say for Because {
    fn say(&self, lang: Lang) -> String {
        match self {
            Self::DaysNoLongerCount(days) => {
                let days = days.iter().map(Day::to_string).collect::<Vec<_>>().join(lang.pick("、", ", "));
                say!(lang, "{} 不再计为缺课", "{} no longer count as absence", days)
            }
            Self::Interrupted => say!(lang, "连续缺课的日期有变", "the run of absent days is another"),
            Self::Rules { before, after } => {
                say!(
                    lang,
                    "规则由 {} 改为 {}",
                    "the rules changed from {} to {}",
                    say_label(before, lang),
                    say_label(after, lang)
                )
            }
            Self::Calendar { before, after } => {
                say!(
                    lang,
                    "校历由 {} 改为 {}",
                    "the calendar changed from {} to {}",
                    say_label(before, lang),
                    say_label(after, lang)
                )
            }
            Self::StepBefore(id) => say!(lang, "{:?} 不再成立", "{:?} no longer holds", id),
            Self::RecordedFact => say!(lang, "登记事项有变", "a recorded fact changed"),
            Self::Entered => say!(lang, "补录或更正", "of what was entered later"),
        }
    }
}

impl Say for Change {
    fn say(&self, lang: Lang) -> String {
        match self {
            Self::Taken(step) => step.say(lang),
            Self::Reversed { step, because } => say!(
                lang,
                "撤销：{}（{:?}，原自 {} 起）；原因：{}",
                "reversed: {} ({:?}, was in force from {}), because {}",
                step.id.say(lang),
                step.id,
                step.effective,
                because.say(lang)
            ),
            Self::Late { step, because } => say!(
                lang,
                "补记：{}（{:?}，自 {} 起）；原因：{}",
                "made later: {} ({:?}, in force from {}), because {}",
                step.id.say(lang),
                step.id,
                step.effective,
                because.say(lang)
            ),
            Self::Moved { step, from, because } => say!(
                lang,
                "更改：{}（{:?}）由 {} 改为 {}；原因：{}",
                "moved: {} ({:?}) from {} to {}, because {}",
                step.id.say(lang),
                step.id,
                from,
                step.effective,
                because.say(lang)
            ),
        }
    }
}
