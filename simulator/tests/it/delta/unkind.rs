//! Delta queries that do not tell everything, or tell what is not so.

use std::time::Duration;

use drivebell_simulator::{Fault, Simulator};
use serde_json::{Value, json};

use super::follower::{DELTA, Follower, Known, delete, names, put, truth};
use crate::support::{builder, call, start};

const HOUR: Duration = Duration::from_hours(1);
const ME: &str = "b!me";

fn deleted(items: &[Value]) -> Vec<&str> {
    let deleted = items.iter().filter(|item| item["deleted"].is_object());
    deleted.filter_map(|item| item["id"].as_str()).collect()
}

/// What the follower has beyond the truth.
fn surplus(known: &Known, truth: &Known) -> Vec<String> {
    let ids = known.keys().filter(|id| !truth.contains_key(*id));
    ids.cloned().collect()
}

fn set_lag(simulator: &Simulator, lag: Duration) {
    let set = simulator.set_delta(ME, |delta| delta.lag = lag);
    set.expect("a drive");
}

#[tokio::test]
async fn the_token_of_an_empty_round_skips_what_lags() {
    let simulator = builder().delta_lag(HOUR).delta_empty_rounds_skip(true);
    let simulator = simulator.seed(ME, 3).start().await.expect("starts");
    let mut follower = Follower::caught_up(&simulator, DELTA).await;
    let older = follower.link.clone();
    put(&simulator, "new", "1").await;
    assert!(follower.round().await.is_empty());
    set_lag(&simulator, Duration::ZERO);
    assert!(follower.round().await.is_empty());
    follower.link = older;
    assert_eq!(names(&follower.round().await), ["root", "new"]);
}

#[tokio::test]
async fn the_token_of_any_other_round_skips_nothing() {
    let simulator = builder().delta_empty_rounds_skip(true);
    let simulator = simulator.start().await.expect("starts");
    let mut follower = Follower::caught_up(&simulator, DELTA).await;
    put(&simulator, "a", "1").await;
    set_lag(&simulator, HOUR);
    put(&simulator, "b", "1").await;
    assert_eq!(names(&follower.round().await), ["root", "a"]);
    set_lag(&simulator, Duration::ZERO);
    assert_eq!(names(&follower.round().await), ["root", "b"]);
    assert_eq!(follower.known, truth(&simulator, ME).await);
}

#[tokio::test]
async fn the_token_of_an_empty_round_may_skip_deletions_only() {
    let simulator = builder()
        .delta_lag(HOUR)
        .delta_empty_rounds_skip_deletions(true);
    let simulator = simulator
        .delta_tombstone_lag(HOUR)
        .seed(ME, 3)
        .start()
        .await;
    let simulator = simulator.expect("starts");
    let mut follower = Follower::caught_up(&simulator, DELTA).await;
    let older = follower.link.clone();
    put(&simulator, "new", "1").await;
    delete(&simulator, "/root:/folder-00001/file-0000002.txt:").await;
    assert!(follower.round().await.is_empty());
    let set = simulator.set_delta(ME, |delta| {
        (delta.lag, delta.tombstone_lag) = (Duration::ZERO, Duration::ZERO);
    });
    set.expect("a drive");
    let items = follower.round().await;
    assert!(names(&items).contains(&"new"));
    assert_eq!(deleted(&items), Vec::<&str>::new());
    let current = truth(&simulator, ME).await;
    assert_eq!(surplus(&follower.known, &current).len(), 1);
    // Later deletions come.
    delete(&simulator, "/root:/new:").await;
    assert_eq!(deleted(&follower.round().await).len(), 1);
    follower.link = older;
    follower.round().await;
    assert_eq!(follower.known, truth(&simulator, ME).await);
}

