//! Which rules and which days are in force: the built-in ones with the documents from the root down.

use proto::model::calendar::{Calendar, CalendarDocument};
use proto::model::document::{Document, Topic};
use proto::model::rulebook::Rulebook;

/// The rules in force. A layer that cannot be read, or that contradicts those above it, is left out: the
/// rules that were in force without it stay.
pub fn rules(documents: &[Document]) -> Rulebook {
    let mut layers: Vec<&Document> = documents.iter().filter(|d| d.topic == Topic::Rulebook).collect();
    layers.sort_by_key(|document| document.issuer.lineage().count());
    let mut texts: Vec<(String, &str)> = Vec::new();
    let mut rules = Rulebook::default();
    for layer in layers {
        texts.push((label(layer), &layer.body));
        let borrowed: Vec<(&str, &str)> = texts.iter().map(|(name, text)| (name.as_str(), *text)).collect();
        match Rulebook::layered(&borrowed) {
            Ok(layered) => rules = layered,
            Err(error) => {
                tracing::warn!("a rulebook document is left out: {error}");
                texts.pop();
            }
        }
    }
    rules
}

/// The days in force, without any school's own.
pub fn calendar(documents: &[Document]) -> Calendar {
    let texts = documents.iter().filter(|document| document.topic == Topic::Calendar);
    let read: Vec<CalendarDocument> = texts.filter_map(|d| CalendarDocument::parse(&d.body).ok()).collect();
    Calendar::build(&read)
}

/// A document's short name: `520502@3`.
pub fn label(document: &Document) -> String {
    format!("{}@{}", document.issuer.region(), document.version)
}

#[cfg(test)]
mod tests {
    use proto::model::day::Moment;
    use proto::model::entry::Hash;

    use super::*;

    fn document(issuer: &str, body: &str) -> Document {
        Document {
            topic: Topic::Rulebook,
            issuer: issuer.parse().unwrap(),
            part: String::new(),
            version: 2,
            previous: Hash::ROOT,
            issued: Moment(0),
            body: body.to_owned(),
            signature: Vec::new(),
        }
    }

    #[test]
    fn the_lowest_layer_wins_and_a_broken_one_is_left_out() {
        let documents = [
            document("p52/c5205/d520502", "[absence]\nsuspect_after_days = 9"),
            document("p52", "[absence]\nsuspect_after_days = 7\ndrop_out_after_months = 2"),
            document("p52/c5205", "[absence]\nsuspect_after_days = \"many\""),
        ];
        let rules = rules(&documents);
        assert_eq!((rules.absence.suspect_after_days, rules.absence.drop_out_after_months), (9, 2));
        assert_eq!(rules.label(), "built-in+520000@2+520502@2");
    }
}
