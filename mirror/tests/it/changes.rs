//! What is said of what happens.

use std::collections::BTreeSet;
use std::time::Duration;

use drivebell::{ChangeKind, Initial, Trigger};
use futures_util::StreamExt;

use crate::support::scene::{Scene, simulator};
use crate::support::{next, text, told, told_in_any_order, within};

#[tokio::test]
async fn each_kind_is_told_as_what_it_is() {
    let scene = Scene::start().await;
    let id = scene.upload("/plan.txt", "one").await;
    scene.make_folder("/Reports").await;
    let mut mirror = scene.mirror();
    let first = told_in_any_order(&mut mirror, 2).await;
    assert_eq!(first, ["created /Reports", "created /plan.txt"]);

    scene.upload("/plan.txt", "two and more").await;
    let change = next(&mut mirror).await;
    assert_eq!(text(&change), "modified /plan.txt, content");
    assert_eq!((change.sequence, change.trigger), (3, Trigger::Hint));
    assert_eq!(change.resource, *mirror.resource());
    let item = change.item();
    assert_eq!((item.id(), item.name()), (&*id, Some("plan.txt")));
    assert!(item.is_file() && item.c_tag().is_some() && item.modified_at().is_some());

    scene.rename("/plan.txt", "draft.txt").await;
    assert_eq!(
        told(&mut mirror, 1).await,
        ["renamed /plan.txt -> /draft.txt"]
    );
    scene.relocate("/draft.txt", "/Reports", None).await;
    let expected = ["moved /draft.txt -> /Reports/draft.txt"];
    assert_eq!(told(&mut mirror, 1).await, expected);
    scene
        .relocate("/Reports/draft.txt", "/", Some("final.txt"))
        .await;
    let expected = ["moved /Reports/draft.txt -> /final.txt"];
    assert_eq!(told(&mut mirror, 1).await, expected);

    scene.delete("/final.txt").await;
    let change = next(&mut mirror).await;
    assert_eq!(
        (text(&change).as_str(), change.sequence),
        ("deleted /final.txt", 7)
    );
    // What was last known of it.
    assert!(change.item().is_deleted());
    assert_eq!(change.item().name(), Some("final.txt"));
    assert_eq!(change.item().id(), id);
    within(mirror.close()).await;
}

#[tokio::test]
async fn what_comes_without_a_difference_is_counted_and_not_told() {
    let scene = Scene::start().await;
    scene.upload("/Reports/plan.txt", "one").await;
    let mut mirror = scene.mirror();
    told(&mut mirror, 2).await;
    let before = mirror.stats().unwrap().suppressed;
    scene.simulator.touch("b!me", "/Reports/plan.txt").unwrap();
    // With the folders above it.
    scene.upload("/Reports/other.txt", "new").await;
    assert_eq!(told(&mut mirror, 1).await, ["created /Reports/other.txt"]);
    scene.upload("/end.txt", "").await;
    assert_eq!(told(&mut mirror, 1).await, ["created /end.txt"]);
    let stats = mirror.stats().unwrap();
    assert!(stats.suppressed > before + 1, "{stats:?}");
    assert_eq!((stats.sequence, stats.rows), (4, 5));
}

#[tokio::test]
async fn a_folder_is_one_change_with_the_number_of_its_descendants() {
    let scene = Scene::start().await;
    for name in ["/a/b/x.txt", "/a/b/y.txt", "/a/z.txt"] {
        scene.upload(name, "content").await;
    }
    scene.make_folder("/other").await;
    let mut mirror = scene.mirror_with(|options| options.initial = Some(Initial::Silent));
    within(mirror.ready()).await.unwrap();
    scene.rename("/a", "A1").await;
    assert_eq!(told(&mut mirror, 1).await, ["renamed /a -> /A1, 4 below"]);
    scene.relocate("/A1/b", "/other", None).await;
    let expected = ["moved /A1/b -> /other/b, 2 below"];
    assert_eq!(told(&mut mirror, 1).await, expected);
    assert!(mirror.get("/other/b/x.txt").unwrap().is_some());
    scene.delete("/other").await;
    assert_eq!(told(&mut mirror, 1).await, ["deleted /other, 3 below"]);
    scene.upload("/end.txt", "").await;
    assert_eq!(told(&mut mirror, 1).await, ["created /end.txt"]);
}

