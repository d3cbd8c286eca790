//! Drives are edited by path over the control API, without a token and whatever fault is set.

use crate::support::{Response, Socket, call, endpoint, http, send, start, until};
use drivebell_simulator::{Fault, Simulator};
use serde_json::{Value, json};

async fn edit(simulator: &Simulator, method: &str, request: &str) -> Response {
    let url = format!("{}/_simulator/{request}", simulator.base_url());
    let method = method.parse().expect("a method");
    send(http().request(method, url).body("four")).await
}

async fn paths(simulator: &Simulator, folder: &str) -> Vec<Value> {
    let request = format!("children?drive=b!me&path={folder}");
    let children = edit(simulator, "GET", &request).await.json();
    let children = children.as_array().expect("a list").iter();
    children.map(|child| child["path"].clone()).collect()
}

#[tokio::test]
async fn items_are_made_moved_and_deleted_and_each_edit_is_announced() {
    let simulator = start().await;
    let fault = "answer=503,on=graph".parse::<Fault>().expect("a fault");
    let mut socket = Socket::join(&endpoint(&simulator, "/me/drive/root").await).await;
    until(|| simulator.connected() == 1).await;
    simulator.fault(fault).expect("valid");
    for (method, request, path) in [
        ("PUT", "files?drive=b!me&path=/a/b%20c.txt", "/a/b c.txt"),
        ("POST", "folders?drive=b!me&path=d/e", "/d/e"),
        (
            "PATCH",
            "items?drive=b!me&path=/a/b%20c.txt&to=/d/e/f.txt",
            "/d/e/f.txt",
        ),
        ("PATCH", "items?drive=b!me&path=/d&to=/D", "/D"),
        ("DELETE", "items?drive=b!me&path=/D/e/f.txt", "/D/e/f.txt"),
    ] {
        let response = edit(&simulator, method, request).await;
        assert_eq!(response.status, 200, "{request}: {}", response.body);
        assert_eq!(response.json()["path"], path);
        socket.event().await;
    }
    assert_eq!(paths(&simulator, "").await, ["/a", "/D"]);
    assert_eq!(paths(&simulator, "/D").await, ["/D/e"]);
    simulator.release_all();
    let file = edit(&simulator, "PUT", "files?drive=b!me&path=g").await;
    let expected =
        json!({"id": file.json()["id"], "name": "g", "path": "/g", "size": 4, "folder": false});
    assert_eq!(file.json(), expected);
    let content = call(&simulator, "GET", "/v1.0/me/drive/root:/g:/content", None).await;
    assert_eq!(content.body, "four");
}

#[tokio::test]
async fn what_cannot_be_done_is_refused_and_announces_nothing() {
    let simulator = start().await;
    edit(&simulator, "PUT", "files?drive=b!me&path=/a/b").await;
    let mut socket = Socket::join(&endpoint(&simulator, "/me/drive/root").await).await;
    until(|| simulator.connected() == 1).await;
    for (method, request, status, text) in [
        ("PUT", "files?drive=none&path=/a", 404, "none"),
        ("PUT", "files?drive=b!me&path=/", 400, "The root"),
        ("PUT", "files?drive=b!me&path=/a/b/c", 400, "/a/b/c"),
        ("PUT", "files?drive=b!me&path=/a", 400, "not a file"),
        ("PUT", "files?drive=b!me", 400, "path"),
        ("POST", "folders?drive=b!me&path=/a", 409, "already exists"),
        ("POST", "folders?drive=b!me&path=/x:y", 400, "not allowed"),
        ("PATCH", "items?drive=b!me&path=/x&to=/y", 404, "/x"),
        ("PATCH", "items?drive=b!me&path=/a&to=/x/y", 404, "/x/y"),
        ("PATCH", "items?drive=b!me&path=/a&to=/a/c", 400, "itself"),
        ("PATCH", "items?drive=b!me&path=/a&to=/", 400, "The root"),
        ("DELETE", "items?drive=b!me&path=/x", 404, "/x"),
        ("DELETE", "items?drive=b!me&path=", 400, "The root"),
        ("GET", "children?drive=b!me&path=/x", 404, "/x"),
    ] {
        let response = edit(&simulator, method, request).await;
        assert_eq!(response.status, status, "{request}: {}", response.body);
        assert!(response.body.contains(text), "{request}: {}", response.body);
    }
    socket.nothing_but_a_marker(&simulator, "b!me").await;
}
