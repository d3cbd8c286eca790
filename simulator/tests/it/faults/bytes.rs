//! Faults on bytes: holding, ending, delaying, splitting and injecting.

use std::time::{Duration, Instant};

use drivebell_simulator::{Action, Direction, Fault, Stage, Target, When};
use serde_json::json;

use super::tcp_client::{End, TcpClient};
use crate::support::{Socket, builder, call, endpoint, start, until};

const ME: &str = "/me/drive/root";
const ROOT: &str = "/v1.0/me/drive/root";

fn hold(direction: Direction) -> Fault {
    Fault::new(Action::Hold { direction })
}

/// The length of the response head, after which the first frame begins.
fn head_length(bytes: &[u8]) -> usize {
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n");
    end.expect("a head") + 4
}

#[tokio::test]
async fn held_bytes_arrive_after_the_release() {
    let simulator = start().await;
    let mut held = Socket::join(&endpoint(&simulator, ME).await).await;
    let mut free = Socket::join(&endpoint(&simulator, "/groups/team/drive/root").await).await;
    until(|| simulator.connected() == 2).await;
    let fault = hold(Direction::ToClient).on(Target::Socket).drive("b!me");
    let id = simulator.fault(fault).expect("valid");
    assert_eq!(simulator.faults()[0].acted, 1);
    for drive in ["b!me", "b!team"] {
        simulator.notify(drive, 1).expect("a drive");
    }
    free.event().await;
    until(|| simulator.events().len() == 2).await;
    assert!(held.nothing_yet());
    assert!(simulator.release(id));
    assert!(!simulator.release(id));
    held.event().await;
}

#[tokio::test]
async fn bytes_of_the_client_can_be_held() {
    let simulator = start().await;
    let mut socket = Socket::open(&endpoint(&simulator, ME).await).await;
    let id = simulator
        .fault(hold(Direction::ToServer).on(Target::Socket))
        .expect("valid");
    socket.send("40/notifications,").await;
    // The other direction is not affected.
    let text = "42/notifications,[]".to_owned();
    simulator
        .fault(Fault::new(Action::Text { text }).when(When::Now))
        .expect("valid");
    assert_eq!(socket.packet().await, "42/notifications,[]");
    assert_eq!(simulator.connected(), 0);
    simulator.release(id);
    assert!(socket.packet().await.starts_with("40/notifications,{"));
}

#[tokio::test]
async fn held_requests_arrive_after_the_release() {
    let simulator = start().await;
    let id = simulator.fault(hold(Direction::Both)).expect("valid");
    let mut client = TcpClient::connect(&simulator).await;
    client.get(ROOT).await;
    until(|| simulator.faults()[0].acted == 1).await;
    // It is not recorded, because it has not arrived.
    assert!(simulator.requests().is_empty());
    assert!(simulator.release(id));
    let response = client.read_until(b"}").await;
    assert!(response.starts_with(b"HTTP/1.1 200 OK\r\n"));
    assert_eq!(simulator.requests().len(), 1);
}

#[tokio::test]
async fn an_open_packet_that_never_arrives() {
    let simulator = start().await;
    let mine = endpoint(&simulator, ME).await;
    let fault = hold(Direction::ToClient).after(Stage::Upgrade);
    let id = simulator.fault(fault.on(Target::Socket)).expect("valid");
    let mut client = TcpClient::connect(&simulator).await;
    client.upgrade(&mine).await;
    let head = client.read_until(b"\r\n\r\n").await;
    assert!(head.starts_with(b"HTTP/1.1 101"));
    assert_eq!(head_length(&head), head.len());
    simulator.release(id);
    let open = client.read_until(b"}").await;
    assert_eq!(open[2..4], *b"0{");
}

#[tokio::test]
async fn cut_sends_fin_and_reset_sends_rst() {
    for (action, end) in [(Action::Cut, End::Fin), (Action::Reset, End::Reset)] {
        let simulator = start().await;
        let mine = endpoint(&simulator, ME).await;
        let mut socket = TcpClient::connect(&simulator).await;
        socket.upgrade(&mine).await;
        socket.read_until(b"}").await;
        let mut graph = TcpClient::connect(&simulator).await;
        graph.get(ROOT).await;
        graph.read_until(b"}").await;
        let fault = Fault::new(action.clone()).when(When::Now);
        simulator.fault(fault).expect("valid");
        let (bytes, ended) = socket.read_to_end().await;
        // Only a heartbeat, which the server sends at once.
        assert!(b"\x81\x012".starts_with(&bytes), "{bytes:?}");
        assert_eq!(ended, end);
        // An idle connection ends too.
        let (bytes, graph_end) = graph.read_to_end().await;
        assert!(bytes.is_empty());
        assert_eq!(graph_end == End::Fin, action == Action::Cut);
        // A new connection is not affected.
        assert_eq!(call(&simulator, "GET", ROOT, None).await.status, 200);
    }
}

