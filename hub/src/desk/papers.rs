//! Documents that this hub issues, checks and repairs.

use proto::link::shelf::{self, DocumentFault, RefusedDocument};
use proto::model::calendar::CalendarDocument;
use proto::model::document::{Document, MAX_DOCUMENT, Topic};
use proto::model::entry::Hash;
use proto::model::party::Party;
use proto::model::rulebook::{Rulebook, Warning};
use proto::store::{Room, StoreError};

use super::{Hub, HubError};
use crate::{directory, rulebook};

/// A document to be issued.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// What it is about.
    pub topic: Topic,
    /// Which part: a school year for calendars, else empty.
    pub part: String,
    /// TOML.
    pub body: String,
}

/// What issuing a draft comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// It gets this number.
    Version(u32),
    /// The document in force says the same: there is nothing to issue.
    InForce(Box<Document>),
}

impl Next {
    /// The number of what will be in force.
    pub const fn version(&self) -> u32 {
        match self {
            Self::Version(version) => *version,
            Self::InForce(document) => document.version,
        }
    }
}

/// What a repair has done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repaired {
    /// The next contact with the parent brings the document again.
    FromAbove,
    /// The report of another document of this hub's is gone; its own stays in force.
    Own,
}

impl Hub {
    /// Reads a text as a document that this hub could issue, and says what its author should look at again.
    ///
    /// # Errors
    /// When the text is no such document, or contradicts the layers above.
    pub fn draft(&self, topic: Topic, body: String) -> Result<(Draft, Vec<Warning>), HubError> {
        if body.len() > MAX_DOCUMENT {
            return Err(HubError::TooLong(body.len()));
        }
        match topic {
            Topic::Calendar => {
                let calendar = CalendarDocument::parse(&body)?;
                if calendar.owner != self.me.region().to_string() {
                    return Err(HubError::OtherCalendar { owner: calendar.owner, me: self.me.clone() });
                }
                Ok((Draft { topic, part: calendar.school_year.to_string(), body }, Vec::new()))
            }
            Topic::Rulebook | Topic::Directory => {
                let warnings = Rulebook::check(&body)?;
                Ok((Draft { topic: Topic::Rulebook, part: String::new(), body }, warnings))
            }
        }
    }

