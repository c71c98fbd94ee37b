//! Documents from above, and which of them a side holds.

use super::{MAX_ITEMS, Malformed, hash_in};
use crate::link::turn::{DocumentHead, ShelfList};
use crate::model::day::Moment;
use crate::model::document::{Document, MAX_DOCUMENT, Topic};
use crate::wire;

pub(super) fn shelf_in(shelf: wire::Shelf) -> Result<ShelfList, Malformed> {
    if shelf.heads.len() > MAX_ITEMS || shelf.wants.len() > MAX_ITEMS {
        return Err(Malformed::TooLarge("shelf"));
    }
    let heads = shelf.heads.into_iter().map(|head| {
        Ok(DocumentHead {
            topic: topic_in(head.topic())?,
            issuer: head.issuer.parse().map_err(|_| Malformed::Field("head.issuer"))?,
            part: head.part,
            version: head.version,
            hash: head.hash,
        })
    });
    Ok(ShelfList { heads: heads.collect::<Result<_, _>>()?, wants: shelf.wants })
}

pub(super) fn head_out(head: &DocumentHead) -> wire::DocumentHead {
    wire::DocumentHead {
        topic: topic_out(head.topic).into(),
        issuer: head.issuer.to_string(),
        part: head.part.clone(),
        version: head.version,
        hash: head.hash,
    }
}

const fn topic_out(topic: Topic) -> wire::Topic {
    match topic {
        Topic::Rulebook => wire::Topic::Rulebook,
        Topic::Calendar => wire::Topic::Calendar,
        Topic::Directory => wire::Topic::Directory,
    }
}

const fn topic_in(topic: wire::Topic) -> Result<Topic, Malformed> {
    match topic {
        wire::Topic::Rulebook => Ok(Topic::Rulebook),
        wire::Topic::Calendar => Ok(Topic::Calendar),
        wire::Topic::Directory => Ok(Topic::Directory),
        wire::Topic::Unspecified => Err(Malformed::Field("topic")),
    }
}

pub(super) fn document_out(document: &Document) -> wire::Document {
    wire::Document {
        topic: topic_out(document.topic).into(),
        issuer: document.issuer.to_string(),
        part: document.part.clone(),
        version: document.version,
        previous: document.previous.0.to_vec(),
        issued: document.issued.0,
        body: document.body.clone(),
        signature: document.signature.clone(),
    }
}

pub(super) fn document_in(document: wire::Document) -> Result<Document, Malformed> {
    if document.body.len() > MAX_DOCUMENT {
        return Err(Malformed::TooLarge("document.body"));
    }
    Ok(Document {
        topic: topic_in(document.topic())?,
        issuer: document.issuer.parse().map_err(|_| Malformed::Field("document.issuer"))?,
        part: document.part,
        version: document.version,
        previous: hash_in(&document.previous, "document.previous")?,
        issued: Moment(document.issued),
        body: document.body,
        signature: document.signature,
    })
}
