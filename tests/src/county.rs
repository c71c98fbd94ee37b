//! A county for measuring: a real hub's folder with any number of schools in its register, and those schools
//! as far as the link needs them, each with its own certificate and a store in memory.
//!
//! Nobody joins over the network: the hub's own library issues the certificates, a thousand a second.

use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result};
use hub::config::Config;
use hub::desk::Hub;
use hub::desk::registry::{Credential, keep_credential};
use hub::units::{self, Status, Unit};
use proto::convert::sheet_out;
use proto::identity::Identity;
use proto::identity::certificate::Certificate;
use proto::identity::csr;
use proto::identity::keys::SecretKey;
use proto::identity::lineage::Lineage;
use proto::link::book;
use proto::link::caller::{CallError, Called, Dial, Parent};
use proto::link::conversation::Limits;
use proto::link::net::TcpNet;
use proto::link::post::{Handler, Post, Taken, random};
use proto::link::shelf::DocumentFault;
use proto::link::tls::{KeyExchange, TlsRules};
use proto::link::uplink::Uplink;
use proto::model::clock::Clock;
use proto::model::day::{Day, Moment};
use proto::model::document::Document;
use proto::model::entry::{Entry, Kind, Lane, StreamId};
use proto::model::party::Party;
use proto::model::sheet::{Counts, Indicator, Sheet};
use proto::store::record::{from_bytes, to_bytes};
use proto::store::{Desk, MemoryStore, Record, Room, StoreError};
use proto::version::Speaks;
use serde::{Deserialize, Serialize};

/// The county's division.
pub const REGION: &str = "520502";
const TOWNS: u32 = 30;
/// Schools entered in one commit.
const GROUP: usize = 1_024;

/// What the schools of a county were given.
#[derive(Debug, Serialize, Deserialize)]
pub struct County {
    /// The hub.
    pub party: Party,
    /// Its authority's certificate, DER.
    authority: Vec<u8>,
    /// The schools.
    pub schools: Vec<Enrolled>,
}

impl Record for County {
    const VERSION: u8 = 1;
    const NAME: &'static str = "county of schools";
}

/// A school in the register.
#[derive(Debug, Serialize, Deserialize)]
pub struct Enrolled {
    /// Who.
    pub party: Party,
    key: Vec<u8>,
    leaf: Vec<u8>,
}

impl County {
    /// Makes the hub in `dir` with `schools` active schools in thirty towns.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub async fn found(dir: &Path, schools: u32, listen: &str, clock: Arc<dyn Clock>) -> Result<Self> {
        let config = Config::new(REGION, "", listen, listen)?;
        Hub::init(dir, config, clock.clone()).await?;
        let (hub, closing) = Hub::open(dir, clock).await?;
        let authority = hub.state().authority.clone().context("a county issues certificates")?;
        let der = authority.certificate().der().to_vec();
        let mut county = Self { party: hub.me.clone(), authority: der, schools: Vec::new() };
        let all: Vec<u32> = (0..schools).collect();
        for some in all.chunks(GROUP) {
            let enrolled = county.enrol(&hub, some).await?;
            county.schools.extend(enrolled);
        }
        drop((authority, hub));
        closing.wait().await?;
        Ok(county)
    }

    async fn enrol(&self, hub: &Arc<Hub>, some: &[u32]) -> Result<Vec<Enrolled>> {
        let (me, now, state) = (hub.me.clone(), hub.clock.now(), hub.state());
        let authority = state.authority.as_ref().context("a county issues certificates")?;
        let (mut enrolled, mut units) = (Vec::new(), Vec::new());
        for n in some {
            let (party, key) = (school(&me, *n), SecretKey::generate());
            let leaf = authority.issue_leaf(&csr::request(&party, &key), &party, now, 398)?;
            units.push(Unit {
                status: Status::Active,
                spki_hash: Some(leaf.spki_hash().0),
                not_after: Some(leaf.not_after()),
                ..Unit::invited(party.clone(), format!("{party}"), now.day().plus(-60))
            });
            enrolled.push(Enrolled { party, key: key.pkcs8().to_vec(), leaf: leaf.der().to_vec() });
        }
        let issued: Vec<Vec<u8>> = enrolled.iter().map(|school| school.leaf.clone()).collect();
        hub.change(move |room| {
            for (unit, issued) in units.iter().zip(issued) {
                units::put(room, &me, unit)?;
                keep_credential(room, &unit.party, &Credential { next: None, issued });
            }
            Ok(())
        })
        .await?;
        Ok(enrolled)
    }

    /// Keeps what the schools were given.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn save(&self, path: &Path) -> Result<()> {
        Ok(std::fs::write(path, to_bytes(self))?)
    }

    /// Reads it back.
    ///
    /// # Errors
    /// When there is no such file.
    pub fn load(path: &Path) -> Result<Self> {
        Ok(from_bytes(&std::fs::read(path).with_context(|| path.display().to_string())?)?)
    }

    /// One of the schools, at its desk. Must be called inside a tokio runtime.
    ///
    /// # Errors
    /// When what it was given does not fit together.
    pub fn open(
        &self,
        n: usize,
        address: &str,
        exchange: KeyExchange,
        clock: Arc<dyn Clock>,
    ) -> Result<School> {
        let Enrolled { party, key, leaf } = &self.schools[n];
        let key = Arc::new(SecretKey::from_pkcs8(key)?);
        let leaf = Certificate::leaf(leaf.clone())?;
        let identity = Arc::new(Identity::new(key, leaf, Lineage::new(vec![self.authority.clone()])?)?);
        let (desk, writer) = Desk::open(Arc::new(MemoryStore::default()));
        tokio::spawn(writer.run());
        let (handler, speaks) = (Arc::new(Listener), Speaks::default());
        let post = Post { me: party.clone(), desk, clock: clock.clone(), handler, speaks };
        let rules = TlsRules { exchange, ..TlsRules::new(clock) };
        let uplink =
            Uplink::new(post.clone(), Arc::new(TcpNet), identity.clone(), rules.clone(), Limits::default());
        let parent = Parent { party: self.party.clone(), address: address.to_owned() };
        Ok(School { number: n as u64, post, identity, rules, uplink, parent })
    }
}

