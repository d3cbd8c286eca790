//! Faults over HTTP.

use drivebell_simulator::Simulator;
use serde_json::{Value, json};

use crate::support::{Response, Socket, call, endpoint, http, send, start, until};

const ME: &str = "/me/drive/root";

async fn control(simulator: &Simulator, method: &str, path: &str, body: &str) -> Response {
    let url = format!("{}/_simulator/faults{path}", simulator.base_url());
    let method = method.parse().expect("a method");
    send(http().request(method, url).body(body.to_owned())).await
}

#[tokio::test]
async fn set_list_and_release() {
    let simulator = start().await;
    let _socket = Socket::join(&endpoint(&simulator, ME).await).await;
    until(|| simulator.connected() == 1).await;
    let hold = r#"{"action":"hold","on":"socket"}"#;
    let response = control(&simulator, "POST", "", hold).await;
    assert_eq!(
        (response.status, response.json()),
        (200, json!({"id": 1, "acted": 1}))
    );
    // The shorthand is accepted too.
    let response = control(&simulator, "POST", "", "answer=503,times=3").await;
    assert_eq!(response.json(), json!({"id": 2, "acted": 0}));
    call(&simulator, "GET", "/v1.0/me/drive/root", None).await;
    let listed = control(&simulator, "GET", "", "").await.json();
    assert_eq!(
        listed,
        json!([
            {
                "id": 1, "acted": 1, "done": false,
                "fault": {"action": {"hold": {"direction": "both"}}, "on": "socket",
                    "when": "always", "skip": 0, "afterBytes": 0},
            },
            {
                "id": 2, "acted": 1, "done": false,
                "fault": {"action": {"answer": {"status": 503}}, "on": "all",
                    "when": "always", "skip": 0, "times": 3, "afterBytes": 0},
            },
        ])
    );
    let response = control(&simulator, "DELETE", "/1", "").await;
    assert_eq!(
        (response.status, response.json()),
        (200, json!({"released": 1}))
    );
    assert_eq!(control(&simulator, "DELETE", "/1", "").await.status, 404);
    assert_eq!(control(&simulator, "DELETE", "/x", "").await.status, 400);
    let response = control(&simulator, "DELETE", "", "").await;
    assert_eq!(response.json(), json!({"released": 1}));
    assert_eq!(control(&simulator, "GET", "", "").await.json(), json!([]));
}

#[tokio::test]
async fn an_invalid_fault_is_refused_with_its_field() {
    let simulator = start().await;
    for (body, field) in [
        ("", "action"),
        ("{", "."),
        (r#"{"action":{"delay":{"ms":-1}}}"#, "action.delay.ms"),
        (r#"{"action":"cut","drive":"none"}"#, "drive"),
        (r#"{"action":"cut","times":"3"}"#, "times"),
        (&"[".repeat(1000), "action"),
    ] {
        let response = control(&simulator, "POST", "", body).await;
        assert_eq!(response.status, 400, "{body}");
        assert_eq!(response.json()["field"], field, "{body}");
        let error = response.json()["error"].as_str().expect("text").to_owned();
        assert!(error.starts_with(field), "{error}");
    }
    assert_eq!(
        control(&simulator, "GET", "", "").await.json(),
        Value::Array(vec![])
    );
}

/// On one connection, which carried a Graph request before.
#[tokio::test]
async fn the_control_api_is_not_affected() {
    let simulator = start().await;
    let client = http();
    let control = format!("{}/_simulator/faults", simulator.base_url());
    let graph = format!("{}/v1.0/me/drive/root", simulator.base_url());
    assert_eq!(send(client.get(&graph)).await.status, 401);
    for fault in [
        "hold",
        "silence",
        "delay=86400000",
        "answer=503",
        "split=1",
        "inject=00",
    ] {
        assert_eq!(send(client.post(&control).body(fault)).await.status, 200);
    }
    let listed = send(client.get(&control)).await.json();
    assert_eq!(listed.as_array().map(Vec::len), Some(6));
    for path in ["state", "requests", "events"] {
        let url = format!("{}/_simulator/{path}", simulator.base_url());
        assert_eq!(send(client.get(url)).await.status, 200);
    }
    assert_eq!(
        send(client.delete(&control)).await.json(),
        json!({"released": 6})
    );
    assert_eq!(send(client.get(&graph)).await.status, 401);
    // Faults that end connections do not end these.
    for fault in ["cut", "reset"] {
        assert_eq!(send(client.post(&control).body(fault)).await.status, 200);
    }
    assert!(client.get(&graph).send().await.is_err());
    assert_eq!(
        send(client.delete(&control)).await.json(),
        json!({"released": 2})
    );
    assert_eq!(send(client.get(&graph)).await.status, 401);
}
