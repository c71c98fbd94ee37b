//! 回函: what this place found about the children of another place's letter, one result a child (A09, E05).

use std::sync::Arc;

use proto::model::case::{ChildRecord, Office};
use proto::model::day::Day;
use proto::paper::register::Written;
use proto::paper::{Answered, Head, Paper, ReplyLetter};
use proto::store::Room;

use super::{Writer, issue, issuer};
use crate::audit::{Action, Ended};
use crate::desk::inbound::opened;
use crate::desk::{Hub, HubError};
use crate::inbound::reply::{self, Replied};
use crate::inbound::{self, Row};

/// How a list is answered by letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replying {
    /// The list, as it was imported.
    pub list: String,
    /// Who had asked.
    pub to: String,
    /// The number of the letter; without it, what the list is called.
    pub letter: Option<String>,
    /// Its date; without it, today.
    pub day: Option<Day>,
}

impl Hub {
    /// Answers a list from another place by letter: written, numbered and entered in one commit. It names the
    /// children, which is logged.
    ///
    /// # Errors
    /// When there is no such list, a row has no answer or a record does not open, or the settings lack
    /// something.
    pub async fn reply_to_list(
        self: &Arc<Self>,
        replying: Replying,
        writer: Writer,
    ) -> Result<Written, HubError> {
        writer.check()?;
        let (hub, now) = (self.clone(), self.clock.now());
        let done = move |room: &mut Room<'_>| {
            let Replying { list, to, letter, day } = replying;
            let rows: Vec<Row> = inbound::all(room)?.into_iter().filter(|row| row.list == list).collect();
            if rows.is_empty() {
                return Err(HubError::Field { field: "list", found: list });
            }
            let open = rows.iter().filter(|row| row.answer.is_none()).count();
            if open > 0 {
                return Err(HubError::Unanswered { list, open });
            }
            let mut records = Vec::new();
            for row in &rows {
                records.extend(opened(room, &hub.me, row)?);
            }
            let whole = records.len() == rows.len();
            let ended = if whole { Ended::Done } else { Ended::Refused };
            writer.log(room, (Office::Transfer, Action::OpenList), (list.as_bytes(), ended), now)?;
            if !whole {
                return Ok(Err(HubError::Field { field: "list", found: list }));
            }
            Ok(room.attempt(|room| {
                let (results, day) = (results(&rows, &records), day.unwrap_or_else(|| now.day()));
                let letterhead = &hub.config.papers;
                let (contact, letter) = (letterhead.contact()?, letter.unwrap_or_else(|| list.clone()));
                let issuer = issuer(&hub.config);
                let write = |number| {
                    let head = Head { issuer, number, day };
                    Paper::ReplyLetter(ReplyLetter { head, to, letter, results, contact })
                };
                let written = issue(room, letterhead.prefix()?, day, write)?;
                let replied = Replied { number: written.number.clone(), day, by: writer.by.clone() };
                reply::keep(room, &list, &replied)?;
                Ok(written)
            }))
        };
        self.desk.act(done).await?
    }
}

fn results(rows: &[Row], records: &[ChildRecord]) -> Vec<Answered> {
    let answered = rows.iter().zip(records).filter_map(|(row, record)| {
        let answer = row.answer.as_ref()?;
        Some(reply::answered(answer, record))
    });
    answered.collect()
}