#[tokio::test]
async fn the_next_deletions_are_lost() {
    let simulator = builder().seed(ME, 60).delta_lose_tombstones(1);
    let simulator = simulator.start().await.expect("starts");
    let mut follower = Follower::caught_up(&simulator, DELTA).await;
    // A deletion is one request, whatever is below the item.
    delete(&simulator, "/root:/folder-00001:").await;
    assert_eq!(simulator.delta(ME).expect("a drive").lose_tombstones, 0);
    assert_eq!(names(&follower.round().await), ["root"]);
    assert!(follower.round().await.is_empty());
    let current = truth(&simulator, ME).await;
    assert_eq!(current.len(), 1);
    assert_eq!(surplus(&follower.known, &current).len(), 60);
    let enumerated = Follower::caught_up(&simulator, DELTA).await;
    assert_eq!(enumerated.known, current);
    let id = put(&simulator, "a", "1").await;
    follower.round().await;
    delete(&simulator, "/root:/a:").await;
    assert_eq!(deleted(&follower.round().await), [id]);
}

#[tokio::test]
async fn a_share_of_the_deletions_is_lost() {
    const FILES: usize = 40;
    let lost = async |seed| {
        let simulator = builder().delta_tombstone_loss(0.5).random_seed(seed);
        let simulator = simulator.start().await.expect("starts");
        for number in 0..FILES {
            put(&simulator, &format!("{number}"), "").await;
        }
        let mut follower = Follower::caught_up(&simulator, DELTA).await;
        for number in 0..FILES {
            delete(&simulator, &format!("/root:/{number}:")).await;
        }
        follower.round().await;
        surplus(&follower.known, &truth(&simulator, ME).await)
    };
    let first = lost(1).await;
    assert!(
        (FILES / 4..FILES * 3 / 4).contains(&first.len()),
        "{first:?}"
    );
    assert_eq!(lost(1).await, first);
    assert_ne!(lost(2).await, first);
}

#[tokio::test]
async fn an_enumeration_loses_what_is_deleted_meanwhile() {
    // The first query is that of the other client. The item is made again before the second page.
    let fault = "recreate=/folder-00001,on=delta,skip=2,times=1";
    let fault: Fault = fault.parse().expect("valid");
    let simulator = builder().seed(ME, 9).page_size(2);
    let simulator = simulator.delta_enumerations_lose_tombstones(true);
    let simulator = simulator.fault(fault).start().await.expect("starts");
    let latest = format!("{DELTA}?token=latest");
    let mut other = Follower::caught_up(&simulator, &latest).await;
    let mut follower = Follower::new(&simulator, DELTA);
    let old = truth(&simulator, ME).await;
    follower.round().await;
    let current = truth(&simulator, ME).await;
    assert_eq!(old.len(), current.len());
    let items = follower.round().await;
    assert_eq!(deleted(&items), Vec::<&str>::new());
    assert!(names(&items).contains(&"folder-00001"));
    // The first page had the old folder.
    let left = surplus(&follower.known, &current);
    assert!(!left.is_empty());
    assert!(left.iter().all(|id| old.contains_key(id)));
    // A client that was not enumerating gets all deletions.
    assert_eq!(deleted(&other.round().await).len(), 9);
    // Later deletions come.
    delete(&simulator, "/root:/folder-00001:").await;
    assert_eq!(deleted(&follower.round().await).len(), 9);
}

#[tokio::test]
async fn an_honest_enumeration_loses_nothing() {
    let simulator = builder().seed(ME, 9).page_size(2);
    let simulator = simulator.start().await.expect("starts");
    let mut follower = Follower::new(&simulator, DELTA);
    follower.page().await;
    let id = simulator.recreate(ME, "/folder-00001").expect("an item");
    while !follower.page().await.1 {}
    follower.round().await;
    let current = truth(&simulator, ME).await;
    assert!(current.contains_key(&id));
    assert_eq!(follower.known, current);
}

#[tokio::test]
async fn a_recreated_item_has_the_same_content() {
    let simulator = builder().seed(ME, 3).start().await.expect("starts");
    let path = "/v1.0/me/drive/root:/folder-00001/file-0000002.txt";
    let content = format!("{path}:/content");
    let before = call(&simulator, "GET", path, None).await.json();
    let text = call(&simulator, "GET", &content, None).await.body;
    simulator.recreate(ME, "folder-00001").expect("an item");
    let after = call(&simulator, "GET", path, None).await.json();
    assert_ne!(before["id"], after["id"]);
    assert_eq!(before["file"], after["file"]);
    assert_eq!(call(&simulator, "GET", &content, None).await.body, text);
    assert!(simulator.recreate(ME, "/").is_err());
    assert!(simulator.recreate(ME, "/none").is_err());
}

