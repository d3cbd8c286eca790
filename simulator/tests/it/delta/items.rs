//! Items in responses to delta queries.

use drivebell_simulator::{DriveType, Simulator};
use serde_json::{Value, json};

use super::follower::{DELTA, Follower, delete, names, put, truth};
use crate::support::{builder, call, start};

async fn deleted_file(simulator: &Simulator) -> Value {
    let id = put(simulator, "a.txt", "hello").await;
    let mut follower = Follower::caught_up(simulator, DELTA).await;
    delete(simulator, "/root:/a.txt:").await;
    let items = follower.round().await;
    assert_eq!(items.len(), 2, "the root and the file");
    assert_eq!(items[1]["id"], json!(id));
    items[1].clone()
}

#[tokio::test]
async fn a_file_its_folder_and_the_root() {
    let simulator = start().await;
    let id = put(&simulator, "Ordner/a.txt", "hello").await;
    let response = call(&simulator, "GET", DELTA, None).await;
    let body = response.json();
    let context = "https://graph.microsoft.com/v1.0/$metadata#Collection(driveItem)";
    assert_eq!(body["@odata.context"], context);
    let items = body["value"].as_array().expect("an array");
    assert_eq!(names(items), ["root", "Ordner", "a.txt"]);
    let [root, folder, file] = &items[..] else {
        panic!("three items");
    };
    assert!(root["root"].is_object() && folder["root"].is_null());
    assert!(root["parentReference"]["id"].is_null());
    assert_eq!(root["folder"], json!({"childCount": 1}));
    assert_eq!(folder["parentReference"]["id"], root["id"]);
    assert_eq!(folder["size"], 5);
    assert_eq!(file["id"], json!(id));
    assert_eq!(
        file["parentReference"],
        json!({"driveId": "b!me", "driveType": "business", "id": folder["id"]})
    );
    assert_eq!(
        file["file"],
        json!({"mimeType": "text/plain", "hashes": {"quickXorHash": "aCgDG9jwBgAAAAAABQAAAAAAAAA="}})
    );
    for item in items {
        for field in [
            "eTag",
            "cTag",
            "webUrl",
            "createdDateTime",
            "lastModifiedDateTime",
        ] {
            assert!(item[field].is_string(), "{field}: {item}");
        }
        for field in ["createdBy", "lastModifiedBy"] {
            assert!(item[field]["user"]["displayName"].is_string(), "{item}");
        }
        let times = &item["fileSystemInfo"];
        assert_eq!(times["createdDateTime"], item["createdDateTime"]);
        assert!(item["parentReference"]["path"].is_null(), "{item}");
        assert!(item["deleted"].is_null(), "{item}");
    }
}

#[tokio::test]
async fn a_deleted_item_of_a_business_drive() {
    let simulator = start().await;
    let file = deleted_file(&simulator).await;
    assert_eq!(file["deleted"], json!({"state": "deleted"}));
    assert!(file["name"].is_null() && file["cTag"].is_null(), "{file}");
    assert_eq!(file["parentReference"]["driveType"], "business");
    assert!(file["parentReference"]["id"].is_string());
}

#[tokio::test]
async fn a_deleted_item_of_a_personal_drive() {
    let simulator = builder().drive_type(DriveType::Personal);
    let simulator = simulator.start().await.expect("starts");
    let file = deleted_file(&simulator).await;
    assert_eq!(file["deleted"], json!({"state": "deleted"}));
    assert!(file["size"].is_null(), "{file}");
    assert_eq!(file["name"], "a.txt");
    assert_eq!(file["parentReference"]["driveType"], "personal");
    let drive = call(&simulator, "GET", "/v1.0/me/drive", None).await.json();
    assert_eq!(drive["driveType"], "personal");
}

#[tokio::test]
async fn every_path_to_a_drive() {
    let simulator = start().await;
    let path = "/v1.0/drives/b!team/root:/a.txt:/content";
    call(&simulator, "PUT", path, Some(String::new())).await;
    for path in [
        "/v1.0/drives/b!team/root/delta",
        "/v1.0/drives/b%21team/root/delta()",
        "/beta/groups/team/drive/root/delta",
        "/v1.0/users/alex@contoso.com/drive/root/delta",
        "/v1.0/sites/contoso/drive/root/delta",
        "/v1.0/sites/contoso/lists/documents/drive/root/microsoft.graph.delta()",
    ] {
        let mut follower = Follower::new(&simulator, path);
        assert_eq!(names(&follower.round().await), ["root", "a.txt"], "{path}");
        let parent = path.rsplit_once('/').expect("a slash").0;
        let link = format!("{}{parent}/delta?token=", simulator.base_url());
        assert!(follower.link.starts_with(&link), "{}", follower.link);
        assert!(follower.round().await.is_empty());
        assert_eq!(follower.known, truth(&simulator, "b!team").await);
    }
    let mine = call(&simulator, "GET", DELTA, None).await.json();
    assert_eq!(names(mine["value"].as_array().expect("an array")), ["root"]);
}

#[tokio::test]
async fn paths_that_are_no_delta_query() {
    let simulator = start().await;
    for (method, path, status, code) in [
        ("POST", DELTA, 405, "invalidRequest"),
        ("GET", "/v1.0/me/drive/root/deltas", 400, "BadRequest"),
        ("GET", "/v1.0/drives/none/root/delta", 404, "itemNotFound"),
        ("GET", "/v1.0/sites/contoso/items/delta", 400, "BadRequest"),
    ] {
        let response = call(&simulator, method, path, None).await;
        assert_eq!(
            (response.status, response.code().as_str()),
            (status, code),
            "{path}"
        );
    }
}

#[tokio::test]
async fn the_control_api_lists_the_items() {
    let simulator = start().await;
    let file = put(&simulator, "a/b.txt", "hello").await;
    put(&simulator, "c.txt", "").await;
    delete(&simulator, "/root:/c.txt:").await;
    let path = "/_simulator/items?drive=b!me";
    let items = call(&simulator, "GET", path, None).await.json();
    let item = &items[2];
    assert_eq!(items.as_array().map(Vec::len), Some(3));
    assert_eq!(
        (&item["id"], &item["name"], &item["parent"], &item["size"]),
        (&json!(file), &json!("b.txt"), &items[1]["id"], &json!(5))
    );
    assert_eq!(
        (&item["folder"], &item["deleted"]),
        (&json!(false), &json!(false))
    );
    assert!(items[0]["parent"].is_null());
    let none = call(&simulator, "GET", "/_simulator/items?drive=none", None).await;
    assert_eq!(none.status, 404);
}
