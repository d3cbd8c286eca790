//! The stream that hyper reads from and writes to.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::connection::Connection;

type OnDrop = Box<dyn FnOnce(&Connection) + Send>;

/// The service's end of a [`Connection`].
pub(crate) struct ServiceStream {
    connection: Arc<Connection>,
    /// `None` once it was called.
    on_drop: Option<OnDrop>,
}

impl ServiceStream {
    /// `on_drop` is called when the service gives the connection up.
    pub(crate) fn new(
        connection: Arc<Connection>,
        on_drop: impl FnOnce(&Connection) + Send + 'static,
    ) -> Self {
        Self {
            connection,
            on_drop: Some(Box::new(on_drop)),
        }
    }
}

impl Drop for ServiceStream {
    fn drop(&mut self) {
        if let Some(on_drop) = self.on_drop.take() {
            on_drop(&self.connection);
        }
    }
}

impl AsyncRead for ServiceStream {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.connection.state().poll_read(cx, buf)
    }
}

impl AsyncWrite for ServiceStream {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.connection.state().poll_write(cx, buf)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.connection.state().poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.connection.state().flushed();
        // A TCP stream has no buffer to flush, and bytes that a fault holds must not go out.
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.connection.state().poll_shutdown(cx)
    }
}
