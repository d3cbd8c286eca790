//! Reading and changing items.

use std::time::Duration;

use crate::support::{Response, builder, call, start};
use serde_json::{Value, json};

#[tokio::test]
async fn items_by_path_and_by_id() {
    let simulator = start().await;
    let put = |path: &'static str, content: &str| {
        let (simulator, content) = (&simulator, content.to_owned());
        async move { call(simulator, "PUT", path, Some(content)).await }
    };
    let created = put(
        "/v1.0/me/drive/root:/Ordner%20%C3%A4/a.txt:/content",
        "hello",
    )
    .await;
    assert_eq!(created.status, 201);
    let item = created.json();
    assert_eq!((&item["name"], &item["size"]), (&json!("a.txt"), &json!(5)));
    let reference = &item["parentReference"];
    assert_eq!(reference["driveId"], "b!me");
    assert_eq!(reference["path"], "/drives/b!me/root:/Ordner%20%C3%A4");
    let id = item["id"].as_str().expect("an id");

    let get = |path: String| {
        let simulator = &simulator;
        async move { call(simulator, "GET", &path, None).await }
    };
    let same = get(format!("/beta/drives/b!me/items/{id}")).await;
    assert_eq!(same.json(), item);
    let same = get("/v1.0/drives/b!me/root:/ordner%20%C3%A4/A.TXT".into()).await;
    assert_eq!(same.json(), item);
    let content = get(format!("/v1.0/me/drive/items/{id}/content")).await;
    assert_eq!((content.status, content.body.as_str()), (200, "hello"));
    let root = get("/v1.0/drives/b!me/root".into()).await.json();
    assert!(root["root"].is_object());
    assert_eq!(
        (&root["folder"]["childCount"], &root["size"]),
        (&json!(1), &json!(5))
    );
    let children = get("/v1.0/drives/b!me/root/children".into()).await.json();
    assert_eq!(children["value"][0]["name"], "Ordner ä");
    let folder = reference["id"].as_str().expect("an id");
    let children = get(format!("/v1.0/drives/b!me/items/{folder}/children"))
        .await
        .json();
    assert_eq!(children["value"], json!([item]));

    let replaced = put(
        "/v1.0/me/drive/root:/Ordner%20%C3%A4/a.txt:/content",
        "hello again",
    )
    .await;
    assert_eq!(replaced.status, 200);
    let replaced = replaced.json();
    assert_eq!(replaced["id"], item["id"]);
    assert_ne!(replaced["cTag"], item["cTag"]);
    let below = put("/v1.0/me/drive/root:/a/b/c:/content", "").await;
    assert_eq!(below.status, 201);
}

fn outcome(response: &Response) -> (u16, String) {
    (response.status, response.code())
}

#[tokio::test]
async fn refused_changes() {
    let simulator = start().await;
    for path in ["a/b/x", "y"] {
        let path = format!("/v1.0/me/drive/root:/{path}:/content");
        assert_eq!(
            call(&simulator, "PUT", &path, Some(String::new()))
                .await
                .status,
            201
        );
    }
    let ask = |method: &'static str, path: &'static str, body: Value| {
        let simulator = &simulator;
        async move {
            let path = format!("/v1.0/me/drive{path}");
            outcome(&call(simulator, method, &path, Some(body.to_string())).await)
        }
    };
    let folder = call(&simulator, "GET", "/v1.0/me/drive/root:/a/b", None)
        .await
        .json();
    let below = json!({"parentReference": {"id": folder["id"]}});
    let elsewhere = json!({"parentReference": {"id": "root", "driveId": "b!team"}});
    for (method, path, body, status, code) in [
        (
            "PATCH",
            "/root:/y:",
            json!({"name": "A"}),
            409,
            "nameAlreadyExists",
        ),
        ("PATCH", "/root:/a", below, 400, "invalidRequest"),
        ("PATCH", "/root:/a", elsewhere, 400, "invalidRequest"),
        (
            "PATCH",
            "/root:/a",
            json!({"name": ""}),
            400,
            "invalidRequest",
        ),
        ("PATCH", "/root:/a", json!("text"), 400, "invalidRequest"),
        (
            "PATCH",
            "/root:/none",
            json!({"name": "x"}),
            404,
            "itemNotFound",
        ),
        (
            "PATCH",
            "/root",
            json!({"name": "x"}),
            400,
            "invalidRequest",
        ),
        ("PUT", "/root:/a:/content", json!(1), 400, "invalidRequest"),
        (
            "PUT",
            "/root:/y/z:/content",
            json!(1),
            400,
            "invalidRequest",
        ),
        (
            "PUT",
            "/root:/a%7Cb:/content",
            json!(1),
            400,
            "invalidRequest",
        ),
        ("PUT", "/root:/a/b", json!(1), 405, "invalidRequest"),
        ("DELETE", "/items/none", json!(null), 404, "itemNotFound"),
        ("DELETE", "/root", json!(null), 400, "invalidRequest"),
        ("GET", "/items/none", json!(null), 404, "itemNotFound"),
        (
            "GET",
            "/root:/a:/content",
            json!(null),
            400,
            "invalidRequest",
        ),
        ("GET", "/nothing", json!(null), 400, "BadRequest"),
    ] {
        let expected = (status, code.to_owned());
        assert_eq!(ask(method, path, body).await, expected, "{method} {path}");
    }
    let unknown = call(&simulator, "GET", "/v1.0/drives/none/root", None).await;
    assert_eq!(outcome(&unknown), (404, "itemNotFound".to_owned()));
}

#[tokio::test]
async fn a_deleted_folder_deletes_its_items() {
    let simulator = start().await;
    let path = "/v1.0/me/drive/root:/a/b:/content";
    let file = call(&simulator, "PUT", path, Some("x".into())).await.json();
    let id = file["id"].as_str().expect("an id");
    let deleted = call(&simulator, "DELETE", "/v1.0/me/drive/root:/a:", None).await;
    assert_eq!((deleted.status, deleted.body.as_str()), (204, ""));
    let gone = call(
        &simulator,
        "GET",
        &format!("/v1.0/me/drive/items/{id}"),
        None,
    )
    .await;
    assert_eq!(outcome(&gone), (404, "itemNotFound".to_owned()));
}

#[tokio::test]
async fn an_invalid_configuration_is_refused_with_its_name() {
    for (builder, name) in [
        (builder().drive("a/b"), "a/b"),
        (builder().ping_interval(Duration::ZERO), "ping interval"),
        (
            builder().alias("/planets/x/drive", "b!me"),
            "/planets/x/drive",
        ),
        (builder().alias("/groups/x/drive", "b!none"), "b!none"),
    ] {
        let error = builder.start().await.expect_err("refused");
        assert!(error.to_string().contains(name), "{error}");
    }
}
