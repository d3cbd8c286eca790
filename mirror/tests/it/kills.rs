//! A program that mirrors a drive is killed at random moments: nothing is lost, and nothing comes twice
//! under another sequence.
//!
//! The program is this binary, with one test.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Write as _;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use drivebell::Resource;
use drivebell_mirror::{MirrorClient as _, MirrorOptions};
use fastrand::Rng;
use futures_util::StreamExt;
use rusqlite::Connection;
use serde_json::Value;
use tokio::process::{Child, Command};
use tokio::time::sleep;

use crate::support::scene::{Scene, client, quick, simulator};
use crate::support::{until, within};

/// `DRIVEBELL_KILLS` kills more often.
const KILLS: usize = 12;

const BASE_URL: &str = "DRIVEBELL_PROGRAM_BASE_URL";
const FILE: &str = "DRIVEBELL_PROGRAM_FILE";
const LOG: &str = "DRIVEBELL_PROGRAM_LOG";

/// The program by itself. The others start this test in a process of its own, with the variables.
#[tokio::test]
async fn the_program_that_is_killed_logs_each_change() {
    if std::env::var(LOG).is_ok() {
        return log_changes().await;
    }
    let scene = Scene::with(simulator()).await;
    let log = scene.folder.file("log");
    scene.upload("/a.txt", "a").await;
    let program = Program::start(&scene, &log).await;
    until(async || Log::read(&log).paths().contains_key("/a.txt")).await;
    program.kill().await;
}

/// Handles each change by a line in its log, which is on the disk before it asks for the next one.
async fn log_changes() {
    let variable = |name: &str| std::env::var(name).expect("the others set it");
    let client = client(&variable(BASE_URL));
    let options = MirrorOptions::default();
    let mut mirror = client
        .mirror_with(&Resource::my_drive(), variable(FILE), &options, &quick())
        .unwrap();
    let mut log = File::options()
        .append(true)
        .create(true)
        .open(variable(LOG))
        .unwrap();
    while let Some(change) = mirror.next().await {
        // In one write, so that no kill comes between a line and its end.
        let line = change.unwrap().to_json() + "\n";
        log.write_all(line.as_bytes()).unwrap();
        log.sync_data().unwrap();
    }
}

/// The program, in a process of its own.
pub(crate) struct Program(Child);

impl Program {
    fn spawn(scene: &Scene, log: &Path) -> Self {
        Self(command(scene, &scene.file(), log).spawn().unwrap())
    }

    /// Starts it, and waits until it mirrors.
    pub(crate) async fn start(scene: &Scene, log: &Path) -> Self {
        let program = Self::spawn(scene, log);
        until(async || log.exists()).await;
        program
    }

    /// Ends it as a crash does.
    pub(crate) async fn kill(mut self) {
        within(self.0.kill()).await.unwrap();
    }
}

fn command(scene: &Scene, file: &Path, log: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args([
        "--exact",
        "kills::the_program_that_is_killed_logs_each_change",
    ]);
    configure(&mut command, scene, file, log);
    command
}

