//! Faults of the identity service.

use std::time::{Duration, Instant};

use drivebell_simulator::{Fault, FaultId, Simulator};
use serde_json::{Value, json};
use tokio::time::sleep;

use super::client::{
    CLIENT, SCOPE, assert_error, control, device_code, graph, poll, post, refresh, sign_in,
};
use crate::support::{http, send, start};

fn set(simulator: &Simulator, fault: &str) -> FaultId {
    let fault: Fault = fault.parse().expect("valid");
    simulator.fault(fault).expect("valid")
}

#[tokio::test]
async fn each_code_has_its_usual_error() {
    let simulator = start().await;
    let tokens = sign_in(&simulator).await;
    for (code, number, suberror) in [
        ("invalid_grant", 70008, Some("bad_token")),
        ("interaction_required", 50076, Some("basic_action")),
        ("consent_required", 65001, Some("consent_required")),
        ("unauthorized_client", 700_016, None),
        ("invalid_client", 7_000_215, None),
        ("authorization_pending", 70016, None),
        ("slow_down", 70016, None),
        ("expired_token", 70019, None),
        ("authorization_declined", 65004, None),
        ("temporarily_unavailable", 90033, None),
        ("server_error", 90000, None),
    ] {
        set(
            &simulator,
            &format!("answer=400,code={code},on=token,times=1"),
        );
        let response = refresh(&simulator, &tokens, &[]).await;
        assert_eq!(response.status, 400);
        assert_error(&response, code, number);
        assert_eq!(response.json()["suberror"].as_str(), suberror, "{code}");
    }
    set(
        &simulator,
        "answer=400,code=invalid_grant,message=Gone.,on=token,times=1",
    );
    let response = refresh(&simulator, &tokens, &[]).await;
    assert!(
        response.body.contains("AADSTS70008: Gone."),
        "{}",
        response.body
    );
    assert_eq!(refresh(&simulator, &tokens, &[]).await.status, 200);
    let listed = control(&simulator, "GET", "").await.json();
    let requests = listed["tokenRequests"].as_array().expect("a list");
    let outcomes: Vec<_> = requests.iter().map(|request| &request["outcome"]).collect();
    assert_eq!(
        outcomes[..3],
        ["issued", "invalid_grant", "interaction_required"]
    );
}

#[tokio::test]
async fn the_clients_id_of_a_request_is_repeated() {
    let simulator = start().await;
    let url = format!("{}/common/oauth2/v2.0/token", simulator.base_url());
    let ask = async || {
        let request = http().post(&url).header("client-request-id", "mine");
        let response = send(request.form(&[("client_id", CLIENT)])).await;
        assert_eq!(response.header("client-request-id"), "mine");
        assert_eq!(response.json()["correlation_id"], "mine");
        response.json()["error"].clone()
    };
    assert_eq!(ask().await, "invalid_request");
    set(&simulator, "answer=400,code=server_error,on=token");
    assert_eq!(ask().await, "server_error");
}

#[tokio::test]
async fn an_overloaded_service_has_no_oauth_error() {
    let simulator = start().await;
    set(&simulator, "answer=503,retryAfter=7,on=devicecode,times=1");
    let form = [("client_id", CLIENT), ("scope", SCOPE)];
    let response = post(&simulator, "devicecode", &form).await;
    assert_eq!(
        (response.status, response.body.as_str()),
        (503, "Service Unavailable")
    );
    assert_eq!(response.header("retry-after"), "7");
    set(&simulator, "answer=429,on=token,times=1");
    let authorization = device_code(&simulator).await;
    let response = poll(&simulator, &authorization).await;
    assert_eq!(
        (response.status, response.body.as_str()),
        (429, "Too Many Requests")
    );
    set(&simulator, "answer=400,on=token,times=1");
    let response = poll(&simulator, &authorization).await;
    assert_error(&response, "invalid_request", 900_144);
    set(&simulator, "answer=200,body=odd,on=token,times=1");
    let response = poll(&simulator, &authorization).await;
    assert_eq!((response.status, response.body.as_str()), (200, "odd"));
    // None of them redeemed the device code.
    assert_eq!(poll(&simulator, &authorization).await.status, 200);
    let listed = control(&simulator, "GET", "").await.json();
    let count = json!({"grant_type": "device_code", "outcome": "400", "count": 1});
    assert_eq!(listed["tokenRequestCounts"][1], count);
}

#[tokio::test]
async fn a_fault_chooses_its_requests() {
    let simulator = start().await;
    let tokens = sign_in(&simulator).await;
    let path = "/common/v2.0/.well-known/openid-configuration";
    let configuration = format!("{}{path}", simulator.base_url());
    let form = [("client_id", CLIENT), ("scope", SCOPE)];
    for (target, expected) in [
        ("identity", [503, 503, 503, 200]),
        ("devicecode", [200, 503, 200, 200]),
        ("token", [200, 200, 503, 200]),
        ("graph", [200, 200, 200, 503]),
        ("all", [503, 503, 503, 503]),
    ] {
        let id = set(&simulator, &format!("answer=503,on={target}"));
        let statuses = [
            send(http().get(&configuration)).await.status,
            post(&simulator, "devicecode", &form).await.status,
            refresh(&simulator, &tokens, &[]).await.status,
            graph(&simulator, "/me/drive", &tokens).await.status,
        ];
        assert_eq!(statuses, expected, "{target}");
        simulator.release(id);
    }
    for invalid in ["text=x,on=token", "cut,on=identity,after=join"] {
        assert!(invalid.parse::<Fault>().is_err(), "{invalid}");
    }
    let fault: Fault = "cut,on=devicecode".parse().expect("valid");
    let written = serde_json::to_value(&fault).expect("serializes");
    assert_eq!(written["on"], "devicecode");
}

#[tokio::test]
async fn requests_hang_are_slow_and_fail() {
    let simulator = start().await;
    let tokens: Value = sign_in(&simulator).await;
    let id = set(&simulator, "hold,on=identity");
    {
        let held = refresh(&simulator, &tokens, &[]);
        tokio::pin!(held);
        tokio::select! {
            _ = &mut held => panic!("not held"),
            () = sleep(Duration::from_millis(100)) => {}
        }
        simulator.release(id);
        assert_eq!(held.await.status, 200);
    }
    set(&simulator, "delay=200,on=token,times=1");
    let started = Instant::now();
    assert_eq!(refresh(&simulator, &tokens, &[]).await.status, 200);
    assert!(started.elapsed() >= Duration::from_millis(200));
    set(&simulator, "reset,on=token,when=next,times=1");
    let url = format!("{}/common/oauth2/v2.0/token", simulator.base_url());
    assert!(http().post(url).form(&[("a", "b")]).send().await.is_err());
    assert_eq!(refresh(&simulator, &tokens, &[]).await.status, 200);
}
