//! The frames of the load: events to send, and what the clients send.

use drivebell_simulator::websocket::{CLOSE, FIN, PING, PONG, frame, text_frame};
use rustix::time::{ClockId, clock_gettime};

pub(crate) const NAMESPACE: &str = "/notifications";

/// The event observed for a personal account. Its `subscriptionId` is the time at which it was
/// created: nanoseconds of the monotonic clock, which both processes read.
pub(crate) fn event() -> Vec<u8> {
    let now = clock_gettime(ClockId::Monotonic);
    let nanoseconds = now.tv_sec as u64 * 1_000_000_000 + now.tv_nsec as u64;
    let digits = format!("{nanoseconds:032x}");
    let (a, b, c, d, e) = (
        &digits[..8],
        &digits[8..12],
        &digits[12..16],
        &digits[16..20],
        &digits[20..],
    );
    event_with(
        &format!("{a}-{b}-{c}-{d}-{e}"),
        "/personal/5a0b9e159b3310ad",
    )
}

/// The same event with a site's URL of `bytes` bytes.
pub(crate) fn big_event(bytes: usize) -> Vec<u8> {
    let site = format!("/{}", "s".repeat(bytes));
    event_with("5554a2f6-1959-4b95-96f4-369b49212df9", &site)
}

fn event_with(subscription_id: &str, site_url: &str) -> Vec<u8> {
    let argument = format!(
        r#"{{"value":[{{"subscriptionId":"{subscription_id}","clientState":"system-managed:8082D436-D8DA-458D-96AD-34C902B73F37","expirationDateTime":"2026-05-11T21:52:27.5200000Z","resource":"b8a61df7-e8b3-4e48-9cc2-73425b82160e","tenantId":"9188040d-6c67-4c5b-b112-36a304b66dad","siteUrl":"{site_url}","webId":"be8f18aa-284c-4452-8e7d-3db9e0e4babd"}}]}}"#
    );
    let event = serde_json::json!(["notification", argument]);
    text_frame(&format!("42{NAMESPACE},{event}"))
}

/// A frame from a client.
pub(crate) enum Received {
    Text(String),
    /// A ping, with the pong for it.
    Ping(Vec<u8>),
    /// The client closes, with the close frame to reply.
    Close(Vec<u8>),
}

/// Takes the first complete frame from `buffer`. Clients mask their frames; those of the clients
/// measured here are short and never fragmented.
pub(crate) fn take(buffer: &mut Vec<u8>) -> Option<Received> {
    let [first, second, rest @ ..] = buffer.as_slice() else {
        return None;
    };
    let (length, rest) = match second & 0x7f {
        126 => {
            let (length, rest) = rest.split_first_chunk::<2>()?;
            (usize::from(u16::from_be_bytes(*length)), rest)
        }
        short => (usize::from(short), rest),
    };
    let (mask, rest) = rest.split_first_chunk::<4>()?;
    let masked = rest.get(..length)?;
    let payload: Vec<u8> = masked
        .iter()
        .zip(mask.iter().cycle())
        .map(|(byte, mask)| byte ^ mask)
        .collect();
    let received = match first & 0x0f {
        CLOSE => Received::Close(frame(FIN | CLOSE, &payload)),
        PING => Received::Ping(frame(FIN | PONG, &payload)),
        _ => Received::Text(String::from_utf8_lossy(&payload).into_owned()),
    };
    let left = rest.len() - length;
    buffer.drain(..buffer.len() - left);
    Some(received)
}
