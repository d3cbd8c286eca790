//! What a program gets after it has ended and started again.

use drivebell::Initial;
use futures_util::StreamExt;

use crate::support::scene::{Scene, simulator};
use crate::support::{next, told, until, within};

#[tokio::test]
async fn after_a_restart_only_what_changed_comes() {
    let scene = Scene::start().await;
    scene.upload("/Reports/plan.txt", "one").await;
    let mut mirror = scene.mirror();
    told(&mut mirror, 2).await;
    scene.upload("/last.txt", "").await;
    told(&mut mirror, 1).await;
    // The last one is done when another is asked for.
    assert!(mirror.try_next().is_none());
    within(mirror.close()).await;

    scene.rename("/Reports", "Archive").await;
    scene.delete("/last.txt").await;
    let mut mirror = scene.mirror();
    within(mirror.ready()).await.unwrap();
    let mut changes = told(&mut mirror, 2).await;
    changes.sort_unstable();
    let expected = ["deleted /last.txt", "renamed /Reports -> /Archive, 1 below"];
    assert_eq!(changes, expected);
    assert_eq!(mirror.stats().unwrap().sequence, 5);
}

#[tokio::test]
async fn a_change_that_is_not_done_comes_again_as_it_was() {
    let scene = Scene::start().await;
    for name in ["/a.txt", "/b.txt", "/c.txt"] {
        scene.upload(name, "content").await;
    }
    let mut mirror = scene.mirror();
    next(&mut mirror).await;
    let second = next(&mut mirror).await;
    let handle = mirror.handle();
    drop(mirror);
    within(handle.closed()).await;
    let mut mirror = scene.mirror();
    let again = next(&mut mirror).await;
    assert_eq!(again.to_json(), second.to_json());
    assert_eq!(next(&mut mirror).await.sequence, 3);
}

#[tokio::test]
async fn what_is_done_is_noted_however_long_the_next_change_takes() {
    let scene = Scene::start().await;
    for number in 0..5 {
        scene.upload(&format!("/{number}.txt"), "").await;
    }
    let mut mirror = scene.mirror();
    for _ in 0..5 {
        next(&mut mirror).await;
    }
    // The program is busy with the fifth.
    until(async || mirror.stats().unwrap().acknowledged == 4).await;
}

#[tokio::test]
async fn a_batch_is_done_when_the_next_is_asked_for() {
    let scene = Scene::start().await;
    scene.upload("/a.txt", "content").await;
    scene.upload("/b.txt", "content").await;
    let mut mirror = scene.mirror();
    let first = within(mirror.batches().next()).await.unwrap().unwrap();
    assert_eq!(first.len(), 2);
    within(mirror.close()).await;
    let mut mirror = scene.mirror();
    let again = within(mirror.batches().next()).await.unwrap().unwrap();
    assert_eq!(again.len(), 2);
    scene.upload("/c.txt", "content").await;
    let second = within(mirror.batches().next()).await.unwrap().unwrap();
    assert_eq!(second[0].sequence, 3);
    within(mirror.close()).await;
    let mut mirror = scene.mirror();
    let again = within(mirror.batches().next()).await.unwrap().unwrap();
    assert_eq!((again.len(), again[0].sequence), (1, 3));
}

#[tokio::test]
async fn the_tree_is_whole_when_it_is_ready_and_ahead_of_what_was_read() {
    let server = simulator().seed("b!me", 300);
    let scene = Scene::with(server.page_size(20)).await;
    let mut mirror = scene.mirror();
    within(mirror.ready()).await.unwrap();
    scene.until_equal(mirror.tree(), "b!me").await;
    let stats = mirror.stats().unwrap();
    assert!(stats.ready && stats.changes.queries > 0, "{stats:?}");
    assert_eq!((stats.rows, stats.outbox, stats.sequence), (301, 300, 300));
    assert_eq!((stats.acknowledged, stats.waiting, stats.drift), (0, 0, 0));
    assert!(stats.file_size > 10_000, "{stats:?}");
    for sequence in 1..=300 {
        assert_eq!(next(&mut mirror).await.sequence, sequence);
    }
}

#[tokio::test]
async fn a_silent_start_tells_only_what_changes_afterwards() {
    let scene = Scene::start().await;
    scene.upload("/Reports/plan.txt", "one").await;
    let mut mirror = scene.mirror_with(|options| options.initial = Some(Initial::Silent));
    within(mirror.ready()).await.unwrap();
    assert!(mirror.try_next().is_none());
    assert!(mirror.get("/Reports/plan.txt").unwrap().is_some());
    scene.upload("/Reports/new.txt", "").await;
    let change = next(&mut mirror).await;
    assert_eq!((change.sequence, &*change.path), (1, "/Reports/new.txt"));
}

#[tokio::test]
async fn a_restart_in_the_middle_of_the_first_enumeration_goes_on() {
    let server = simulator().seed("b!me", 200);
    let scene = Scene::with(server.page_size(10)).await;
    let mut mirror = scene.mirror();
    let mut last = 0;
    for _ in 0..15 {
        last = next(&mut mirror).await.sequence;
    }
    within(mirror.close()).await;
    let mut mirror = scene.mirror();
    // The one that was handed out last is not done.
    for sequence in last..=200 {
        assert_eq!(next(&mut mirror).await.sequence, sequence);
    }
    within(mirror.ready()).await.unwrap();
    scene.until_equal(mirror.tree(), "b!me").await;
}
