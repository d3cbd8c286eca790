//! Files that cannot be used: an error by name, and the file untouched.

use std::fs::{self, File};
use std::path::Path;

use drivebell::ErrorKind;
use drivebell_store::{CheckpointStore, SqliteStore};
use rusqlite::Connection;

use crate::folder::Folder;
use crate::records::{checkpoint, claim, ownership};

/// The code of the error with which a file is refused, which must stay as it is.
fn refused(file: &Path) -> String {
    let before = fs::read(file).ok();
    let error = SqliteStore::open(file).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Storage, "{error}");
    assert!(
        error.to_string().contains(file.to_str().unwrap()),
        "{error}"
    );
    assert_eq!(fs::read(file).ok(), before, "the file is untouched");
    error.code().unwrap_or_default().to_owned()
}

/// A store that was used, and is closed.
async fn used(file: &Path) {
    let store = SqliteStore::open(file).unwrap();
    claim(&store, ownership("p0000", "a")).await.unwrap();
}

#[tokio::test]
async fn a_file_of_another_program_is_not_a_store() {
    let folder = Folder::new();
    let file = folder.file("other.db");
    let connection = Connection::open(&file).unwrap();
    connection
        .execute_batch("CREATE TABLE bookmark (url TEXT)")
        .unwrap();
    connection.close().unwrap();
    assert_eq!(refused(&file), "not_a_store");
    let mirror = folder.file("mirror.db");
    let connection = Connection::open(&mirror).unwrap();
    connection
        .execute_batch("PRAGMA application_id = 0x6462656c; PRAGMA user_version = 1")
        .unwrap();
    connection.close().unwrap();
    assert_eq!(refused(&mirror), "not_a_store");
    let text = folder.file("notes.txt");
    fs::write(&text, "Dear diary, this is no database. ".repeat(100)).unwrap();
    assert_eq!(refused(&text), "not_a_store");
    // Nothing is wrong with an empty one.
    let empty = folder.file("empty.db");
    File::create(&empty).unwrap();
    used(&empty).await;
}

#[tokio::test]
async fn a_file_of_a_newer_version_is_refused() {
    let folder = Folder::new();
    let file = folder.file("store.db");
    used(&file).await;
    let connection = Connection::open(&file).unwrap();
    connection.pragma_update(None, "user_version", 99).unwrap();
    connection.close().unwrap();
    assert_eq!(refused(&file), "newer_version");
}

#[tokio::test]
async fn a_read_only_file_is_refused() {
    let folder = Folder::new();
    let file = folder.file("store.db");
    used(&file).await;
    // Root may write to any file, but nobody to a file whose header forbids it.
    let mut bytes = fs::read(&file).unwrap();
    bytes[18] = 9;
    let header = folder.file("header.db");
    fs::write(&header, &bytes).unwrap();
    assert_eq!(refused(&header), "read_only");

    let mut permissions = fs::metadata(&file).unwrap().permissions();
    permissions.set_readonly(true);
    fs::set_permissions(&file, permissions).unwrap();
    if File::options().write(true).open(&file).is_err() {
        assert_eq!(refused(&file), "read_only");
    }
}

#[test]
fn a_path_at_which_no_file_can_be_is_refused() {
    let folder = Folder::new();
    assert_eq!(
        refused(&folder.file("none").join("store.db")),
        "inaccessible"
    );
    for path in [folder.path(), Path::new("")] {
        let error = SqliteStore::open(path).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidArgument, "{error}");
        assert_eq!(error.argument(), Some("path"));
    }
}

#[tokio::test]
async fn a_damaged_file_is_named_by_the_call_that_finds_it() {
    let folder = Folder::new();
    let file = folder.file("store.db");
    let store = SqliteStore::open(&file).unwrap();
    for number in 0..200 {
        let checkpoint = checkpoint("p0000", &format!("drive {number}"));
        store.update_checkpoint(&checkpoint).await.unwrap();
    }
    drop(store);
    let mut bytes = fs::read(&file).unwrap();
    let end = bytes.len();
    bytes[8_192..end].fill(0x5a);
    fs::write(&file, &bytes).unwrap();
    let store = SqliteStore::open(&file).unwrap();
    let error = store
        .list_checkpoints(&["p0000".to_owned()])
        .await
        .unwrap_err();
    assert!(error.to_string().contains("is damaged"), "{error}");
    assert!(error.to_string().contains("move it away"), "{error}");
    assert!(!format!("{error:?}").contains("s3cr3t"), "{error:?}");
}
