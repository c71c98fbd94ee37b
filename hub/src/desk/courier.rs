//! Files on a stick in place of calls: from units and to them, to the parent and from it.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use proto::identity::Identity;
use proto::link::conversation::{Delivered, Way, Words};
use proto::link::courier::files::{self, Exported, Imported};
use proto::link::courier::{self, CourierError};
use proto::link::refusal::Refusal;
use proto::link::tls::Peer;
use proto::model::day::Moment;
use proto::model::party::Party;
use proto::neighbour::is_of_one_province;
use proto::store::Room;

use super::{Hub, HubError, Shown, has_authority};
use crate::gate;

/// Whom files are written for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reader {
    /// The parent.
    Parent,
    /// A unit.
    Unit(Party),
    /// The root of another province.
    Neighbour(Party),
}

/// Where the answer to a file goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// Beside the file when a unit or a neighbour wrote it; none to the parent.
    Beside,
    /// Into this folder, or as this file.
    At(PathBuf),
    /// Nowhere.
    None,
}

impl Hub {
    /// Writes what the reader does not have yet.
    ///
    /// # Errors
    /// When this hub has not joined, the reader's key is not known, or the stick refuses.
    pub async fn courier_export(
        self: &Arc<Self>,
        reader: Reader,
        to: PathBuf,
        words: Words,
    ) -> Result<Exported, HubError> {
        let (identity, post) = (self.papers()?, self.post());
        let (reader, way) = match reader {
            Reader::Unit(unit) => (unit, Way::Down),
            Reader::Neighbour(root) => {
                let told = root.clone();
                self.with_cases(move |desk, room| desk.tell_neighbour(room, &told)).await?;
                (root, Way::Across)
            }
            Reader::Parent => {
                let (hub, now) = (self.clone(), self.clock.now());
                self.desk.act(move |room: &mut Room<'_>| hub.draw_up(room, now)).await?;
                (courier::reader(&post, self.parent_parties()).await?, Way::Up)
            }
        };
        let bundles = courier::export(&post, &identity, &reader, way, words, None).await?;
        let files = files::save(to, bundles).await?;
        tracing::info!(reader = %reader, files = files.len(), "wrote courier files for {reader}");
        Ok(Exported { to: reader, files })
    }

    /// Takes what a unit or the parent wrote, as if it had been said in a call.
    ///
    /// # Errors
    /// When the file is not for this hub, not as it was written, or its writer is turned away.
    pub async fn courier_import(
        self: &Arc<Self>,
        file: PathBuf,
        answer: Answer,
    ) -> Result<Imported, HubError> {
        let (identity, post) = (self.papers()?, self.post());
        let bytes = files::read(file.clone()).await?;
        let opened = courier::open(&post, &identity, self.grace(), &bytes).await?;
        let from = opened.peer.party.clone();
        let way = match self.parent_parties().contains(&from) {
            true => Way::Up,
            // a file of another province opens only when its root is a neighbour
            false if !is_of_one_province(&from, &self.me) => Way::Across,
            false => self
                .admit(&opened.peer, self.clock.now())
                .map(|()| Way::Down)
                .map_err(|why| CourierError::Refused { from: from.clone(), why })?,
        };
        let to = match (answer, way) {
            (Answer::At(path), _) => Some(path),
            (Answer::Beside, Way::Down | Way::Across) => Some(folder_of(&file)),
            (Answer::Beside, Way::Up) | (Answer::None, _) => None,
        };
        if way == Way::Across {
            // a unit that joined since has to know the writer's province before its letter comes
            self.with_cases(|desk, room| desk.tell_units(room)).await?;
        }
        let part = (opened.page.part, opened.page.parts);
        let delivered = courier::import(&post, opened, way, to.is_some()).await;
        self.show_delivered(way, delivered.as_ref()).await?;
        let delivered = delivered?;
        let answers = match to {
            Some(to) => {
                let written =
                    courier::export(&post, &identity, &from, way, Words::default(), Some(&delivered));
                files::save(to, written.await?).await?
            }
            None => Vec::new(),
        };
        Ok(Imported { from, part, delivered, answers })
    }

    /// What a file changed shows at once; counted as a call.
    async fn show_delivered(
        self: &Arc<Self>,
        way: Way,
        delivered: Result<&Delivered, &CourierError>,
    ) -> Result<(), HubError> {
        match (way, delivered) {
            (Way::Down | Way::Across, Ok(delivered)) => self.metrics.talked(&delivered.report, false),
            (Way::Up, Ok(delivered)) if delivered.answered => _ = self.was_answered().await?,
            (Way::Up, _) | (Way::Down | Way::Across, Err(_)) => {}
        }
        self.settle_seen().await?;
        self.refresh().await
    }

    /// Whether the holder of a certificate may speak here, on a line or in a file.
    ///
    /// # Errors
    /// Why not.
    pub fn admit(&self, peer: &Peer, now: Moment) -> Result<(), Refusal> {
        let state = self.state();
        let Peer { party, spki_hash, not_after, .. } = peer;
        let grace = i64::try_from(self.grace().as_millis()).unwrap_or(i64::MAX);
        let admitted = gate::admit(&self.me, &state.registry, party, spki_hash, *not_after, grace, now);
        match admitted {
            Ok(()) => {
                // its town may have learnt of it after its first call
                self.knocks.forget(party);
                let in_force = state.registry.entry(party).and_then(|entry| entry.keys.first());
                if in_force != Some(spki_hash) {
                    self.saw(party.clone(), Shown::NextKey(*spki_hash));
                }
                // a hub issues its own certificate: only the link shows when it ends
                let known = state.registry.entry(party).and_then(|entry| entry.until);
                if has_authority(party) && known != Some(*not_after) {
                    self.saw(party.clone(), Shown::End(*not_after));
                }
            }
            Err(refusal) => {
                self.metrics.turned_away(refusal);
                tracing::warn!(unit = %party, "turned away {party}: {refusal}");
                let entry = state.registry.entry(party);
                let of_the_register =
                    matches!(refusal, Refusal::Unknown | Refusal::OtherKey | Refusal::Revoked);
                if of_the_register && gate::is_news(party, entry, spki_hash, *not_after) {
                    self.knocks.note(party, *spki_hash, *not_after, now, entry.is_some());
                }
                // a town asks its county, which may have taken the unit in or renewed its key since
                if matches!(refusal, Refusal::Unknown | Refusal::OtherKey) {
                    self.knocked.notify_one();
                }
            }
        }
        admitted
    }

    fn grace(&self) -> Duration {
        Duration::from_secs(u64::from(self.state().rules.certificates.grace_days) * 86_400)
    }

    fn papers(&self) -> Result<Arc<Identity>, CourierError> {
        self.state().identity.clone().ok_or(CourierError::NotJoined)
    }

    fn parent_parties(&self) -> Vec<Party> {
        self.state().parents.iter().map(|parent| parent.party.clone()).collect()
    }
}

fn folder_of(file: &Path) -> PathBuf {
    file.parent().map_or_else(|| PathBuf::from("."), Path::to_owned)
}
