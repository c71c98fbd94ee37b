//! 协查函: a letter to another province as a document, with its list (E04).

use std::sync::Arc;

use proto::model::case::ChildRecord;
use proto::paper::Contact;
use proto::paper::register::Written;

use super::{Writer, issuer, print};
use crate::audit::Action;
use crate::desk::letter::{Opening, open_all};
use crate::desk::{Hub, HubError};
use crate::letter::{self, Letter, paper};

impl Hub {
    /// Opens the records of a letter's list and writes it, or prints it again. `contact`: who answers questions,
    /// when it is not who the settings say.
    ///
    /// # Errors
    /// When there is no such letter, no record of it opens, or somebody has got it and it would differ now.
    pub async fn letter_on_paper(
        self: &Arc<Self>,
        number: String,
        contact: Option<Contact>,
        writer: Writer,
    ) -> Result<(Letter, Vec<Option<ChildRecord>>, Written), HubError> {
        writer.check()?;
        let (hub, now) = (self.clone(), self.clock.now());
        let contact = match contact {
            Some(contact) => contact,
            None => self.config.papers.contact()?,
        };
        let written = move |room: &mut proto::store::Room<'_>| {
            let letter = letter::find(room, &number)??;
            let Writer { by, purpose } = writer;
            let object = letter.number.to_string();
            Opening { by, purpose }.log(room, Action::OpenLetter, object.as_bytes(), now)?;
            let records = open_all(room, &hub.me, &letter)?;
            let days = hub.state().rules.transfer.letter_reply_days;
            let days = i32::try_from(days).unwrap_or(i32::MAX);
            let reply_by = letter.sent.as_ref().map_or_else(|| now.day().plus(days), |sent| sent.reply_by);
            let issuer = issuer(&hub.config);
            let paper = paper::of(&letter, &records, &issuer, reply_by, contact);
            Ok::<_, HubError>(print(room, paper).map(|written| (letter, records, written)))
        };
        Ok(self.desk.act(written).await??)
    }
}
