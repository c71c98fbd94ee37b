//! The real programs: signals, sudden ends, a second process, a full disk.

mod program;
mod sudden;

use std::path::Path;

use proto::model::calendar::Calendar;
use proto::model::clock::{Clock, WallClock};
use proto::model::day::Day;
use serde_json::Value;
use tests::proxy::Proxy;
use tests::pupils::{Pupil, Size, roll};

pub(crate) use program::{Daemon, Program};

/// A county with a line in front of it, and one school of it.
pub(crate) struct Place {
    pub(crate) hub: Program,
    pub(crate) school: Program,
    pub(crate) line: Proxy,
    pub(crate) pupils: Vec<Pupil>,
    /// Past school days, ascending.
    pub(crate) days: Vec<Day>,
    address: String,
}

const SCHOOL: &str = "2152000001";

/// The last `count` days before today on which schools taught.
fn past_school_days(count: usize) -> Vec<Day> {
    let calendar = Calendar::build(&[]);
    let mut day = WallClock.now().day();
    let mut days = Vec::new();
    while days.len() < count {
        day = day.plus(-1);
        if calendar.day(day, None).counts {
            days.insert(0, day);
        }
    }
    days
}

impl Place {
    /// Makes both; nothing runs yet.
    pub(crate) async fn new(home: &Path, days: usize) -> Self {
        let line = Proxy::start(1, "county", 0.0).await.expect("a line");
        let (hub, school) = (Program::hub(&home.join("hub")), Program::node(&home.join("school")));
        Self::of(hub, school, line, "127.0.0.1", days)
    }

    /// The same with a line and programs of one's own; the hub listens on `address`.
    pub(crate) fn of(hub: Program, school: Program, line: Proxy, address: &str, days: usize) -> Self {
        let (public, listen) = (line.address().to_string(), format!("{address}:0"));
        hub.run(&["init", "--region", "520502", "--listen", &listen, "--public", &public]);
        free_ports(&hub);
        school.run(&["init", "--school", SCHOOL, "--under", "520502", "--name", "示范小学"]);
        let days = past_school_days(days);
        let pupils = roll(1, 1, days[0].date().year(), Size { grades: (1, 3), classes: 1, children: 8 });
        import(&school, &pupils, days[0]);
        Self { hub, school, line, pupils, days, address: address.to_owned() }
    }

    /// Starts the hub behind its line.
    pub(crate) fn start_hub(&self) -> Daemon {
        let mut running = self.hub.start();
        let said = running.hear("listens on ");
        let port = said.split(&format!("{}:", self.address)).nth(1).expect("it names its address");
        let port: String = port.chars().take_while(char::is_ascii_digit).collect();
        self.line.aim(format!("{}:{port}", self.address).parse().expect("an address"));
        running
    }

    /// The school joins the running hub.
    pub(crate) fn join(&self) {
        let invited = self.hub.ask(&["invite", SCHOOL, "--under", "520502"]);
        self.school.run(&["join", invited["code"].as_str().expect("a code")]);
    }

    /// Calls the roll of every class, with one child absent, and closes the day.
    pub(crate) fn close(&self, day: Day) {
        let day = day.to_string();
        for grade in 1..=3 {
            let class = format!("{grade}.1");
            let child =
                self.pupils.iter().find(|pupil| pupil.class.grade == grade).expect("no class is empty");
            self.school.run(&["attendance", "mark", &class, "--day", &day, "--absent", &child.roll_number]);
        }
        self.school.run(&["sheet", &day, "--close"]);
    }

    /// The county's figure of a day.
    pub(crate) fn figure(&self, day: Day) -> Value {
        self.hub.ask(&["rollup", "--day", &day.to_string()])["own"].clone()
    }
}