#[tokio::test]
async fn a_name_is_used_again_before_its_deletion_comes() {
    let simulator = builder().delta_tombstone_lag(HOUR).start().await;
    let simulator = simulator.expect("starts");
    let old = put(&simulator, "a", "1").await;
    let mut follower = Follower::caught_up(&simulator, DELTA).await;
    delete(&simulator, "/root:/a:").await;
    let new = put(&simulator, "a", "2").await;
    assert_eq!(names(&follower.round().await), ["root", "a"]);
    assert!(follower.known.contains_key(&old) && follower.known.contains_key(&new));
    // An enumeration does not have the old one, and gets the deletion nevertheless.
    let mut enumerated = Follower::caught_up(&simulator, DELTA).await;
    assert_eq!(enumerated.known, truth(&simulator, ME).await);
    let set = simulator.set_delta(ME, |delta| delta.tombstone_lag = Duration::ZERO);
    set.expect("a drive");
    for follower in [&mut follower, &mut enumerated] {
        let items = follower.round().await;
        assert_eq!((items.len(), deleted(&items)), (1, vec![old.as_str()]));
        assert_eq!(follower.known, truth(&simulator, ME).await);
        assert!(follower.round().await.is_empty());
    }
}

#[tokio::test]
async fn late_deletions_lag_like_other_changes() {
    let simulator = builder().delta_lag(HOUR).delta_tombstone_lag(HOUR);
    let simulator = simulator.seed(ME, 3).start().await.expect("starts");
    let mut follower = Follower::caught_up(&simulator, DELTA).await;
    delete(&simulator, "/root:/folder-00001/file-0000002.txt:").await;
    put(&simulator, "b", "1").await;
    assert!(follower.round().await.is_empty());
    let set = simulator.set_delta(ME, |delta| delta.tombstone_lag = Duration::ZERO);
    set.expect("a drive");
    assert!(follower.round().await.is_empty());
    set_lag(&simulator, Duration::ZERO);
    let items = follower.round().await;
    assert_eq!(deleted(&items).len(), 1);
    assert!(items.last().expect("items")["deleted"].is_object());
    assert_eq!(follower.known, truth(&simulator, ME).await);
}

#[tokio::test]
async fn items_come_although_nothing_changed() {
    let simulator = builder().seed(ME, 9).delta_unchanged_rounds(2);
    let simulator = simulator.start().await.expect("starts");
    let tags = |items: &[Value]| {
        let tags = items
            .iter()
            .map(|item| (item["id"].clone(), item["eTag"].clone()));
        tags.collect::<Vec<_>>()
    };
    let mut follower = Follower::new(&simulator, DELTA);
    let all = tags(&follower.round().await);
    let before = follower.known.clone();
    for _ in 0..2 {
        let items = follower.round().await;
        assert_eq!(items.len(), 1);
        assert!(all.contains(&tags(&items)[0]));
    }
    assert!(follower.round().await.is_empty());
    let id = simulator.touch(ME, "/folder-00001").expect("an item");
    let items = follower.round().await;
    assert_eq!((items.len(), &items[0]["id"]), (1, &json!(id)));
    assert!(all.contains(&tags(&items)[0]));
    let set = simulator.set_delta(ME, |delta| delta.unchanged = 1.0);
    set.expect("a drive");
    for _ in 0..3 {
        assert_eq!(follower.round().await.len(), 1);
    }
    assert_eq!(follower.known, before);
    assert!(simulator.touch(ME, "/").is_err());
}

