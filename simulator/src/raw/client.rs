//! A client's connection, read by hand.

use std::io;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::record::What;
use crate::clock;
use crate::recorder::RecordedRequest;

/// A head or a frame beyond this is no client's of ours.
const LARGEST: usize = 16 * 1024 * 1024;
const END_OF_HEAD: &[u8] = b"\r\n\r\n";

pub(super) struct Client {
    stream: TcpStream,
    /// Read and not understood yet.
    inbox: Vec<u8>,
}

impl Client {
    pub(super) fn new(stream: TcpStream) -> Self {
        // Each write is a segment of its own.
        let _ = stream.set_nodelay(true);
        Self {
            stream,
            inbox: Vec::new(),
        }
    }

    pub(super) async fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.write_all(bytes).await
    }

    pub(super) async fn finish(&mut self) -> io::Result<()> {
        self.stream.shutdown().await
    }

    pub(super) fn reset(self) -> io::Result<()> {
        self.stream.set_zero_linger()
    }

    /// Also if this is dropped, nothing is lost: it goes on where it was.
    pub(super) async fn request(&mut self) -> io::Result<RecordedRequest> {
        loop {
            let ends = self.inbox.windows(END_OF_HEAD.len());
            if let Some(end) = ends.into_iter().position(|bytes| bytes == END_OF_HEAD) {
                let rest = self.inbox.split_off(end + END_OF_HEAD.len());
                let head = std::mem::replace(&mut self.inbox, rest);
                return parse_request(&String::from_utf8_lossy(&head[..end]));
            }
            self.more().await?;
        }
    }

    /// The same.
    pub(super) async fn frame(&mut self) -> io::Result<What> {
        loop {
            if let Some((frame, used)) = parse_frame(&self.inbox)? {
                self.inbox.drain(..used);
                return Ok(frame);
            }
            self.more().await?;
        }
    }

    async fn more(&mut self) -> io::Result<()> {
        if self.inbox.len() > LARGEST {
            return Err(invalid("more than 16 MiB in one piece"));
        }
        match self.stream.read_buf(&mut self.inbox).await? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            _ => Ok(()),
        }
    }
}

fn parse_request(head: &str) -> io::Result<RecordedRequest> {
    let mut lines = head.split("\r\n");
    let line = lines.next().unwrap_or_default();
    let mut words = line.split(' ');
    let (Some(method), Some(path), Some(_version)) = (words.next(), words.next(), words.next())
    else {
        return Err(invalid("no request line"));
    };
    let headers = lines.map(|line| line.split_once(':').unwrap_or((line, "")));
    Ok(RecordedRequest {
        method: method.to_owned(),
        path: path.to_owned(),
        headers: headers
            .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
            .collect(),
        received_at_micros: clock::unix_microseconds(),
    })
}

/// The frame at the beginning and its length, if it is all there.
fn parse_frame(bytes: &[u8]) -> io::Result<Option<(What, usize)>> {
    let [first, second, rest @ ..] = bytes else {
        return Ok(None);
    };
    let extended = match second & 0x7F {
        126 => 2,
        127 => 8,
        _ => 0,
    };
    let Some((length, rest)) = rest.split_at_checked(extended) else {
        return Ok(None);
    };
    let length = match extended {
        0 => u64::from(second & 0x7F),
        _ => length
            .iter()
            .fold(0, |sum, byte| sum << 8 | u64::from(*byte)),
    };
    let length = usize::try_from(length).unwrap_or(usize::MAX);
    if length > LARGEST {
        return Err(invalid("a frame of more than 16 MiB"));
    }
    let masked = second & 0x80 != 0;
    let Some((mask, rest)) = rest.split_at_checked(if masked { 4 } else { 0 }) else {
        return Ok(None);
    };
    let Some(payload) = rest.get(..length) else {
        return Ok(None);
    };
    let mut payload = payload.to_vec();
    for (byte, mask) in payload.iter_mut().zip(mask.iter().cycle()) {
        *byte ^= mask;
    }
    let frame = What::Frame {
        first: *first,
        masked,
        payload,
    };
    Ok(Some((frame, 2 + extended + mask.len() + length)))
}

fn invalid(message: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_of_a_client() {
        let masked = b"\x81\x82\x01\x02\x03\x04\x33\x32rest";
        let (frame, used) = parse_frame(masked).expect("valid").expect("whole");
        let expected = What::Frame {
            first: 0x81,
            masked: true,
            payload: b"20".to_vec(),
        };
        assert_eq!((frame, used), (expected, 8));
        for end in 0..8 {
            assert!(parse_frame(&masked[..end]).expect("valid").is_none());
        }
        let endless = b"\x82\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF";
        assert!(parse_frame(endless).is_err());
    }
}