/// Several hubs of one machine cannot have the same port for their metrics.
fn free_ports(hub: &Program) {
    let path = hub.dir().join("config.toml");
    let settings = std::fs::read_to_string(&path).expect("init wrote the settings");
    let metrics =
        settings.lines().find(|line| line.starts_with("metrics")).expect("there is a line for them");
    let settings = settings.replace(metrics, "metrics = \"127.0.0.1:0\"");
    std::fs::write(&path, settings).expect("the settings can be written");
}

/// Imports a roll from a file.
fn import(school: &Program, pupils: &[Pupil], since: Day) {
    let mut dice = tests::dice::Dice::new(1, "processes");
    let file = tests::files::write(tests::files::Form::Xls, "示范小学", pupils, 0, &mut dice);
    let path = school.dir().join(&file.name);
    std::fs::write(&path, &file.bytes).expect("the folder is there");
    let path = path.to_str().expect("the path is text").to_owned();
    school.run(&["roster", "import", &path, "--since", &since.to_string()]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_term_signal_stops_both_programs_cleanly_and_they_go_on_where_they_were() {
    let home = tempfile::tempdir().expect("a folder");
    let place = Place::new(home.path(), 1).await;
    let (hub, school) = (place.start_hub(), place.school.start());
    place.join();
    place.close(place.days[0]);
    place.school.run(&["sync"]);
    for (daemon, program) in [(school, &place.school), (hub, &place.hub)] {
        assert_eq!(daemon.terminate().code(), Some(0));
        assert!(!program.dir().join("api.token").exists(), "nobody serves any more");
    }
    // both still answer, each opened by its own command
    assert_eq!(place.school.ask(&["sync", "status"])["waiting"], 0);
    assert_eq!(place.figure(place.days[0])["reported"], 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_process_on_the_same_folder_is_refused() {
    let home = tempfile::tempdir().expect("a folder");
    let place = Place::new(home.path(), 1).await;
    let (_hub, _school) = (place.start_hub(), place.school.start());
    for program in [&place.hub, &place.school] {
        let second = program.try_run(&["run"]);
        assert!(!second.status.success());
        let said = String::from_utf8_lossy(&second.stderr);
        assert!(said.contains("already") || said.contains("in use"), "{said}");
        // and the first goes on
        program.run(&["status"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_is_named_and_costs_nothing() {
    let home = tempfile::tempdir().expect("a folder");
    let Some(disk) = SmallDisk::mount(&home.path().join("disk")) else {
        println!("skipped: mounting a small disk needs root");
        return;
    };
    let place = Place::new(&disk.0, 1).await;
    let before = place.school.ask(&["status"]);
    let filler = disk.fill();
    let refused = place.school.try_run(&["attendance", "mark", "1.1", "--day", &place.days[0].to_string()]);
    let said = String::from_utf8_lossy(&refused.stderr);
    assert!(!refused.status.success(), "the disk is full");
    assert!(said.contains("full") || said.contains("space"), "{said}");
    std::fs::remove_file(filler).expect("the filler is ours");
    assert_eq!(place.school.ask(&["status"])["children"], before["children"]);
    place.close(place.days[0]);
}

/// A disk of a few megabytes, in memory.
struct SmallDisk(std::path::PathBuf);

impl SmallDisk {
    fn mount(at: &Path) -> Option<Self> {
        std::fs::create_dir(at).expect("a folder");
        let mounted = std::process::Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=24m", "tmpfs"])
            .arg(at)
            .stderr(std::process::Stdio::null())
            .status();
        mounted.is_ok_and(|status| status.success()).then(|| Self(at.to_owned()))
    }

    /// Fills what is left.
    fn fill(&self) -> std::path::PathBuf {
        let path = self.0.join("filler");
        let mut bytes = vec![0; 32 << 20];
        while !bytes.is_empty() && std::fs::write(&path, &bytes).is_err() {
            let half = bytes.len() / 2;
            // what was written before the disk was full stays
            if std::fs::metadata(&path).is_ok_and(|file| file.len() > half as u64) {
                break;
            }
            bytes.truncate(half);
        }
        path
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = std::process::Command::new("umount").arg("-l").arg(&self.0).status();
    }
}
