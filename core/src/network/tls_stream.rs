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
use rustls::client::UnbufferedClientConnection;
use rustls::pki_types::ServerName;
use rustls::unbuffered::{ConnectionState, UnbufferedStatus};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::tls_records::{Outgoing, encode, encrypt, invalid, unexpected};

/// How much is read at once.
const READ_SIZE: usize = 16 * 1024;

/// The longest payload of a record (RFC 8446, section 5.1).
const MAX_PAYLOAD: usize = 16 * 1024;

/// How long the header of a record is.
const RECORD_HEADER: usize = 5;

/// How long a record is that announces new keys: header, message, type and tag (RFC 8446, sections
/// 4.6.3 and 5.2). An alert is shorter in TLS 1.3.
const KEY_UPDATE: usize = RECORD_HEADER + 5 + 1 + 16;

/// More messages than one record of a handshake has.
const MAX_FLIGHT: usize = 16;

/// The longest incomplete input that is buffered. A message of the handshake can span several records.
/// The usual interface of rustls has the same limit.
const MAX_UNFINISHED: usize = 64 * 1024;

/// The client's end of TLS.
///
/// Bytes come before errors: a reader gets everything that was decrypted before a bad record, and
/// everything that has arrived before it hears of a write that failed.
///
/// # Who writes what is encrypted
///
/// - `poll_write` returns `Ok` for bytes that are encrypted and kept. It also tries to write them.
///   What the stream does not accept waits for the next call of `poll_write`, `poll_flush` or
///   `poll_shutdown`, or for the next bytes that `poll_read` gets. As long as something waits,
///   `poll_write` encrypts nothing more.
/// - `poll_flush` returns `Ok` once the stream has accepted everything that was encrypted, and is
///   flushed itself. It does not mean that the other end has received it.
/// - Reading causes writes, too: answers to requests for new keys, and the alert after an error. The
///   `poll_read` that causes one tries to write it. If the stream does not accept it then, it goes out
///   as above. So to send an alert for sure, call `poll_flush` or `poll_shutdown` after the error.
/// - Because both directions write, one task must do both. A task that only reads would take the
///   place of a writer that waits for the stream.
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
    /// No record can be processed any more.
    has_failed: bool,
    /// What the reader hears once it has all bytes.
    failure: Option<io::Error>,
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
            failure: None,
        };
        // Without data, this encodes the ClientHello.
        let mut progress = this.encrypt(Outgoing::Nothing)?;
        while progress == Progress::Handshaking {
            progress = poll_fn(|cx| {
                // Read even if the write is pending: the server may be waiting to write, too. And
                // even if it failed: the server may have said why.
                if let Poll::Ready(Err(error)) = this.poll_flush_all(cx) {
                    this.failure.get_or_insert(error);
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
        if self.has_failed {
            // An alert may still wait.
            let _ = self.poll_write_all(cx);
            let failure = self.failure.take();
            return Poll::Ready(Err(
                failure.unwrap_or_else(|| io::ErrorKind::BrokenPipe.into())
            ));
        }
        let mut space = [const { MaybeUninit::uninit() }; READ_SIZE];
        let mut read = ReadBuf::uninit(&mut space);
        let result = match Pin::new(&mut self.stream).poll_read(cx, &mut read) {
            Poll::Pending if self.failure.is_none() => return Poll::Pending,
            Poll::Pending => Ok(()),
            Poll::Ready(result) => result,
        };
        if read.filled().is_empty() {
            let failure = self.failure.take().or(result.err());
            // Without close_notify, an attacker may have cut the stream.
            return Poll::Ready(Err(
                failure.unwrap_or_else(|| io::ErrorKind::UnexpectedEof.into())
            ));
        }
        let before = out.filled().len();
        let progress = self.take(read.filled_mut(), out);
        // Writes a response, or the alert for an error. If the write is pending, they go
        // out with the next one.
        if let Poll::Ready(Err(error)) = self.poll_write_all(cx) {
            self.failure.get_or_insert(error);
        }
        Poll::Ready(match progress {
            Err(error) if out.filled().len() > before || !self.readable.is_empty() => {
                self.failure = Some(error);
                Ok(Progress::Open)
            }
            progress => progress,
        })
    }

    fn take(&mut self, received: &mut [u8], out: &mut ReadBuf<'_>) -> io::Result<Progress> {
        let progress = if self.unfinished.is_empty() {
            let (taken, progress) = self.process(received, out, Outgoing::Nothing)?;
            self.unfinished = received[taken..].to_vec();
            progress
        } else {
            self.unfinished.extend_from_slice(received);
            self.process_unfinished(out, Outgoing::Nothing)?
        };
        if self.is_at_end {
            // What follows close_notify is ignored (RFC 8446, section 6.1).
            self.unfinished = Vec::new();
        }
        if self.unfinished.len() > MAX_UNFINISHED {
            return Err(self.refuse_unfinished());
        }
        Ok(progress)
    }

    /// Ends the connection, with an alert for the server.
    fn refuse_unfinished(&mut self) -> io::Error {
        let unfinished = mem::take(&mut self.unfinished);
        self.has_failed = true;
        self.take_alert(&unfinished, true);
        io::Error::new(
            io::ErrorKind::InvalidData,
            format!(
                "{} bytes of the server are an unfinished TLS message, which may take {MAX_UNFINISHED}",
                unfinished.len()
            ),
        )
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
                // Both ends have sent close_notify, so nothing more can be sent.
                Ok(ConnectionState::Closed) => progress = Some(Progress::Open),
                Ok(state) => return Err(unexpected(&state)),
                Err(error) => {
                    // A fatal alert is not answered with another.
                    let may_force = !matches!(error, rustls::Error::AlertReceived(_));
                    self.take_alert(&records[taken + discard..], may_force);
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
    ///
    /// It has none after some errors, nor a call that makes one. But it makes one for bytes that are
    /// no record, so they take the place of what has not been processed.
    fn take_alert(&mut self, rest: &[u8], may_force: bool) {
        if self.is_closing {
            // Nothing may follow our close_notify.
            return;
        }
        let mut records = vec![0xff; rest.len() + RECORD_HEADER];
        let attempts = if may_force { MAX_FLIGHT } else { 1 };
        for _ in 0..attempts {
            let UnbufferedStatus { discard, state } = self.tls.process_tls_records(&mut records);
            if let Ok(ConnectionState::EncodeTlsData(record)) = state {
                let before = self.writable.len();
                let _ = encode(&mut self.writable, record);
                if self.writable.len() - before != KEY_UPDATE {
                    return;
                }
                // New keys that the server had requested. The alert follows, encrypted with them.
            }
            records.drain(..discard);
            records.resize(records.len() + RECORD_HEADER, 0xff);
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

#[cfg(test)]
#[path = "tls_stream_tests.rs"]
mod tests;

#[cfg(test)]
#[path = "tls_hostile_tests.rs"]
mod hostile_tests;

#[cfg(test)]
#[path = "tls_broken_tests.rs"]
mod broken_tests;
