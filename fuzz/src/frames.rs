use drivebell::fuzzing::{self, Received};
use tokio::runtime;

use crate::SECRET;

/// Where to cut, how long a message may be, and the bytes of a WebSocket after its handshake.
pub fn run(data: &[u8]) {
    let ([cut, size], bytes) = crate::choices(data);
    let max_message_size = 64 << (size % 12);
    let whole = receive(&[bytes], max_message_size);
    crate::assert_hidden(&format!("{:?} {}", whole.end, whole.end));
    crate::assert_presentable(&whole.end.to_string());
    assert!(
        whole.sent <= 256 + 16 * bytes.len(),
        "{} bytes in reply",
        whole.sent
    );

    // However the bytes are cut, they mean the same.
    let pieces: Vec<_> = bytes.chunks(usize::from(cut % 64) + 1).collect();
    let in_pieces = receive(&pieces, max_message_size);
    assert_eq!(
        (&whole.events, &whole.end),
        (&in_pieces.events, &in_pieces.end)
    );
}

fn receive(pieces: &[&[u8]], max_message_size: usize) -> Received {
    let url = format!("https://f3hb0mpua.svc.ms/notifications?token={SECRET}");
    let url = fuzzing::Url::parse(&url).expect("a URL");
    let runtime = runtime::Builder::new_current_thread().enable_time().build();
    let receiving = fuzzing::receive(&url, pieces, max_message_size);
    runtime.expect("a runtime").block_on(receiving)
}
