//! A slip in an answer that was entered is corrected, with a reason; county and school learn what holds.

use std::sync::Arc;

use proto::model::case::Leg;
use proto::store::{Room, StoreError};

use crate::audit::{Action, Ended};
use crate::desk::casework::account;
use crate::desk::transfer::act::names_nobody;
use crate::desk::{Hub, HubError};
use crate::letter::{self, Correction, Letter, LetterError, Reply, after_reply, over};

impl Hub {
    /// Puts another result in the place of the one that was entered about a child of a letter. What stood there is
    /// kept and shown; its county and school learn the new one.
    ///
    /// # Errors
    /// [`LetterError`] when nothing was entered, it is the same, or no reason is given.
    pub async fn correct_letter(
        self: &Arc<Self>,
        number: String,
        case: String,
        reply: Reply,
        reason: String,
    ) -> Result<Letter, HubError> {
        account(&reply.by)?;
        if reason.trim().is_empty() {
            return Err(LetterError::NoReason.into());
        }
        self.with_cases(move |desk, room| {
            let mut letter = letter::find(room, &number)??;
            let (waiting, was) = match letter.correct(&case, reply.clone(), desk.now.day()) {
                // what was entered holds against what the other place has answered
                Err(LetterError::SameAnswer(leg)) if over::differs(room, leg)?.is_some() => {
                    let line = letter.lines.iter().find(|line| line.case.leg == leg);
                    let record = line.map(|line| desk.record_for(room, &line.case)).transpose()?.flatten();
                    names_nobody(record.as_ref(), &reason)?;
                    over::keep_differs(room, leg, None);
                    let purpose = format!("keep {}: {reason}", letter.number);
                    desk.log(room, leg.case, (&reply.by, &purpose), Action::Decide, Ended::Done)?;
                    return Ok(letter);
                }
                corrected => corrected?,
            };
            let record = desk.record_for(room, &waiting)?;
            [&reply.note, &reason].into_iter().try_for_each(|text| names_nobody(record.as_ref(), text))?;
            over::keep_differs(room, waiting.leg, None);
            letter::keep(room, &letter);
            let by = reply.by.clone();
            let purpose = format!("correct {}: {reason}", letter.number);
            desk.log(room, waiting.leg.case, (&by, &purpose), Action::Decide, Ended::Done)?;
            letter::keep_correction(room, waiting.leg, Correction { was, at: desk.now, by, reason })?;
            let state = after_reply(reply.outcome);
            desk.tell_county(room, &waiting, state, Some(&letter), Some(&reply))?;
            Ok(letter)
        })
        .await
    }

    /// What was entered about the children of a letter and does not count any more, by leg.
    ///
    /// # Errors
    /// When the store cannot read.
    pub async fn corrections(&self, letter: &Letter) -> Result<Vec<(Leg, Correction)>, HubError> {
        let legs: Vec<Leg> = letter.lines.iter().map(|line| line.case.leg).collect();
        let read = move |room: &mut Room<'_>| {
            let mut all = Vec::new();
            for leg in legs {
                all.extend(letter::corrections(room, leg)?.into_iter().map(|it| (leg, it)));
            }
            Ok::<_, StoreError>(all)
        };
        Ok(self.desk.act(read).await?)
    }
}
