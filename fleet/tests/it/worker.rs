//! A worker that finds no NATS: it waits, logs, and ends when it is told to.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::process::{Child, ChildStderr, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::support::Folder;

/// Only a failing test waits this long.
const DEADLINE: Duration = Duration::from_secs(60);

struct Worker {
    child: Child,
    stderr: BufReader<ChildStderr>,
}

impl Worker {
    /// With this configuration, and no NATS. Returns its first record too.
    fn start(settings: &str) -> (Self, String) {
        let folder = Folder::new();
        let file = folder.with("fleet.toml", settings);
        // A port that nothing listens at any more.
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("nats://{}", listener.local_addr().unwrap());
        drop(listener);
        let mut child = Command::new(env!("CARGO_BIN_EXE_drivebell-fleet"))
            .env_clear()
            .arg("--config")
            .arg(&file)
            .args(["--nats", &url, "--worker", "w"])
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stderr = BufReader::new(child.stderr.take().unwrap());
        // The file was read by the time of the first record.
        let mut first = String::new();
        stderr.read_line(&mut first).unwrap();
        (Self { child, stderr }, first)
    }

    fn signal(&self, name: &str) {
        let kill = Command::new("kill")
            .args([name, &self.child.id().to_string()])
            .status();
        assert!(kill.unwrap().success());
    }

    fn end(mut self) -> (Option<i32>, String) {
        let began = Instant::now();
        let mut rest = String::new();
        // Its end closes the pipe.
        std::io::Read::read_to_string(&mut self.stderr, &mut rest).unwrap();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return (status.code(), rest);
            }
            assert!(began.elapsed() < DEADLINE, "it does not end");
            std::thread::yield_now();
        }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_worker_waits_for_nats_until_it_is_told_to_end() {
    for signal in ["-TERM", "-INT"] {
        let (mut worker, first) = Worker::start("");
        assert!(first.contains("NATS is not there yet"), "{first}");
        assert!(worker.child.try_wait().unwrap().is_none(), "it waits");
        worker.signal(signal);
        let (code, rest) = worker.end();
        // It had nothing to hand over.
        assert_eq!(code, Some(0), "{signal}: {rest}");
    }
}

#[test]
fn records_may_be_json() {
    let (_worker, line) = Worker::start("log.format = \"json\"");
    let record: Value = serde_json::from_str(&line).unwrap();
    assert_eq!(record["level"], "WARN");
    assert_eq!(record["target"], "drivebell_fleet::nats::connection");
    assert!(
        record["message"]
            .as_str()
            .unwrap()
            .contains("NATS is not there yet"),
        "{line}"
    );
    assert!(
        record["error"]
            .as_str()
            .unwrap()
            .contains("cannot be reached"),
        "{line}"
    );
    let time = record["timestamp"].as_str().unwrap();
    assert!(
        time.ends_with('Z') && time.len() == "2026-01-01T00:00:00.000Z".len(),
        "{time}"
    );
}
