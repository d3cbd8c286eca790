//! TLS over a byte stream, which holds no buffer while it is idle.
//!
//! The usual interface of rustls, on which tokio-rustls is built, keeps 4 KB for each connection,
//! and grows and shrinks them with every long record. Its unbuffered interface leaves the buffers
//! to the caller.

use std::future::poll_fn;
use std::io;
use std::mem::{self, MaybeUninit};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use rustls::ClientConfig;
use rustls::client::{ClientConnectionData, UnbufferedClientConnection};
use rustls::pki_types::ServerName;
use rustls::unbuffered::{
    ConnectionState, EncodeError, EncodeTlsData, EncryptError, InsufficientSizeError,
    UnbufferedStatus, WriteTraffic,
};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// How much is read at once.
const READ_SIZE: usize = 16 * 1024;

/// The longest payload of a record (RFC 8446, section 5.1).
const MAX_PAYLOAD: usize = 16 * 1024;

/// Room for what a record adds to its payload: the header, and what the cipher adds.
const RECORD_OVERHEAD: usize = 64;

/// The longest incomplete input that is buffered. A message of the handshake can span several records.
/// The usual interface of rustls has the same limit.
const MAX_UNFINISHED: usize = 64 * 1024;

/// The client's end of TLS.
pub(crate) struct TlsStream<S> {
    stream: S,
    tls: UnbufferedClientConnection,
    /// The part that was received of a record, or of a message of the handshake.
    unfinished: Vec<u8>,
    /// Decrypted but not yet read.
    readable: Vec<u8>,
    /// Encrypted but not yet written.
    writable: Vec<u8>,
    /// The server has sent `close_notify`.
    is_at_end: bool,
    is_closing: bool,
    has_failed: bool,
}

/// What to encrypt once TLS is ready for it.
#[derive(Clone, Copy)]
enum Outgoing<'a> {
    Nothing,
    Data(&'a [u8]),
    CloseNotify,
}

/// What TLS is ready for after the records so far.
#[derive(PartialEq, Eq)]
enum Progress {
    Handshaking,
    Open,
}

