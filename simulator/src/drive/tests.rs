use axum::body::Bytes;

use super::*;

fn names(path: &str) -> Vec<String> {
    path.split('/').map(ToOwned::to_owned).collect()
}

fn put(drive: &mut Drive, path: &str) -> String {
    let (item, _) = drive
        .put("root", &names(path), Bytes::from_static(b"abc"))
        .expect("a valid path");
    let index = item.index;
    drive.ids.write(index)
}

#[test]
fn an_upload_creates_the_folders_above_it() {
    let mut drive = Drive::new("d".into());
    let id = put(&mut drive, "a/b/c.txt");
    assert_eq!(drive.sequence(), 3);
    assert_eq!(drive.len(), 3);
    let item = drive.item(&id).expect("exists");
    assert_eq!(drive.names(item).join("/"), "a/b/c.txt");
    assert_eq!(drive.item("root").expect("exists").size, 3);
}

#[test]
fn an_upload_again_replaces_whatever_the_case() {
    let mut drive = Drive::new("d".into());
    let id = put(&mut drive, "a.txt");
    assert_eq!(put(&mut drive, "A.TXT"), id);
    let item = drive.item(&id).expect("exists");
    assert_eq!((item.version, item.content_version), (2, 2));
    assert_eq!(drive.sequence(), 2);
}

#[test]
fn a_refused_upload_leaves_nothing_behind() {
    let mut drive = Drive::new("d".into());
    put(&mut drive, "file");
    let before = drive.sequence();
    for (path, error) in [
        ("file/x", DriveError::NotAFolder),
        ("new/a*b", DriveError::InvalidName),
        ("new//b", DriveError::InvalidName),
    ] {
        assert_eq!(
            drive.put("root", &names(path), Bytes::new()).err(),
            Some(error)
        );
    }
    assert_eq!((drive.sequence(), drive.len()), (before, 1));
    assert_eq!(
        drive.put("root", &[], Bytes::new()).err(),
        Some(DriveError::NotAFile)
    );
}

#[test]
fn moves_that_cannot_be() {
    let mut drive = Drive::new("d".into());
    put(&mut drive, "a/b/x");
    put(&mut drive, "y");
    let id =
        |drive: &Drive, path| drive.id_of(drive.item_below("root", &names(path)).expect("exists"));
    let (a, b, x, y) = (
        id(&drive, "a"),
        id(&drive, "a/b"),
        id(&drive, "a/b/x"),
        id(&drive, "y"),
    );
    let mut refusal = |item: &str, name, parent| drive.update(item, name, parent).err();
    assert_eq!(refusal(&a, None, Some(&b)), Some(DriveError::IntoItself));
    assert_eq!(refusal(&a, None, Some(&a)), Some(DriveError::IntoItself));
    assert_eq!(refusal(&y, None, Some(&x)), Some(DriveError::NotAFolder));
    assert_eq!(refusal(&y, Some("A"), None), Some(DriveError::NameExists));
    assert_eq!(refusal("root", Some("A"), None), Some(DriveError::IsRoot));
    assert_eq!(refusal("none", Some("A"), None), Some(DriveError::NotFound));
}

#[test]
fn a_change_of_nothing_is_no_change() {
    let mut drive = Drive::new("d".into());
    let id = put(&mut drive, "a.txt");
    let (_, changed) = drive
        .update(&id, Some("a.txt"), Some("root"))
        .expect("allowed");
    assert!(!changed);
    assert_eq!(drive.sequence(), 1);
    let (item, changed) = drive.update(&id, Some("A.txt"), None).expect("allowed");
    assert!(changed);
    assert_eq!((item.version, item.content_version), (2, 1));
}

#[test]
fn what_is_deleted_leaves_tombstones() {
    let mut drive = Drive::new("d".into());
    let file = put(&mut drive, "a/b/x");
    let folder = drive.id_of(drive.item_below("root", &names("a")).expect("exists"));
    drive.delete(&folder).expect("deletable");
    assert_eq!(drive.len(), 0);
    assert_eq!(drive.item(&file).err(), Some(DriveError::NotFound));
    let index = drive.ids.read(&file).expect("an id");
    let tombstone = drive.at(index);
    assert!(tombstone.deleted && tombstone.position > 3);
    assert_eq!(drive.delete(&folder).err(), Some(DriveError::NotFound));
    // Its name is free again.
    assert_ne!(put(&mut drive, "a/b/x"), file);
}
