//! Joins that are refused or never answered.

use serde_json::json;

use crate::support::{Socket, endpoint, start, until};

#[tokio::test]
async fn a_join_is_refused_in_each_form() {
    let simulator = start().await;
    let mine = endpoint(&simulator, "/me/drive/root").await;
    for (action, connect_error) in [
        (
            json!("refuseNamespace"),
            r#"44/notifications,{"message":"Invalid namespace"}"#,
        ),
        (
            json!({"refuseNamespace": {"body": {"message": "no", "data": {"code": 1}}}}),
            r#"44/notifications,{"data":{"code":1},"message":"no"}"#,
        ),
        (
            json!({"refuseNamespace": {"body": "no"}}),
            r#"44/notifications,"no""#,
        ),
        (
            json!({"refuseNamespace": {"body": null}}),
            "44/notifications,",
        ),
    ] {
        let fault = json!({"action": action, "times": 1}).to_string();
        let fault = fault.parse::<drivebell_simulator::Fault>();
        let id = simulator.fault(fault.expect("valid")).expect("valid");
        let mut socket = Socket::open(&mine).await;
        for _ in 0..2 {
            socket.send("40/notifications,").await;
            assert_eq!(socket.packet().await, connect_error);
        }
        assert_eq!(simulator.connected(), 0);
        // No other connection and no other namespace is affected.
        Socket::join(&mine).await;
        until(|| simulator.connected() == 0).await;
        socket.send("40/other,").await;
        let other = "44/other,{\"message\":\"Invalid namespace\"}";
        assert_eq!(socket.packet().await, other);
        simulator.release(id);
        socket.send("40/notifications,").await;
        assert!(socket.packet().await.starts_with("40/notifications,{"));
        socket.close().await;
        until(|| simulator.connected() == 0).await;
    }
}

#[tokio::test]
async fn a_join_is_never_answered() {
    let simulator = start().await;
    let mine = endpoint(&simulator, "/me/drive/root").await;
    let mut socket = Socket::open(&mine).await;
    simulator
        .fault(
            "ignoreJoin"
                .parse::<drivebell_simulator::Fault>()
                .expect("valid"),
        )
        .expect("valid");
    socket.send("40/notifications,").await;
    // Later packets are answered.
    socket.send("40").await;
    assert!(socket.packet().await.starts_with("40{"));
    assert_eq!(simulator.connected(), 0);
}
