//! Nights over a line of 64 kbit/s: a real school and a real hub, each in a network namespace of its own,
//! and between them a proxy that turns away, goes silent and resets. It needs root.
//!
//! ```text
//! school's namespace <-- veth, tbf 64 kbit/s --> this namespace: proxy <-- veth --> hub's namespace
//! ```

use std::process::{Command, Stdio};

use tests::proxy::Proxy;

use crate::processes::{Place, Program};

/// Two namespaces with a cable each to this one; gone at the end.
struct Cables {
    school: String,
    hub: String,
    /// The first three numbers of the two networks' addresses.
    networks: [String; 2],
}

/// Runs a system command; whether it worked.
fn system(line: &str) -> bool {
    let mut words = line.split_whitespace();
    let mut command = Command::new(words.next().expect("a command has a name"));
    command.args(words).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

impl Cables {
    /// `None` where this process may not, or the system has no such tools.
    fn lay() -> Option<Self> {
        let own = std::process::id();
        // private addresses that hardly anybody else uses, others for each process
        let networks = [0, 1].map(|n| format!("10.{}.{}", 180 + own % 64, own / 64 % 120 * 2 + n));
        let cables = Self { school: format!("gx{own}s"), hub: format!("gx{own}h"), networks };
        for (space, network) in [(&cables.school, &cables.networks[0]), (&cables.hub, &cables.networks[1])] {
            let laid = [
                format!("ip netns add {space}"),
                format!("ip link add {space}0 type veth peer name {space}1 netns {space}"),
                format!("ip addr add {network}.1/24 dev {space}0"),
                format!("ip link set {space}0 up"),
                format!("ip -n {space} addr add {network}.2/24 dev {space}1"),
                format!("ip -n {space} link set {space}1 up"),
                format!("ip -n {space} link set lo up"),
            ];
            if !laid.iter().all(|line| system(line)) {
                return None;
            }
        }
        let space = &cables.school;
        let slow = "root tbf rate 64kbit burst 1600 latency 2s";
        let slowed = system(&format!("tc qdisc add dev {space}0 {slow}"))
            && system(&format!("tc -n {space} qdisc add dev {space}1 {slow}"));
        slowed.then_some(cables)
    }
}

impl Drop for Cables {
    fn drop(&mut self) {
        for space in [&self.school, &self.hub] {
            system(&format!("ip link del {space}0"));
            system(&format!("ip netns del {space}"));
        }
    }
}

/// How bad the line is, and how often a call is tried in a night.
const CUT: f64 = 0.8;
const TRIES: usize = 40;

#[tokio::test(flavor = "multi_thread")]
async fn nights_go_through_a_bad_line_of_64_kbit() {
    let Some(cables) = Cables::lay() else {
        assert!(std::env::var_os("CI").is_none(), "in CI this test must run: it needs root, ip and tc");
        println!("skipped: network namespaces need root, ip and tc");
        return;
    };
    let home = tempfile::tempdir().expect("a folder");
    let [near, far] = &cables.networks;
    let line = Proxy::listen(&format!("{near}.1:0"), 3, "64 kbit", 0.0).await.expect("a line");
    let hub = Program::hub(&home.path().join("hub")).inside(&cables.hub);
    let school = Program::node(&home.path().join("school")).inside(&cables.school);
    let place = Place::of(hub, school, line, &format!("{far}.2"), 12);
    let (_hub, _school) = (place.start_hub(), place.school.start());
    place.join();
    place.line.weather(CUT);
    let (began, mut broken) = (tokio::time::Instant::now(), 0);
    for night in place.days.chunks(2) {
        for day in night {
            place.close(*day);
        }
        let tries = (0..TRIES).position(|_| place.school.try_run(&["sync"]).status.success());
        broken += tries.unwrap_or_else(|| panic!("not one of {TRIES} tries went through"));
    }
    println!(
        "{} nights in {:.1} s, {broken} calls broken",
        place.days.len() / 2,
        began.elapsed().as_secs_f64()
    );
    assert!(broken > 0, "the line was never bad");
    assert_eq!(place.school.ask(&["sync", "status"])["waiting"], 0);
    for day in &place.days {
        assert_eq!(place.figure(*day)["reported"], 1, "{day}");
    }
}
