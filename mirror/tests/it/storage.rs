//! Files that cannot be used: an error by name, and the file untouched.

use std::fs::{self, File};
use std::path::Path;

use drivebell::{Error, ErrorKind, MirrorOptions, Resource};
use drivebell_mirror::{Mirror, MirrorClient as _, MirrorFile};
use futures_util::StreamExt;
use rusqlite::Connection;

use crate::support::scene::{Scene, client_of, drive, quick, simulator};
use crate::support::{next, told, within};

/// The code of the error with which a file is refused, which must stay as it is.
fn refused(scene: &Scene, file: &Path) -> String {
    let before = fs::read(file).ok();
    let error = scene
        .client
        .mirror(&Resource::my_drive(), file)
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Storage, "{error}");
    assert!(
        error.to_string().contains(file.to_str().unwrap()),
        "{error}"
    );
    assert_eq!(fs::read(file).ok(), before, "the file is untouched");
    error.code().unwrap_or_default().to_owned()
}

/// A file that was mirrored, and is closed.
async fn mirrored(scene: &Scene) {
    scene.upload("/a.txt", "content").await;
    let mut mirror = scene.mirror();
    told(&mut mirror, 1).await;
    within(mirror.close()).await;
}

#[tokio::test]
async fn a_file_of_another_program_is_not_a_mirror() {
    let scene = Scene::start().await;
    let file = scene.folder.file("other.db");
    let connection = Connection::open(&file).unwrap();
    connection
        .execute_batch("CREATE TABLE bookmark (url TEXT)")
        .unwrap();
    connection.close().unwrap();
    assert_eq!(refused(&scene, &file), "not_a_mirror");
    assert_eq!(
        MirrorFile::open(&file).unwrap_err().code(),
        Some("not_a_mirror")
    );
    let text = scene.folder.file("notes.txt");
    fs::write(&text, "Dear diary, this is no database. ".repeat(100)).unwrap();
    assert_eq!(refused(&scene, &text), "not_a_mirror");
    // Nothing is wrong with an empty one.
    let empty = scene.folder.file("empty.db");
    File::create(&empty).unwrap();
    let mirror = scene.client.mirror(&Resource::my_drive(), &empty).unwrap();
    within(mirror.ready()).await.unwrap();
}

#[tokio::test]
async fn a_file_of_a_newer_version_is_refused() {
    let scene = Scene::start().await;
    mirrored(&scene).await;
    let connection = Connection::open(scene.file()).unwrap();
    connection.pragma_update(None, "user_version", 99).unwrap();
    connection.close().unwrap();
    assert_eq!(refused(&scene, &scene.file()), "newer_version");
    let error = MirrorFile::open(scene.file()).unwrap_err();
    assert_eq!(error.code(), Some("newer_version"));
}

#[tokio::test]
async fn a_file_of_another_drive_is_refused() {
    let scene = Scene::start().await;
    mirrored(&scene).await;
    let before = fs::read(scene.file()).unwrap();
    let other = drive("b!team");
    let error = scene.client.mirror(&other, scene.file()).unwrap_err();
    assert_eq!(error.code(), Some("other_drive"), "{error}");
    assert_eq!(fs::read(scene.file()).unwrap(), before);
}

#[tokio::test]
async fn the_drive_of_another_user_is_another_drive() {
    let scene = Scene::with(simulator().user("kim-s3cr3t", "b!kim").seed("b!kim", 5)).await;
    mirrored(&scene).await;
    let kim = client_of(&scene.simulator.base_url(), "kim-s3cr3t");
    let mut mirror = kim.mirror(&Resource::my_drive(), scene.file()).unwrap();
    // The checkpoint is Graph's of the other drive: as if it had expired.
    let error = loop {
        match within(mirror.next()).await.unwrap() {
            Ok(change) => assert_eq!(&*change.path, "/a.txt", "it was not done"),
            Err(error) => break error,
        }
    };
    let is_refused = error.code() == Some("other_drive") || error.status() == Some(400);
    assert!(is_refused, "{error:?}");
    within(mirror.close()).await;
    let tree = MirrorFile::open(scene.file()).unwrap();
    let tree = tree.tree(&Resource::my_drive()).unwrap().unwrap();
    assert_eq!(
        tree.stats().unwrap().rows,
        2,
        "the tree is the first user's"
    );
}

#[tokio::test]
async fn a_read_only_file_is_refused() {
    let scene = Scene::start().await;
    mirrored(&scene).await;
    // Root may write to any file, but nobody to a file whose header forbids it.
    let mut bytes = fs::read(scene.file()).unwrap();
    bytes[18] = 9;
    let file = scene.folder.file("header.db");
    fs::write(&file, &bytes).unwrap();
    assert_eq!(refused(&scene, &file), "read_only");

    let mut permissions = fs::metadata(scene.file()).unwrap().permissions();
    permissions.set_readonly(true);
    fs::set_permissions(scene.file(), permissions).unwrap();
    if File::options().write(true).open(scene.file()).is_err() {
        assert_eq!(refused(&scene, &scene.file()), "read_only");
    }
    // Reading needs no right to write.
    let tree = MirrorFile::open(scene.file()).unwrap();
    assert_eq!(tree.resources().unwrap(), [Resource::my_drive()]);
}

