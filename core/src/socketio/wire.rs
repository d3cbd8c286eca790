use std::io;
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Buf, Bytes};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// How much is read at once. The buffer is on the stack: a connection keeps only the unused rest.
const READ_SIZE: usize = 16 * 1024;

/// The longest header of a frame from a server (RFC 6455, section 5.2).
const MAX_HEADER: usize = 10;

/// The byte stream under a WebSocket. A frame that is longer than `large` ends the read that brings
/// it, and each frame after it comes in its own read.
///
/// The WebSocket library keeps a buffer as large as the largest frame it ever saw, and reads only
/// when it has no whole frame left. So after such a read its buffer is empty and can be replaced.
#[derive(Debug)]
pub(super) struct Wire<S> {
    /// None after `hand_over`.
    stream: Option<S>,
    /// Read but not yet passed on.
    rest: Bytes,
    frame: Frame,
    large: u64,
    /// A large frame was passed on: the following frames are passed on one by one.
    has_grown: bool,
}

/// The position in a stream of frames.
#[derive(Debug, Default)]
struct Frame {
    header: [u8; MAX_HEADER],
    /// How many bytes of the header were read.
    known: usize,
    /// How many bytes of the payload are still to come.
    left: u64,
    length: u64,
}

impl<S> Wire<S> {
    pub(super) fn new(stream: S, large: usize) -> Self {
        Self {
            stream: Some(stream),
            rest: Bytes::new(),
            frame: Frame::default(),
            large: large as u64,
            has_grown: false,
        }
    }

    /// Whether the library's buffer has grown. It is empty once the library has returned the last
    /// message.
    pub(super) fn has_grown(&self) -> bool {
        self.has_grown && self.frame.is_at_end()
    }

    /// Moves the stream into a new wire, for a new buffer. This one is at its end.
    pub(super) fn hand_over(&mut self) -> Self {
        Self {
            stream: self.stream.take(),
            rest: std::mem::take(&mut self.rest),
            frame: std::mem::take(&mut self.frame),
            large: self.large,
            has_grown: false,
        }
    }

    fn stream(&mut self) -> io::Result<Pin<&mut S>>
    where
        S: Unpin,
    {
        let stream = self.stream.as_mut().ok_or(io::ErrorKind::NotConnected)?;
        Ok(Pin::new(stream))
    }

    /// How many of these bytes to pass on now.
    fn portion(&mut self, bytes: &[u8]) -> usize {
        let (mut portion, mut has_others) = (0, false);
        while portion < bytes.len() {
            portion += self.frame.skip(&bytes[portion..]);
            let is_large = self.frame.length > self.large;
            if self.frame.is_at_end() {
                self.has_grown |= is_large;
                has_others = true;
                if self.has_grown {
                    break;
                }
            } else if has_others && is_large && self.frame.left == self.frame.length {
                break;
            }
        }
        portion
    }
}

impl Frame {
    fn is_at_end(&self) -> bool {
        self.known == 0 && self.left == 0
    }

    /// Skips the header or the payload, as far as it is there. Returns how many bytes it skipped.
    fn skip(&mut self, bytes: &[u8]) -> usize {
        if self.left > 0 {
            let skipped =
                usize::try_from(self.left).map_or(bytes.len(), |left| left.min(bytes.len()));
            self.left -= skipped as u64;
            return skipped;
        }
        let missing = self.header_length() - self.known;
        let skipped = missing.min(bytes.len());
        self.header[self.known..self.known + skipped].copy_from_slice(&bytes[..skipped]);
        self.known += skipped;
        if self.known == self.header_length() {
            self.known = 0;
            self.length = self.payload_length();
            self.left = self.length;
        }
        skipped
    }

    /// The length of the header, as far as the bytes read so far show it.
    fn header_length(&self) -> usize {
        match (self.known, self.header[1] & 0x7f) {
            (0 | 1, _) => 2,
            (_, 126) => 4,
            (_, 127) => MAX_HEADER,
            _ => 2,
        }
    }

