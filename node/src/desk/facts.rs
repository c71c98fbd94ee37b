//! Facts beside the roll calls: leave, home teaching, transfers, graduation. The rules say what may be
//! recorded, and name themselves when they refuse.

use std::sync::Arc;

use proto::model::day::Day;
use proto::store::Room;

use super::books::{Books, Consequence, restand};
use super::find::Names;
use super::withdraw::FactId;
use super::{School, SchoolError, Today};
use crate::attendance::Mark;
use crate::pupil::PupilId;
use crate::records::{self, RecordedFacts, Stood, keys};
use crate::standing::{Fact, Proposal, Recorded, completes, propose};

/// What somebody wants to record.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// Of whom.
    pub child: String,
    /// Which kind: see [`KINDS`].
    pub kind: String,
    /// From which day; today when not said.
    pub day: Option<Day>,
    /// Last day of a leave.
    pub until: Option<Day>,
    /// Where the roll goes.
    pub to: String,
    /// Number of the approval, assessment or certificate.
    pub evidence: String,
    /// The account.
    pub by: String,
}

/// What was entered.
#[derive(Debug, Clone)]
pub struct Entered {
    /// Of whom.
    pub child: PupilId,
    /// Its number; `None` where what was asked for follows from the roll calls.
    pub fact: Option<FactId>,
    /// What it changed.
    pub consequences: Vec<Consequence>,
}

/// The kinds that can be entered, in the order of the services' documentation. What is nobody's to enter
/// (`drop-out`, `expel` and the like) is known too, to be refused by its rule.
pub const KINDS: &str = "suspend 休学, end-leave 复学, teach-at-home 送教, end-home-teaching 结束送教, \
    start-transfer 转学, lapse-transfer 转学失效, transfer-out 转出, back-on-roll 转回, complete 毕业, abroad 出境, deceased 死亡";

/// The kinds that schools record, as they call them.
const IN_CHINESE: [(&str, &str); 11] = [
    ("休学", "suspend"),
    ("复学", "end-leave"),
    ("送教", "teach-at-home"),
    ("结束送教", "end-home-teaching"),
    ("转学", "start-transfer"),
    ("转学失效", "lapse-transfer"),
    ("转出", "transfer-out"),
    ("转回", "back-on-roll"),
    ("毕业", "complete"),
    ("出境", "abroad"),
    ("死亡", "deceased"),
];

impl School {
    /// Records a fact, when the rules allow it.
    ///
    /// # Errors
    /// When a rule forbids it ([`SchoolError::Step`], with the rule's id) or nobody fits.
    pub async fn record_fact(self: &Arc<Self>, wanted: Wanted) -> Result<Entered, SchoolError> {
        self.act(move |school, room, now| {
            let id = school.child(room, &mut Names::default(), &wanted.child, None)?;
            let (law, mut books) = (school.law(room)?, Books::default());
            let today = school.today(room, &law, now)?;
            let day = wanted.day.unwrap_or_else(|| now.day());
            let diary = records::diary(room)?;
            let book = books.child(room, id)?.ok_or(SchoolError::NoSuchChild)?;
            let (since, upto) = (book.seat.since, book.upto(today.timers, diary.closed));
            let present = book.was_called(day) && matches!(book.mark(day), None | Some(Mark::Present));
            let held: Option<Stood> = room.read(&keys::standing(id))?;
            let standing = held.map_or_else(|| law.enrolled(since), |stood| stood.standing);
            let fact = match proposed(&wanted, day)? {
                Wish::Fact(fact) => fact,
                Wish::Forbidden(step) => {
                    let step = match step {
                        Proposal::Return { on, .. } => Proposal::Return { on, present },
                        other => other,
                    };
                    propose(&step, &standing, since, now.day())?;
                    // what follows from the roll calls is in them already
                    return Ok(Entered { child: id, fact: None, consequences: Vec::new() });
                }
            };
            let proposal = Proposal::Record { fact: &fact, evidence: &wanted.evidence };
            propose(&proposal, &standing, since, now.day())?;
            if matches!(fact, Fact::Completed { .. }) {
                school.may_complete(room, id, day)?;
            }
            let mut facts = room.read::<RecordedFacts>(&keys::facts(id))?.unwrap_or_default();
            let recorded = Recorded { fact, recorded: now, by: wanted.by, evidence: wanted.evidence };
            let fact = Some(FactId::of(id, &recorded));
            facts.0.push(recorded);
            room.write(keys::facts(id), &facts);
            note(room, day, &today)?;
            let consequences =
                restand(room, &law, &mut Books::default(), id, upto.max(day.min(today.timers)), now)?;
            school.tell_if_newcomer_left(room, id, now)?;
            Ok(Entered { child: id, fact, consequences })
        })
        .await
    }
}

impl School {
    /// Whether the child sits in the last grade of compulsory school on `day` (T22).
    fn may_complete(&self, room: &Room<'_>, id: PupilId, day: Day) -> Result<(), SchoolError> {
        let class = self.seats(room)?.of(id).and_then(|seat| seat.class_on(day));
        Ok(completes(class.map_or(0, |class| class.grade), day)?)
    }
}

fn note(room: &mut Room<'_>, day: Day, today: &Today) -> Result<(), SchoolError> {
    let mut diary = records::diary(room)?;
    diary.touch(day);
    diary.seen = diary.seen.max(today.wrong.is_none().then_some(today.now));
    room.write(keys::DIARY, &diary);
    Ok(())
}

enum Wish {
    Fact(Fact),
    Forbidden(Proposal<'static>),
}

fn proposed(wanted: &Wanted, on: Day) -> Result<Wish, SchoolError> {
    let (to, evidence) = (wanted.to.clone(), wanted.evidence.clone());
    let kind = IN_CHINESE.iter().find(|(zh, _)| *zh == wanted.kind).map_or(&*wanted.kind, |(_, kind)| kind);
    Ok(Wish::Fact(match kind {
        "suspend" => {
            let until = wanted.until.ok_or(SchoolError::NoUntil)?;
            Fact::Suspension { from: on, until, approval: evidence }
        }
        "end-leave" => Fact::SuspensionEnded { on },
        "teach-at-home" => Fact::HomeTaught { from: on, assessment: evidence },
        "end-home-teaching" => Fact::HomeTaughtEnded { on },
        "start-transfer" => Fact::TransferStarted { on, to },
        "lapse-transfer" => Fact::TransferLapsed { on },
        "transfer-out" => Fact::TransferredOut { on, to },
        "back-on-roll" => Fact::BackOnRoll { on },
        "complete" => Fact::Completed { on },
        "abroad" => Fact::Abroad { on },
        "deceased" => Fact::Deceased { on },
        "mark-suspected" => return Ok(Wish::Forbidden(Proposal::MarkSuspected)),
        "drop-out" => return Ok(Wish::Forbidden(Proposal::DropOut)),
        "return" => return Ok(Wish::Forbidden(Proposal::Return { on, present: false })),
        "delete" => return Ok(Wish::Forbidden(Proposal::Delete)),
        "expel" => return Ok(Wish::Forbidden(Proposal::Expel)),
        other => {
            return Err(SchoolError::Word { what: "fact", given: other.to_owned(), choices: KINDS });
        }
    }))
}