#[tokio::test]
async fn a_deleted_file_has_a_bogus_hash() {
    let simulator = builder().delta_tombstone_hashes(true).start().await;
    let simulator = simulator.expect("starts");
    put(&simulator, "a/b", "1").await;
    let mut follower = Follower::caught_up(&simulator, DELTA).await;
    delete(&simulator, "/root:/a:").await;
    let items = follower.round().await;
    let hash = json!({"quickXorHash": "AAAAAAAAAAAAAAAAAAAAAAAAAAA="});
    let gone: Vec<_> = items
        .iter()
        .filter(|item| item["deleted"].is_object())
        .collect();
    let (folder, file) = (gone[0], gone[1]);
    assert_eq!(
        (&folder["file"], &folder["folder"]),
        (&Value::Null, &json!({}))
    );
    assert_eq!(file["file"]["hashes"], hash);
}

#[tokio::test]
async fn the_control_api_changes_one_drive() {
    let simulator = start().await;
    let path = "/_simulator/delta?drive=b!me";
    let wanted = json!({"lag": 5, "tombstoneLoss": 0.5, "loseTombstones": 2}).to_string();
    let changed = call(&simulator, "PATCH", path, Some(wanted)).await.json();
    assert_eq!(changed["lag"], 5);
    let now = call(&simulator, "GET", path, None).await.json();
    let expected = json!({
        "lag": 5, "emptyRoundsSkip": false, "emptyRoundsSkipDeletions": false, "tombstoneLag": 0, "tombstoneLoss": 0.5,
        "loseTombstones": 2, "enumerationsLoseTombstones": false, "tombstoneHashes": false,
        "unchanged": 0.0, "unchangedRounds": 0,
    });
    assert_eq!(now, expected);
    let delta = simulator.delta(ME).expect("a drive");
    assert_eq!(
        (delta.lag, delta.lose_tombstones),
        (Duration::from_millis(5), 2)
    );
    assert_eq!(
        simulator.delta("b!team").expect("a drive").lose_tombstones,
        0
    );
    for (body, part) in [
        ("x", "expected value"),
        (r#"{"lags":1}"#, "lags"),
        (r#"{"lag":"x"}"#, "lag"),
        (r#"{"lag":86400001}"#, "more than"),
        (r#"{"unchanged":1.5}"#, "between"),
    ] {
        let response = call(&simulator, "PATCH", path, Some(body.to_owned())).await;
        assert_eq!(response.status, 400, "{body}");
        assert!(response.body.contains(part), "{}", response.body);
    }
    for path in [
        "delta?drive=x",
        "touch?drive=x&path=/a",
        "recreate?drive=b!me&path=/a",
    ] {
        let method = if path.starts_with("delta") {
            "PATCH"
        } else {
            "POST"
        };
        let path = format!("/_simulator/{path}");
        assert_eq!(
            call(&simulator, method, &path, Some("{}".into()))
                .await
                .status,
            404
        );
    }
}

#[tokio::test]
async fn the_control_api_edits_a_drive() {
    let simulator = start().await;
    let id = put(&simulator, "a", "1").await;
    let mut follower = Follower::caught_up(&simulator, DELTA).await;
    let touched = call(
        &simulator,
        "POST",
        "/_simulator/touch?drive=b!me&path=/a",
        None,
    )
    .await;
    assert_eq!(touched.json(), json!({"id": id}));
    assert_eq!(names(&follower.round().await), ["a"]);
    let recreated = call(
        &simulator,
        "POST",
        "/_simulator/recreate?drive=b!me&path=/a",
        None,
    )
    .await;
    assert_ne!(recreated.json()["id"], id);
    assert_eq!(deleted(&follower.round().await), [id]);
    assert_eq!(follower.known, truth(&simulator, ME).await);
}

#[tokio::test]
async fn a_lag_that_is_shortened_applies_at_once() {
    let simulator = builder().delta_lag(HOUR).start().await.expect("starts");
    let mut follower = Follower::caught_up(&simulator, DELTA).await;
    put(&simulator, "a", "1").await;
    set_lag(&simulator, Duration::ZERO);
    // Made before anybody looks: the older change must not be skipped.
    put(&simulator, "b", "1").await;
    follower.round().await;
    assert_eq!(follower.known, truth(&simulator, ME).await);
}