#[tokio::test]
async fn with_expand_each_item_in_a_folder_has_a_change_too() {
    let scene = Scene::start().await;
    scene.upload("/a/b/x.txt", "content").await;
    scene.make_folder("/other").await;
    let mut mirror = scene.mirror_with(|options| {
        options.expand = true;
        options.initial = Some(Initial::Silent);
    });
    within(mirror.ready()).await.unwrap();
    scene.relocate("/a", "/other", None).await;
    let expected = [
        "moved /a -> /other/a, 2 below",
        "moved /a/b -> /other/a/b, 1 below, inherited",
        "moved /a/b/x.txt -> /other/a/b/x.txt, inherited",
    ];
    assert_eq!(told(&mut mirror, 3).await, expected);
    scene.delete("/other/a").await;
    let expected = [
        "deleted /other/a/b/x.txt, inherited",
        "deleted /other/a/b, 1 below, inherited",
        "deleted /other/a, 2 below",
    ];
    assert_eq!(told(&mut mirror, 3).await, expected);
}

#[tokio::test]
async fn names_that_change_hands_lead_from_tree_to_tree() {
    let scene = Scene::start().await;
    scene.upload("/a.txt", "a").await;
    scene.upload("/b.txt", "b").await;
    let mut mirror = scene.mirror();
    told(&mut mirror, 2).await;
    // Both in one query.
    scene
        .simulator
        .set_delta("b!me", |quirks| {
            quirks.lag = Duration::from_millis(400);
        })
        .unwrap();
    scene.rename("/a.txt", "tmp").await;
    scene.rename("/b.txt", "a.txt").await;
    scene.rename("/tmp", "b.txt").await;
    let mut paths = BTreeSet::from(["/a.txt", "/b.txt"].map(str::to_owned));
    let mut expected = scene.paths("b!me").await;
    while !expected.is_empty() {
        let change = next(&mut mirror).await;
        if let Some(old_path) = &change.old_path {
            assert!(paths.remove(old_path), "{}", text(&change));
        }
        if change.kind == ChangeKind::Deleted {
            assert!(paths.remove(&change.path), "{}", text(&change));
            continue;
        }
        assert!(paths.insert(change.path.clone()), "{}", text(&change));
        if expected
            .get(&change.path)
            .is_some_and(|id| id == change.item().id())
        {
            expected.remove(&change.path);
        }
    }
    scene.until_equal(mirror.tree(), "b!me").await;
}

#[tokio::test]
async fn batches_have_all_that_one_page_brought() {
    let scene = Scene::with(simulator().seed("b!me", 100).page_size(40)).await;
    let mut mirror = scene.mirror();
    let mut batches = mirror.batches();
    let mut sequence = 0;
    let mut sizes = Vec::new();
    while sequence < 100 {
        let batch = within(batches.next()).await.unwrap().unwrap();
        for change in &batch {
            sequence += 1;
            assert_eq!(change.sequence, sequence);
        }
        sizes.push(batch.len());
    }
    assert!(sizes.len() < 10, "{sizes:?}");
}

#[tokio::test]
async fn with_keep_raw_items_have_all_that_graph_sent() {
    let scene = Scene::start().await;
    scene.upload("/plan.txt", "one").await;
    let mut mirror = scene.mirror_with(|options| options.keep_raw = true);
    let change = next(&mut mirror).await;
    assert!(change.item().web_url().is_some());
    let item = mirror.get("/plan.txt").unwrap().unwrap();
    assert_eq!(item.web_url(), change.item().web_url());
    scene.delete("/plan.txt").await;
    let change = next(&mut mirror).await;
    assert!(change.item().is_deleted() && change.item().web_url().is_some());
}
