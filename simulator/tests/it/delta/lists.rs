//! Delta queries of lists.

use serde_json::json;

use super::follower::Follower;
use crate::support::{call, start};

#[tokio::test]
async fn list_items() {
    let simulator = start().await;
    let put = "/v1.0/drives/b!team/root:/a/x.txt:/content";
    call(&simulator, "PUT", put, Some("1".to_owned())).await;
    for path in [
        "/v1.0/sites/contoso/lists/documents/items/delta",
        "/v1.0/drives/b!team/list/items/delta",
        "/v1.0/drives/b!team/list/items/delta?$expand=fields",
    ] {
        let follower = Follower::new(&simulator, path);
        let body = follower.get(&follower.link).await.json();
        let context = "https://graph.microsoft.com/v1.0/$metadata#Collection(listItem)";
        assert_eq!(body["@odata.context"], context);
        let items = body["value"].as_array().expect("an array");
        assert_eq!(
            items.len(),
            2,
            "the root is not an item of its list: {body}"
        );
        let (folder, file) = (&items[0], &items[1]);
        assert_eq!((&folder["id"], &file["id"]), (&json!("1"), &json!("2")));
        assert_eq!(folder["contentType"]["name"], "Folder");
        assert_eq!(file["contentType"]["name"], "Document");
        assert_eq!(file["parentReference"]["id"], folder["id"]);
        assert!(file["eTag"].is_string() && file["webUrl"].is_string());
        let fields = path.ends_with("fields");
        assert_eq!(file["fields"]["FileLeafRef"] == "x.txt", fields, "{path}");
        let link = body["@odata.deltaLink"].as_str().expect("a link");
        let path = path.split_once('?').map_or(path, |(path, _)| path);
        let prefix = format!("{}{path}?token=", simulator.base_url());
        assert!(link.starts_with(&prefix), "{link}");
    }
}

#[tokio::test]
async fn a_deleted_list_item() {
    let simulator = start().await;
    let file = "/v1.0/drives/b!team/root:/x.txt:";
    call(
        &simulator,
        "PUT",
        &format!("{file}/content"),
        Some("1".to_owned()),
    )
    .await;
    let path = "/v1.0/sites/contoso/lists/documents/items/delta(token='latest')";
    let follower = Follower::new(&simulator, path);
    let latest = follower.get(&follower.link).await.json();
    call(&simulator, "DELETE", file, None).await;
    let link = latest["@odata.deltaLink"].as_str().expect("a link");
    let body = follower.get(link).await.json();
    let items = body["value"].as_array().expect("an array");
    assert_eq!(items.len(), 1, "{body}");
    assert_eq!(items[0]["id"], "1");
    assert_eq!(items[0]["deleted"], json!({"state": "deleted"}));
    assert!(items[0]["eTag"].is_null());
}
