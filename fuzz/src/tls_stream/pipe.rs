//! The bytes between both ends, which can be changed on their way to the client.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

#[derive(Clone, Default)]
pub(super) struct Pipe(Rc<RefCell<State>>);

#[derive(Default)]
struct State {
    to_client: VecDeque<u8>,
    to_server: Vec<u8>,
    /// How many bytes are sent unchanged before the next one is damaged.
    damage: Option<usize>,
    is_cut: bool,
    /// The most that the client reads at once, if there is a limit, and whether its writes fail.
    portion: Option<usize>,
    refuses_writes: bool,
}

impl Pipe {
    pub(super) fn sent_by_client(&self) -> Vec<u8> {
        std::mem::take(&mut self.0.borrow_mut().to_server)
    }

    pub(super) fn send_to_client(&self, bytes: &[u8]) {
        let mut state = self.0.borrow_mut();
        if state.is_cut {
            return;
        }
        for byte in bytes {
            let is_damaged = state.damage == Some(0);
            state.damage = state.damage.and_then(|left| left.checked_sub(1));
            state
                .to_client
                .push_back(if is_damaged { !byte } else { *byte });
        }
    }

    pub(super) fn damage_next(&self, at: usize) {
        self.0.borrow_mut().damage = Some(at);
    }

    /// Adds bytes that are not of the server.
    pub(super) fn insert(&self, bytes: &[u8]) {
        let mut state = self.0.borrow_mut();
        if !state.is_cut {
            state.to_client.extend(bytes);
        }
    }

    pub(super) fn cut(&self) {
        self.0.borrow_mut().is_cut = true;
    }

    pub(super) fn limit(&self, portion: usize) {
        let mut state = self.0.borrow_mut();
        state.portion = Some(portion).filter(|portion| *portion > 0);
        state.refuses_writes = portion > 200;
    }
}

impl AsyncRead for Pipe {
    fn poll_read(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        out: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let mut state = self.0.borrow_mut();
        let most = state.portion.unwrap_or(usize::MAX).min(out.remaining());
        let length = state.to_client.len().min(most);
        if length == 0 && !state.is_cut {
            return Poll::Pending;
        }
        for byte in state.to_client.drain(..length) {
            out.put_slice(&[byte]);
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Pipe {
    fn poll_write(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let mut state = self.0.borrow_mut();
        if state.refuses_writes {
            return Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()));
        }
        let most = state.portion.unwrap_or(usize::MAX).min(bytes.len());
        state.to_server.extend_from_slice(&bytes[..most]);
        Poll::Ready(Ok(most))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
