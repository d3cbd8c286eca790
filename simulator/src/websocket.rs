//! The server's side of a WebSocket in bytes (RFC 6455), right or wrong as the caller likes.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha1::{Digest, Sha1};

/// Goes on with the message that a frame without [`FIN`] began.
pub const CONTINUATION: u8 = 0x0;
/// A text message.
pub const TEXT: u8 = 0x1;
/// A binary message.
pub const BINARY: u8 = 0x2;
/// The end.
pub const CLOSE: u8 = 0x8;
/// A ping of WebSocket, which is none of Engine.IO.
pub const PING: u8 = 0x9;
/// The answer to [`PING`].
pub const PONG: u8 = 0xA;
/// The bit that marks the last frame of a message.
pub const FIN: u8 = 0x80;

const GUID: &str = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// A frame as a server sends it, without a mask. `first` holds [`FIN`], the reserved bits and the
/// opcode.
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
pub fn text(text: &str) -> Vec<u8> {
    frame(FIN | TEXT, text.as_bytes())
}

/// A text message in a frame for each part.
pub fn fragments(parts: &[&str]) -> Vec<Vec<u8>> {
    let last = parts.len().saturating_sub(1);
    parts
        .iter()
        .enumerate()
        .map(|(index, part)| {
            let opcode = if index == 0 { TEXT } else { CONTINUATION };
            let fin = if index == last { FIN } else { 0 };
            frame(fin | opcode, part.as_bytes())
        })
        .collect()
}

/// A close frame, with a status and a reason or with nothing. Not checked: a test may want 1005.
pub fn close(code: Option<u16>, reason: &str) -> Vec<u8> {
    let mut payload = Vec::new();
    if let Some(code) = code {
        payload.extend(code.to_be_bytes());
        payload.extend_from_slice(reason.as_bytes());
    }
    frame(FIN | CLOSE, &payload)
}

/// What `Sec-WebSocket-Accept` must be for this `Sec-WebSocket-Key`.
pub fn accept_key(key: &str) -> String {
    STANDARD.encode(Sha1::digest(format!("{key}{GUID}")))
}

/// The answer that turns a connection into a WebSocket.
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
        assert_eq!(text("Hello"), b"\x81\x05Hello");
        assert_eq!(
            fragments(&["Hel", "lo"]),
            [&b"\x01\x03Hel"[..], b"\x80\x02lo"]
        );
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
        assert_eq!(close(None, "unused"), [0x88, 0]);
        assert_eq!(close(Some(1011), "no"), b"\x88\x04\x03\xF3no");
    }
}
