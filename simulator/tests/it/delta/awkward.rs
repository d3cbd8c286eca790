//! Unusual pages, and a client that follows them.

use std::time::Duration;

use drivebell_simulator::{DeltaLinks, DriveType, Simulator};
use serde_json::json;

use super::follower::{DELTA, Follower, names, patch, put, truth};
use crate::support::{builder, call};

#[tokio::test]
async fn an_empty_page_before_each() {
    let simulator = builder().delta_empty_pages(true).page_size(2);
    let simulator = simulator.seed("b!me", 3).start().await.expect("starts");
    let mut follower = Follower::new(&simulator, DELTA);
    follower.round().await;
    assert_eq!(follower.pages, [0, 2, 0, 2]);
    // Also without changes.
    follower.round().await;
    assert_eq!(follower.pages[4..], [0, 0]);
    let latest = format!("{DELTA}?token=latest");
    let (_, last) = Follower::new(&simulator, &latest).page().await;
    assert!(last);
}

#[tokio::test]
async fn an_earlier_state_comes_first() {
    let simulator = builder().delta_duplicates(true).page_size(2);
    let simulator = simulator.start().await.expect("starts");
    let old = put(&simulator, "old", "1").await;
    let other = put(&simulator, "other", "1").await;
    let mut follower = Follower::caught_up(&simulator, DELTA).await;
    patch(&simulator, &old, json!({"name": "new"})).await;
    patch(&simulator, &other, json!({"name": "another"})).await;
    // Before the page's items, and after them for the next page's first item.
    let (items, last) = follower.page().await;
    assert_eq!(names(&items), ["root", "new", "root", "other"]);
    assert_ne!(items[0]["cTag"], items[2]["cTag"]);
    assert!(!last);
    let (items, last) = follower.page().await;
    assert_eq!(names(&items), ["other", "another"]);
    assert_eq!(items[0]["id"], items[1]["id"]);
    assert_ne!(items[0]["eTag"], items[1]["eTag"]);
    assert!(last);
    // The earlier state of a deleted item is not deleted.
    call(&simulator, "DELETE", "/v1.0/me/drive/root:/new", None).await;
    let items = follower.round().await;
    assert_eq!(names(&items), ["new", "root", "-"]);
    assert!(items[2]["deleted"].is_object());
    assert_eq!(follower.known, truth(&simulator, "b!me").await);
}

/// Random numbers, the same in every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(0x5851_F42D_4C95_7F2D).wrapping_add(1);
        (self.0 >> 33) % limit
    }
}

async fn change(simulator: &Simulator, dice: &mut Dice, follower: &Follower) {
    let ids: Vec<_> = follower.known.keys().collect();
    let pick = |number: u64| ids[usize::try_from(number).expect("small") % ids.len()];
    let (id, other) = (pick(dice.below(1000)), pick(dice.below(1000)));
    let item = format!("/v1.0/me/drive/items/{id}");
    let name = format!("{}", dice.below(20));
    let (method, path, body) = match dice.below(6) {
        0 => ("DELETE", item, None),
        1 => ("PATCH", item, Some(json!({"name": name}))),
        2 => {
            let body = json!({"name": name, "parentReference": {"id": other}});
            ("PATCH", item, Some(body))
        }
        3 => {
            let body = json!({"name": name, "folder": {}});
            ("POST", format!("{item}/children"), Some(body))
        }
        _ => ("PUT", format!("{item}:/{name}:/content"), Some(json!(name))),
    };
    let body = body.map(|body| body.to_string());
    // Many requests are refused and change nothing.
    follower.call(simulator, method, &path, body).await;
}

#[tokio::test]
async fn a_client_that_follows_has_every_item() {
    let lag = Duration::from_millis(3);
    for (empty, duplicates, links, lag, drive_type) in [
        (
            false,
            false,
            DeltaLinks::Query,
            Duration::ZERO,
            DriveType::Business,
        ),
        (
            true,
            true,
            DeltaLinks::Mixed,
            Duration::ZERO,
            DriveType::Personal,
        ),
        (
            false,
            true,
            DeltaLinks::Parentheses,
            lag,
            DriveType::Business,
        ),
        (true, false, DeltaLinks::Query, lag, DriveType::Personal),
    ] {
        let simulator = builder()
            .seed("b!me", 60)
            .page_size(7)
            .delta_empty_pages(empty)
            .delta_duplicates(duplicates)
            .delta_links(links)
            .delta_lag(lag)
            .drive_type(drive_type)
            .start()
            .await
            .expect("starts");
        let mut follower = Follower::new(&simulator, DELTA);
        follower.page().await;
        follower.page().await;
        let mut dice = Dice(1);
        for _ in 0..60 {
            for _ in 0..dice.below(6) {
                change(&simulator, &mut dice, &follower).await;
            }
            follower.page().await;
        }
        let truth = truth(&simulator, "b!me").await;
        let started = std::time::Instant::now();
        while follower.known != truth {
            assert!(started.elapsed() < crate::support::DEADLINE, "never");
            follower.round().await;
        }
    }
}
