//! A county as the school's letters meet it: it has a certificate and a sealing key, reads what the school
//! wrote, and writes back.

use std::sync::Arc;

use node::records::{Papers, keys};
use proto::convert::{parcel_content_in, parcel_in, parcel_out};
use proto::identity::Identity;
use proto::identity::authority::Authority;
use proto::identity::csr;
use proto::identity::keys::SecretKey;
use proto::identity::lineage::Lineage;
use proto::link::book;
use proto::link::post::{Handler, Taken};
use proto::model::case::{Account, Act, CaseId, ChildRecord, Direction, Letter, Progress, Way};
use proto::model::entry::{Entry, Incarnation, Kind, Lane, StreamId};
use proto::model::party::Party;
use proto::parcel::{Parcel, new_id};
use proto::seal::{OpenKey, SealKey, Sealed};

use crate::campus::{Campus, MONDAY, afternoon, day};

pub(crate) struct County {
    identity: Identity,
    pub(crate) key: OpenKey,
}

pub(crate) fn school() -> Party {
    "p52/c5205/d520502/s2152000001".parse().unwrap()
}

pub(crate) fn county() -> Party {
    "p52/c5205/d520502".parse().unwrap()
}

impl County {
    /// A province's county, and certificates for a school that runs from now on.
    pub(crate) async fn join(campus: &mut Campus) -> Self {
        let now = afternoon(MONDAY);
        let province = Authority::create(&"p52".parse().unwrap(), now, 900).unwrap();
        let lineage = Lineage::new([province.certificate().der().to_vec()]).unwrap();
        campus.close().await;
        let secret = node::files::Folder::at(campus.dir()).next_secret(None).unwrap();
        let leaf = province.issue_leaf(&csr::request(&school(), &secret), &school(), now, 398).unwrap();
        let chain = vec![leaf.der().to_vec(), province.certificate().der().to_vec()];
        campus.run().await;
        campus
            .within(move |_, room| {
                room.write(keys::PAPERS, &Papers { chain });
                Ok(())
            })
            .await;
        campus.stop().await;
        campus.run().await;
        let own = SecretKey::generate();
        let leaf = province.issue_leaf(&csr::request(&county(), &own), &county(), now, 398).unwrap();
        let identity = Identity::new(Arc::new(own), leaf, lineage).unwrap();
        Self { identity, key: OpenKey::generate() }
    }

    /// Sends its key, so that the school can seal.
    pub(crate) async fn show_key(&self, campus: &Campus) {
        assert_eq!(self.write(campus, Letter::Key(self.key.public())).await, Taken::Applied);
    }

    /// Writes to the school.
    pub(crate) async fn write(&self, campus: &Campus, letter: Letter) -> Taken {
        self.deliver(campus, letter, new_id()).await
    }

    pub(crate) async fn deliver(&self, campus: &Campus, letter: Letter, id: [u8; 16]) -> Taken {
        let now = campus.now();
        let parcel = Parcel::write(&self.identity, &school(), letter, id, now);
        let lane = Lane::To(school());
        let stream = StreamId { origin: county(), life: Incarnation { number: 1, nonce: 7 }, lane };
        let entry = Entry { seq: 1, made: now, kind: Kind::PARCEL, body: parcel_out(&parcel) };
        campus.within(move |school, room| school.take(room, &stream, &entry, now)).await
    }

    /// Tells what was done or decided about a case.
    pub(crate) async fn direct(&self, campus: &Campus, case: CaseId, act: Act, on: &str) {
        let direction = Direction {
            case,
            act,
            day: day(on),
            number: "县〔2025〕1号".to_owned(),
            until: None,
            note: String::new(),
        };
        assert_eq!(self.write(campus, Letter::Direction(direction)).await, Taken::Applied);
    }

    /// Who signs for it.
    pub(crate) const fn signer(&self) -> &Identity {
        &self.identity
    }

    /// Seals for the school, as the county of this tree.
    pub(crate) fn seal(case: CaseId, record: &ChildRecord, key: &SealKey) -> Sealed {
        Way { case, from: &county(), to: &school() }.seal(record, key)
    }

    /// Opens a written report.
    pub(crate) fn open_account(&self, case: CaseId, sealed: &Sealed) -> Account {
        Way { case, from: &school(), to: &county() }.open_account(sealed, &self.key).unwrap()
    }

    /// Opens what the school sealed.
    pub(crate) fn open(&self, case: CaseId, sealed: &Sealed) -> ChildRecord {
        Way { case, from: &school(), to: &county() }.open(sealed, &self.key).unwrap()
    }
}

/// All entries that the school wrote, oldest first.
pub(crate) async fn outgoing(campus: &Campus) -> Vec<Entry> {
    campus
        .within(|school, room| {
            let Some(stream) = book::current(room, school.party(), &Lane::Up)? else { return Ok(Vec::new()) };
            Ok(book::read(room, &stream.id, stream.base, usize::MAX)?.0)
        })
        .await
}

/// All letters to the county among them; what the school gave away to keep is for itself alone.
pub(crate) async fn letters(campus: &Campus) -> Vec<Letter> {
    let entries = outgoing(campus).await;
    let parcels = entries.iter().filter(|entry| entry.kind == Kind::PARCEL);
    let letters =
        parcels.map(|entry| parcel_content_in(&parcel_in(&entry.body).unwrap().content).unwrap().letter);
    letters.filter(|letter| !matches!(letter, Letter::Kept(_))).collect()
}

/// What a county holds of each case: the highest revision.
pub(crate) async fn held(campus: &Campus) -> Vec<Progress> {
    let mut held: Vec<Progress> = Vec::new();
    for letter in letters(campus).await {
        let Letter::Progress(progress) = letter else { continue };
        match held.iter_mut().find(|known| known.case == progress.case) {
            Some(known) if known.revision < progress.revision => *known = progress,
            Some(_) => {}
            None => held.push(progress),
        }
    }
    held
}

/// The school's sealing key, as it was sent.
pub(crate) async fn schools_key(campus: &Campus) -> SealKey {
    let key = letters(campus).await.into_iter().find_map(|letter| match letter {
        Letter::Key(key) => Some(key),
        _ => None,
    });
    key.expect("the school sends its key")
}
