//! What a school makes of what comes from above, and what it does before it calls.

use std::sync::Arc;

use proto::convert;
use proto::identity::Identity;
use proto::identity::certificate::Certificate;
use proto::identity::csr;
use proto::identity::lineage::Lineage;
use proto::link::book;
use proto::link::caller::{Nights, Parent};
use proto::link::post::{self, Handler, Quarantined, Reason, Taken};
use proto::link::schedule::Plan;
use proto::link::shelf::DocumentFault;
use proto::model::day::Moment;
use proto::model::document::{Document, Topic};
use proto::model::entry::{Entry, Kind, Lane, StreamId};
use proto::model::party::Party;
use proto::model::sheet::Indicator;
use proto::store::{Room, StoreError};

use super::books::{Books, Consequence, restand};
use super::{School, SchoolError, clock, law};
use crate::nightly;
use crate::records::{self, Answer, LostSheet, Papers, Parents, Reopened, SentSheet, Stood, keys};

impl School {
    /// Reads letters again that came before the case they speak of came back to a restored store.
    pub(crate) fn look_again(&self, room: &mut Room<'_>, now: Moment) -> Result<(), StoreError> {
        let taken = post::retry(room, &self.party, self, now)?;
        if taken > 0 {
            tracing::info!(taken, "{taken} letters that had come too early count now");
        }
        Ok(())
    }
}

impl Handler for School {
    /// Answers and letters come down to a school.
    fn take(
        &self,
        room: &mut Room<'_>,
        stream: &StreamId,
        entry: &Entry,
        now: Moment,
    ) -> Result<Taken, StoreError> {
        if !self.party.is_below(&stream.origin) {
            return Ok(Taken::Refused(Reason::NotYours, String::new()));
        }
        if entry.kind == Kind::PARCEL {
            return self.take_parcel(room, stream, entry, now);
        }
        if entry.kind != Kind::RECEIPT {
            return Ok(Taken::Refused(Reason::UnknownKind, String::new()));
        }
        let Ok(receipt) = convert::receipt_in(&entry.body) else {
            return Ok(Taken::Refused(Reason::Unreadable, String::new()));
        };
        if receipt.stream.origin != self.party {
            return Ok(Taken::Refused(Reason::NotYours, String::new()));
        }
        let (life, seq) = (receipt.stream.life.number, receipt.seq);
        if receipt.reason == Reason::Day && is_reopened(room, (life, seq))? {
            return Ok(Taken::Applied);
        }
        let answer = Answer {
            from: stream.origin.clone(),
            life,
            seq,
            reason: receipt.reason,
            detail: receipt.detail,
            at: now,
        };
        tracing::warn!(entry.seq = seq, reason = %answer.reason, "entry {seq} was not taken above");
        room.write(keys::answer(life, seq), &answer);
        Ok(Taken::Applied)
    }

    fn refused(&self, room: &mut Room<'_>, held: &Quarantined, entry: &Entry) -> Result<(), StoreError> {
        let identity = self.identity.borrow().clone();
        identity.map_or(Ok(()), |identity| proto::parcel::tell_refused(room, &identity, held, entry))
    }

    fn passes_up(&self, _: &Room<'_>, _: &StreamId) -> Result<bool, StoreError> {
        Ok(false)
    }

    /// Sheets that this store has lost in a restore: the parent's stand, with the roll calls behind them
    /// gone from here. Those days wait to be entered again.
    fn returned(&self, room: &mut Room<'_>, entries: &[Entry], now: Moment) -> Result<(), StoreError> {
        let mut diary = records::diary(room)?;
        for entry in entries.iter().filter(|entry| entry.kind == Kind::SHEET) {
            let Ok(sheet) = convert::sheet_in(&entry.body) else { continue };
            let known = room.read::<SentSheet>(&keys::sheet(sheet.day))?.map_or(0, |sent| sent.revision);
            let lost = room.read::<LostSheet>(&keys::lost(sheet.day))?.unwrap_or_default();
            if sheet.revision > known.max(lost.revision) {
                let called = sheet.counts.of(Indicator::ClassesCalled);
                room.write(keys::lost(sheet.day), &LostSheet { revision: sheet.revision, called });
                diary.touch(sheet.day);
                tracing::warn!(day = %sheet.day, "the roll calls of {} were lost in a restore", sheet.day);
            }
        }
        room.write(keys::DIARY, &diary);
        self.recall_letters(room, entries, now)?;
        self.look_again(room, now)
    }

