//! A school to try things on: its folder, a clock that is set by hand, and a client of its services.

use std::path::PathBuf;
use std::sync::Arc;

use node::desk::School;
use node::files::Folder;
use node::serve::{Inside, Options, Running, inside, start};
use proto::link::net::TcpNet;
use proto::model::clock::SetClock;
use proto::model::day::{Day, Moment};
use proto::office::Counter;
use proto::store::{Room, StoreError};
use proto::wire::school as wire;
use proto::wire::school::school_client::SchoolClient;
use tonic::{Request, Status};

/// The school and what holds it open.
pub(crate) struct Campus {
    folder: tempfile::TempDir,
    pub(crate) clock: Arc<SetClock>,
    inside: Option<Inside>,
    /// Instead of [`Self::inside`]: running as it does in a school, with a hand on its inside.
    running: Option<(Running, Counter)>,
}

/// 2025-09-22 is a Monday; the national days of the year are known, so 28 September is a make-up day.
pub(crate) const MONDAY: &str = "2025-09-22";

pub(crate) fn day(text: &str) -> Day {
    text.parse().unwrap()
}

/// 17:00 of a day.
pub(crate) fn afternoon(text: &str) -> Moment {
    Moment::at(day(text), 17 * 60)
}

impl Campus {
    /// A new school on the afternoon of [`MONDAY`].
    pub(crate) async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Folder::at(folder.path().join("s")).create("2152000001", "520502", "示范小学").unwrap();
        let clock = Arc::new(SetClock::new(afternoon(MONDAY)));
        let mut campus = Self { folder, clock, inside: None, running: None };
        campus.open().await;
        campus
    }

    /// A school with classes 5.1 and 4.2, four children each.
    pub(crate) async fn with_roll() -> Self {
        let campus = Self::new().await;
        let reply = campus.import(&roll(&[(5, 1, 4), (4, 2, 4)]), false).await.unwrap();
        assert_eq!((reply.added.len(), reply.bad.len()), (8, 0), "{reply:?}");
        campus
    }

    pub(crate) fn options(&self) -> Options {
        Options::new(self.dir(), self.clock.clone(), Arc::new(TcpNet))
    }

    pub(crate) fn dir(&self) -> PathBuf {
        self.folder.path().join("s")
    }

    pub(crate) fn beside(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) async fn open(&mut self) {
        self.inside = Some(inside(self.options()).await.unwrap());
    }

    pub(crate) async fn close(&mut self) {
        self.inside.take().expect("it is open").close().await.unwrap();
    }

    /// Runs the school instead of just opening it.
    pub(crate) async fn run(&mut self) {
        let running = start(self.options()).await.unwrap();
        let counter = proto::office::reach(&self.dir()).await.unwrap().expect("it is running");
        self.running = Some((running, counter));
    }

    /// Stops the running school.
    pub(crate) async fn stop(&mut self) {
        let (running, counter) = self.running.take().expect("it is running");
        drop(counter);
        running.stop().await.unwrap();
    }

    /// Runs something in the running school's room.
    pub(crate) async fn within<T: Send + 'static>(
        &self,
        action: impl FnOnce(&School, &mut Room<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> T {
        let school = self.running.as_ref().expect("it is running").0.school.clone();
        school.clone().desk().act(move |room| action(&school, room)).await.unwrap()
    }

    /// The running school's backup, put in the place of its store, running again.
    pub(crate) async fn put_back(&mut self, copy: &std::path::Path) {
        self.stop().await;
        let store = self.dir().join("store");
        std::fs::remove_dir_all(&store).unwrap();
        let key = proto::store::KeyFile::open(&self.dir().join("store.key")).unwrap();
        let me = "p52/c5205/d520502/s2152000001".parse().unwrap();
        proto::store::restore(copy, &key, &me, &store, proto::store::Options::node()).unwrap();
        self.run().await;
    }

    pub(crate) async fn reopen(&mut self) {
        self.close().await;
        self.open().await;
    }

    pub(crate) fn set(&self, moment: Moment) {
        self.clock.set(moment);
    }

    pub(crate) fn now(&self) -> Moment {
        proto::model::clock::Clock::now(&*self.clock)
    }

    pub(crate) fn client(&self) -> SchoolClient<Counter> {
        let inside = self.inside.as_ref().map(|inside| inside.counter.clone());
        let running = || self.running.as_ref().map(|(_, counter)| counter.clone());
        SchoolClient::new(inside.or_else(running).expect("it is open"))
    }

    pub(crate) async fn import(&self, file: &str, dry_run: bool) -> Result<wire::ImportRosterReply, Status> {
        let request = wire::ImportRosterRequest {
            file: file.as_bytes().to_vec(),
            file_name: "r.csv".to_owned(),
            dry_run,
            since: String::new(),
        };
        Ok(self.client().import_roster(en(request)).await?.into_inner())
    }

    /// Calls the roll of a class with the given marks.
    pub(crate) async fn call(
        &self,
        class: &str,
        day: &str,
        absences: &[(&str, &str)],
        correction: &str,
    ) -> Result<wire::CallRollReply, Status> {
        let absences =
            absences.iter().map(|(c, m)| wire::Absence { child: (*c).to_owned(), mark: (*m).to_owned() });
        let request = wire::CallRollRequest {
            class: class.to_owned(),
            day: day.to_owned(),
            absences: absences.collect(),
            correction: correction.to_owned(),
            by: "teacher".to_owned(),
        };
        Ok(self.client().call_roll(en(request)).await?.into_inner())
    }

    pub(crate) async fn fact(&self, fact: wire::RecordFactRequest) -> Result<wire::RecordFactReply, Status> {
        Ok(self.client().record_fact(en(fact)).await?.into_inner())
    }

    pub(crate) async fn explain(&self, child: &str) -> wire::ExplainChildReply {
        let request = wire::ExplainChildRequest { child: child.to_owned() };
        self.client().explain_child(en(request)).await.unwrap().into_inner()
    }

    pub(crate) async fn status_of(&self, child: &str) -> String {
        self.explain(child).await.child.unwrap().status
    }

    /// Closes all days up to now; gives the days and revisions of the sheets that were drawn up.
    pub(crate) async fn close_days(&self) -> Result<Vec<(String, u32)>, Status> {
        let reply = self.client().close_day(en(wire::CloseDayRequest::default())).await?.into_inner();
        Ok(reply.sheets.into_iter().map(|sheet| (sheet.day, sheet.revision)).collect())
    }

    /// Closes all days up to the one that is named; gives how many sheets were drawn up.
    pub(crate) async fn close_upto(&self, day: &str) -> Result<usize, Status> {
        let request = wire::CloseDayRequest { day: day.to_owned() };
        Ok(self.client().close_day(en(request)).await?.into_inner().sheets.len())
    }

    /// A figure of a day's sheet.
    pub(crate) async fn figure(&self, day: &str, code: &str) -> u64 {
        let request = wire::ShowSheetRequest { day: day.to_owned() };
        let sheet = self.client().show_sheet(en(request)).await.unwrap().into_inner().sheet.unwrap();
        sheet.figures.iter().find(|figure| figure.code == code).unwrap().value
    }

    pub(crate) async fn status(&self) -> wire::StatusReply {
        self.client().status(en(wire::StatusRequest {})).await.unwrap().into_inner()
    }

    pub(crate) async fn notices(&self) -> Vec<String> {
        self.status().await.notices.into_iter().map(|notice| notice.code).collect()
    }

    /// Both classes call the roll on each of `days` at 17:00; `absent` of 5.1 is missing, and the day is
    /// closed.
    pub(crate) async fn school_days(&self, days: &[&str], absent: &str) {
        for day in days {
            self.set(afternoon(day));
            self.call("5.1", day, &[(absent, "absent")], "").await.unwrap();
            self.call("4.2", day, &[], "").await.unwrap();
            self.close_days().await.unwrap();
        }
    }
}

