//! Requests that the fault `answer` answers.

use drivebell_simulator::{Answer, Fault, Target};
use serde_json::{Value, json};
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite;

use crate::support::{
    Socket, builder, call, endpoint, error_body, request_endpoint, socket_url, start,
};

const ME: &str = "/me/drive/root";

#[tokio::test]
async fn the_endpoint_request_is_throttled_twice() {
    let answer = Answer::new(429).retry_after(15);
    let fault = Fault::new(answer.into()).on(Target::Endpoint).times(2);
    let simulator = builder().fault(fault).start().await.expect("starts");
    // Other requests do not count.
    assert_eq!(
        call(&simulator, "GET", "/v1.0/me/drive/root", None)
            .await
            .status,
        200
    );
    for _ in 0..2 {
        let response = request_endpoint(&simulator, ME).await;
        assert_eq!(
            (response.status, response.code().as_str()),
            (429, "activityLimitReached")
        );
        assert_eq!(response.header("retry-after"), "15");
        // Like every response of Graph.
        let id = response.header("request-id").to_owned();
        assert_eq!(response.json()["error"]["innerError"]["request-id"], id);
    }
    endpoint(&simulator, ME).await;
    assert_eq!(simulator.requests().len(), 4);
    let status = &simulator.faults()[0];
    assert_eq!((status.acted, status.done), (2, true));
}

#[tokio::test]
async fn not_supported_for_a_while() {
    let simulator = start().await;
    let fault = "answer=400,on=endpoint,drive=b!me"
        .parse::<Fault>()
        .expect("valid");
    let id = simulator.fault(fault).expect("valid");
    let response = request_endpoint(&simulator, ME).await;
    assert_eq!(
        (response.status, response.code().as_str()),
        (400, "notSupported")
    );
    assert_eq!(
        response.json()["error"]["message"],
        "Operation not supported"
    );
    endpoint(&simulator, "/groups/team/drive/root").await;
    simulator.release(id);
    endpoint(&simulator, ME).await;
}

#[tokio::test]
async fn any_status_body_and_header() {
    let simulator = start().await;
    for (action, status, body, header) in [
        (json!({"status": 503}), 503, "serviceNotAvailable", None),
        (
            json!({"status": 401}),
            401,
            "InvalidAuthenticationToken",
            Some(("www-authenticate", "Bearer")),
        ),
        (
            json!({"status": 403, "code": "odd", "message": "no \"no\""}),
            403,
            r#""code":"odd","message":"no \"no\"""#,
            None,
        ),
        (
            json!({"status": 200, "body": {"id": 7}}),
            200,
            r#"{"id":7}"#,
            Some(("content-type", "application/json")),
        ),
        (
            json!({"status": 200, "body": "<html>"}),
            200,
            "<html>",
            None,
        ),
        (json!({"status": 502, "body": ""}), 502, "", None),
        (
            json!({"status": 503, "headers": {"Retry-After": "Wed, 21 Oct 2026 07:28:00 GMT"}}),
            503,
            "",
            Some(("retry-after", "Wed, 21")),
        ),
    ] {
        let fault = json!({"action": {"answer": action}, "on": "graph", "times": 1});
        let fault: Fault = fault.to_string().parse().expect("valid");
        simulator.fault(fault).expect("valid");
        let response = request_endpoint(&simulator, ME).await;
        assert_eq!(response.status, status);
        assert!(response.body.contains(body), "{}", response.body);
        if body.starts_with('{') || body == "<html>" {
            assert_eq!(response.body, body);
        }
        if let Some((name, start)) = header {
            assert!(response.header(name).starts_with(start));
        }
    }
    endpoint(&simulator, ME).await;
}

/// Status, body and `Location` of an upgrade that a fault answers.
async fn refused_upgrade(answer: Value) -> (u16, Vec<u8>, Option<String>) {
    let simulator = start().await;
    let mine = endpoint(&simulator, ME).await;
    let fault = json!({"action": {"answer": answer}, "on": "socket", "times": 1});
    let fault: Fault = fault.to_string().parse().expect("valid");
    simulator.fault(fault).expect("valid");
    // Graph is not affected.
    endpoint(&simulator, ME).await;
    let outcome = match connect_async(socket_url(&mine).1).await {
        Err(tungstenite::Error::Http(response)) => {
            let location = response.headers().get("location");
            let location = location.map(|value| value.to_str().expect("text").to_owned());
            let status = response.status().as_u16();
            (status, response.into_body().unwrap_or_default(), location)
        }
        other => panic!("not refused: {other:?}"),
    };
    Socket::join(&mine).await;
    outcome
}

#[tokio::test]
async fn upgrades_are_refused() {
    for status in [400, 401, 403, 404, 429, 502, 503] {
        let (received, body, _) = refused_upgrade(json!({"status": status})).await;
        assert_eq!(received, status);
        let expected = match status {
            400 => Some(error_body(3, "Bad request")),
            403 => Some(error_body(4, "Forbidden")),
            _ => None,
        };
        assert_eq!(serde_json::from_slice::<Value>(&body).ok(), expected);
    }
    let (status, body, _) = refused_upgrade(json!({"status": 400, "body": ""})).await;
    assert_eq!((status, body.len()), (400, 0));
    let (status, body, _) = refused_upgrade(json!({"status": 200, "body": {"code": 0}})).await;
    assert_eq!((status, &body[..]), (200, &br#"{"code":0}"#[..]));
    let elsewhere = json!({"status": 307, "headers": {"location": "https://elsewhere.invalid/"}});
    let (status, _, location) = refused_upgrade(elsewhere).await;
    assert_eq!(status, 307);
    assert_eq!(location.as_deref(), Some("https://elsewhere.invalid/"));
}
