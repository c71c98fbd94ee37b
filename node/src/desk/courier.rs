//! Files on a stick in place of a call: for a school without a line, and for weeks without one.

use std::path::PathBuf;
use std::sync::Arc;

use proto::identity::Identity;
use proto::link::conversation::{Way, Words};
use proto::link::courier::files::{self, Exported, Imported};
use proto::link::courier::{self, CourierError};
use proto::model::party::Party;

use super::{School, SchoolError};

impl School {
    /// Closes the days as before a call, and writes what the parent does not have yet.
    ///
    /// # Errors
    /// When the school has not joined, the parent's key is not known, or the stick refuses.
    pub async fn courier_export(
        self: &Arc<Self>,
        to: PathBuf,
        words: Words,
    ) -> Result<Exported, SchoolError> {
        let (identity, parents) = self.papers()?;
        self.close_for_the_night().await?;
        let post = self.post();
        let parent = courier::reader(&post, parents).await?;
        let bundles = courier::export(&post, &identity, &parent, Way::Up, words, None).await?;
        let files = files::save(to, bundles).await?;
        tracing::info!(parent = %parent, files = files.len(), "wrote courier files for {parent}");
        Ok(Exported { to: parent, files })
    }

    /// Takes what the parent wrote, as if it had been said in a call. `answer`: where to write the answer.
    ///
    /// # Errors
    /// When the file is not the parent's, not for this school, or not as it was written.
    pub async fn courier_import(
        self: &Arc<Self>,
        file: PathBuf,
        answer: Option<PathBuf>,
    ) -> Result<Imported, SchoolError> {
        let (identity, parents) = self.papers()?;
        let post = self.post();
        let bytes = files::read(file).await?;
        let opened = courier::open(&post, &identity, self.tls_rules().grace, &bytes).await?;
        let from = opened.peer.party.clone();
        if !parents.contains(&from) {
            return Err(CourierError::Stranger(from).into());
        }
        let part = (opened.page.part, opened.page.parts);
        let delivered = courier::import(&post, opened, Way::Up, answer.is_some()).await?;
        // what a restored store lost is known now, and the days that waited for it are closed
        if delivered.answered {
            self.was_answered(None).await?;
        }
        let answers = match answer {
            Some(to) => {
                let written =
                    courier::export(&post, &identity, &from, Way::Up, Words::default(), Some(&delivered));
                files::save(to, written.await?).await?
            }
            None => Vec::new(),
        };
        tracing::info!(parent = %from, received = delivered.report.received, acked = delivered.report.acked, "took a courier file of {from}");
        Ok(Imported { from, part, delivered, answers })
    }

    fn papers(&self) -> Result<(Arc<Identity>, Vec<Party>), CourierError> {
        let identity = self.identity.borrow().clone().ok_or(CourierError::NotJoined)?;
        Ok((identity, self.parents_now().into_iter().map(|parent| parent.party).collect()))
    }
}
