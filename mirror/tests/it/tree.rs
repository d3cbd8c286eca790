//! Reading the tree.

use drivebell::Resource;
use drivebell_mirror::MirrorFile;

use crate::support::scene::{Scene, simulator, walked};
use crate::support::{told, within};

#[tokio::test]
async fn the_tree_is_read_by_path_and_by_id() {
    let scene = Scene::start().await;
    let id = scene.upload("/Reports/2026/plan.pdf", "content").await;
    scene.upload("/Reports/a.txt", "").await;
    scene.upload("/z.txt", "").await;
    let mirror = scene.mirror();
    within(mirror.ready()).await.unwrap();
    let item = mirror.get("/Reports/2026/plan.pdf").unwrap().unwrap();
    assert_eq!((item.id(), item.size()), (&*id, Some(9)));
    assert!(item.hashes().quick_xor.is_some() && item.e_tag().is_some());
    assert_eq!(item.mime_type().is_some(), item.is_file());
    assert_eq!(
        item.modified_by().unwrap().display_name.as_deref(),
        Some("Alex Wilber")
    );
    let by_id = mirror.get_by_id(&id).unwrap().unwrap();
    assert_eq!(by_id.raw(), item.raw());
    assert_eq!(
        mirror.path(&id).unwrap().as_deref(),
        Some("/Reports/2026/plan.pdf")
    );
    assert!(mirror.get("/Reports/none").unwrap().is_none());
    assert!(mirror.get_by_id("none").unwrap().is_none());
    let names = |path: &str| {
        let children = mirror.children(path).unwrap();
        let names = children.iter().filter_map(|item| item.name());
        names.map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(names("/"), ["Reports", "z.txt"]);
    assert_eq!(names("/Reports"), ["2026", "a.txt"]);
    assert!(names("/z.txt").is_empty() && names("/none").is_empty());
    let walked: Vec<_> = mirror
        .walk("/reports")
        .unwrap()
        .map(|step| step.unwrap().0)
        .collect();
    let expected = ["/Reports/2026", "/Reports/2026/plan.pdf", "/Reports/a.txt"];
    assert_eq!(walked, expected);
    assert_eq!(mirror.walk("/none").unwrap().count(), 0);
}

#[tokio::test]
async fn a_path_is_that_of_the_folders_now() {
    let scene = Scene::start().await;
    let id = scene.upload("/Reports/2026/plan.pdf", "content").await;
    let other = scene.upload("/Reports/2026/notes.txt", "").await;
    let mut mirror = scene.mirror();
    told(&mut mirror, 4).await;
    // Each remembers the paths of folders, and hears nothing from the other.
    let beside = MirrorFile::open(scene.file()).unwrap();
    let beside = beside.tree(&Resource::my_drive()).unwrap().unwrap();
    let handle = mirror.handle();
    let tree = handle.tree();
    let paths = || [tree.path(&id), beside.path(&id), beside.path(&other)];
    let paths = || paths().map(|path| path.unwrap().unwrap_or_default());
    for _ in 0..2 {
        let both = "/Reports/2026/plan.pdf";
        assert_eq!(paths(), [both, both, "/Reports/2026/notes.txt"]);
    }
    scene.rename("/Reports", "Archive").await;
    told(&mut mirror, 1).await;
    let both = "/Archive/2026/plan.pdf";
    assert_eq!(paths(), [both, both, "/Archive/2026/notes.txt"]);
    scene.delete("/Archive/2026").await;
    told(&mut mirror, 1).await;
    assert_eq!(paths(), ["", "", ""]);
}

#[tokio::test]
async fn it_is_read_from_other_threads_while_it_grows() {
    let scene = Scene::with(simulator().seed("b!me", 2_000).page_size(50)).await;
    let mirror = scene.mirror();
    let handle = mirror.handle();
    let reader = tokio::task::spawn_blocking(move || {
        let mut last = 0;
        while last < 2_000 {
            let count = walked(handle.tree()).len();
            assert!(count >= last, "{count} after {last}");
            last = count;
        }
    });
    within(reader).await.unwrap();
    within(mirror.ready()).await.unwrap();
    scene.until_equal(mirror.tree(), "b!me").await;
}

#[tokio::test]
async fn a_file_is_read_without_network_during_and_afterwards() {
    let scene = Scene::start().await;
    scene.upload("/Reports/plan.pdf", "content").await;
    let mut mirror = scene.mirror();
    told(&mut mirror, 2).await;
    within(mirror.ready()).await.unwrap();
    let check = || {
        let file = MirrorFile::open(scene.file()).unwrap();
        assert_eq!(file.resources().unwrap(), [Resource::my_drive()]);
        let tree = file.tree(&Resource::my_drive()).unwrap().unwrap();
        assert!(tree.get("/reports/plan.pdf").unwrap().is_some());
        assert!(
            file.tree(&Resource::drive("b!x").unwrap())
                .unwrap()
                .is_none()
        );
        assert_eq!(tree.stats().unwrap().rows, 3);
    };
    check();
    within(mirror.close()).await;
    check();
    // A mirror can go on afterwards.
    let mirror = scene.mirror();
    within(mirror.ready()).await.unwrap();
    check();
}