    fn restate(&self, room: &mut Room<'_>, now: Moment) -> Result<(), StoreError> {
        for (key, sent) in records::all::<SentSheet>(room, keys::SHEETS)? {
            let Some(day) = keys::day_at_end(&key) else { continue };
            let entry = nightly::send(room, &self.party, &sent.sheet(day), now)?;
            room.write(key, &SentSheet { entry, ..sent });
        }
        self.say_again(room, now)
    }

    fn check(&self, document: &Document) -> Result<(), DocumentFault> {
        law::check(document, &self.party)?;
        let identity = self.identity.borrow().clone().ok_or(DocumentFault::Signature)?;
        identity.lineage().verify_document(document).map_err(|_| DocumentFault::Signature)
    }

    fn in_force(&self, room: &mut Room<'_>, document: &Document, now: Moment) -> Result<(), StoreError> {
        let Document { topic, issuer, version, .. } = document;
        tracing::info!(%issuer, version, "{topic:?} {version} of {issuer} is in force");
        if *topic == Topic::Directory {
            return Ok(());
        }
        self.rules_changed(room, now).map(drop)
    }

    fn parents(&self, _: &Room<'_>) -> Result<Vec<Parent>, StoreError> {
        Ok(self.parents_now())
    }

    fn dials(&self, room: &mut Room<'_>, parents: Vec<Parent>) -> Result<(), StoreError> {
        room.write(keys::PARENTS, &Parents(parents.clone()));
        self.set_parents(parents);
        Ok(())
    }

    fn renewal(&self, parent: &Party, now: Moment) -> Option<Vec<u8>> {
        let identity = self.identity.borrow().clone()?;
        if !identity.leaf().past_half_life(now) || identity.lineage().nearest().party() != parent {
            return None;
        }
        match self.folder.next_secret(Some(&identity.leaf().spki_hash())) {
            Ok(key) => Some(csr::request(&self.party, &key)),
            Err(error) => {
                tracing::error!("no new certificate is asked for: {error}");
                None
            }
        }
    }

    fn renew(
        &self,
        _: &mut Room<'_>,
        _: &Party,
        _: &[u8],
        _: Moment,
    ) -> Result<Option<Vec<Vec<u8>>>, StoreError> {
        Ok(None)
    }

    fn renewed(&self, room: &mut Room<'_>, chain: &[Vec<u8>], _: Moment) -> Result<(), StoreError> {
        match self.renewed_identity(chain) {
            Ok(identity) => {
                tracing::info!(until = %identity.leaf().not_after(), "a new certificate is in use");
                room.write(keys::PAPERS, &Papers { chain: chain.to_vec() });
                self.identity.send_replace(Some(Arc::new(identity)));
            }
            // the one in use stays; the next call asks again
            Err(error) => tracing::error!("the new certificate is not taken: {error}"),
        }
        Ok(())
    }
}

impl School {
    /// Rules or calendar are others now: every child's standing is computed anew, and all days are counted
    /// again at the next close.
    pub(super) fn rules_changed(
        &self,
        room: &mut Room<'_>,
        now: Moment,
    ) -> Result<Vec<Consequence>, StoreError> {
        self.law.renew(room);
        let law = self.law(room)?;
        let mut diary = records::diary(room)?;
        if let Some(began) = diary.began {
            diary.touch(began);
        }
        diary.rules_changed = true;
        room.write(keys::DIARY, &diary);
        let (mut books, mut consequences) = (Books::default(), Vec::new());
        for (id, stood) in records::by_child::<Stood>(room, keys::STANDINGS)? {
            consequences.extend(restand(room, &law, &mut books, id, stood.upto, now)?);
        }
        Ok(consequences)
    }

    /// Puts a chain and the private key that it was issued for together.
    pub(super) fn identity_of(&self, chain: &[Vec<u8>]) -> Result<Identity, SchoolError> {
        let (leaf, issuers) = chain.split_first().unwrap_or((const { &Vec::new() }, &[]));
        let leaf = Certificate::leaf(leaf.clone())?;
        let lineage = Lineage::new(issuers.iter().cloned())?;
        if *leaf.party() != self.party {
            return Err(SchoolError::OtherUnit { invited: leaf.party().clone(), here: self.party.clone() });
        }
        let key = self.folder.secret(&leaf.spki_hash())?;
        Ok(Identity::new(Arc::new(key), leaf, lineage)?)
    }

