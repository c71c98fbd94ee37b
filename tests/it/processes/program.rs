//! The real programs, started and ended as operators and power cuts do.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Once, OnceLock};
use std::time::Duration;

use serde_json::Value;

/// How long anything may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// Where the built programs are. They are built first: with this test, so that the features are those of
/// `cargo test --workspace`, which has built them already.
fn programs() -> &'static Path {
    static BUILT: Once = Once::new();
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    let folder = FOLDER.get_or_init(|| {
        let own = std::env::current_exe().expect("this program knows where it is");
        own.ancestors().nth(2).expect("tests lie two folders below the programs").to_owned()
    });
    BUILT.call_once(|| {
        let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        cargo.args(["build", "--quiet", "--workspace", "--bins", "--test", "it"]);
        if folder.ends_with("release") {
            cargo.arg("--release");
        }
        cargo.current_dir(env!("CARGO_MANIFEST_DIR"));
        assert!(cargo.status().expect("cargo runs").success(), "the programs do not build");
    });
    folder
}

/// A program and its folder.
#[derive(Debug, Clone)]
pub(crate) struct Program {
    name: &'static str,
    dir: PathBuf,
    /// What stands before the program: `ip netns exec ..`.
    prefix: Vec<String>,
}

impl Program {
    pub(crate) fn node(dir: &Path) -> Self {
        Self { name: "guixue-node", dir: dir.to_owned(), prefix: Vec::new() }
    }

    pub(crate) fn hub(dir: &Path) -> Self {
        Self { name: "guixue-hub", dir: dir.to_owned(), prefix: Vec::new() }
    }

    /// The same inside a network namespace.
    pub(crate) fn inside(self, namespace: &str) -> Self {
        Self { prefix: ["ip", "netns", "exec", namespace].map(str::to_owned).to_vec(), ..self }
    }

    pub(crate) fn dir(&self) -> &Path {
        &self.dir
    }

    fn command(&self, args: &[&str]) -> Command {
        let program = programs().join(self.name);
        let mut command = match self.prefix.split_first() {
            None => Command::new(program),
            Some((first, rest)) => {
                let mut command = Command::new(first);
                command.args(rest).arg(program);
                command
            }
        };
        command.arg("--dir").arg(&self.dir).args(["--lang", "en"]).args(args);
        command
    }

    /// Runs one command to its end.
    pub(crate) fn try_run(&self, args: &[&str]) -> Output {
        self.command(args).output().expect("the program starts")
    }

    /// The same, which must end well.
    pub(crate) fn run(&self, args: &[&str]) -> String {
        let output = self.try_run(args);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{} {args:?}: {said}", self.name);
        String::from_utf8(output.stdout).expect("programs speak UTF-8")
    }

    /// The same, whose answer is JSON.
    pub(crate) fn ask(&self, args: &[&str]) -> Value {
        let args: Vec<&str> = ["--json"].iter().chain(args).copied().collect();
        let said = self.run(&args);
        serde_json::from_str(&said).unwrap_or_else(|error| panic!("{args:?}: {error}: {said}"))
    }

    /// Starts a command and does not wait for it.
    pub(crate) fn begin(&self, args: &[&str]) -> Guard {
        let mut command = self.command(args);
        Guard(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the program starts"))
    }

    /// Starts the daemon and waits until it is ready.
    pub(crate) fn start(&self) -> Daemon {
        let mut child = self.command(&["run"]);
        let mut child =
            child.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("the program starts");
        let said = child.stderr.take().expect("its log is a pipe");
        let (send, lines) = channel();
        // ends with the program, whose log it empties
        std::thread::spawn(move || {
            for line in BufReader::new(said).lines().map_while(Result::ok) {
                let _ = send.send(line);
            }
        });
        let mut daemon = Daemon { child: Guard(child), lines, log: Vec::new() };
        daemon.hear("local services on");
        daemon
    }
}

/// A child process that does not outlive the test.
#[derive(Debug)]
pub(crate) struct Guard(Child);

impl Guard {
    /// `kill -9`.
    pub(crate) fn kill(&mut self) {
        self.0.kill().expect("it was running");
        self.0.wait().expect("it has ended");
    }

    /// Waits for its end.
    pub(crate) fn wait(&mut self) -> ExitStatus {
        self.0.wait().expect("it ends")
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A running daemon and its log.
#[derive(Debug)]
pub(crate) struct Daemon {
    child: Guard,
    lines: Receiver<String>,
    log: Vec<String>,
}

impl Daemon {
    /// The first line of the log with `words` in it, now or later.
    pub(crate) fn hear(&mut self, words: &str) -> String {
        let mut at = 0;
        loop {
            if let Some(line) = self.log[at..].iter().find(|line| line.contains(words)) {
                return line.clone();
            }
            at = self.log.len();
            match self.lines.recv_timeout(PATIENCE) {
                Ok(line) => self.log.push(line),
                Err(_) => panic!("it never said {words:?}:\n{}", self.log.join("\n")),
            }
        }
    }

    /// `kill -9`.
    pub(crate) fn kill(mut self) {
        self.child.kill();
    }

    /// SIGTERM, and how it ended.
    pub(crate) fn terminate(mut self) -> ExitStatus {
        let id = self.child.0.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().expect("kill runs").success());
        self.child.wait()
    }
}
