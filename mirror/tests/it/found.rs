//! What Graph does not tell, and how the mirror finds it.

use std::time::Duration;

use drivebell::Resource;
use drivebell_mirror::{MirrorClient as _, MirrorOptions};

use crate::support::scene::{Scene, quick, simulator};
use crate::support::{next, text, told, told_in_any_order, within};

#[tokio::test]
async fn what_an_audit_finds_gone_is_deleted_by_audit() {
    let scene = Scene::start().await;
    scene.upload("/Reports/plan.txt", "one").await;
    scene.upload("/stays.txt", "").await;
    let mut changes = quick();
    changes.audit_interval = Some(Duration::from_millis(700));
    let options = MirrorOptions::default();
    let mut mirror = scene
        .client
        .mirror_with(&Resource::my_drive(), scene.file(), &options, &changes)
        .unwrap();
    told(&mut mirror, 3).await;
    let lose = scene
        .simulator
        .set_delta("b!me", |quirks| quirks.lose_tombstones = 1);
    lose.unwrap();
    scene.delete("/Reports").await;
    let expected = ["deleted /Reports, 1 below, by audit"];
    assert_eq!(told(&mut mirror, 1).await, expected);
    scene.until_equal(mirror.tree(), "b!me").await;
    let stats = mirror.stats().unwrap();
    assert!(stats.drift > 0 && stats.changes.audits > 0, "{stats:?}");
}

#[tokio::test]
async fn what_a_resync_finds_gone_is_deleted_by_resync() {
    let scene = Scene::start().await;
    scene.upload("/gone.txt", "one").await;
    scene.upload("/stays.txt", "").await;
    let mut mirror = scene.mirror();
    told(&mut mirror, 2).await;
    let lose = scene
        .simulator
        .set_delta("b!me", |quirks| quirks.lose_tombstones = 1);
    lose.unwrap();
    scene.delete("/gone.txt").await;
    let gone = "answer=410,code=resyncChangesApplyDifferences,on=delta,times=1";
    let gone: drivebell_simulator::Fault = gone.parse().unwrap();
    scene.simulator.fault(gone).unwrap();
    scene.upload("/new.txt", "").await;
    let expected = ["created /new.txt", "deleted /gone.txt, by resync"];
    assert_eq!(told_in_any_order(&mut mirror, 2).await, expected);
    let stats = mirror.stats().unwrap();
    assert!(stats.drift > 0 && stats.changes.resyncs == 1, "{stats:?}");
}

#[tokio::test]
async fn a_name_that_another_item_takes_is_free_before() {
    let scene = Scene::with(simulator().delta_tombstone_lag(Duration::from_secs(1))).await;
    scene.upload("/Reports/plan.txt", "one").await;
    let mut mirror = scene.mirror();
    told(&mut mirror, 2).await;
    // The deletion comes later than the new item, or never.
    let new = scene
        .simulator
        .recreate("b!me", "/Reports/plan.txt")
        .unwrap();
    let gone = next(&mut mirror).await;
    assert!(
        text(&gone).starts_with("deleted /Reports/plan.txt"),
        "{}",
        text(&gone)
    );
    let created = next(&mut mirror).await;
    assert_eq!(text(&created), "created /Reports/plan.txt");
    assert_eq!(created.item().id(), new);
    scene.upload("/end.txt", "").await;
    assert_eq!(told(&mut mirror, 1).await, ["created /end.txt"]);
    scene.until_equal(mirror.tree(), "b!me").await;
}

#[tokio::test]
async fn an_unkind_graph_makes_no_difference() {
    let server = simulator()
        .seed("b!me", 200)
        .page_size(30)
        .delta_empty_pages(true)
        .delta_duplicates(true)
        .delta_lag(Duration::from_millis(300))
        .delta_empty_rounds_skip(true)
        .delta_tombstone_hashes(true);
    let scene = Scene::with(server).await;
    let mirror = scene.mirror();
    within(mirror.ready()).await.unwrap();
    scene.until_equal(mirror.tree(), "b!me").await;
    scene.rename("/folder-00001", "renamed").await;
    scene.delete("/folder-00002").await;
    scene.upload("/renamed/new.txt", "new").await;
    scene.until_equal(mirror.tree(), "b!me").await;
}
