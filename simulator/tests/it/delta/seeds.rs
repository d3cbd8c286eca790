//! Seeded drives.

use std::time::{Duration, Instant};

use super::follower::{DELTA, Follower, names, truth};
use crate::support::{builder, call};

#[tokio::test]
async fn the_same_in_every_run() {
    let one = builder().seed("b!me", 120).start().await.expect("starts");
    let other = builder().seed("b!me", 120).start().await.expect("starts");
    let truths = (truth(&one, "b!me").await, truth(&other, "b!me").await);
    assert_eq!(truths.0, truths.1);
    assert_eq!(truths.0.len(), 121);
    let mut follower = Follower::new(&one, DELTA);
    let items = follower.round().await;
    assert_eq!(follower.known, truths.0);
    // Parents come first, so that no item precedes its folder.
    for (place, item) in items.iter().enumerate() {
        let parent = &item["parentReference"]["id"];
        let before = items[..place].iter().any(|item| item["id"] == *parent);
        assert!(before || place == 0, "{item}");
    }
    let file = items.last().expect("an item");
    assert_eq!(file["createdDateTime"], "2025-01-01T00:02:00Z");
    let id = file["id"].as_str().expect("an id");
    let path = format!("/v1.0/me/drive/items/{id}/content");
    assert_eq!(call(&one, "GET", &path, None).await.body, "120\n");
    assert_eq!(file["size"], 4);
}

#[tokio::test]
async fn small_ones() {
    for items in [0, 1, 2, 3, 49, 50, 51] {
        let simulator = builder().seed("b!me", items).start().await.expect("starts");
        let truth = truth(&simulator, "b!me").await;
        assert_eq!(truth.len(), usize::try_from(items).expect("small") + 1);
        let root = truth.values().find(|(_, parent, _)| parent.is_none());
        let files = truth.values().filter(|(name, ..)| name.starts_with("file"));
        let size: u64 = files.map(|(.., size)| size).sum();
        assert_eq!(root.map(|(.., size)| *size), Some(size));
    }
}

#[tokio::test]
async fn a_page_of_a_large_drive_costs_no_more() {
    let simulator = builder().seed("b!me", 200_000).page_size(1000);
    let started = Instant::now();
    let simulator = simulator.start().await.expect("starts");
    let mut follower = Follower::new(&simulator, DELTA);
    for _ in 0..3 {
        assert_eq!(follower.page().await.0.len(), 1000);
    }
    let mut late = Follower::new(&simulator, &format!("{DELTA}?token=latest"));
    late.page().await;
    let rounds = 200;
    for _ in 0..rounds {
        let path = "/v1.0/me/drive/root:/folder-00001/new:/content";
        late.call(&simulator, "PUT", path, None).await;
        let items = late.round().await;
        assert_eq!(names(&items), ["root", "folder-00001", "new"]);
    }
    // Several times what it takes; a page that visits each item would take many times more.
    assert!(started.elapsed() < Duration::from_mins(1));
}

#[tokio::test]
async fn invalid_seeds_are_refused_with_their_drive() {
    for (builder, name) in [
        (builder().seed("none", 1), "none"),
        (builder().seed("b!me", 1).seed("b!me", 1), "twice"),
        (builder().seed("b!me", 10_000_001), "10000000"),
        (builder().page_size(0), "page size"),
        (builder().delta_lag(Duration::MAX), "lag"),
    ] {
        let error = builder.start().await.expect_err("refused");
        assert!(error.to_string().contains(name), "{error}");
    }
}