#[tokio::test]
async fn a_response_that_ends_in_the_middle() {
    let simulator = start().await;
    for (action, end) in [(Action::Cut, End::Fin), (Action::Reset, End::Reset)] {
        let fault = Fault::new(action).on(Target::Graph).after_bytes(20);
        let id = simulator.fault(fault).expect("valid");
        let mut client = TcpClient::connect(&simulator).await;
        client.get(ROOT).await;
        let (bytes, ended) = client.read_to_end().await;
        // A RST may overtake earlier bytes.
        assert!(b"HTTP/1.1 200 OK\r\ncon".starts_with(&bytes));
        assert!(bytes.len() == 20 || ended == End::Reset);
        assert_eq!(ended, end);
        simulator.release(id);
    }
}

#[tokio::test]
async fn a_socket_that_is_cut_in_a_frame() {
    let simulator = start().await;
    let mine = endpoint(&simulator, ME).await;
    let fault = Fault::new(Action::Cut).after(Stage::Upgrade).after_bytes(3);
    simulator.fault(fault).expect("valid");
    let mut client = TcpClient::connect(&simulator).await;
    client.upgrade(&mine).await;
    let (bytes, end) = client.read_to_end().await;
    assert_eq!(bytes.len(), head_length(&bytes) + 3);
    assert_eq!(bytes.last(), Some(&b'0'));
    assert_eq!(end, End::Fin);
}

#[tokio::test]
async fn each_write_can_be_delayed() {
    let delay = Duration::from_millis(60);
    let fault = Fault::new(Action::Delay { ms: 60 }).on(Target::Graph);
    let simulator = builder().fault(fault).start().await.expect("starts");
    let started = Instant::now();
    assert_eq!(call(&simulator, "GET", ROOT, None).await.status, 200);
    assert!(started.elapsed() >= delay);
    // A release in the middle ends the delay.
    let fault = Fault::new(Action::Delay { ms: 86_400_000 }).on(Target::Graph);
    let id = simulator.fault(fault).expect("valid");
    let release = async {
        until(|| simulator.faults()[1].acted == 1).await;
        simulator.release(id);
    };
    let (response, ()) = tokio::join!(call(&simulator, "GET", ROOT, None), release);
    assert_eq!(response.status, 200);
}

#[tokio::test]
async fn bytes_one_by_one() {
    let simulator = start().await;
    let mine = endpoint(&simulator, ME).await;
    let split = |bytes| Fault::new(Action::Split { bytes });
    simulator.fault(split(1)).expect("valid");
    let mut client = TcpClient::connect(&simulator).await;
    client.upgrade(&mine).await;
    client.read_until(b"}").await;
    // A slow client may read two segments together.
    assert!(client.largest_read <= 2, "{}", client.largest_read);
    simulator.release_all();
    // After the head, because this client's library rejects a head in many pieces.
    simulator
        .fault(split(30).after(Stage::Upgrade))
        .expect("valid");
    let mut socket = Socket::join(&mine).await;
    simulator.notify("b!me", 1).expect("a drive");
    socket.event().await;
}

#[tokio::test]
async fn bytes_are_injected_between_frames() {
    let simulator = start().await;
    let mine = endpoint(&simulator, ME).await;
    let inject = |hex: &[u8]| Fault::new(Action::Inject { hex: hex.to_vec() });
    // Two frames in one connection: after the head, and after the open packet.
    simulator.fault(inject(b"\x81\x012")).expect("valid");
    let later = inject(b"\x81\x022x").after(Stage::Open);
    simulator.fault(later.on(Target::Socket)).expect("valid");
    let mut client = TcpClient::connect(&simulator).await;
    client.upgrade(&mine).await;
    let bytes = client.read_until(b"\x81\x022x").await;
    let frames = &bytes[head_length(&bytes)..];
    assert_eq!(frames[..3], *b"\x81\x012");
    assert_eq!(frames[5..7], *b"0{");
    // Before a response of Graph, where they break HTTP.
    let mut client = TcpClient::connect(&simulator).await;
    client.get(ROOT).await;
    let bytes = client.read_until(b"}").await;
    assert!(bytes.starts_with(b"\x81\x012HTTP/1.1 200 OK"));
}

