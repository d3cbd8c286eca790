//! What happens when a notification URL expires.

use std::time::{Duration, Instant};

use drivebell_simulator::{Action, AtExpiry, Fault, Simulator, When};
use jiff::Timestamp;

use crate::support::{
    DEADLINE, Socket, builder, endpoint, error_body, refused, socket_url, start, until,
};

const ME: &str = "/me/drive/root";

fn expire(then: AtExpiry) -> Fault {
    Fault::new(Action::Expire {
        ms: 1,
        then,
        announced: true,
    })
}

async fn live() -> (Simulator, String, Socket) {
    let simulator = start().await;
    let mine = endpoint(&simulator, ME).await;
    let socket = Socket::join(&mine).await;
    until(|| simulator.connected() == 1).await;
    (simulator, socket_url(&mine).1, socket)
}

async fn until_refused(url: &str) {
    let started = Instant::now();
    while tokio_tungstenite::connect_async(url).await.is_ok() {
        assert!(started.elapsed() < DEADLINE, "accepted for ever");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    assert_eq!(refused(url).await, (403, error_body(4, "Forbidden")));
}

#[tokio::test]
async fn its_sockets_become_quiet() {
    let (simulator, url, mut socket) = live().await;
    simulator.fault(expire(AtExpiry::Quiet)).expect("valid");
    assert_eq!(simulator.faults()[0].acted, 1);
    until_refused(&url).await;
    simulator.release_all();
    let mut renewed = Socket::join(&endpoint(&simulator, ME).await).await;
    simulator.notify("b!me", 1).expect("a drive");
    renewed.event().await;
    assert_eq!(simulator.events().len(), 1);
    assert!(socket.nothing_yet());
    // It is still open.
    socket.send("40/other,").await;
    assert!(socket.packet().await.starts_with("44/other,"));
}

#[tokio::test]
async fn its_sockets_are_dropped() {
    let (simulator, url, mut socket) = live().await;
    let fault = expire(AtExpiry::Drop).when(When::Now).drive("b!me");
    simulator.fault(fault).expect("valid");
    assert!(matches!(socket.message().await, Some(Err(_)) | None));
    until_refused(&url).await;
    assert!(simulator.faults()[0].done);
    Socket::join(&endpoint(&simulator, ME).await).await;
}

#[tokio::test]
async fn its_sockets_continue() {
    let (simulator, url, mut socket) = live().await;
    simulator.fault(expire(AtExpiry::GoOn)).expect("valid");
    until_refused(&url).await;
    simulator.notify("b!me", 1).expect("a drive");
    socket.event().await;
}

#[tokio::test]
async fn a_url_expires_as_announced_or_not() {
    let simulator = start().await;
    let seconds = |endpoint: &serde_json::Value| {
        let at = endpoint["expirationDateTime"].as_str().expect("an instant");
        let at: Timestamp = at.parse().expect("an instant");
        at.duration_since(Timestamp::now()).as_secs()
    };
    for (announced, range) in [("true", 0..=60), ("false", 3500..=3600)] {
        let fault = format!("expire=60000,when=next,skip=1,times=1,announced={announced}");
        let fault: Fault = fault.parse().expect("valid");
        simulator.fault(fault).expect("valid");
        assert!((3500..=3600).contains(&seconds(&endpoint(&simulator, ME).await)));
        assert!(range.contains(&seconds(&endpoint(&simulator, ME).await)));
        assert!((3500..=3600).contains(&seconds(&endpoint(&simulator, ME).await)));
    }
}

#[tokio::test]
async fn the_normal_expiry_has_the_same_variants() {
    let simulator = builder()
        .lifetime(Duration::from_millis(200))
        .at_expiry(AtExpiry::Drop)
        .start()
        .await
        .expect("starts");
    let mut socket = Socket::join(&endpoint(&simulator, ME).await).await;
    assert!(matches!(socket.message().await, Some(Err(_)) | None));
}