#[tokio::test]
async fn a_damaged_file_is_refused_or_ends_the_stream() {
    let scene = Scene::with(simulator().seed("b!me", 300)).await;
    mirrored(&scene).await;
    let mut bytes = fs::read(scene.file()).unwrap();
    let end = bytes.len();
    bytes[4_000..end].fill(0x5a);
    fs::write(scene.file(), &bytes).unwrap();
    let code = match scene.try_mirror(|_| {}) {
        Err(error) => error.code().map(str::to_owned),
        Ok(mut mirror) => {
            let error = loop {
                if let Err(error) = within(mirror.next()).await.unwrap() {
                    break error;
                }
            };
            error.code().map(str::to_owned)
        }
    };
    assert_eq!(code.as_deref(), Some("damaged"));
}

#[tokio::test]
async fn a_change_that_cannot_be_read_ends_the_stream() {
    let scene = Scene::start().await;
    scene.upload("/a.txt", "content").await;
    let mut mirror = scene.mirror();
    next(&mut mirror).await;
    // It is not done: nobody has asked for more.
    within(mirror.close()).await;
    let connection = Connection::open(scene.file()).unwrap();
    let sql = "UPDATE outbox SET changes = replace(changes, 'created', 'guessed')";
    assert_eq!(connection.execute(sql, []).unwrap(), 1);
    connection.close().unwrap();

    let mut mirror = scene.mirror();
    let error = within(mirror.next()).await.unwrap().unwrap_err();
    assert_eq!(error.code(), Some("damaged"), "{error}");
    let file = scene.file();
    assert!(
        error.to_string().contains(file.to_str().unwrap()),
        "{error}"
    );
    assert!(within(mirror.next()).await.is_none());
}

#[tokio::test]
async fn a_path_at_which_no_file_can_be_is_refused() {
    let scene = Scene::start().await;
    let missing = scene.folder.file("none").join("drive.db");
    assert_eq!(refused(&scene, &missing), "inaccessible");
    let error = MirrorFile::open(&missing).unwrap_err();
    assert_eq!(error.code(), Some("inaccessible"), "{error}");
    let argument = |result: Result<Mirror, Error>| {
        let error = result.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidArgument, "{error}");
        error.argument().map(str::to_owned)
    };
    let folder = scene
        .client
        .mirror(&Resource::my_drive(), scene.folder.path());
    assert_eq!(argument(folder).as_deref(), Some("file"));
    let empty = scene.client.mirror(&Resource::my_drive(), "");
    assert_eq!(argument(empty).as_deref(), Some("file"));
    let error = MirrorFile::open(scene.folder.path()).unwrap_err();
    assert_eq!(error.argument(), Some("file"));
}

#[tokio::test]
async fn a_second_mirror_of_a_file_in_one_process_is_refused() {
    let scene = Scene::start().await;
    let mut mirror = scene.mirror();
    let error = scene.try_mirror(|_| {}).unwrap_err();
    assert_eq!(
        (error.kind(), error.argument()),
        (ErrorKind::InvalidArgument, Some("file"))
    );
    // By any way of writing its path.
    let other = scene.folder.path().join(".").join("drive.db");
    let error = scene
        .client
        .mirror(&Resource::my_drive(), other)
        .unwrap_err();
    assert_eq!(error.argument(), Some("file"));
    let options = MirrorOptions::default();
    let all = [drive("b!team")];
    let error = scene
        .client
        .mirror_all(&all, scene.file(), &options, &quick());
    assert_eq!(error.unwrap_err().argument(), Some("file"));
    scene.upload("/a.txt", "").await;
    assert_eq!(&*next(&mut mirror).await.path, "/a.txt");
}

#[tokio::test]
async fn a_file_that_another_process_mirrors_is_locked() {
    let scene = Scene::start().await;
    mirrored(&scene).await;
    let held = crate::kills::Program::start(&scene, &scene.folder.file("log")).await;
    assert_eq!(refused_while_mirrored(&scene), "locked");
    // Reading is allowed.
    assert!(MirrorFile::open(scene.file()).is_ok());
    held.kill().await;
    // The lock ended with the process.
    within(scene.mirror().ready()).await.unwrap();
}

fn refused_while_mirrored(scene: &Scene) -> String {
    let error = scene.try_mirror(|_| {}).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Storage);
    error.code().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn another_program_that_holds_the_file_for_a_moment_is_waited_for() {
    let scene = Scene::start().await;
    let mut mirror = scene.mirror();
    within(mirror.ready()).await.unwrap();
    let other = Connection::open(scene.file()).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    scene.upload("/a.txt", "").await;
    let queried = async || mirror.stats().unwrap().changes.items > 1;
    crate::support::until(queried).await;
    assert!(mirror.try_next().is_none());
    other.execute_batch("COMMIT").unwrap();
    assert_eq!(&*next(&mut mirror).await.path, "/a.txt");
}
