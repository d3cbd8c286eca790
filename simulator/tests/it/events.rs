//! A change of a drive, and the events it causes.

use std::time::{Duration, Instant};

use crate::support::{Socket, builder, call, endpoint, start, until};
use drivebell_simulator::{Argument, Latency, Payload, Simulator};
use serde_json::{Value, json};

const TEAM: &str = "/v1.0/drives/b!team";

async fn change(simulator: &Simulator, method: &str, path: &str, body: &str, status: u16) -> Value {
    let response = call(simulator, method, path, Some(body.to_owned())).await;
    assert_eq!(
        response.status, status,
        "{method} {path}: {}",
        response.body
    );
    serde_json::from_str(&response.body).unwrap_or_default()
}

fn notification(argument: &Value) -> Value {
    let text = argument.as_str().expect("a string that contains JSON");
    let body: Value = serde_json::from_str(text).expect("JSON");
    let value = body["value"].as_array().expect("an array");
    assert_eq!(value.len(), 1);
    value[0].clone()
}

#[tokio::test]
async fn each_change_is_announced() {
    let simulator = start().await;
    let endpoint = endpoint(&simulator, "/drives/b!team/root").await;
    let mut socket = Socket::join(&endpoint).await;
    let file = change(
        &simulator,
        "PUT",
        &format!("{TEAM}/root:/a/b.txt:/content"),
        "one",
        201,
    )
    .await;
    let first = notification(&socket.event().await);
    let item = format!("{TEAM}/items/{}", file["id"].as_str().expect("an id"));
    let root = json!({"parentReference": {"id": "root"}}).to_string();
    for (method, path, body, status) in [
        ("PUT", format!("{TEAM}/root:/a/b.txt:/content"), "two", 200),
        ("PATCH", item.clone(), r#"{"name":"c.txt"}"#, 200),
        ("PATCH", item.clone(), root.as_str(), 200),
        ("DELETE", item, "", 204),
    ] {
        change(&simulator, method, &path, body, status).await;
        assert_eq!(notification(&socket.event().await), first);
    }
    assert_eq!(first["subscriptionId"], endpoint["id"]);
    assert_eq!(first["expirationDateTime"], endpoint["expirationDateTime"]);
    assert_eq!(first["clientState"], endpoint["clientState"]);
    let resource = first["resource"].as_str().expect("the id of a list");
    assert_eq!(resource.len(), 36);
    let expected = format!(
        "{{\"value\":[{{\"subscriptionId\":{},\"clientState\":{},\"expirationDateTime\":{},\
         \"resource\":\"{resource}\",\"tenantId\":\"9188040d-6c67-4c5b-b112-36a304b66dad\",\
         \"siteUrl\":\"/personal/5a0b9e159b3310ad\",\
         \"webId\":\"be8f18aa-284c-4452-8e7d-3db9e0e4babd\"}}]}}",
        endpoint["id"], endpoint["clientState"], endpoint["expirationDateTime"],
    );
    simulator.notify("b!team", 1).expect("a drive");
    assert_eq!(socket.event().await, Value::String(expected));
}

#[tokio::test]
async fn a_request_without_a_change_is_not_announced() {
    let simulator = start().await;
    let mut socket = Socket::join(&endpoint(&simulator, "/drives/b!team/root").await).await;
    change(
        &simulator,
        "PUT",
        "/v1.0/me/drive/root:/other.txt:/content",
        "",
        201,
    )
    .await;
    let file = format!("{TEAM}/root:/a.txt");
    change(&simulator, "PUT", &format!("{file}:/content"), "", 201).await;
    socket.event().await;
    change(&simulator, "GET", &file, "", 200).await;
    change(
        &simulator,
        "PATCH",
        &format!("{file}:"),
        r#"{"name":"a.txt"}"#,
        200,
    )
    .await;
    change(&simulator, "PATCH", &file, r#"{"name":"a:b"}"#, 400).await;
    change(&simulator, "DELETE", &format!("{TEAM}/items/none"), "", 404).await;
    socket.nothing_but_a_marker(&simulator, "b!team").await;
}

#[tokio::test]
async fn every_socket_gets_a_change_through_any_alias() {
    let simulator = start().await;
    let by_list = endpoint(&simulator, "/sites/contoso/lists/documents").await;
    let by_user = endpoint(&simulator, "/users/alex@contoso.com/drive/root").await;
    let mut sockets = [
        Socket::join(&by_list).await,
        // Two sockets on one URL.
        Socket::join(&by_user).await,
        Socket::join(&by_user).await,
    ];
    change(
        &simulator,
        "PUT",
        "/v1.0/groups/team/drive/root:/a.txt:/content",
        "",
        201,
    )
    .await;
    let mut resources = Vec::new();
    for (socket, endpoint) in sockets.iter_mut().zip([&by_list, &by_user, &by_user]) {
        let notification = notification(&socket.event().await);
        assert_eq!(notification["subscriptionId"], endpoint["id"]);
        resources.push(notification["resource"].clone());
    }
    resources.dedup();
    assert_eq!(resources.len(), 1);
}

#[tokio::test]
async fn nothing_is_replayed() {
    let simulator = start().await;
    let mine = endpoint(&simulator, "/me/drive/root").await;
    Socket::join(&mine).await.close().await;
    until(|| simulator.connected() == 0).await;
    simulator.notify("b!me", 3).expect("a drive");
    let mut socket = Socket::join(&mine).await;
    socket.nothing_but_a_marker(&simulator, "b!me").await;
    assert_eq!(simulator.events().len(), 1);
}

#[tokio::test]
async fn no_event_is_missed_after_the_join() {
    let simulator = start().await;
    let mine = endpoint(&simulator, "/me/drive/root").await;
    for _ in 0..50 {
        let mut socket = Socket::join(&mine).await;
        simulator.notify("b!me", 1).expect("a drive");
        socket.event().await;
    }
}

#[tokio::test]
async fn duplicates() {
    let simulator = builder().duplicate(true).start().await.expect("starts");
    let mut socket = Socket::join(&endpoint(&simulator, "/me/drive/root").await).await;
    change(
        &simulator,
        "PUT",
        "/v1.0/me/drive/root:/a.txt:/content",
        "",
        201,
    )
    .await;
    assert_eq!(socket.event().await, socket.event().await);
    until(|| simulator.events().len() == 2).await;
}

#[tokio::test]
async fn other_payloads_and_arguments() {
    let observed = [
        "clientState",
        "expirationDateTime",
        "resource",
        "siteUrl",
        "subscriptionId",
        "tenantId",
        "webId",
    ];
    let flat = [
        "clientState",
        "resource",
        "subscriptionExpirationDateTime",
        "subscriptionId",
        "userId",
    ];
    for (payload, argument) in [
        (Payload::Observed, Argument::Object),
        (Payload::Flat, Argument::String),
        (Payload::Flat, Argument::Object),
    ] {
        let simulator = builder().payload(payload).argument(argument).start().await;
        let simulator = simulator.expect("starts");
        let mut socket = Socket::join(&endpoint(&simulator, "/me/drive/root").await).await;
        simulator.notify("b!me", 1).expect("a drive");
        let mut event = socket.event().await;
        if argument == Argument::String {
            event = serde_json::from_str(event.as_str().expect("a string")).expect("JSON");
        }
        let (body, expected) = match payload {
            Payload::Observed => (event["value"][0].clone(), observed.as_slice()),
            Payload::Flat => (event, flat.as_slice()),
        };
        let keys: Vec<_> = body.as_object().expect("an object").keys().collect();
        assert_eq!(keys, expected);
    }
}

#[tokio::test]
async fn events_have_the_latency_of_the_option() {
    let latency = Duration::from_millis(250);
    let simulator = builder()
        .latency(Latency::Fixed(latency))
        .start()
        .await
        .expect("starts");
    let mut socket = Socket::join(&endpoint(&simulator, "/me/drive/root").await).await;
    let started = Instant::now();
    change(
        &simulator,
        "PUT",
        "/v1.0/me/drive/root:/a.txt:/content",
        "",
        201,
    )
    .await;
    assert!(simulator.events().is_empty() || started.elapsed() >= latency);
    socket.event().await;
    assert!(started.elapsed() >= latency);
}

#[tokio::test]
async fn a_burst_arrives_completely() {
    let simulator = start().await;
    let mut socket = Socket::join(&endpoint(&simulator, "/me/drive/root").await).await;
    simulator.notify("b!me", 20_000).expect("a drive");
    for _ in 0..20_000 {
        socket.event().await;
    }
    until(|| {
        simulator
            .events()
            .last()
            .is_some_and(|event| event.sequence == 20_000)
    })
    .await;
    assert_eq!(simulator.events().len(), 10_000);
    assert!(simulator.notify("none", 1).is_err());
}