fn school(me: &Party, n: u32) -> Party {
    let mut path = me.to_string();
    write!(path, "/t{REGION}{:03}/s{:010}", 100 + n % TOWNS, 2_152_000_000 + u64::from(n))
        .expect("a String takes all");
    path.parse().expect("a school's path")
}

/// A school as the link sees it.
#[derive(Debug)]
pub struct School {
    number: u64,
    post: Post,
    identity: Arc<Identity>,
    rules: TlsRules,
    uplink: Uplink,
    parent: Parent,
}

impl School {
    /// Who it is.
    pub const fn party(&self) -> &Party {
        &self.post.me
    }

    /// Closes a day: its sheet waits for the parent.
    ///
    /// # Errors
    /// Never while the school's desk lives.
    pub async fn close(&self, day: Day, revision: u32) -> Result<(), StoreError> {
        let (me, now) = (self.post.me.clone(), self.post.clock.now());
        let body = sheet_out(&sheet(self.number, day, revision, now));
        let write = move |room: &mut Room<'_>| {
            book::append(room, &me, &Lane::Up, random(), Kind::SHEET, body, now).map(|_| ())
        };
        self.post.desk.act(write).await
    }

    /// The night's call on a new connection.
    ///
    /// # Errors
    /// When it did not get through.
    pub async fn call(&self) -> Result<Called, CallError> {
        self.uplink.call(&self.parent, None).await
    }

    /// Forgets the TLS session: the next handshake is a full one.
    pub fn forget_session(&self) {
        self.uplink.replace(self.identity.clone(), self.rules.clone());
    }
}

/// A day of a school: each has its own numbers, and every day others.
pub fn sheet(school: u64, day: Day, revision: u32, closed: Moment) -> Sheet {
    let mut counts = Counts::default();
    let chance = (school * 7 + u64::from(day.number().unsigned_abs()) * 13 + u64::from(revision)) % 11;
    let (roll, suspected, dropped) = (180 + school % 900, chance % 3, school % 2);
    let classes = roll / 45 + 1;
    for (indicator, count) in [
        (Indicator::OnRoll, roll),
        (Indicator::Enrolled, roll - suspected - dropped),
        (Indicator::Suspected, suspected),
        (Indicator::DroppedOut, dropped),
        (Indicator::AbsentUnexcused, suspected + chance % 4),
        (Indicator::AbsentExcused, 3 + chance),
        (Indicator::ClassesDue, classes),
        (Indicator::ClassesCalled, classes),
    ] {
        counts.set(indicator, count);
    }
    Sheet { day, revision, counts, provisional: false, closed }
}

/// A school that takes whatever comes down.
#[derive(Debug)]
struct Listener;

impl Handler for Listener {
    fn take(&self, _: &mut Room<'_>, _: &StreamId, _: &Entry, _: Moment) -> Result<Taken, StoreError> {
        Ok(Taken::Applied)
    }

    fn passes_up(&self, _: &Room<'_>, _: &StreamId) -> Result<bool, StoreError> {
        Ok(false)
    }

    fn check(&self, _: &Document) -> Result<(), DocumentFault> {
        Ok(())
    }
}