impl<S: AsyncRead + AsyncWrite + Unpin> TlsStream<S> {
    /// Makes the handshake with a server, which must prove that it is `name`.
    pub(crate) async fn connect(
        config: Arc<ClientConfig>,
        name: ServerName<'static>,
        stream: S,
    ) -> io::Result<Self> {
        let mut this = Self {
            stream,
            tls: UnbufferedClientConnection::new(config, name).map_err(invalid)?,
            unfinished: Vec::new(),
            readable: Vec::new(),
            writable: Vec::new(),
            is_at_end: false,
            is_closing: false,
            has_failed: false,
        };
        // Without data, this encodes the ClientHello.
        let mut progress = this.encrypt(Outgoing::Nothing)?;
        while progress == Progress::Handshaking {
            progress = poll_fn(|cx| {
                // Read even if the write is pending: the server may be waiting to write, too.
                if let Poll::Ready(Err(error)) = this.poll_flush_all(cx) {
                    return Poll::Ready(Err(error));
                }
                this.poll_receive(cx, &mut ReadBuf::new(&mut []))
            })
            .await?;
            if this.is_at_end {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        poll_fn(|cx| this.poll_flush_all(cx)).await?;
        Ok(this)
    }

    /// Reads once and decrypts the complete records: into `out`, as far as they fit.
    fn poll_receive(
        &mut self,
        cx: &mut Context<'_>,
        out: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<Progress>> {
        let mut space = [const { MaybeUninit::uninit() }; READ_SIZE];
        let mut read = ReadBuf::uninit(&mut space);
        ready!(Pin::new(&mut self.stream).poll_read(cx, &mut read))?;
        if read.filled().is_empty() {
            // Without close_notify, an attacker may have cut the stream.
            return Poll::Ready(Err(io::ErrorKind::UnexpectedEof.into()));
        }
        let progress = self.take(read.filled_mut(), out);
        // Writes a response, or the alert for an error. If the write is pending, they go
        // out with the next one.
        if let Poll::Ready(Err(error)) = self.poll_write_all(cx)
            && progress.is_ok()
        {
            return Poll::Ready(Err(error));
        }
        Poll::Ready(progress)
    }

    fn take(&mut self, received: &mut [u8], out: &mut ReadBuf<'_>) -> io::Result<Progress> {
        if self.unfinished.is_empty() {
            let (taken, progress) = self.process(received, out, Outgoing::Nothing)?;
            self.unfinished = received[taken..].to_vec();
            return Ok(progress);
        }
        if self.unfinished.len() + received.len() > MAX_UNFINISHED {
            self.has_failed = true;
            return Err(invalid(rustls::Error::PeerSentOversizedRecord));
        }
        self.unfinished.extend_from_slice(received);
        self.process_unfinished(out, Outgoing::Nothing)
    }

    fn encrypt(&mut self, outgoing: Outgoing<'_>) -> io::Result<Progress> {
        self.process_unfinished(&mut ReadBuf::new(&mut []), outgoing)
    }

    fn process_unfinished(
        &mut self,
        out: &mut ReadBuf<'_>,
        outgoing: Outgoing<'_>,
    ) -> io::Result<Progress> {
        let mut records = mem::take(&mut self.unfinished);
        let (taken, progress) = self.process(&mut records, out, outgoing)?;
        if taken < records.len() {
            records.drain(..taken);
            self.unfinished = records;
        }
        Ok(progress)
    }

    /// Processes the complete records at the front of `records`, and then encrypts `outgoing`.
    /// Returns how many bytes were processed.
    fn process(
        &mut self,
        records: &mut [u8],
        out: &mut ReadBuf<'_>,
        outgoing: Outgoing<'_>,
    ) -> io::Result<(usize, Progress)> {
        if self.has_failed {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        let processed = self.process_all(records, out, outgoing);
        self.has_failed = processed.is_err();
        processed
    }

    fn process_all(
        &mut self,
        records: &mut [u8],
        out: &mut ReadBuf<'_>,
        outgoing: Outgoing<'_>,
    ) -> io::Result<(usize, Progress)> {
        let mut taken = 0;
        loop {
            let UnbufferedStatus { mut discard, state } =
                self.tls.process_tls_records(&mut records[taken..]);
            let mut progress = None;
            match state {
                Ok(ConnectionState::ReadTraffic(mut traffic)) => {
                    while let Some(record) = traffic.next_record() {
                        let record = record.map_err(invalid)?;
                        let fits = record.payload.len().min(out.remaining());
                        let (now, later) = record.payload.split_at(fits);
                        out.put_slice(now);
                        self.readable.extend_from_slice(later);
                        discard += record.discard;
                    }
                }
                Ok(ConnectionState::EncodeTlsData(data)) => encode(&mut self.writable, data)?,
                // Already in `writable`.
                Ok(ConnectionState::TransmitTlsData(data)) => data.done(),
                Ok(ConnectionState::WriteTraffic(mut traffic)) => {
                    encrypt(&mut self.writable, &mut traffic, outgoing)?;
                    progress = Some(Progress::Open);
                }
                Ok(ConnectionState::BlockedHandshake) => progress = Some(Progress::Handshaking),
                Ok(ConnectionState::PeerClosed) => self.is_at_end = true,
                Ok(_) => progress = Some(Progress::Open),
                Err(error) => {
                    let rest = taken + discard;
                    self.take_alert(&mut records[rest..]);
                    return Err(invalid(error));
                }
            }
            taken += discard;
            if let Some(progress) = progress {
                return Ok((taken, progress));
            }
        }
    }

    /// Takes the alert that rustls has for the server after an error.
    fn take_alert(&mut self, rest: &mut [u8]) {
        // Called only once: rustls would process the bad record again.
        if let Ok(ConnectionState::EncodeTlsData(alert)) = self.tls.process_tls_records(rest).state
        {
            let _ = encode(&mut self.writable, alert);
        }
    }

    /// Writes everything that is encrypted.
    fn poll_write_all(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.writable.is_empty() {
            let written = ready!(Pin::new(&mut self.stream).poll_write(cx, &self.writable))?;
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.writable.drain(..written);
        }
        self.writable = Vec::new();
        Poll::Ready(Ok(()))
    }

    fn poll_flush_all(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_write_all(cx))?;
        Pin::new(&mut self.stream).poll_flush(cx)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncRead for TlsStream<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        out: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if out.remaining() == 0 {
            return Poll::Ready(Ok(()));
        }
        let before = out.filled().len();
        while this.readable.is_empty() && out.filled().len() == before && !this.is_at_end {
            ready!(this.poll_receive(cx, out))?;
        }
        let more = this.readable.len().min(out.remaining());
        out.put_slice(&this.readable[..more]);
        this.readable.drain(..more);
        if this.readable.is_empty() {
            this.readable = Vec::new();
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for TlsStream<S> {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        data: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        if this.is_closing {
            return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
        }
        // Encrypt nothing more while the stream does not accept what there is.
        ready!(this.poll_write_all(cx))?;
        let record = &data[..data.len().min(MAX_PAYLOAD)];
        this.encrypt(Outgoing::Data(record))?;
        match this.poll_write_all(cx) {
            Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
            _ => Poll::Ready(Ok(record.len())),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.get_mut().poll_flush_all(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if !this.is_closing {
            this.is_closing = true;
            // After a failure the alert takes the place of close_notify.
            if !this.has_failed {
                this.encrypt(Outgoing::CloseNotify)?;
            }
        }
        ready!(this.poll_flush_all(cx))?;
        Pin::new(&mut this.stream).poll_shutdown(cx)
    }
}

/// Lets `write` append to the buffer. `room` is how many bytes it is expected to need.
fn append(
    buffer: &mut Vec<u8>,
    mut room: usize,
    mut write: impl FnMut(&mut [u8]) -> Result<usize, Option<InsufficientSizeError>>,
) -> io::Result<()> {
    let start = buffer.len();
    loop {
        buffer.resize(start + room, 0);
        let written = write(&mut buffer[start..]);
        buffer.truncate(start + *written.as_ref().unwrap_or(&0));
        match written {
            Ok(_) => return Ok(()),
            Err(Some(InsufficientSizeError { required_size })) if required_size > room => {
                room = required_size;
            }
            Err(_) => return Err(invalid(rustls::Error::EncryptError)),
        }
    }
}

fn encode(
    buffer: &mut Vec<u8>,
    mut data: EncodeTlsData<'_, ClientConnectionData>,
) -> io::Result<()> {
    append(buffer, 0, |space| {
        data.encode(space).map_err(|error| match error {
            EncodeError::InsufficientSize(size) => Some(size),
            EncodeError::AlreadyEncoded => None,
        })
    })
}

fn encrypt(
    buffer: &mut Vec<u8>,
    traffic: &mut WriteTraffic<'_, ClientConnectionData>,
    outgoing: Outgoing<'_>,
) -> io::Result<()> {
    match outgoing {
        Outgoing::Nothing => Ok(()),
        Outgoing::Data(data) => append(buffer, data.len() + RECORD_OVERHEAD, |space| {
            traffic
                .encrypt(data, space)
                .map_err(|error| missing_room(&error))
        }),
        Outgoing::CloseNotify => append(buffer, RECORD_OVERHEAD, |space| {
            traffic
                .queue_close_notify(space)
                .map_err(|error| missing_room(&error))
        }),
    }
}

fn missing_room(error: &EncryptError) -> Option<InsufficientSizeError> {
    match error {
        EncryptError::InsufficientSize(size) => Some(*size),
        EncryptError::EncryptExhausted => None,
    }
}

fn invalid(error: rustls::Error) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, error)
}

#[cfg(test)]
#[path = "tls_stream_tests.rs"]
mod tests;
