//! On which connections a fault acts, how often, and for how long.

use std::time::Duration;

use drivebell_simulator::{Action, Answer, Direction, Fault, Target, When};

use super::tcp_client::{End, TcpClient};
use crate::support::{Socket, builder, call, endpoint, start, until};

const ME: &str = "/me/drive/root";
const ROOT: &str = "/v1.0/me/drive/root";

fn unavailable() -> Fault {
    Fault::new(Answer::new(503).into())
}

#[tokio::test]
async fn skip_and_times_select_matches() {
    let fault = unavailable().skip(2).times(2);
    let simulator = builder().fault(fault).start().await.expect("starts");
    let mut statuses = Vec::new();
    for _ in 0..6 {
        statuses.push(call(&simulator, "GET", ROOT, None).await.status);
    }
    assert_eq!(statuses, [200, 200, 503, 503, 200, 200]);
}

#[tokio::test]
async fn faults_take_turns() {
    let simulator = builder()
        .fault(unavailable().times(1))
        .fault(Fault::new(Answer::new(429).into()).times(1))
        .start()
        .await
        .expect("starts");
    for status in [503, 429, 200] {
        assert_eq!(call(&simulator, "GET", ROOT, None).await.status, status);
    }
}

#[tokio::test]
async fn only_the_next_connections() {
    let simulator = start().await;
    let mine = endpoint(&simulator, ME).await;
    let mut before = Socket::join(&mine).await;
    let fault = Fault::new(Action::Reset).on(Target::Socket);
    let fault = fault.when(When::Next).skip(1).times(1);
    simulator.fault(fault).expect("valid");
    let mut first = Socket::join(&mine).await;
    let mut second = TcpClient::connect(&simulator).await;
    second.upgrade(&mine).await;
    assert_eq!(second.read_to_end().await.1, End::Reset);
    let mut third = Socket::join(&mine).await;
    simulator.notify("b!me", 1).expect("a drive");
    for socket in [&mut before, &mut first, &mut third] {
        socket.event().await;
    }
}

#[tokio::test]
async fn only_one_drive() {
    let simulator = start().await;
    let mut mine = Socket::join(&endpoint(&simulator, ME).await).await;
    let mut theirs = Socket::join(&endpoint(&simulator, "/sites/contoso/drive/root").await).await;
    let fault = Fault::new(Action::Cut).drive("b!team").when(When::Now);
    simulator.fault(fault).expect("valid");
    assert!(matches!(theirs.message().await, Some(Err(_)) | None));
    simulator.notify("b!me", 1).expect("a drive");
    mine.event().await;
    // By any path.
    simulator
        .fault(unavailable().drive("b!team"))
        .expect("valid");
    for (path, status) in [
        ("/v1.0/groups/team/drive/root", 503),
        ("/v1.0/drives/b!team/root", 503),
        ("/beta/sites/contoso/lists/documents/drive/root", 503),
        (ROOT, 200),
    ] {
        assert_eq!(
            call(&simulator, "GET", path, None).await.status,
            status,
            "{path}"
        );
    }
}

#[tokio::test]
async fn a_connection_matches_by_its_last_request() {
    let simulator = start().await;
    let mine = endpoint(&simulator, ME).await;
    let mut client = TcpClient::connect(&simulator).await;
    client.get(ROOT).await;
    client.read_until(b"}").await;
    client.upgrade(&mine).await;
    client.read_until(b"}").await;
    let cut = |target| Fault::new(Action::Cut).on(target).when(When::Now);
    simulator.fault(cut(Target::Graph)).expect("valid");
    simulator.fault(cut(Target::Endpoint)).expect("valid");
    let acted: Vec<_> = simulator.faults().iter().map(|fault| fault.acted).collect();
    // The endpoint request's own connection waits for another request.
    assert!(acted[0] <= 1 && acted[1] <= 1);
    simulator.fault(cut(Target::Socket)).expect("valid");
    assert_eq!(simulator.faults()[2].acted, 1);
    assert_eq!(client.read_to_end().await, (vec![], End::Fin));
}

#[tokio::test]
async fn a_fault_is_released_after_its_time() {
    let hold = Action::Hold {
        direction: Direction::Both,
    };
    let fault = Fault::new(hold).lasting(Duration::from_millis(50));
    let simulator = builder().fault(fault).start().await.expect("starts");
    assert_eq!(call(&simulator, "GET", ROOT, None).await.status, 200);
    until(|| simulator.faults().is_empty()).await;
}

#[tokio::test]
async fn faults_that_are_done_make_room() {
    let simulator = start().await;
    for _ in 0..1100 {
        let fault = Fault::new(Action::Cut).when(When::Now);
        simulator.fault(fault).expect("valid");
    }
    assert!(simulator.faults().len() <= 1000);
    simulator.release_all();
    for _ in 0..1000 {
        simulator.fault(unavailable()).expect("valid");
    }
    let error = simulator.fault(unavailable()).expect_err("too many");
    assert!(error.to_string().contains("1000"), "{error}");
    assert_eq!(simulator.release_all(), 1000);
}

#[tokio::test]
async fn a_fault_on_an_unknown_drive_is_refused() {
    let simulator = start().await;
    let error = simulator
        .fault(unavailable().drive("none"))
        .expect_err("no drive");
    assert_eq!(error.field(), "drive");
    let started = builder().fault(unavailable().drive("none")).start().await;
    assert!(started.expect_err("no drive").to_string().contains("none"));
}
