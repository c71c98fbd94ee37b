//! Letters that come to this hub, and those that it passes on.

use proto::convert::{parcel_content_in, parcel_in};
use proto::identity::Identity;
use proto::link::post::{Reason, Taken};
use proto::model::case::Letter;
use proto::model::day::Moment;
use proto::model::entry::{Entry, Kind, Lane, StreamId};
use proto::model::party::Party;
use proto::neighbour::is_of_one_province;
use proto::parcel::{Arrival, Content, Here, arrive};
use proto::store::{Room, StoreError};

use super::intake::{passes_schools, take_refusal};
use super::pool::Watched;
use super::revocation::Issuer;
use super::transfer::Case;
use super::{Hub, custody};

/// The letter that an entry of this hub's own carries, when it can be read on the way.
pub(super) fn own_letter(entry: &Entry) -> Option<Letter> {
    let parcel = parcel_in(&entry.body).ok().filter(|_| entry.kind == Kind::PARCEL)?;
    Some(parcel_content_in(&parcel.content).ok()?.letter)
}

impl Hub {
    /// Takes a parcel: reads the letter when it is for this hub, else passes it on.
    pub(super) fn take_parcel(
        &self,
        room: &mut Room<'_>,
        stream: &StreamId,
        entry: &Entry,
        now: Moment,
    ) -> Result<Taken, StoreError> {
        let state = self.state();
        let Some(identity) = &state.identity else {
            return Ok(Taken::Refused(Reason::Nowhere, "this hub has not joined its parent".to_owned()));
        };
        let passes = stream.lane == Lane::Up
            && stream.origin.is_school()
            && passes_schools(self.me.level(), &state.rules);
        let reaches = |to: &Party| state.registry.leads_to(to);
        let here = Here { me: &self.me, root: identity.lineage().root(), passes, reaches: &reaches };
        Ok(match arrive(room, &here, stream, entry, now)? {
            Arrival::Mine(content) => {
                let id = content.id;
                match self.read_letter(room, identity, *content, now)? {
                    Taken::Applied => Taken::Applied,
                    Taken::Refused(reason, why) => {
                        proto::parcel::not_taken(room, id);
                        // what this hub lost comes back from those above and below, in any order
                        let early = reason == Reason::NotYours && custody::was_restored(room)?;
                        Taken::Refused(if early { Reason::Early } else { reason }, why)
                    }
                }
            }
            Arrival::Passing => {
                self.note_passing(room, &entry.body, now)?;
                Taken::Applied
            }
            Arrival::Again | Arrival::Forwarded => Taken::Applied,
            Arrival::Refused(reason, why) => Taken::Refused(reason, why),
        })
    }

    /// What a letter to this hub means.
    fn read_letter(
        &self,
        room: &mut Room<'_>,
        identity: &Identity,
        content: Content,
        now: Moment,
    ) -> Result<Taken, StoreError> {
        let Content { from, letter, .. } = content;
        if !is_of_one_province(&from, &self.me) && !crosses(&letter) {
            let why = format!("another province writes no letter of kind {}", letter.name());
            return Ok(Taken::Refused(Reason::NotYours, why));
        }
        let (desk, watched) = (Case { hub: self, identity, now }, Watched::of(&letter));
        let taken = match letter {
            Letter::Key(key) => {
                let taken = self.take_key(room, &from, key, now)?;
                desk.send_unsent(room)?;
                desk.tell_rows(room, &from)?;
                Issuer { identity, now }.tell_all(room, &from)?;
                taken
            }
            Letter::Progress(progress) => self.take_progress(room, &from, progress, now)?,
            Letter::Report(report) => self.take_report(room, &from, report, now)?,
            Letter::Escalation(escalation) => self.take_escalation(room, &from, escalation, now)?,
            Letter::AuditHead(head) => self.take_audit_head(room, &from, &head, now)?,
            letter @ (Letter::PoolAsk(_)
            | Letter::PoolKey(_)
            | Letter::Newcomer(_)
            | Letter::Roll(_)
            | Letter::Tokens(_)
            | Letter::Match(_)) => desk.read_pool(room, &from, letter)?,
            Letter::Listed(listed) => desk.listed(room, &from, listed)?,
            Letter::Refused(refused) => take_refusal(room, &self.me, &from, &refused, now)?,
            Letter::Checked(checked) => desk.checked(room, &from, checked)?,
            // a school's own, sealed for itself: it stands in its stream, and goes back with it
            Letter::Kept(_) if from.is_below(&self.me) => Taken::Applied,
            Letter::Revocation(said) => self.take_revocation(room, identity, &said, now)?,
            other => desk.read(room, &from, other)?,
        };
        if let (Taken::Applied, Some(watched)) = (&taken, watched) {
            desk.watch(room, &from, watched)?;
        }
        Ok(taken)
    }
}

/// What a hub of another province may write.
const fn crosses(letter: &Letter) -> bool {
    use Letter as L;
    matches!(letter, L::Inquiry(_) | L::Replied(_) | L::Introduced(_) | L::Refused(_))
}
