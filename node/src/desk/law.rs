//! The rules in force: the hubs' rulebooks laid over each other, and the calendar's layers.

use proto::link::shelf::{self, DocumentFault};
use proto::model::calendar::{Calendar, CalendarDocument, Scope};
use proto::model::day::Day;
use proto::model::document::{Document, Topic};
use proto::model::lang::{Lang, Say};
use proto::model::party::Party;
use proto::model::region::Level;
use proto::model::rulebook::Rulebook;
use proto::store::{Room, StoreError};

use crate::records::{self, OwnCalendar, keys};
use crate::standing::{By, RollMatch, Standing};

/// What a school goes by.
#[derive(Debug)]
pub struct Law {
    /// The rulebook.
    pub rules: Rulebook,
    /// The calendar.
    pub calendar: Calendar,
    /// The calendar without this school's own layer, where it has one: by that the hubs above expect its sheets.
    pub above: Option<Calendar>,
    /// Documents that are held and passed over, and why, in both languages.
    pub faults: Vec<(Document, [String; 2])>,
}

impl Law {
    /// The law as the store has it.
    ///
    /// # Errors
    /// When the store cannot read.
    pub fn of(room: &Room<'_>) -> Result<Self, StoreError> {
        let mut documents = shelf::all(room)?;
        // from the top of the tree down: the later layer wins
        documents.sort_by_key(|d| d.issuer.lineage().count());
        let (rules, mut faults) = rulebook(&documents);
        let mut layers = Vec::new();
        for document in documents.iter().filter(|d| d.topic == Topic::Calendar) {
            match CalendarDocument::parse(&document.body) {
                Ok(layer) => layers.push(layer),
                Err(error) => faults.push((document.clone(), both(&error))),
            }
        }
        let own = records::all::<OwnCalendar>(room, keys::CALENDARS)?;
        let above = (!own.is_empty()).then(|| Calendar::build(&layers));
        for (_, own) in own {
            // checked when it was set; a newer release may be stricter
            layers.extend(CalendarDocument::parse(&own.text).ok());
        }
        Ok(Self { rules, calendar: Calendar::build(&layers), above, faults })
    }

    /// Whether the hubs above expect a sheet of a day that this school's own calendar frees: it says that nothing
    /// was due, and is not missing.
    pub fn is_due_above(&self, day: Day) -> bool {
        self.above.as_ref().is_some_and(|above| above.day(day, None).counts)
    }

    /// Where a child stands of whom nothing else is known: on the roll and attending, since `day`.
    pub fn enrolled(&self, day: Day) -> Standing {
        let (rules, calendar) = (self.rules.label().to_owned(), self.calendar.label().to_owned());
        Standing::enrolled(day, RollMatch::Matched, By { rules, calendar })
    }
}

fn both(error: &dyn Say) -> [String; 2] {
    [error.say(Lang::Zh), error.say(Lang::En)]
}

/// As many layers as fit together. A document that contradicts those above it is passed over and named:
/// one bad layer must not cost a school its other rules.
fn rulebook(documents: &[Document]) -> (Rulebook, Vec<(Document, [String; 2])>) {
    let mut faults = Vec::new();
    let mut texts: Vec<(String, &str)> = Vec::new();
    let mut book = Rulebook::default();
    for document in documents.iter().filter(|d| d.topic == Topic::Rulebook) {
        texts.push((format!("{}@{}", document.issuer.region(), document.version), &document.body));
        let layers: Vec<(&str, &str)> = texts.iter().map(|(name, text)| (name.as_str(), *text)).collect();
        match Rulebook::layered(&layers) {
            Ok(layered) => book = layered,
            Err(error) => {
                faults.push((document.clone(), both(&error)));
                texts.pop();
            }
        }
    }
    (book, faults)
}

/// Whether a document from above may be taken, its signature aside: it can be read, and a calendar speaks
/// for its issuer's own layer.
///
/// # Errors
/// Why not.
pub fn check(document: &Document, me: &Party) -> Result<(), DocumentFault> {
    if !me.is_below(&document.issuer) {
        return Err(DocumentFault::NotAbove);
    }
    match document.topic {
        Topic::Rulebook => Rulebook::check(&document.body).map(drop).map_err(|_| DocumentFault::Unreadable),
        Topic::Calendar => {
            let layer = CalendarDocument::parse(&document.body).map_err(|_| DocumentFault::Unreadable)?;
            if speaks_for(&layer, &document.issuer) { Ok(()) } else { Err(DocumentFault::Unreadable) }
        }
        // what is in force below a hub is no school's business
        Topic::Directory => Err(DocumentFault::Unreadable),
    }
}

fn speaks_for(layer: &CalendarDocument, issuer: &Party) -> bool {
    let own = layer.owner == issuer.region().to_string();
    match (layer.scope, issuer.level()) {
        (Scope::National, Some(Level::Province)) => true,
        (Scope::Province, Some(Level::Province))
        | (Scope::City, Some(Level::City))
        | (Scope::County, Some(Level::County)) => own,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use proto::model::day::Moment;
    use proto::model::entry::Hash;

    use super::*;

    fn document(topic: Topic, issuer: &str, body: &str) -> Document {
        Document {
            topic,
            issuer: issuer.parse().unwrap(),
            part: String::new(),
            version: 1,
            previous: Hash::ROOT,
            issued: Moment(0),
            body: body.to_owned(),
            signature: Vec::new(),
        }
    }

    fn calendar(scope: &str, owner: &str) -> String {
        format!(
            "schema = 1\nschool_year = \"2025-2026\"\nscope = \"{scope}\"\nowner = \"{owner}\"\nversion = 1\nissued = 2025-08-01\n"
        )
    }

    #[test]
    fn a_document_speaks_for_its_issuer_alone() {
        let me: Party = "p52/c5205/d520502/s2152000001".parse().unwrap();
        for (topic, issuer, body, taken) in [
            (Topic::Rulebook, "p52", "[absence]\nreport_on_day = 4\n".to_owned(), Ok(())),
            (Topic::Rulebook, "p52", "[absence\n".to_owned(), Err(DocumentFault::Unreadable)),
            (Topic::Rulebook, "p51", String::new(), Err(DocumentFault::NotAbove)),
            (Topic::Calendar, "p52/c5205/d520502", calendar("county", "520502"), Ok(())),
            (Topic::Calendar, "p52", calendar("national", "CN"), Ok(())),
            (
                Topic::Calendar,
                "p52/c5205/d520502",
                calendar("county", "520503"),
                Err(DocumentFault::Unreadable),
            ),
            (Topic::Calendar, "p52/c5205", calendar("national", "CN"), Err(DocumentFault::Unreadable)),
            (Topic::Directory, "p52", String::new(), Err(DocumentFault::Unreadable)),
        ] {
            assert_eq!(check(&document(topic, issuer, &body), &me), taken, "{issuer} {body}");
        }
    }

    #[test]
    fn one_bad_layer_costs_nobody_the_others() {
        let documents = [
            document(Topic::Rulebook, "p52", "[absence]\nsuspect_after_days = 7\n"),
            document(Topic::Rulebook, "p52/c5205", "[absence]\nreport_on_day = 900\n"),
            document(Topic::Rulebook, "p52/c5205/d520502", "[absence]\nreport_on_day = 3\n"),
        ];
        let (book, faults) = rulebook(&documents);
        assert_eq!((book.absence.suspect_after_days, book.absence.report_on_day), (7, 3));
        assert_eq!(faults.len(), 1);
        assert!(!book.label().contains("520500"), "{}", book.label());
    }
}