    fn payload_length(&self) -> u64 {
        let [_, second, length @ ..] = self.header;
        match second & 0x7f {
            126 => u64::from(u16::from_be_bytes([length[0], length[1]])),
            127 => u64::from_be_bytes(length),
            short => u64::from(short),
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Wire<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        out: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.rest.is_empty() {
            let mut space = [const { MaybeUninit::uninit() }; READ_SIZE];
            let mut read = ReadBuf::uninit(&mut space);
            ready!(this.stream()?.poll_read(cx, &mut read))?;
            let bytes = read.filled();
            let portion = this.portion(&bytes[..bytes.len().min(out.remaining())]);
            out.put_slice(&bytes[..portion]);
            if portion < bytes.len() {
                this.rest = Bytes::copy_from_slice(&bytes[portion..]);
            }
            return Poll::Ready(Ok(()));
        }
        let rest = std::mem::take(&mut this.rest);
        let portion = this.portion(&rest[..rest.len().min(out.remaining())]);
        out.put_slice(&rest[..portion]);
        this.rest = rest;
        this.rest.advance(portion);
        if this.rest.is_empty() {
            this.rest = Bytes::new();
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Wire<S> {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.get_mut().stream()?.poll_write(cx, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.get_mut().stream()?.poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.get_mut().stream()?.poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use tokio::io::AsyncReadExt;

    const LARGE: usize = 1_000;

    fn frame(payload: usize) -> Vec<u8> {
        let mut frame = vec![0x81];
        match payload {
            0..=125 => frame.push(u8::try_from(payload).unwrap()),
            126..=0xffff => {
                frame.push(126);
                frame.extend(u16::try_from(payload).unwrap().to_be_bytes());
            }
            _ => {
                frame.push(127);
                frame.extend((payload as u64).to_be_bytes());
            }
        }
        frame.resize(frame.len() + payload, b'x');
        frame
    }

    /// Reads everything with a buffer of that size. Returns the bytes, and the size of each read.
    async fn reads(stream: &[u8], size: usize) -> (Vec<u8>, Vec<usize>, Wire<&[u8]>) {
        let mut wire = Wire::new(stream, LARGE);
        let (mut all, mut sizes) = (vec![], vec![]);
        loop {
            let mut buffer = vec![0; size];
            let read = wire.read(&mut buffer).await.unwrap();
            if read == 0 {
                return (all, sizes, wire);
            }
            all.extend_from_slice(&buffer[..read]);
            sizes.push(read);
        }
    }

    #[tokio::test]
    async fn a_large_frame_and_each_frame_after_it_come_in_separate_reads() {
        let stream = [
            frame(10),
            frame(LARGE),
            frame(LARGE + 1),
            frame(0),
            frame(200),
        ]
        .concat();
        let (all, sizes, mut wire) = reads(&stream, 10_000).await;
        assert_eq!(all, stream);
        // The large frame's header is read with the frames before it.
        assert_eq!(sizes, [12 + 1_004 + 4, LARGE + 1, 2, 204]);
        assert!(wire.has_grown());
        assert!(!wire.hand_over().has_grown());
        assert!(!wire.hand_over().has_grown());
    }

    #[tokio::test]
    async fn small_frames_are_read_together() {
        let stream = frame(LARGE).repeat(8);
        let (_, sizes, wire) = reads(&stream, 10_000).await;
        assert_eq!(sizes, [8 * 1_004]);
        assert!(!wire.has_grown());
    }

    proptest! {
        #[test]
        fn reads_return_the_sent_bytes(
            payloads in proptest::collection::vec(prop_oneof![0..300_usize, 60_000..70_000_usize], 1..8),
            size in 1..40_000_usize,
        ) {
            let stream: Vec<u8> = payloads.iter().flat_map(|payload| frame(*payload)).collect();
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            let (all, _, wire) = runtime.block_on(reads(&stream, size));
            let any_large = payloads.iter().any(|payload| *payload > LARGE);
            prop_assert_eq!(wire.has_grown(), any_large);
            prop_assert_eq!(&all, &stream);
        }
    }
}