    /// Who issues the next certificate, when it is due and `called`, a town, issues none: the county, whose
    /// address is that of the fallback parent.
    pub(crate) fn renews_elsewhere(&self, called: &Party) -> Option<Parent> {
        let identity = self.identity.borrow().clone()?;
        let issuer = identity.lineage().nearest().party();
        if issuer == called || !identity.leaf().past_half_life(self.clock.now()) {
            return None;
        }
        self.parents_now().into_iter().find(|parent| parent.party == *issuer)
    }

    fn renewed_identity(&self, chain: &[Vec<u8>]) -> Result<Identity, SchoolError> {
        let newer = self.identity_of(chain)?;
        if let Some(held) = &*self.identity.borrow() {
            held.lineage().renewed(newer.lineage().clone())?;
        }
        Ok(newer)
    }

    /// The store is a copy put back. What it has forgotten the parent still holds, and a day closed from
    /// what is left would stand in the place of what was really counted: no day is closed until the parent
    /// has given back what it holds. The stream's new life begins in that conversation.
    pub(crate) async fn come_back(self: &Arc<Self>) -> Result<(), SchoolError> {
        self.act(|school, room, _| {
            post::renew_store_number(room)?;
            Self::forget_that_the_key_was_sent(room);
            if book::current(room, &school.party, &Lane::Up)?.is_none() {
                return Ok(());
            }
            if school.parents_now().is_empty() {
                book::reincarnate(room, &school.party, &Lane::Up, 0, post::random())?;
            } else {
                room.put(keys::ASK_FIRST, [1]);
            }
            Ok(())
        })
        .await
    }

    /// Whether the parent must be asked first what this store has lost.
    ///
    /// # Errors
    /// When the store cannot read.
    pub(crate) fn asks_first(room: &Room<'_>) -> Result<bool, StoreError> {
        Ok(room.get(keys::ASK_FIRST)?.is_some())
    }

    /// The parent has answered; on a line its clock was `offset` milliseconds ahead of this one. Whether that
    /// was what the days were waiting for; then they are closed.
    ///
    /// # Errors
    /// When the store fails.
    pub(crate) async fn was_answered(self: &Arc<Self>, offset: Option<i64>) -> Result<bool, SchoolError> {
        let waited = self
            .act(move |school, room, now| {
                let law = school.law(room)?;
                let agrees = offset.is_some_and(|offset| clock::agrees(&law, offset));
                let came_back = agrees && school.come_to_the_present(room, &law, now)?;
                let waited = Self::asks_first(room)?;
                if waited {
                    room.delete(keys::ASK_FIRST);
                }
                Ok(waited || came_back)
            })
            .await?;
        if waited {
            self.close_for_the_night().await?;
        }
        Ok(waited)
    }
}

/// Whether an entry is the sheet of a day that is open again: nobody has to be told that its day had not come.
fn is_reopened(room: &Room<'_>, entry: (u32, u64)) -> Result<bool, StoreError> {
    let reopened = records::all::<Reopened>(room, keys::REOPENED)?;
    Ok(reopened.iter().any(|(_, early)| early.entry == entry))
}

#[async_trait::async_trait]
impl Nights for Caretaker {
    async fn prepare(&self) -> Result<(), StoreError> {
        match self.0.close_for_the_night().await {
            Ok(()) => Ok(()),
            Err(SchoolError::Store(error)) => Err(error),
            Err(other) => Err(StoreError::Engine(other.to_string())),
        }
    }

    fn plan(&self) -> Plan {
        let link = &self.0.law_at_hand().rules.link;
        Plan {
            starts: link.night_starts.minutes(),
            minutes: u16::try_from(link.night_minutes).unwrap_or(1_440),
            first_pause: i64::from(link.retry_first_seconds) * 1_000,
            longest_pause: i64::from(link.retry_most_seconds) * 1_000,
            fallback_after: i64::from(link.fallback_after_hours) * 3_600_000,
        }
    }

    fn parents(&self) -> Vec<Parent> {
        self.0.parents_now()
    }
}

/// A school as the calling loop sees it.
#[derive(Debug, Clone)]
pub struct Caretaker(pub Arc<School>);
