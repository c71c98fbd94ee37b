//! Hubs that run in this process, each with its own folder, certificate and port; schools with a store in
//! memory.

use std::sync::{Arc, Mutex};

use hub::config::Config;
use hub::desk::Hub;
use hub::serve::{Options, Running, start};
use proto::convert::{parcel_content_in, parcel_in, receipt_in, sheet_out};
use proto::identity::Identity;
use proto::identity::certificate::Certificate;
use proto::identity::code::InviteCode;
use proto::identity::csr;
use proto::identity::keys::SecretKey;
use proto::identity::lineage::Lineage;
use proto::identity::spoken::Ticket;
use proto::link::book;
use proto::link::caller::{CallError, Called, Dial, Parent};
use proto::link::conversation::Limits;
use proto::link::join::{JoinError, Request, join};
use proto::link::net::TcpNet;
use proto::link::post::{Handler, Post, Taken};
use proto::link::shelf::DocumentFault;
use proto::link::tls::TlsRules;
use proto::link::uplink::Uplink;
use proto::model::case::Letter;
use proto::model::clock::{Clock, SetClock};
use proto::model::day::{Day, Moment};
use proto::model::document::Document;
use proto::model::entry::{Entry, Kind, Lane, StreamId};
use proto::model::lang::Lang;
use proto::model::party::Party;
use proto::model::sheet::{Counts, Indicator, Sheet};
use proto::store::{Desk, MemoryStore, Room, StoreError};
use proto::version::Speaks;
use tempfile::TempDir;

/// A Wednesday evening.
pub(crate) const EVENING: &str = "2025-09-24";

pub(crate) fn evening() -> Arc<SetClock> {
    Arc::new(SetClock::new(Moment::at(day(EVENING), 20 * 60)))
}

pub(crate) fn day(text: &str) -> Day {
    text.parse().unwrap()
}

/// A hub that runs, and its folder.
pub(crate) struct Place {
    pub(crate) running: Running,
    pub(crate) dir: TempDir,
}

impl Place {
    pub(crate) async fn found(region: &str, clock: Arc<dyn Clock>) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let config = Config::new(region, "", "127.0.0.1:0", "127.0.0.1:0").unwrap();
        let home = dir.path().join("hub");
        Hub::init(&home, config, clock.clone()).await.unwrap();
        let running = Self::run(&home, clock, None).await;
        Self { running, dir }
    }

    async fn run(home: &std::path::Path, clock: Arc<dyn Clock>, listen: Option<String>) -> Running {
        start(Options { clock, listen, local: false, ..Options::new(home) }).await.unwrap()
    }

    pub(crate) fn hub(&self) -> &Arc<Hub> {
        &self.running.hub
    }

    /// Stops, lets `between` do what it wants with the folder, and starts again on the same port.
    pub(crate) async fn restart_after(self, between: impl FnOnce(&std::path::Path)) -> Self {
        let Self { running, dir } = self;
        let (clock, address) = (running.hub.clock.clone(), running.address.clone());
        running.stop().await.unwrap();
        let home = dir.path().join("hub");
        between(&home);
        Self { running: Self::run(&home, clock, Some(address)).await, dir }
    }

    /// Stops and starts again, on the same port.
    pub(crate) async fn restart(self) -> Self {
        self.restart_after(|_| ()).await
    }

    pub(crate) async fn invite(&self, unit: &str, under: Option<&str>) -> String {
        let unit = self.hub().named(unit, under).unwrap();
        self.hub().invite(unit, String::new(), None).await.unwrap().code.to_string()
    }

    /// Joins the hub `above`, as its people would.
    pub(crate) async fn join(&self, above: &Self) {
        let code = above.invite(&self.hub().me.region().to_string(), None).await;
        self.hub().join(&TcpNet, &code, Lang::En).await.unwrap();
    }

    /// Calls the parent.
    pub(crate) async fn sync(&self) -> Called {
        // the certificate of a hub that has just joined is taken over by its keeper
        for _ in 0..100 {
            match self.running.bell.call_now().await {
                Err(CallError::NotJoined) => tokio::task::yield_now().await,
                called => return called.unwrap(),
            }
        }
        panic!("{} does not dial", self.hub().me);
    }
}

/// A province, a city, a county and a town, joined.
pub(crate) struct Tree {
    pub(crate) clock: Arc<SetClock>,
    pub(crate) province: Place,
    pub(crate) city: Place,
    pub(crate) county: Place,
    pub(crate) town: Place,
}

