//! WebSocket frames (RFC 6455, section 5.2) and what stands in them.

use rustix::time::{ClockId, clock_gettime};

pub(crate) const NAMESPACE: &str = "/notifications";

const TEXT: u8 = 0x81;
const CLOSE: u8 = 0x88;
const PONG: u8 = 0x8a;

pub(crate) fn text(payload: &str) -> Vec<u8> {
    frame(TEXT, payload.as_bytes())
}

fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let length = payload.len();
    let mut frame = Vec::with_capacity(length + 10);
    frame.push(first);
    match (u8::try_from(length), u16::try_from(length)) {
        (Ok(short @ ..=125), _) => frame.push(short),
        (_, Ok(medium)) => {
            frame.push(126);
            frame.extend_from_slice(&medium.to_be_bytes());
        }
        _ => {
            frame.push(127);
            frame.extend_from_slice(&(length as u64).to_be_bytes());
        }
    }
    frame.extend_from_slice(payload);
    frame
}

/// The observed event (`notification` of a personal account), with the time at which it is made in
/// the `subscriptionId`: nanoseconds of the monotonic clock, which both processes read.
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
    event_of(
        &format!("{a}-{b}-{c}-{d}-{e}"),
        "/personal/5a0b9e159b3310ad",
    )
}

/// The same, with a site's URL that makes it about so large.
pub(crate) fn big_event(bytes: usize) -> Vec<u8> {
    let site = format!("/{}", "s".repeat(bytes));
    event_of("5554a2f6-1959-4b95-96f4-369b49212df9", &site)
}

fn event_of(subscription_id: &str, site_url: &str) -> Vec<u8> {
    let argument = format!(
        r#"{{"value":[{{"subscriptionId":"{subscription_id}","clientState":"system-managed:8082D436-D8DA-458D-96AD-34C902B73F37","expirationDateTime":"2026-05-11T21:52:27.5200000Z","resource":"b8a61df7-e8b3-4e48-9cc2-73425b82160e","tenantId":"9188040d-6c67-4c5b-b112-36a304b66dad","siteUrl":"{site_url}","webId":"be8f18aa-284c-4452-8e7d-3db9e0e4babd"}}]}}"#
    );
    let event = serde_json::json!(["notification", argument]);
    text(&format!("42{NAMESPACE},{event}"))
}

/// What a client has sent.
pub(crate) enum Received {
    Text(String),
    /// To be answered with this.
    Control(Vec<u8>),
    Close(Vec<u8>),
}

/// Takes the first whole frame out of what has arrived. Those of a client are masked, short, and
/// never in fragments.
pub(crate) fn take(arrived: &mut Vec<u8>) -> Option<Received> {
    let [first, second, rest @ ..] = arrived.as_slice() else {
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
        0x8 => Received::Close(frame(CLOSE, &payload)),
        0x9 => Received::Control(frame(PONG, &payload)),
        _ => Received::Text(String::from_utf8_lossy(&payload).into_owned()),
    };
    let left = rest.len() - length;
    arrived.drain(..arrived.len() - left);
    Some(received)
}