    /// Says what [`Hub::issue`] would refuse, or which version it would give, and issues nothing.
    ///
    /// # Errors
    /// As [`Hub::draft`] and [`Hub::issue`].
    pub async fn check(&self, topic: Topic, body: String) -> Result<(Next, Vec<Warning>), HubError> {
        let (draft, warnings) = self.draft(topic, body)?;
        let me = self.me.clone();
        let look = move |room: &mut Room<'_>| {
            let next = next(shelf::held(room, draft.topic, &me, &draft.part)?, &draft);
            if draft.topic == Topic::Rulebook {
                agrees(room, &me, next.version(), &draft.body)?;
            }
            Ok::<_, HubError>(next)
        };
        Ok((self.desk.act(look).await?, warnings))
    }

    /// Signs a document as the next version and puts it in force; units get it at their next contact. The version is
    /// the hub's to give: a calendar gets it in its text as well, whatever its author wrote there, so that two
    /// calendars of one hub and year never bear the same number. What the document in force says already is not
    /// issued again: that one comes back.
    ///
    /// # Errors
    /// When this hub has no authority, or the result contradicts the layers above.
    pub async fn issue(&self, draft: Draft) -> Result<Document, HubError> {
        let (state, me, now) = (self.state(), self.me.clone(), self.clock.now());
        let authority = state.authority.clone();
        let authority = authority
            .ok_or_else(|| proto::identity::authority::AuthorityError::NoAuthority(self.me.clone()))?;
        self.change(move |room| {
            let held = shelf::held(room, draft.topic, &me, &draft.part)?;
            let previous = held.as_ref().map_or(Hash::ROOT, Document::hash);
            let version = match next(held, &draft) {
                Next::Version(version) => version,
                Next::InForce(held) => return Ok(*held),
            };
            let Draft { topic, part, mut body } = draft;
            match topic {
                Topic::Calendar => body = CalendarDocument::numbered(&body, version)?,
                Topic::Rulebook | Topic::Directory => agrees(room, &me, version, &body)?,
            }
            let document = Document {
                topic,
                issuer: me,
                part,
                version,
                previous,
                issued: now,
                body,
                signature: Vec::new(),
            };
            let signed = authority.sign_document(document)?;
            let taken = shelf::take(room, &signed)?;
            debug_assert!(taken.is_ok(), "the next version follows from the one in force");
            Ok(signed)
        })
        .await
    }

    /// Forgets a document from above that does not follow from what came before, so that the next contact
    /// brings the issuer's own; of a document that this hub has issued, the report that a unit holds another.
    ///
    /// # Errors
    /// [`HubError::NoDocument`], or [`HubError::OwnDocument`] where nothing is to be repaired.
    pub async fn repair(&self, topic: Topic, issuer: Party, part: String) -> Result<Repaired, HubError> {
        let me = self.me.clone();
        self.change(move |room| {
            let held = shelf::held(room, topic, &issuer, &part)?.is_some();
            let same = |r: &RefusedDocument| (r.topic, &r.issuer, &r.part) == (topic, &issuer, &part);
            let refused = shelf::refused(room)?.iter().any(same);
            if issuer == me {
                // what it has signed itself stays in force: only what a unit showed is forgotten
                return if refused {
                    shelf::forget_refused(room, topic, &issuer, &part);
                    Ok(Repaired::Own)
                } else {
                    Err(if held { HubError::OwnDocument } else { HubError::NoDocument })
                };
            }
            if !(held || refused) {
                return Err(HubError::NoDocument);
            }
            shelf::repair(room, topic, &issuer, &part);
            Ok(Repaired::FromAbove)
        })
        .await
    }

    /// The documents in force and those refused.
    ///
    /// # Errors
    /// When the store cannot read.
    pub async fn documents(&self) -> Result<(Vec<Document>, Vec<RefusedDocument>), HubError> {
        let read = |room: &mut Room<'_>| Ok::<_, StoreError>((shelf::all(room)?, shelf::refused(room)?));
        Ok(self.desk.act(read).await?)
    }

    /// Checks a document that came from above: its signature by the authorities above, and its text.
    ///
    /// # Errors
    /// Why it must not be taken.
    pub fn check_document(&self, document: &Document) -> Result<(), DocumentFault> {
        let state = self.state();
        let identity = state.identity.as_ref().ok_or(DocumentFault::NotAbove)?;
        identity.lineage().verify_document(document).map_err(|error| match error {
            proto::identity::lineage::Unsigned::Stranger(_) => DocumentFault::NotAbove,
            proto::identity::lineage::Unsigned::Forged(_) => DocumentFault::Signature,
        })?;
        let readable = match document.topic {
            Topic::Rulebook => Rulebook::check(&document.body).is_ok(),
            Topic::Calendar => CalendarDocument::parse(&document.body).is_ok(),
            Topic::Directory => directory::read(&document.body, &self.me).is_some(),
        };
        if readable { Ok(()) } else { Err(DocumentFault::Unreadable) }
    }
}

/// What issuing `draft` comes to while `held` is in force.
fn next(held: Option<Document>, draft: &Draft) -> Next {
    let Some(held) = held else { return Next::Version(1) };
    let same = match draft.topic {
        Topic::Calendar => {
            let read = |text: &str| CalendarDocument::parse(text).ok();
            read(&held.body).zip(read(&draft.body)).is_some_and(|(held, draft)| draft.says_the_same(&held))
        }
        Topic::Rulebook | Topic::Directory => held.body.trim() == draft.body.trim(),
    };
    if same { Next::InForce(Box::new(held)) } else { Next::Version(held.version + 1) }
}

/// Whether `body` as version `version` of `me`'s rulebook agrees with the layers above it.
fn agrees(room: &Room<'_>, me: &Party, version: u32, body: &str) -> Result<(), HubError> {
    let documents = shelf::all(room)?.into_iter();
    let others = documents.filter(|d| d.topic == Topic::Rulebook && d.issuer != *me);
    let mut layers: Vec<(usize, String, String)> =
        others.map(|d| (d.issuer.lineage().count(), rulebook::label(&d), d.body)).collect();
    layers.push((me.lineage().count(), format!("{}@{version}", me.region()), body.to_owned()));
    layers.sort_by_key(|(depth, ..)| *depth);
    let texts: Vec<(&str, &str)> =
        layers.iter().map(|(_, name, text)| (name.as_str(), text.as_str())).collect();
    Rulebook::layered(&texts)?;
    Ok(())
}
