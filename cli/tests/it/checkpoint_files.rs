//! `drivebell changes` with a checkpoint file.

use std::fs;
use std::path::Path;

use crate::support::{Folder, Run, Setup, set_fault, start_with, until, upload};

/// Starts `drivebell changes` with this checkpoint file.
fn follow<'a>(simulator: &'a drivebell_simulator::Simulator, file: &Path, more: &str) -> Run<'a> {
    let setup = Setup::new(simulator).arg("changes").arg("/me/drive");
    setup.arg("--since").arg(file).start(more)
}

fn holds(file: &Path, checkpoint: &serde_json::Value) -> bool {
    let expected = format!(
        "{}\n",
        checkpoint["checkpoint"].as_str().expect("a checkpoint")
    );
    fs::read_to_string(file).is_ok_and(|text| text == expected)
}

#[tokio::test]
async fn a_second_run_continues_where_the_first_ended() {
    let simulator = start_with(25).await;
    let folder = Folder::new();
    let file = folder.file("checkpoint");
    let mut run = follow(&simulator, &file, "--from start");
    let (names, checkpoint) = run.caught_up().await;
    assert_eq!(names.len(), 26);
    until(|| holds(&file, &checkpoint)).await;
    run.kill().await;

    upload(&simulator, "between.txt").await;
    // --from matters only if the file does not exist.
    let mut run = follow(&simulator, &file, "--from start");
    let (mut names, checkpoint) = run.caught_up().await;
    names.retain(|name| name != "root");
    assert_eq!(names, ["between.txt"]);
    until(|| holds(&file, &checkpoint)).await;
    run.kill().await;
    assert_eq!(folder.names(), ["checkpoint"]);
}

#[tokio::test]
async fn a_run_that_is_killed_loses_nothing() {
    let simulator = start_with(25).await;
    let folder = Folder::new();
    let file = folder.file("checkpoint");
    // Graph responds to the endpoint call and the first page, but not to the second page.
    set_fault(&simulator, "hold=toClient,on=graph,skip=2");
    let mut run = follow(&simulator, &file, "--from start");
    let mut first = Vec::new();
    let checkpoint = loop {
        let line = run.line().await;
        if line["type"] == "checkpoint" {
            break line;
        }
        first.push(line["item"]["name"].as_str().unwrap().to_owned());
    };
    assert_eq!(checkpoint["caught_up"], false);
    until(|| holds(&file, &checkpoint)).await;
    run.kill().await;
    simulator.release_all();

    let mut run = follow(&simulator, &file, "");
    let (second, _) = run.caught_up().await;
    assert_eq!((first.len(), second.len()), (10, 16));
    assert!(
        second.iter().all(|name| !first.contains(name)),
        "{second:?}"
    );
}

#[tokio::test]
async fn a_missing_file_needs_from() {
    let simulator = start_with(3).await;
    let folder = Folder::new();
    let file = folder.file("checkpoint");
    let ended = follow(&simulator, &file, "").end().await;
    ended.assert_failed(5, &["checkpoint", "--from start", "--from now"]);
    assert!(folder.names().is_empty());

    let mut run = follow(&simulator, &file, "--from now");
    let (names, checkpoint) = run.caught_up().await;
    assert!(names.is_empty());
    until(|| holds(&file, &checkpoint)).await;
}

#[tokio::test]
async fn a_file_with_another_content_is_refused_and_unchanged() {
    let simulator = start_with(3).await;
    let folder = Folder::new();
    let file = folder.file("mine");
    let mut run = follow(&simulator, &file, "--from now");
    let (_, checkpoint) = run.caught_up().await;
    until(|| holds(&file, &checkpoint)).await;
    run.kill().await;
    let mine = fs::read_to_string(&file).unwrap();
    let requests = simulator.requests().len();

    for (content, resource, word) in [
        (
            mine.as_str(),
            "/drives/b!team",
            "is a checkpoint of /me/drive/root",
        ),
        ("", "/me/drive", "not a checkpoint"),
        ("start", "/me/drive", "not a checkpoint"),
        (&mine[..mine.len() / 2], "/me/drive", "not a checkpoint"),
        ("drivebell2.e30", "/me/drive", "not a checkpoint"),
    ] {
        let file = folder.with("other", content);
        let setup = Setup::new(&simulator).arg("changes").arg(resource);
        let ended = setup.arg("--since").arg(&file).run("--from start").await;
        ended.assert_failed(5, &["other", word, "--from start"]);
        assert_eq!(ended.stdout, "");
        assert_eq!(fs::read_to_string(&file).unwrap(), content);
    }
    assert_eq!(simulator.requests().len(), requests, "no request was sent");
    assert_eq!(folder.names(), ["mine", "other"]);
}

#[tokio::test]
async fn an_unusable_file_is_refused_at_once() {
    let simulator = start_with(3).await;
    let folder = Folder::new();
    fs::write(folder.file("binary"), [0xff, 0xfe]).unwrap();
    for (name, word) in [
        ("missing/checkpoint", "its folder is not writable"),
        ("", "cannot be read"),
        ("binary", "cannot be read"),
    ] {
        let ended = follow(&simulator, &folder.file(name), "--from now")
            .end()
            .await;
        ended.assert_failed(5, &[word]);
    }
    assert!(simulator.requests().is_empty());
    assert_eq!(folder.names(), ["binary"]);
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_file_that_cannot_be_replaced_ends_the_command_and_stays() {
    let simulator = start_with(25).await;
    let folder = Folder::new();
    let inner = folder.file("inner");
    fs::create_dir(&inner).unwrap();
    let file = inner.join("checkpoint");
    let mut run = follow(&simulator, &file, "--from now");
    let (_, checkpoint) = run.caught_up().await;
    until(|| holds(&file, &checkpoint)).await;
    fs::rename(&inner, folder.file("elsewhere")).unwrap();

    upload(&simulator, "new.txt").await;
    let ended = run.end().await;
    ended.assert_failed(5, &["could not be replaced", "come again"]);
    assert!(ended.stdout.contains("new.txt"), "{ended:?}");
    assert!(holds(
        &folder.file("elsewhere").join("checkpoint"),
        &checkpoint
    ));
}

#[cfg(unix)]
#[tokio::test]
async fn symbolic_links_and_permissions_are_kept() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let simulator = start_with(3).await;
    let folder = Folder::new();
    let file = folder.file("checkpoint");
    let mut run = follow(&simulator, &file, "--from now");
    let (_, checkpoint) = run.caught_up().await;
    until(|| holds(&file, &checkpoint)).await;
    run.kill().await;
    let mode = || fs::metadata(&file).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(), 0o600);
    fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
    let link = folder.file("link");
    symlink(&file, &link).unwrap();

    upload(&simulator, "new.txt").await;
    let mut run = follow(&simulator, &link, "");
    let (_, checkpoint) = run.caught_up().await;
    until(|| holds(&file, &checkpoint)).await;
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!(mode(), 0o640);
}
