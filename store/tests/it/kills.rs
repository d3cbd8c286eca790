//! Processes that share a file are killed at random moments: none takes what another one has, and
//! nothing that was written is lost.
//!
//! The program is this binary, with one test.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Write as _;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use drivebell_store::{CheckpointStore, SqliteStore};
use rusqlite::Connection;
use tokio::process::{Child, Command};
use tokio::time::sleep;

use crate::folder::Folder;
use crate::records::{checkpoint, ownership, within};

/// `DRIVEBELL_KILLS` kills more often.
const KILLS: usize = 30;

const PROCESSES: usize = 4;

const FILE: &str = "DRIVEBELL_PROGRAM_FILE";
const LOG: &str = "DRIVEBELL_PROGRAM_LOG";
const STEPS: &str = "DRIVEBELL_PROGRAM_STEPS";

/// The program by itself. The others start this test in a process of its own, with the variables.
#[tokio::test]
async fn the_program_that_is_killed_counts() {
    if let Ok(steps) = std::env::var(STEPS) {
        return count(steps.parse().unwrap()).await;
    }
    let folder = Folder::new();
    finish(start(&folder, "alone", 10)).await;
    assert_eq!(epochs(&folder.file("alone")).len(), 10);
}

/// Takes a partition from its owner and counts on in a checkpoint, again and again. Writes down what
/// only it can have written.
async fn count(steps: u64) {
    let variable = |name: &str| std::env::var(name).expect("the others set it");
    let store = SqliteStore::open(variable(FILE)).unwrap();
    let me = variable(LOG);
    let mut log = File::options().append(true).create(true).open(&me).unwrap();
    let mut done = 0;
    while done < steps {
        let listed = store.list_ownership().await.unwrap();
        let mut record = listed
            .into_iter()
            .next()
            .unwrap_or_else(|| ownership("p0000", ""));
        record.owner.clone_from(&me);
        record.epoch += u64::from(record.revision.is_some());
        if let Some(mine) = store.claim_ownership(&[record]).await.unwrap().first() {
            // In one write, so that no kill comes between a line and its end.
            log.write_all(format!("epoch {}\n", mine.epoch).as_bytes())
                .unwrap();
            done += 1;
        }
        let listed = store.list_checkpoints(&["p0000".to_owned()]).await.unwrap();
        let next = listed.into_iter().next();
        let mut next = next.unwrap_or_else(|| checkpoint("p0000", "drive"));
        next.sequence += 1;
        // Larger than a page, so that it takes several writes.
        next.memo = format!("{:08}", next.sequence).repeat(1_000);
        if let Some(mine) = store.update_checkpoint(&next).await.unwrap() {
            log.write_all(format!("sequence {}\n", mine.sequence).as_bytes())
                .unwrap();
        }
    }
}

fn start(folder: &Folder, log: &str, steps: u64) -> Child {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args([
            "--exact",
            "kills::the_program_that_is_killed_counts",
            "--nocapture",
        ])
        .env(FILE, folder.file("store.db"))
        .env(LOG, folder.file(log))
        .env(STEPS, steps.to_string())
        .stdout(Stdio::null())
        .kill_on_drop(true);
    command.spawn().unwrap()
}

async fn finish(mut program: Child) {
    assert!(within(program.wait()).await.unwrap().success());
}

/// The epochs in a log.
fn epochs(log: &Path) -> Vec<u64> {
    let text = fs::read_to_string(log).unwrap_or_default();
    let lines = text
        .split_inclusive('\n')
        .filter_map(|line| line.strip_prefix("epoch "));
    lines.map(|number| number.trim().parse().unwrap()).collect()
}

/// What all processes have written down, and how often.
fn written(folder: &Folder) -> BTreeMap<String, usize> {
    let mut lines = BTreeMap::new();
    for entry in fs::read_dir(folder.path()).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none() {
            for line in fs::read_to_string(path).unwrap().lines() {
                *lines.entry(line.to_owned()).or_default() += 1;
            }
        }
    }
    lines
}

fn intact(file: &Path) {
    let connection = Connection::open(file).unwrap();
    let says: String = connection
        .query_row("PRAGMA integrity_check", [], |row| row.get(0))
        .unwrap();
    assert_eq!(says, "ok");
}

#[tokio::test]
async fn processes_that_open_a_new_file_at_once_share_it() {
    let folder = Folder::new();
    let programs: Vec<Child> = (0..8)
        .map(|number| start(&folder, &format!("log{number}"), 20))
        .collect();
    for program in programs {
        finish(program).await;
    }
    intact(&folder.file("store.db"));
    let lines = written(&folder);
    assert!(
        lines.values().all(|count| *count == 1),
        "two processes have the same epoch or sequence"
    );
    let store = SqliteStore::open(folder.file("store.db")).unwrap();
    let record = store.list_ownership().await.unwrap().remove(0);
    assert_eq!(record.epoch, 8 * 20);
    for epoch in 1..=record.epoch {
        assert!(lines.contains_key(&format!("epoch {epoch}")), "{epoch}");
    }
}

#[tokio::test]
async fn killed_processes_lose_nothing_and_leave_the_file_to_the_others() {
    let kills = std::env::var("DRIVEBELL_KILLS").ok();
    let kills = kills.and_then(|kills| kills.parse().ok()).unwrap_or(KILLS);
    let folder = Folder::new();
    let mut random = fastrand::Rng::new();
    let mut programs: Vec<Child> = (0..PROCESSES)
        .map(|number| start(&folder, &format!("log{number}"), u64::MAX))
        .collect();
    for number in 0..kills {
        // In the middle of its work, or as it starts.
        sleep(Duration::from_millis(random.u64(0..150))).await;
        let log = format!("log{}", PROCESSES + number);
        let new = start(&folder, &log, u64::MAX);
        let victim = random.usize(..programs.len());
        let mut victim = std::mem::replace(&mut programs[victim], new);
        assert_eq!(victim.try_wait().unwrap(), None, "the others do not fail");
        within(victim.kill()).await.unwrap();
    }
    for mut program in programs {
        assert_eq!(program.try_wait().unwrap(), None, "the others do not fail");
        within(program.kill()).await.unwrap();
    }
    finish(start(&folder, "last", 5)).await;
    intact(&folder.file("store.db"));

    let lines = written(&folder);
    assert!(
        lines.values().all(|count| *count == 1),
        "two processes have the same epoch or sequence"
    );
    let store = SqliteStore::open(folder.file("store.db")).unwrap();
    let epoch = store.list_ownership().await.unwrap()[0].epoch;
    let listed = store.list_checkpoints(&["p0000".to_owned()]).await.unwrap();
    let sequence = listed[0].sequence;
    for (name, last) in [("epoch ", epoch), ("sequence ", sequence)] {
        let known = lines
            .keys()
            .filter_map(|line| line.strip_prefix(name)?.parse::<u64>().ok());
        let (count, latest) = known.fold((0, 0), |(count, latest), number| {
            (count + 1, number.max(latest))
        });
        assert!(latest <= last, "a write is lost");
        // A process that was killed between writing and writing it down has one that nobody knows.
        assert!(
            last - count <= (kills + PROCESSES) as u64,
            "{last} and {count}"
        );
        assert!(count > 100, "they hardly ran: {count}");
    }
}
