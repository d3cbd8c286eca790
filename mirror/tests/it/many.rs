//! Many drives in one file, as one stream.

use std::collections::BTreeMap;

use drivebell::{Credential, ErrorKind, MirrorOptions, Resource};
use drivebell_mirror::{MirrorClient as _, MirrorFile, MirrorSet};
use futures_util::StreamExt;

use crate::support::scene::{Scene, drive, quick, simulator, walked};
use crate::support::{text, within};

async fn scene() -> Scene {
    let server = simulator()
        .user("kim-s3cr3t", "b!kim")
        .drive("b!one")
        .drive("b!two")
        .seed("b!one", 30)
        .seed("b!two", 20)
        .seed("b!kim", 10)
        .page_size(7);
    Scene::with(server).await
}

fn mirror_all(scene: &Scene, resources: &[Resource]) -> MirrorSet {
    let options = MirrorOptions::default();
    let set = scene
        .client
        .mirror_all(resources, scene.file(), &options, &quick());
    set.unwrap()
}

/// Reads so many changes, and returns how many each drive has.
async fn read(set: &mut MirrorSet, count: usize) -> BTreeMap<String, u64> {
    let mut sequences: BTreeMap<String, u64> = BTreeMap::new();
    for _ in 0..count {
        let next = within(set.next()).await.expect("no end");
        let change = next.changes.expect("no error");
        assert_eq!(*next.member.resource(), change.resource);
        let last = sequences.entry(change.resource.to_string()).or_default();
        assert_eq!(change.sequence, *last + 1);
        *last += 1;
    }
    sequences
}

#[tokio::test]
async fn each_drive_has_its_tree_and_its_sequence() {
    let scene = scene().await;
    let (one, two) = (drive("b!one"), drive("b!two"));
    let mut set = mirror_all(&scene, &[one.clone(), two.clone()]);
    within(set.members().all_ready()).await.unwrap();
    let sequences = read(&mut set, 50).await;
    let expected = [(one.to_string(), 30), (two.to_string(), 20)];
    assert_eq!(sequences, BTreeMap::from(expected));
    for (resource, id) in [(&one, "b!one"), (&two, "b!two")] {
        let tree = set.members().tree(resource).unwrap();
        assert_eq!(walked(&tree), scene.paths(id).await);
    }
    scene.upload_to("/drives/b!two", "/new.txt", "new").await;
    let next = within(set.next()).await.unwrap();
    let change = next.changes.unwrap();
    assert_eq!(
        (text(&change).as_str(), change.sequence),
        ("created /new.txt", 21)
    );
    within(set.close()).await;

    let file = MirrorFile::open(scene.file()).unwrap();
    assert_eq!(file.resources().unwrap(), [one.clone(), two.clone()]);
    assert!(
        file.tree(&two)
            .unwrap()
            .unwrap()
            .get("/new.txt")
            .unwrap()
            .is_some()
    );

    // What was handed out last is not done; nothing else comes.
    let mut set = mirror_all(&scene, &[one, two]);
    let again = within(set.next()).await.unwrap().changes.unwrap();
    assert_eq!((again.sequence, &*again.path), (21, "/new.txt"));
    scene.upload_to("/drives/b!one", "/end.txt", "").await;
    let next = within(set.next()).await.unwrap().changes.unwrap();
    assert_eq!((next.sequence, &*next.path), (31, "/end.txt"));
}

#[tokio::test]
async fn a_refused_drive_ends_alone() {
    let scene = scene().await;
    let missing = drive("b!missing");
    let one = drive("b!one");
    let mut set = mirror_all(&scene, &[missing.clone(), one.clone()]);
    let mut created = 0;
    let mut refused = 0;
    while created < 30 || refused == 0 {
        let next = within(set.next()).await.unwrap();
        match next.changes {
            Ok(change) => {
                assert_eq!(change.resource, one);
                created += 1;
            }
            Err(error) => {
                assert_eq!(*next.member.resource(), missing);
                assert_eq!(error.status(), Some(404), "{error}");
                refused += 1;
            }
        }
    }
    let error = within(set.members().ready(&missing)).await.unwrap_err();
    assert_eq!(error.status(), Some(404));
    within(set.members().ready(&one)).await.unwrap();
    assert!(!set.is_finished());
    scene.upload_to("/drives/b!one", "/end.txt", "").await;
    let next = within(set.next()).await.unwrap().changes.unwrap();
    assert_eq!(&*next.path, "/end.txt");
}

