//! The lag of delta queries.

use std::time::Duration;

use serde_json::json;

use super::follower::{DELTA, Follower, names, patch, put, truth};
use crate::support::{Socket, builder, call, endpoint};

#[tokio::test]
async fn an_event_comes_before_the_change_is_visible() {
    let simulator = builder().delta_lag(Duration::from_millis(300));
    let simulator = simulator.seed("b!me", 2).start().await.expect("starts");
    let mut socket = Socket::join(&endpoint(&simulator, "/me/drive/root").await).await;
    let mut follower = Follower::caught_up(&simulator, DELTA).await;
    let started = std::time::Instant::now();
    put(&simulator, "new", "1").await;
    socket.event().await;
    let mut items = follower.round().await;
    while items.is_empty() {
        items = follower.round().await;
    }
    assert!(started.elapsed() >= Duration::from_millis(300));
    assert_eq!(names(&items), ["root", "new"]);
    assert_eq!(follower.known, truth(&simulator, "b!me").await);
}

#[tokio::test]
async fn a_lagging_change_is_invisible() {
    let simulator = builder().delta_lag(Duration::from_hours(1));
    let simulator = simulator.seed("b!me", 3).start().await.expect("starts");
    let before = truth(&simulator, "b!me").await;
    let file = call(
        &simulator,
        "GET",
        "/v1.0/me/drive/root:/folder-00001/file-0000002.txt",
        None,
    );
    let file = file.await.json();
    let id = file["id"].as_str().expect("an id");
    for name in ["x", "y"] {
        patch(&simulator, id, json!({"name": name})).await;
    }
    put(&simulator, "new", "1").await;
    let path = "/v1.0/me/drive/root:/folder-00001/file-0000003.txt";
    call(&simulator, "DELETE", path, None).await;
    let mut follower = Follower::new(&simulator, DELTA);
    assert_eq!(follower.round().await.len(), 4);
    assert_eq!(follower.known, before);
    assert!(follower.round().await.is_empty());
    assert_ne!(truth(&simulator, "b!me").await, before);
}