#[tokio::test]
async fn injected_frames_break_no_other_frame() {
    let simulator = builder()
        .fault(Fault::new(Action::Split { bytes: 60 }).on(Target::Socket))
        .start()
        .await
        .expect("starts");
    let mut socket = Socket::join(&endpoint(&simulator, ME).await).await;
    simulator.notify("b!me", 5).expect("a drive");
    let text = "2x".to_owned();
    for _ in 0..20 {
        let fault = Fault::new(Action::Text { text: text.clone() });
        simulator.fault(fault.when(When::Now)).expect("valid");
    }
    let (mut events, mut injected) = (0, 0);
    while events < 5 || injected < 20 {
        let packet = socket.packet().await;
        events += usize::from(packet.starts_with("42/notifications,[\"notification\","));
        injected += usize::from(packet == text);
    }
    assert_eq!((events, injected), (5, 20));
}

#[tokio::test]
async fn more_than_a_socket_buffer_is_injected() {
    let simulator = start().await;
    let mut socket = Socket::join(&endpoint(&simulator, ME).await).await;
    let size = 8 * 1024 * 1024;
    let fault =
        json!({"action": {"frame": {"opcode": 1, "text": "2", "size": size}}, "when": "now"});
    let fault: Fault = fault.to_string().parse().expect("valid");
    simulator.fault(fault).expect("valid");
    simulator.notify("b!me", 1).expect("a drive");
    assert_eq!(socket.packet().await.len(), size);
    socket.event().await;
}

#[tokio::test]
async fn silence_loses_bytes_for_good() {
    let simulator = builder()
        .ping_interval(Duration::from_millis(30))
        .ping_timeout(Duration::from_millis(60))
        .start()
        .await
        .expect("starts");
    let mut socket = Socket::join(&endpoint(&simulator, ME).await).await;
    until(|| simulator.connected() == 1).await;
    let fault = Fault::new(Action::Silence).on(Target::Socket);
    let id = simulator.fault(fault.when(When::Now)).expect("valid");
    // The service misses the heartbeat and gives up; the client does not notice.
    until(|| simulator.connected() == 0).await;
    assert!(socket.nothing_yet());
    assert!(!simulator.faults()[0].done);
    assert!(simulator.release(id));
    assert!(socket.until_end().await.is_empty());
}

#[tokio::test]
async fn bytes_after_a_silence_arrive() {
    let simulator = start().await;
    let mut socket = Socket::join(&endpoint(&simulator, ME).await).await;
    let id = simulator.fault(Action::Silence).expect("valid");
    socket.send("40").await;
    // The service responds in order, so its lost response comes before this text.
    let text = Fault::new(Action::Text { text: "2x".into() });
    simulator.fault(text.when(When::Now)).expect("valid");
    assert_eq!(socket.packet().await, "2x");
    simulator.release(id);
    simulator.notify("b!me", 1).expect("a drive");
    loop {
        let packet = socket.packet().await;
        if packet.starts_with("42/notifications,") {
            break;
        }
        // The service may have responded only after the silence.
        assert!(packet.starts_with("40{"), "{packet}");
    }
}

#[tokio::test]
async fn held_connections_end_with_the_simulator() {
    for action in [
        Action::Hold {
            direction: Direction::Both,
        },
        Action::Silence,
        Action::Delay { ms: 86_400_000 },
    ] {
        let simulator = start().await;
        // Joined, because socketioxide waits 45 s for a socket that has not.
        let mut socket = Socket::join(&endpoint(&simulator, ME).await).await;
        let mut graph = TcpClient::connect(&simulator).await;
        simulator.fault(action).expect("valid");
        graph.get(ROOT).await;
        until(|| simulator.faults()[0].acted == 2).await;
        simulator.shutdown().await;
        socket.until_end().await;
        graph.read_to_end().await;
        // No task is left that waits for a release.
        let tasks = tokio::runtime::Handle::current();
        until(|| tasks.metrics().num_alive_tasks() == 0).await;
    }
}