impl Tree {
    pub(crate) async fn joined() -> Self {
        let clock = evening();
        let province = Place::found("52", clock.clone()).await;
        let city = Place::found("5205", clock.clone()).await;
        let county = Place::found("520502", clock.clone()).await;
        let town = Place::found("520502100", clock.clone()).await;
        city.join(&province).await;
        county.join(&city).await;
        town.join(&county).await;
        Self { clock, province, city, county, town }
    }

    /// A school of the town, joined at the county.
    pub(crate) async fn school(&self, code: &str) -> School {
        let code = self.county.invite(code, Some("520502100")).await;
        School::join(&code, self.clock.clone()).await.unwrap()
    }

    /// The evening of another day.
    pub(crate) fn clock_at(&self, on: &str) -> Moment {
        Moment::at(day(on), 20 * 60)
    }

    /// The night from the bottom up.
    pub(crate) async fn night(&self) {
        for hub in [&self.town, &self.county, &self.city] {
            hub.sync().await;
        }
    }
}

/// A school's end of the link.
pub(crate) struct School {
    pub(crate) party: Party,
    pub(crate) parents: Vec<Parent>,
    pub(crate) post: Post,
    uplink: Uplink,
    identity: Arc<Identity>,
    pub(crate) quiet: Arc<Quiet>,
}

impl School {
    pub(crate) async fn join(code: &str, clock: Arc<dyn Clock>) -> Result<Self, JoinError> {
        Self::join_with(code, clock, Arc::new(SecretKey::generate())).await
    }

    pub(crate) async fn join_with(
        code: &str,
        clock: Arc<dyn Clock>,
        key: Arc<SecretKey>,
    ) -> Result<Self, JoinError> {
        let code: InviteCode = code.parse().unwrap();
        let rules = TlsRules::new(clock.clone());
        let leaf = csr::request(&code.unit, &key);
        let request = Request { leaf, authority: vec![], address: String::new(), seal_key: vec![] };
        let joined = join(&TcpNet, &Ticket::from(code.clone()), request, &rules, Lang::En).await?;
        let (leaf, above) = joined.chain.split_first().unwrap();
        let leaf = Certificate::leaf(leaf.clone()).unwrap();
        let identity = Identity::new(key, leaf, Lineage::new(above.to_vec()).unwrap()).unwrap();
        Ok(Self::with(code.unit, joined.parents, identity, clock))
    }

    pub(crate) fn with(
        party: Party,
        parents: Vec<Parent>,
        identity: Identity,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let (desk, writer) = Desk::open(Arc::new(MemoryStore::default()));
        writer.spawn();
        let quiet: Arc<Quiet> = Arc::default();
        quiet.parents.lock().unwrap().clone_from(&parents);
        let handler = quiet.clone();
        let post = Post { me: party.clone(), desk, clock: clock.clone(), handler, speaks: Speaks::default() };
        let identity = Arc::new(identity);
        let uplink = Uplink::new(
            post.clone(),
            Arc::new(TcpNet),
            identity.clone(),
            TlsRules::new(clock),
            Limits::default(),
        );
        Self { party, parents, post, uplink, identity, quiet }
    }

    /// Writes a sheet; what is not named is 0.
    pub(crate) async fn write(&self, on: &str, revision: u32, counts: &[(Indicator, u64)]) {
        let sheet = Sheet {
            day: day(on),
            revision,
            counts: counted(counts),
            provisional: false,
            closed: self.post.clock.now(),
        };
        self.write_body(sheet_out(&sheet)).await;
    }

