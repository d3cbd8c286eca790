//! The recorded requests, and the control API.

use crate::support::{Socket, call, endpoint, http, request_endpoint, send, start, until};
use serde_json::{Value, json};

#[tokio::test]
async fn requests_are_recorded_as_they_arrived() {
    let simulator = start().await;
    let url = format!("{}/v1.0/drives/b%21x/root?a=%2F&b", simulator.base_url());
    send(http().get(url).header("X-Mine", "1").header("X-Mine", "2")).await;
    let mine = endpoint(&simulator, "/me/drive/root").await;
    let _socket = Socket::join(&mine).await;
    let requests = simulator.requests();
    assert_eq!(requests.len(), 3);
    let first = &requests[0];
    assert_eq!(
        (first.method.as_str(), first.path.as_str()),
        ("GET", "/v1.0/drives/b%21x/root?a=%2F&b")
    );
    let mine = first.headers.iter().filter(|(name, _)| name == "x-mine");
    assert_eq!(
        mine.map(|(_, value)| value.as_str()).collect::<Vec<_>>(),
        ["1", "2"]
    );
    assert_eq!(requests[1].header("Content-Type"), Some("application/json"));
    assert!(requests[2].path.starts_with("/socket.io/?token="));
    assert!(first.received_at_micros <= requests[2].received_at_micros);

    let url = format!("{}/_simulator/requests", simulator.base_url());
    let listed = send(http().get(url)).await.json();
    assert_eq!(listed[0]["path"], "/v1.0/drives/b%21x/root?a=%2F&b");
    assert_eq!(listed[0]["headers"][0], json!(["x-mine", "1"]));
    // Control requests do not count.
    assert_eq!(simulator.requests().len(), 3);
}

#[tokio::test]
async fn the_record_is_bounded() {
    let simulator = start().await;
    let client = http();
    for number in 0..1005 {
        let url = format!("{}/v1.0/{number}", simulator.base_url());
        send(client.get(url)).await;
    }
    let requests = simulator.requests();
    assert_eq!(requests.len(), 1000);
    assert_eq!(requests[0].path, "/v1.0/5");
}

#[tokio::test]
async fn events_state_and_notify() {
    let simulator = start().await;
    let mine = endpoint(&simulator, "/me/drive/root").await;
    let mut socket = Socket::join(&mine).await;
    until(|| simulator.connected() == 1).await;
    let base = format!("{}/_simulator", simulator.base_url());
    let response = send(http().post(format!("{base}/notify?drive=b!me&count=2"))).await;
    assert_eq!(
        response.json(),
        json!({"drive": "b!me", "count": 2, "connected": 1})
    );
    socket.event().await;
    socket.event().await;
    until(|| simulator.events().len() == 2).await;
    let events = send(http().get(format!("{base}/events"))).await.json();
    let events = events.as_array().expect("an array");
    for (sequence, event) in (1..).zip(events) {
        assert_eq!(event["sequence"], sequence);
        assert_eq!(
            (&event["drive"], &event["subscriptionId"]),
            (&json!("b!me"), &mine["id"])
        );
        let age = jiff::Timestamp::now().as_microsecond()
            - event["emittedAtMicros"].as_i64().expect("a time");
        assert!((0..60_000_000).contains(&age), "{age}");
    }
    call(
        &simulator,
        "PUT",
        "/v1.0/me/drive/root:/a/b:/content",
        Some(String::new()),
    )
    .await;
    let state = send(http().get(format!("{base}/state"))).await.json();
    assert_eq!(
        (&state["connected"], &state["namespace"]),
        (&json!(1), &json!("/notifications"))
    );
    let drives = state["drives"].as_array().expect("an array");
    let ids: Vec<_> = drives.iter().map(|drive| &drive["id"]).collect();
    assert_eq!(ids, ["b!me", "b!team"]);
    let mut drive: Value = drives[0].clone();
    drive.as_object_mut().expect("an object").remove("listId");
    assert_eq!(
        drive,
        json!({"id": "b!me", "sequence": 2, "items": 2, "connected": 1})
    );
    for (query, status) in [
        ("drive=none", 404),
        ("drive=b!me&count=x", 400),
        ("drive=b!me&count=1000001", 400),
        ("count=1", 400),
    ] {
        let response = send(http().post(format!("{base}/notify?{query}"))).await;
        assert_eq!(response.status, status, "{query}");
    }
}

#[tokio::test]
async fn frequent_control_requests_have_short_responses() {
    let simulator = start().await;
    let ask = async |what: &str| {
        let url = format!("{}/_simulator/{what}", simulator.base_url());
        send(http().get(url)).await.json()
    };
    assert_eq!(ask("connected").await, 0);
    assert_eq!(ask("endpoint-calls").await, json!([]));
    request_endpoint(&simulator, "/me/drive/root").await;
    request_endpoint(&simulator, "/drives/b!gone/root").await;
    let calls = ask("endpoint-calls").await;
    let times: Vec<_> = calls
        .as_array()
        .expect("a list")
        .iter()
        .map(Value::as_i64)
        .collect();
    assert_eq!(times.len(), 2, "rejected requests count too");
    assert!(times[0] <= times[1] && times[0] > Some(0));
}
