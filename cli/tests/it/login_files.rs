//! Files of logins that must not be trusted.

#![cfg(unix)]

use std::fs;
use std::os::unix::fs::{PermissionsExt, chown, symlink};
use std::path::Path;

use drivebell_simulator::Simulator;

use crate::support::{Person, builder};

async fn signed_in(simulator: &Simulator) -> Person<'_> {
    Person::signed_in(simulator).await
}

/// Every command that would use the login refuses it, and sends nothing.
async fn assert_refused(simulator: &Simulator, person: &Person<'_>, words: &[&str]) {
    let before = simulator.requests().len();
    for command in [
        "watch /me/drive",
        "changes /me/drive --since now",
        "endpoint /me/drive",
        "doctor",
        "whoami",
        "whoami --offline",
    ] {
        let ended = person.setup().run(command).await;
        ended.assert_failed(3, words);
        ended.assert_failed(3, &[person.file().to_str().expect("text")]);
        assert_eq!(ended.stdout, "", "{command}");
    }
    assert_eq!(simulator.requests().len(), before);
}

fn set_mode(file: &Path, mode: u32) {
    fs::set_permissions(file, fs::Permissions::from_mode(mode)).expect("it exists");
}

#[tokio::test]
async fn a_file_that_others_can_read_is_refused() {
    let simulator = builder().start().await.unwrap();
    let person = signed_in(&simulator).await;
    for mode in [0o640, 0o604, 0o620, 0o666] {
        set_mode(&person.file(), mode);
        let octal = format!("mode {mode:o}");
        assert_refused(&simulator, &person, &[&octal, "chmod 600"]).await;
    }
    for mode in [0o600, 0o400] {
        set_mode(&person.file(), mode);
        person
            .setup()
            .run("endpoint /me/drive")
            .await
            .assert_quiet(0);
    }
}

#[tokio::test]
async fn a_file_over_the_limit_is_refused() {
    let simulator = builder().start().await.unwrap();
    let person = signed_in(&simulator).await;
    // The mode stays.
    fs::write(person.file(), " ".repeat(1024 * 1024 + 1)).unwrap();
    assert_refused(&simulator, &person, &["more than 1048576 bytes"]).await;
}

#[tokio::test]
async fn the_file_of_another_user_is_refused() {
    let simulator = builder().start().await.unwrap();
    let person = signed_in(&simulator).await;
    // Only root can give a file away; a unit test covers the check for other users.
    if chown(person.file(), Some(12_345), None).is_ok() {
        assert_refused(&simulator, &person, &["another user", "uid 12345"]).await;
    }
}

#[tokio::test]
async fn a_link_and_a_pipe_are_refused() {
    let simulator = builder().start().await.unwrap();
    let person = signed_in(&simulator).await;
    let target = person.folder.file("target");
    fs::rename(person.file(), &target).unwrap();
    symlink(&target, person.file()).unwrap();
    assert_refused(&simulator, &person, &["symbolic link"]).await;
    fs::remove_file(person.file()).unwrap();
    let mut mkfifo = std::process::Command::new("mkfifo");
    let made = mkfifo.arg(person.file()).status().unwrap();
    assert!(made.success());
    assert_refused(&simulator, &person, &["is not a file"]).await;
    // Signing in again cures it, and leaves alone what the link pointed to.
    let before = fs::read_to_string(&target).unwrap();
    fs::remove_file(person.file()).unwrap();
    symlink(&target, person.file()).unwrap();
    let ended = person.login().end().await;
    assert_eq!(ended.status.code(), Some(0), "{ended:?}");
    person
        .setup()
        .run("endpoint /me/drive")
        .await
        .assert_quiet(0);
    assert_eq!(fs::read_to_string(&target).unwrap(), before);
}

#[tokio::test]
async fn a_file_of_another_version_is_refused_and_can_be_deleted() {
    let simulator = builder().start().await.unwrap();
    let person = signed_in(&simulator).await;
    let text = person.text();
    for (other, expected) in [
        (text.replace("\"version\": 1", "\"version\": 7"), "format 7"),
        (text[..text.len() / 2].to_owned(), "damaged"),
    ] {
        fs::write(person.file(), other).unwrap();
        assert_refused(&simulator, &person, &[expected, "drivebell login"]).await;
    }
    person.setup().run("logout").await.assert_quiet(0);
    assert!(!person.file().exists());
}