/// A request of an English reader.
pub(crate) fn en<T>(message: T) -> Request<T> {
    said(message, "en")
}

pub(crate) fn said<T>(message: T, lang: &'static str) -> Request<T> {
    let mut request = Request::new(message);
    request.metadata_mut().insert("guixue-lang", lang.parse().unwrap());
    request
}

pub(crate) fn rule(status: &Status) -> &str {
    status.metadata().get("guixue-rule").map_or("", |value| value.to_str().unwrap())
}

const HEADER: &str = "姓名,性别,身份证件类型,身份证件号,出生日期,年级,班级,联系电话\n";

/// A roster of classes with so many children each: (grade, class, children). Names are 甲5101 and so on.
pub(crate) fn roll(classes: &[(u8, u16, u32)]) -> String {
    let mut out = HEADER.to_owned();
    for (grade, class, children) in classes {
        for n in 1..=*children {
            out += &pupil(*grade, *class, n);
        }
    }
    out
}

/// One line of a roster.
pub(crate) fn pupil(grade: u8, class: u16, n: u32) -> String {
    let year = 2020 - i32::from(grade);
    let id = id_number(year, u32::from(grade) * 10_000 + u32::from(class) * 100 + n);
    let name = name(grade, class, n);
    format!("{name},男,居民身份证,{id},{year}-01-15,{grade},{class}班,\n")
}

/// 甲 and digits in Chinese: names have no ASCII digits.
pub(crate) fn name(grade: u8, class: u16, n: u32) -> String {
    const DIGITS: [&str; 10] = ["零", "一", "二", "三", "四", "五", "六", "七", "八", "九"];
    let number = u32::from(grade) * 1_000 + u32::from(class) * 100 + n;
    let digits = number.to_string();
    digits.bytes().fold("甲".to_owned(), |name, digit| name + DIGITS[usize::from(digit - b'0')])
}

/// A citizen's number with a right check digit (GB 11643), of a place that does not exist.
fn id_number(year: i32, n: u32) -> String {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    // the sequence is odd, for a boy; places spread the rest
    let body = format!("99{:04}{year}0115{:03}", n / 400, n % 400 * 2 + 1);
    let sum: u32 = body.bytes().zip(WEIGHTS).map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
    format!("{body}{}", char::from(b"10X98765432"[(sum % 11) as usize]))
}
