//! Documents: which differ, which are wanted, which come into force.

use super::{Conversation, Role, TalkError};
use crate::link::addresses;
use crate::link::shelf::{self, DocumentFault};
use crate::link::turn::{DocumentHead, ShelfList, Turn};
use crate::model::day::Moment;
use crate::model::document::Document;
use crate::store::Room;

impl Conversation {
    pub(super) fn hear_documents(
        &mut self,
        room: &mut Room<'_>,
        heard: &Turn,
        turn: &mut Turn,
        now: Moment,
    ) -> Result<(), TalkError> {
        if self.role == Role::Child && !heard.certificate.is_empty() {
            self.post.handler.renewed(room, &heard.certificate, now)?;
            self.report.renewed = true;
        }
        if self.role == Role::Child && !heard.parents.is_empty() {
            self.hear_whereabouts(room, heard, now)?;
        }
        for document in &heard.documents {
            self.take_document(room, document, now)?;
        }
        let Some(list) = &heard.shelf else { return Ok(()) };
        for want in &list.wants {
            let Some(head) = self.shelf_heads.get(*want as usize) else { continue };
            turn.documents.extend(shelf::held(room, head.topic, &head.issuer, &head.part)?);
        }
        if list.heads.is_empty() {
            return Ok(());
        }
        let mine = shelf::heads_for(room, &self.child_party())?;
        let newer_than = |theirs: &DocumentHead| {
            let held = mine
                .iter()
                .find(|m| (m.topic, &m.issuer, &m.part) == (theirs.topic, &theirs.issuer, &theirs.part));
            held.is_none_or(|m| {
                theirs.version > m.version || (theirs.version == m.version && theirs.hash != m.hash)
            })
        };
        // from below a hub takes back only what it issued itself and lost: papers of those above come from
        // above, or a fork that was repaired here would come back from a unit that still holds it
        let from_above = self.role == Role::Child;
        let mine_to_take = |theirs: &DocumentHead| from_above || theirs.issuer == self.post.me;
        let wants = list.heads.iter().zip(0_u32..);
        let wants = wants.filter(|(head, _)| mine_to_take(head) && newer_than(head)).map(|(_, i)| i);
        let wants: Vec<u32> = wants.collect();
        if self.shelf_said {
            if !wants.is_empty() {
                turn.shelf = Some(ShelfList { heads: Vec::new(), wants });
            }
        } else {
            self.say_shelf(turn, mine);
            turn.shelf.get_or_insert_default().wants = wants;
        }
        Ok(())
    }

    /// The parent tells where parents listen now. Former addresses are kept as a second try.
    fn hear_whereabouts(&self, room: &mut Room<'_>, heard: &Turn, now: Moment) -> Result<(), TalkError> {
        let held = self.post.handler.parents(room)?;
        if let Some(parents) = addresses::take(room, &self.post.me, &held, &heard.parents, now)? {
            for parent in &parents {
                tracing::info!(parent = %parent.party, address = %parent.address, "{} listens at {}", parent.party, parent.address);
            }
            self.post.handler.dials(room, parents)?;
        }
        Ok(())
    }

    pub(super) fn say_shelf(&mut self, turn: &mut Turn, heads: Vec<DocumentHead>) {
        self.shelf_said = true;
        self.shelf_heads.clone_from(&heads);
        turn.shelf = Some(ShelfList { heads, wants: Vec::new() });
    }

    pub(super) fn take_document(
        &mut self,
        room: &mut Room<'_>,
        document: &Document,
        now: Moment,
    ) -> Result<(), TalkError> {
        let child = self.child_party();
        let verdict = if !child.is_below(&document.issuer) {
            Err(DocumentFault::NotAbove)
        } else {
            match self.post.handler.check(document) {
                Ok(()) => shelf::take(room, document)?,
                Err(fault) => Err(fault),
            }
        };
        match verdict {
            Ok(true) => {
                self.report.documents += 1;
                self.shelf_digest = None;
                self.post.handler.in_force(room, document, now)?;
            }
            Ok(false) => {}
            Err(why) => {
                self.report.documents_refused += 1;
                tracing::warn!(issuer = %document.issuer, topic = ?document.topic, version = document.version, "refused a document: {why}");
                shelf::note_refused(room, document, why, now);
            }
        }
        Ok(())
    }
}
