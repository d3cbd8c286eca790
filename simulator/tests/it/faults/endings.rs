//! The ways in which a socket ends, and invalid frames.

use drivebell_simulator::{Action, Fault, Simulator, Stage, When};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::{self, Message};

use crate::support::{Socket, endpoint, start, until};

const ME: &str = "/me/drive/root";

fn fault(json: &Value) -> Fault {
    json.to_string().parse().expect("valid")
}

fn set_now(simulator: &Simulator, action: &Value) {
    let fault = fault(&json!({"action": action, "when": "now"}));
    simulator.fault(fault).expect("valid");
}

async fn live() -> (Simulator, Socket) {
    let simulator = start().await;
    let socket = Socket::join(&endpoint(&simulator, ME).await).await;
    until(|| simulator.connected() == 1).await;
    (simulator, socket)
}

#[tokio::test]
async fn socket_io_disconnects_and_the_connection_stays() {
    let (simulator, mut socket) = live().await;
    set_now(&simulator, &json!("disconnect"));
    assert_eq!(socket.packet().await, "41/notifications,");
    until(|| simulator.connected() == 0).await;
    socket.send("40/notifications,").await;
    assert!(socket.packet().await.starts_with("40/notifications,{"));
}

#[tokio::test]
async fn a_disconnection_right_after_the_join() {
    let simulator = start().await;
    let fault = Fault::new(Action::Disconnect).when(When::Next).times(1);
    simulator.fault(fault).expect("valid");
    let mine = endpoint(&simulator, ME).await;
    let mut first = Socket::join(&mine).await;
    assert_eq!(first.packet().await, "41/notifications,");
    let mut second = Socket::join(&mine).await;
    simulator.notify("b!me", 1).expect("a drive");
    second.event().await;
}

#[tokio::test]
async fn engine_io_closes() {
    let (simulator, mut socket) = live().await;
    set_now(&simulator, &json!("engineClose"));
    simulator.notify("b!me", 1).expect("a drive");
    assert_eq!(socket.packet().await, "1");
    // The server sends nothing more until the client closes.
    until(|| simulator.events().len() == 1).await;
    assert!(socket.nothing_yet());
    socket.close().await;
    until(|| simulator.connected() == 0).await;
}

#[tokio::test]
async fn websocket_closes_with_each_status() {
    for code in [1000, 1001, 1011] {
        let (simulator, mut socket) = live().await;
        set_now(
            &simulator,
            &json!({"close": {"code": code, "reason": "enough"}}),
        );
        let Some(Ok(Message::Close(Some(frame)))) = socket.message().await else {
            panic!("no close frame");
        };
        assert_eq!(frame.code, CloseCode::from(code));
        assert_eq!(frame.reason.as_str(), "enough");
        // The client has replied, and the server ends the connection.
        assert!(socket.message().await.is_none());
        until(|| simulator.connected() == 0).await;
    }
    let (simulator, mut socket) = live().await;
    set_now(&simulator, &json!("close"));
    assert!(matches!(
        socket.message().await,
        Some(Ok(Message::Close(None)))
    ));
    assert!(socket.message().await.is_none());
}

#[tokio::test]
async fn the_server_announces_its_end() {
    let (simulator, mut socket) = live().await;
    let action = json!({"serverDisconnect": {"code": 503, "message": "moving", "retryAfter": 7}});
    set_now(&simulator, &action);
    assert_eq!(
        socket.packet().await,
        r#"42/notifications,["server_disconnect",{"code":503,"message":"moving","retryAfter":7}]"#
    );
    assert!(matches!(
        socket.message().await,
        Some(Ok(Message::Close(Some(_))))
    ));
    assert!(socket.message().await.is_none());
}

#[tokio::test]
async fn an_end_in_the_middle_of_the_stream() {
    let simulator = start().await;
    let mine = endpoint(&simulator, ME).await;
    for action in [Action::Cut, Action::Reset] {
        let fault = Fault::new(action).after(Stage::Join).times(1);
        simulator.fault(fault).expect("valid");
        let mut socket = Socket::open(&mine).await;
        socket.send("40/notifications,").await;
        // A RST may overtake earlier bytes.
        for packet in socket.until_end().await {
            assert!(packet == "2" || packet.starts_with("40/"), "{packet}");
        }
        until(|| simulator.connected() == 0).await;
    }
    Socket::join(&mine).await;
}

#[tokio::test]
async fn invalid_frames() {
    let (simulator, mut socket) = live().await;
    set_now(&simulator, &json!({"text": {"text": "7nonsense"}}));
    assert_eq!(socket.packet().await, "7nonsense");
    set_now(&simulator, &json!({"frame": {"opcode": 2, "hex": "00ff"}}));
    let message = socket.message().await;
    assert!(matches!(message, Some(Ok(Message::Binary(bytes))) if bytes[..] == [0, 255]));
    // In two fragments, with a WebSocket ping between them.
    for action in [
        json!({"frame": {"opcode": 1, "fin": false, "text": "42/notif"}}),
        json!({"frame": {"opcode": 9, "text": "?"}}),
        json!({"frame": {"opcode": 0, "text": "ications,[]"}}),
    ] {
        set_now(&simulator, &action);
    }
    assert!(matches!(socket.message().await, Some(Ok(Message::Ping(_)))));
    assert_eq!(socket.packet().await, "42/notifications,[]");
    set_now(&simulator, &json!({"frame": {"opcode": 3}}));
    let outcome = socket.message().await;
    assert!(
        matches!(outcome, Some(Err(tungstenite::Error::Protocol(_)))),
        "{outcome:?}"
    );
}
