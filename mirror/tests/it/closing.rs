//! Ends: the file is free, and nothing hangs.

use drivebell::{ErrorKind, Resource};
use drivebell_mirror::MirrorClient as _;
use futures_util::StreamExt;

use crate::support::scene::{Scene, client, client_of, simulator};
use crate::support::{next, told, until, within};

#[tokio::test]
async fn a_closed_mirror_leaves_one_file_that_is_free() {
    let scene = Scene::start().await;
    scene.upload("/a.txt", "").await;
    let mut mirror = scene.mirror();
    told(&mut mirror, 1).await;
    let handle = mirror.handle();
    within(mirror.close()).await;
    assert_eq!(handle.hint().unwrap_err().kind(), ErrorKind::State);
    // What was read stays readable.
    assert!(handle.tree().get("/a.txt").unwrap().is_some());
    let mirror = scene.mirror();
    within(mirror.close()).await;
}

#[tokio::test]
async fn a_dropped_mirror_frees_its_file_soon() {
    let scene = Scene::with(simulator().seed("b!me", 500).page_size(20)).await;
    let mirror = scene.mirror();
    let handle = mirror.handle();
    drop(mirror);
    within(handle.closed()).await;
    scene.mirror();
}

#[tokio::test]
async fn the_stream_ends_when_it_is_closed_by_its_handle() {
    let scene = Scene::start().await;
    let mut mirror = scene.mirror();
    within(mirror.ready()).await.unwrap();
    let handle = mirror.handle();
    let ends = tokio::spawn(async move { within(mirror.next()).await.is_none() });
    handle.start_close();
    assert!(within(ends).await.unwrap());
    within(handle.closed()).await;
    let error = within(handle.ready()).await;
    assert!(error.is_ok(), "it was ready: {error:?}");
}

#[tokio::test]
async fn ready_fails_if_it_is_closed_before() {
    let fault: drivebell_simulator::Fault = "answer=503,on=delta".parse().unwrap();
    let scene = Scene::with(simulator().fault(fault)).await;
    let client = client(&scene.simulator.base_url());
    let mirror = scene.mirror();
    let handle = mirror.handle();
    let waits = tokio::spawn(async move { handle.ready().await });
    within(mirror.close()).await;
    let error = within(waits).await.unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::State);
    within(client.close()).await;
}

#[tokio::test]
async fn closing_the_client_ends_its_mirrors() {
    let scene = Scene::start().await;
    scene.upload("/a.txt", "").await;
    let mut mirror = scene.mirror();
    next(&mut mirror).await;
    within(scene.client.close()).await;
    assert!(within(mirror.next()).await.is_none());
    within(mirror.close()).await;
    let error = scene.try_mirror(|_| {}).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::State);
    // Another client goes on.
    let other = client(&scene.simulator.base_url());
    let again = other.mirror(&Resource::my_drive(), scene.file());
    within(again.unwrap().close()).await;
}

#[tokio::test]
async fn a_refusal_ends_the_stream_with_its_error() {
    let scene = Scene::start().await;
    let stranger = client_of(&scene.simulator.base_url(), "wrong");
    let mut mirror = stranger
        .mirror(&Resource::my_drive(), scene.file())
        .unwrap();
    let waits = within(mirror.ready()).await.unwrap_err();
    let error = within(mirror.next()).await.unwrap().unwrap_err();
    assert_eq!(error.kind(), waits.kind());
    assert_eq!(error.status(), Some(401));
    assert!(within(mirror.next()).await.is_none() && mirror.is_finished());
    drop(mirror);
    until(async || scene.try_mirror(|_| {}).is_ok()).await;
}
