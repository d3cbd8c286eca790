//! The items of a round after changes.

use serde_json::json;

use super::follower::{DELTA, Follower, delete, names, patch, put, truth};
use crate::support::{TOKEN, builder, call, http, send, start};

#[tokio::test]
async fn a_change_includes_the_folders_above_it() {
    let simulator = start().await;
    put(&simulator, "a/b/x.txt", "1").await;
    put(&simulator, "c/y.txt", "1").await;
    let mut follower = Follower::caught_up(&simulator, DELTA).await;
    put(&simulator, "a/b/x.txt", "22").await;
    let items = follower.round().await;
    assert_eq!(names(&items), ["root", "a", "b", "x.txt"]);
    assert_eq!(items[0]["size"], 3);
    assert_eq!(follower.known, truth(&simulator, "b!me").await);
    assert!(follower.round().await.is_empty());
}

#[tokio::test]
async fn the_folders_above_can_be_left_out() {
    let simulator = start().await;
    put(&simulator, "a/b/x.txt", "1").await;
    let mut follower = Follower::caught_up(&simulator, DELTA).await;
    let folder = put(&simulator, "a/b/x.txt", "22").await;
    let a = call(&simulator, "GET", "/v1.0/me/drive/root:/a", None).await;
    let id = a.json()["id"].as_str().expect("an id").to_owned();
    patch(&simulator, &id, json!({"name": "A"})).await;
    let request = http().get(&follower.link).bearer_auth(TOKEN);
    let response = send(request.header("deltaExcludeParent", "true"))
        .await
        .json();
    let items = response["value"].as_array().expect("an array");
    assert_eq!(names(items), ["x.txt", "A"]);
    assert_eq!(items[0]["id"], json!(folder));
    assert_eq!(names(&follower.round().await), ["b", "x.txt", "root", "A"]);
}

#[tokio::test]
async fn an_item_appears_once_at_its_last_change() {
    let simulator = start().await;
    let x = put(&simulator, "x", "").await;
    let mut follower = Follower::caught_up(&simulator, DELTA).await;
    for name in ["y", "z"] {
        patch(&simulator, &x, json!({"name": name})).await;
    }
    put(&simulator, "w", "").await;
    patch(&simulator, &x, json!({"name": "last"})).await;
    let items = follower.round().await;
    assert_eq!(names(&items), ["w", "root", "last"]);
    assert_eq!(items[2]["id"], json!(x));
}

#[tokio::test]
async fn a_move_changes_only_the_moved_item() {
    let simulator = start().await;
    let file = put(&simulator, "a/b/x.txt", "123").await;
    put(&simulator, "c/y.txt", "1").await;
    let mut follower = Follower::caught_up(&simulator, DELTA).await;
    let id = |path: &'static str| {
        let simulator = &simulator;
        async move {
            let path = format!("/v1.0/me/drive/root:/{path}");
            let item = call(simulator, "GET", &path, None).await.json();
            item["id"].as_str().expect("an id").to_owned()
        }
    };
    let (b, c) = (id("a/b").await, id("c").await);
    patch(
        &simulator,
        &b,
        json!({"name": "B", "parentReference": {"id": c}}),
    )
    .await;
    let items = follower.round().await;
    assert_eq!(names(&items), ["a", "root", "c", "B"]);
    assert_eq!(items[3]["parentReference"]["id"], json!(c));
    assert_eq!(
        (&items[0]["size"], &items[2]["size"]),
        (&json!(0), &json!(4))
    );
    assert_eq!(id("c/B/x.txt").await, file);
    assert_eq!(follower.known, truth(&simulator, "b!me").await);
}

#[tokio::test]
async fn a_deleted_folder_and_each_item_below_it() {
    let simulator = start().await;
    put(&simulator, "a/b/x.txt", "1").await;
    put(&simulator, "a/y.txt", "1").await;
    put(&simulator, "z.txt", "1").await;
    let mut follower = Follower::caught_up(&simulator, DELTA).await;
    delete(&simulator, "/root:/a:").await;
    let items = follower.round().await;
    let deleted = items.iter().filter(|item| item["deleted"].is_object());
    assert_eq!((items.len(), deleted.count()), (5, 4));
    assert_eq!(names(&items)[0], "root");
    assert_eq!(follower.known, truth(&simulator, "b!me").await);
    // A new enumeration does not return them.
    let mut late = Follower::new(&simulator, DELTA);
    assert_eq!(names(&late.round().await), ["root", "z.txt"]);
}

#[tokio::test]
async fn a_folder_is_created() {
    let simulator = start().await;
    let mut follower = Follower::caught_up(&simulator, DELTA).await;
    let children = "/v1.0/me/drive/root/children";
    let create = |path: &'static str, body: serde_json::Value| {
        let simulator = &simulator;
        async move { call(simulator, "POST", path, Some(body.to_string())).await }
    };
    let created = create(children, json!({"name": "new", "folder": {}})).await;
    assert_eq!(created.status, 201);
    assert_eq!(created.json()["folder"], json!({"childCount": 0}));
    assert_eq!(names(&follower.round().await), ["root", "new"]);
    let again = create(children, json!({"name": "NEW", "folder": {}})).await;
    assert_eq!(
        (again.status, again.code().as_str()),
        (409, "nameAlreadyExists")
    );
    let rename = json!({
        "name": "new", "folder": {}, "@microsoft.graph.conflictBehavior": "rename",
    });
    assert_eq!(create(children, rename).await.json()["name"], "new 1");
    let below = "/v1.0/me/drive/root:/new:/children";
    let below = create(below, json!({"name": "below", "folder": {}})).await;
    assert_eq!(below.json()["parentReference"]["id"], created.json()["id"]);
    for (body, status) in [
        (json!({"name": "x"}), 400),
        (json!({"name": "a/b", "folder": {}}), 400),
        (json!({"folder": {}}), 400),
    ] {
        assert_eq!(create(children, body).await.status, status);
    }
    follower.round().await;
    assert_eq!(follower.known, truth(&simulator, "b!me").await);
}

#[tokio::test]
async fn a_change_during_a_round_is_in_the_next() {
    let simulator = builder().page_size(2).start().await.expect("starts");
    let mut ids = Vec::new();
    for number in 0..6 {
        ids.push(put(&simulator, &format!("{number}"), "").await);
    }
    let mut follower = Follower::new(&simulator, DELTA);
    let (items, _) = follower.page().await;
    assert_eq!(names(&items), ["root", "0"]);
    // An item that was returned, one that was not, a new one, and one that is deleted.
    patch(&simulator, &ids[0], json!({"name": "zero"})).await;
    patch(&simulator, &ids[3], json!({"name": "three"})).await;
    put(&simulator, "new", "").await;
    delete(&simulator, "/root:/5").await;
    assert_eq!(names(&follower.round().await), ["1", "2", "4"]);
    let items = follower.round().await;
    assert_eq!(names(&items), ["zero", "three", "new", "root", "-"]);
    assert_eq!(follower.pages, [2, 2, 1, 2, 2, 1]);
    assert_eq!(follower.known, truth(&simulator, "b!me").await);
}
