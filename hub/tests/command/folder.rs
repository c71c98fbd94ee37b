//! A hub's folder, its binary, and its process.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;

/// A hub's folder and its binary.
pub(crate) struct Folder {
    pub(crate) dir: PathBuf,
    _all: tempfile::TempDir,
}

impl Folder {
    pub(crate) fn new() -> Self {
        let all = tempfile::tempdir().unwrap();
        Self { dir: all.path().join("hub"), _all: all }
    }

    pub(crate) fn county() -> Self {
        Self::at("520502")
    }

    pub(crate) fn at(region: &str) -> Self {
        let folder = Self::new();
        let made = folder.run(&[
            "init",
            "--region",
            region,
            "--listen",
            "127.0.0.1:0",
            "--public",
            "127.0.0.1:7443",
        ]);
        assert!(made.status.success(), "{}", said(&made));
        // the tests of one machine run side by side
        let config = folder.dir.join("config.toml");
        let text = std::fs::read_to_string(&config).unwrap().replace("127.0.0.1:9643", "127.0.0.1:0");
        std::fs::write(config, text).unwrap();
        folder
    }

    pub(crate) fn command(&self, args: &[&str]) -> Command {
        Self::command_in(&self.dir, args)
    }

    /// The same in another folder.
    pub(crate) fn command_in(dir: &Path, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_guixue-hub"));
        command.args(args).args(["--lang", "en", "--dir"]).arg(dir);
        command
    }

    pub(crate) fn run(&self, args: &[&str]) -> Output {
        self.command(args).output().unwrap()
    }

    pub(crate) fn json(&self, args: &[&str]) -> Value {
        let output = self.run(&[args, &["--json"]].concat());
        assert!(output.status.success(), "{args:?}: {}", said(&output));
        serde_json::from_slice(&output.stdout).unwrap()
    }

    pub(crate) fn refused(&self, args: &[&str]) -> String {
        let output = self.run(args);
        assert!(!output.status.success(), "{args:?} was not refused");
        said(&output)
    }

    pub(crate) fn file(&self, name: &str, text: &str) -> String {
        let path = self.dir.with_file_name(name);
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    }
}

pub(crate) fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// A hub's process, ended with the test.
pub(crate) struct Running {
    pub(crate) child: Child,
    metrics: String,
    // read no further, but open: the hub writes into it
    _log: Box<dyn Iterator<Item = String>>,
}

impl Running {
    pub(crate) fn of(folder: &Folder) -> Self {
        let mut command = folder.command(&["run"]);
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let mut log = BufReader::new(child.stderr.take().unwrap()).lines().map(Result::unwrap);
        let (mut services, mut metrics) = (false, None);
        // both are up when both have said so, in either order
        while !services || metrics.is_none() {
            let line = log.next().expect("the hub says where it listens");
            services |= line.contains("local services on");
            metrics = metrics.or_else(|| line.split("metrics and health on ").nth(1).map(first_word));
        }
        Self { child, metrics: metrics.unwrap(), _log: Box::new(log) }
    }

    pub(crate) fn http(&self, path: &str) -> String {
        let mut line = TcpStream::connect(&self.metrics).unwrap();
        write!(line, "GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n").unwrap();
        let mut answer = String::new();
        line.read_to_string(&mut answer).unwrap();
        answer
    }
}

fn first_word(text: &str) -> String {
    text.split_whitespace().next().unwrap().to_owned()
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