    pub(crate) async fn write_body(&self, body: Vec<u8>) {
        let (me, now) = (self.party.clone(), self.post.clock.now());
        let write = move |room: &mut Room<'_>| {
            book::append(room, &me, &Lane::Up, proto::link::post::random(), Kind::SHEET, body, now)
        };
        self.post.desk.act(write).await.unwrap();
    }

    /// Writes a letter.
    pub(crate) async fn send(&self, to: &Party, letter: Letter) {
        let (identity, to, now) = (self.identity.clone(), to.clone(), self.post.clock.now());
        let send = move |room: &mut Room<'_>| proto::parcel::send(room, &identity, &to, letter, now);
        self.post.desk.act(send).await.unwrap();
    }

    /// The letters that came since this was last asked.
    pub(crate) fn letters(&self) -> Vec<Letter> {
        std::mem::take(&mut *self.quiet.letters.lock().unwrap())
    }

    /// Asks for a certificate with this key at the next call.
    pub(crate) fn ask_renewal(&self, key: &SecretKey) {
        *self.quiet.renewal.lock().unwrap() = Some(csr::request(&self.party, key));
    }

    /// The same school with the certificate that the last call brought, on `key`.
    pub(crate) fn renewed(&self, key: Arc<SecretKey>) -> Self {
        let chain = self.quiet.renewed.lock().unwrap().clone();
        let (leaf, above) = chain.split_first().unwrap();
        let leaf = Certificate::leaf(leaf.clone()).unwrap();
        let identity = Identity::new(key, leaf, Lineage::new(above.to_vec()).unwrap()).unwrap();
        Self::with(self.party.clone(), self.parents.clone(), identity, self.post.clock.clone())
    }

    /// The first number that the school still keeps of its stream.
    pub(crate) async fn keeps_from(&self) -> u64 {
        let me = self.party.clone();
        let read = move |room: &mut Room<'_>| book::current(room, &me, &Lane::Up);
        self.post.desk.act(read).await.unwrap().unwrap().base
    }

    /// Calls the parent of this number in the order of preference.
    pub(crate) async fn call(&self, parent: usize) -> Result<Called, CallError> {
        self.call_at(&self.parents[parent]).await
    }

    /// Calls this parent.
    pub(crate) async fn call_at(&self, parent: &Parent) -> Result<Called, CallError> {
        self.uplink.call(parent, None).await
    }

    /// Whom it would dial by what it was told.
    pub(crate) fn dials(&self) -> Vec<Parent> {
        self.quiet.parents.lock().unwrap().clone()
    }
}

pub(crate) fn counted(counts: &[(Indicator, u64)]) -> Counts {
    let mut out = Counts::default();
    for (indicator, value) in counts {
        out.set(*indicator, *value);
    }
    out
}

/// The counters of a school where everyone is there but those suspected.
pub(crate) fn pupils(all: u64, suspected: u64) -> Vec<(Indicator, u64)> {
    vec![
        (Indicator::OnRoll, all),
        (Indicator::Enrolled, all - suspected),
        (Indicator::Suspected, suspected),
        (Indicator::ClassesDue, 1),
        (Indicator::ClassesCalled, 1),
    ]
}

/// The counters of the figure of `place` at a hub, by code.
pub(crate) async fn figure(place: &Place, of: &str, on: &str) -> hub::view::View {
    let region = proto::model::division::Divisions::shipped().find(of).unwrap();
    place.hub().figures(region, Some((day(on), day(on)))).await.unwrap().view
}

/// A school that takes whatever comes down.
#[derive(Default)]
pub(crate) struct Quiet {
    pub(crate) receipts: Mutex<Vec<String>>,
    letters: Mutex<Vec<Letter>>,
    parents: Mutex<Vec<Parent>>,
    renewal: Mutex<Option<Vec<u8>>>,
    renewed: Mutex<Vec<Vec<u8>>>,
}

impl Handler for Quiet {
    fn take(&self, _: &mut Room<'_>, _: &StreamId, entry: &Entry, _: Moment) -> Result<Taken, StoreError> {
        if entry.kind == Kind::RECEIPT {
            let receipt = receipt_in(&entry.body).unwrap();
            self.receipts.lock().unwrap().push(format!("{} {}", receipt.seq, receipt.reason));
        }
        if entry.kind == Kind::PARCEL {
            let parcel = parcel_in(&entry.body).unwrap();
            self.letters.lock().unwrap().push(parcel_content_in(&parcel.content).unwrap().letter);
        }
        Ok(Taken::Applied)
    }

    fn passes_up(&self, _: &Room<'_>, _: &StreamId) -> Result<bool, StoreError> {
        Ok(false)
    }

    fn check(&self, _: &Document) -> Result<(), DocumentFault> {
        Ok(())
    }

    fn parents(&self, _: &Room<'_>) -> Result<Vec<Parent>, StoreError> {
        Ok(self.parents.lock().unwrap().clone())
    }

    fn dials(&self, _: &mut Room<'_>, parents: Vec<Parent>) -> Result<(), StoreError> {
        *self.parents.lock().unwrap() = parents;
        Ok(())
    }

    fn renewal(&self, _: &Party, _: Moment) -> Option<Vec<u8>> {
        self.renewal.lock().unwrap().take()
    }

    fn renewed(&self, _: &mut Room<'_>, chain: &[Vec<u8>], _: Moment) -> Result<(), StoreError> {
        *self.renewed.lock().unwrap() = chain.to_vec();
        Ok(())
    }
}