fn configure(command: &mut Command, scene: &Scene, file: &Path, log: &Path) {
    command
        .env(BASE_URL, scene.simulator.base_url())
        .env(FILE, file)
        .env(LOG, log)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_program_loses_nothing_and_repeats_only_what_it_had() {
    let kills = std::env::var("DRIVEBELL_KILLS").ok();
    let kills = kills.and_then(|kills| kills.parse().ok()).unwrap_or(KILLS);
    let server = simulator()
        .seed("b!me", 2_000)
        .page_size(25)
        .delta_lag(Duration::from_millis(100));
    let scene = Scene::with(server).await;
    let log = scene.folder.file("log");
    let mut random = Rng::new();
    for _ in 0..kills {
        let program = Program::spawn(&scene, &log);
        // In the middle of its work, or as it starts.
        let enough = length(&log) + random.u64(0..100_000);
        let latest = Duration::from_millis(random.u64(20..1_500));
        let edits = async {
            while length(&log) < enough {
                scene.edit(&mut random).await;
                sleep(Duration::from_millis(5)).await;
            }
        };
        let _ = tokio::time::timeout(latest, edits).await;
        program.kill().await;
        intact(&scene.file());
        Log::read(&log);
    }
    // The last one is left in peace until it has everything.
    let program = Program::spawn(&scene, &log);
    let paths = scene.paths("b!me").await;
    until(async || {
        sleep(Duration::from_millis(50)).await;
        Log::read(&log).paths() == paths
    })
    .await;
    program.kill().await;
    intact(&scene.file());
    // It was hit while it worked.
    let log = Log::read(&log);
    assert!(
        log.repeated > 0 && log.lines.len() > 2_000,
        "{}",
        log.repeated
    );
}

fn length(file: &Path) -> u64 {
    fs::metadata(file).map_or(0, |metadata| metadata.len())
}

fn intact(file: &Path) {
    if !file.exists() {
        return;
    }
    let connection = Connection::open(file).unwrap();
    let says: String = connection
        .query_row("PRAGMA integrity_check", [], |row| row.get(0))
        .unwrap();
    assert_eq!(says, "ok");
}

/// What the program has handled.
#[derive(Default)]
struct Log {
    /// By sequence.
    lines: BTreeMap<u64, String>,
    repeated: usize,
}

impl Log {
    /// Reads it, and cuts off a line that the crash has torn.
    fn read(file: &Path) -> Self {
        let text = fs::read_to_string(file).unwrap_or_default();
        let mut log = Self::default();
        for line in text.lines().filter(|_| !text.is_empty()) {
            let Ok(change) = serde_json::from_str::<Value>(line) else {
                assert!(text.ends_with(line), "torn in the middle: {line}");
                continue;
            };
            let sequence = change["sequence"].as_u64().unwrap();
            if let Some(known) = log.lines.get(&sequence) {
                assert_eq!(known, line, "it comes again as it was");
                log.repeated += 1;
                continue;
            }
            let last = log.lines.last_key_value().map_or(0, |(last, _)| *last);
            assert_eq!(sequence, last + 1, "no hole");
            log.lines.insert(sequence, line.to_owned());
        }
        log
    }

    /// The changes applied in order to an empty table of paths.
    fn paths(&self) -> BTreeMap<String, String> {
        let mut paths: BTreeMap<String, String> = BTreeMap::new();
        for line in self.lines.values() {
            let change: Value = serde_json::from_str(line).unwrap();
            let path = change["path"].as_str().unwrap().to_owned();
            let id = change["item"]["id"].as_str().unwrap().to_owned();
            match change["kind"].as_str().unwrap() {
                "created" => assert!(paths.insert(path, id).is_none(), "{line}"),
                "modified" => assert_eq!(paths.get(&path), Some(&id), "{line}"),
                "deleted" => {
                    take(&mut paths, &path, &id, line);
                }
                _ => {
                    let old_path = change["old_path"].as_str().unwrap();
                    for (below, id) in take(&mut paths, old_path, &id, line) {
                        let new = format!("{path}{}", &below[old_path.len()..]);
                        assert!(paths.insert(new, id).is_none(), "{line}");
                    }
                }
            }
        }
        paths
    }
}

/// Removes a path and what is below it.
fn take(
    paths: &mut BTreeMap<String, String>,
    path: &str,
    id: &str,
    line: &str,
) -> Vec<(String, String)> {
    assert_eq!(paths.get(path).map(String::as_str), Some(id), "{line}");
    let folder = format!("{path}/");
    let below = paths
        .keys()
        .filter(|known| *known == path || known.starts_with(&folder));
    let below: Vec<String> = below.cloned().collect();
    below
        .into_iter()
        .filter_map(|path| paths.remove_entry(&path))
        .collect()
}