#[tokio::test]
async fn drives_come_and_go_while_it_runs() {
    let scene = scene().await;
    let (one, two) = (drive("b!one"), drive("b!two"));
    let mut set = mirror_all(&scene, std::slice::from_ref(&one));
    assert_eq!(read(&mut set, 30).await.len(), 1);
    let members = set.members().clone();
    members.add(&two).unwrap();
    // Once more changes nothing.
    members.add(&two).unwrap();
    let sequences = read(&mut set, 20).await;
    assert_eq!(sequences, BTreeMap::from([(two.to_string(), 20)]));
    assert!(members.remove(&one));
    assert!(!members.remove(&one));
    assert_eq!(members.resources(), std::slice::from_ref(&two));
    assert_eq!(members.tree(&one).unwrap_err().kind(), ErrorKind::State);
    assert_eq!(members.stats(&one).unwrap_err().kind(), ErrorKind::State);
    assert_eq!(members.stats(&two).unwrap().sequence, 20);
    scene.upload_to("/drives/b!one", "/unseen.txt", "").await;
    scene.upload_to("/drives/b!two", "/seen.txt", "").await;
    let next = within(set.next()).await.unwrap().changes.unwrap();
    assert_eq!((next.resource, &*next.path), (two, "/seen.txt"));
    // It goes on where it was: nothing is missing, and nothing comes twice.
    members.add(&one).unwrap();
    let next = within(set.next()).await.unwrap().changes.unwrap();
    assert_eq!((&next.resource, &*next.path), (&one, "/unseen.txt"));
    assert_eq!(next.sequence, 31);
}

#[tokio::test]
async fn what_a_removed_drive_had_in_the_outbox_comes_when_it_returns() {
    let scene = scene().await;
    let (one, two) = (drive("b!one"), drive("b!two"));
    let mut set = mirror_all(&scene, std::slice::from_ref(&one));
    within(set.members().all_ready()).await.unwrap();
    // The first five of a chunk of thirty; the fifth is not done.
    read(&mut set, 5).await;
    let members = set.members().clone();
    members.remove(&one);
    members.add(&two).unwrap();
    within(members.ready(&two)).await.unwrap();
    let sequences = read(&mut set, 20).await;
    assert_eq!(sequences, BTreeMap::from([(two.to_string(), 20)]));
    members.add(&one).unwrap();
    let mut seen = 5;
    while seen < 30 {
        let change = within(set.next()).await.unwrap().changes.unwrap();
        assert_eq!(change.resource, one);
        assert!(
            change.sequence <= seen + 1,
            "{} after {seen}",
            change.sequence
        );
        seen = seen.max(change.sequence);
    }
}

#[tokio::test]
async fn another_users_drive_is_named_by_its_id() {
    let scene = scene().await;
    let kim = scene
        .client
        .with_credential(Credential::token("kim-s3cr3t").unwrap());
    let mut set = mirror_all(&scene, &[Resource::my_drive()]);
    let members = set.members().clone();
    within(members.all_ready()).await.unwrap();
    let error = members.add_for(&kim, &Resource::my_drive()).unwrap_err();
    assert_eq!(error.argument(), Some("resource"));
    members.add_for(&kim, &drive("b!kim")).unwrap();
    let sequences = read(&mut set, 10).await;
    assert_eq!(sequences.len(), 1);
    assert_eq!(*members.get(&drive("b!kim")).unwrap().client(), kim);
}

#[tokio::test]
async fn a_set_is_dropped_and_closed() {
    let scene = scene().await;
    let resources = [drive("b!one"), drive("b!two")];
    let set = mirror_all(&scene, &resources);
    let members = set.members().clone();
    drop(set);
    within(members.closed()).await;
    let set = mirror_all(&scene, &resources);
    within(set.close()).await;
    let mut set = mirror_all(&scene, &resources);
    within(scene.client.close()).await;
    let ends = async { while set.next().await.is_some() {} };
    within(ends).await;
    assert!(set.is_finished());
    let error = set.members().add(&drive("b!kim")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::State);
}
