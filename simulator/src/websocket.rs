//! The server's side of a WebSocket in bytes (RFC 6455): the response to the upgrade, and frames.
//!
//! The simulator's faults and the tests of every crate encode with it. It also encodes what the
//! RFC forbids, for tests of a client that has to reject it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha1::{Digest, Sha1};

/// Opcode: continues a message whose previous frame had no [`FIN`].
pub const CONTINUATION: u8 = 0x0;
/// Opcode: a text message.
pub const TEXT: u8 = 0x1;
/// Opcode: a binary message.
pub const BINARY: u8 = 0x2;
/// Opcode: closes the WebSocket.
pub const CLOSE: u8 = 0x8;
/// Opcode: a WebSocket ping. Engine.IO sends its own heartbeat in text messages.
pub const PING: u8 = 0x9;
/// Opcode: the reply to [`PING`].
pub const PONG: u8 = 0xA;
/// The bit that marks the last frame of a message.
pub const FIN: u8 = 0x80;

const GUID: &str = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// An unmasked frame, as a server sends it (RFC 6455, section 5.2). `first` is its first byte:
/// [`FIN`], the reserved bits and the opcode.
pub fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut bytes = vec![first];
    match payload.len() {
        length @ 0..=125 => bytes.push(length.to_le_bytes()[0]),
        length @ 126..=0xFFFF => {
            let [low, high, ..] = length.to_le_bytes();
            bytes.extend([126, high, low]);
        }
        length => {
            bytes.push(127);
            bytes.extend((length as u64).to_be_bytes());
        }
    }
    bytes.extend_from_slice(payload);
    bytes
}

/// A text message in one frame.
pub fn text_frame(text: &str) -> Vec<u8> {
    frame(FIN | TEXT, text.as_bytes())
}

/// A close frame with a status code and a reason, or without both. Nothing is validated, so that a
/// test can send what RFC 6455 forbids, such as the code 1005.
pub fn close_frame(code: impl Into<Option<u16>>, reason: &str) -> Vec<u8> {
    let mut payload = Vec::new();
    if let Some(code) = code.into() {
        payload.extend(code.to_be_bytes());
        payload.extend_from_slice(reason.as_bytes());
    }
    frame(FIN | CLOSE, &payload)
}

/// The `Sec-WebSocket-Accept` for this `Sec-WebSocket-Key` (RFC 6455, section 4.2.2).
pub fn accept_key(key: &str) -> String {
    STANDARD.encode(Sha1::digest(format!("{key}{GUID}")))
}

/// The head of the 101 response that upgrades a connection to a WebSocket.
pub fn switching_protocols(accept: &str) -> String {
    format!(
        "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Accept: {accept}\r\n\r\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_the_rfc() {
        let accept = accept_key("dGhlIHNhbXBsZSBub25jZQ==");
        assert_eq!(accept, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
        assert_eq!(text_frame("Hello"), b"\x81\x05Hello");
    }

    #[test]
    fn three_forms_of_length() {
        assert_eq!(frame(0x82, &[0; 125])[..2], [0x82, 125]);
        assert_eq!(frame(0x82, &[0; 256])[..4], [0x82, 126, 1, 0]);
        assert_eq!(
            frame(0x82, &vec![0; 65536])[..10],
            [0x82, 127, 0, 0, 0, 0, 0, 1, 0, 0]
        );
    }

    #[test]
    fn endings() {
        assert_eq!(close_frame(None, "unused"), [0x88, 0]);
        assert_eq!(close_frame(1011, "no"), b"\x88\x04\x03\xF3no");
    }
}
