//! Plays a script to a client.

use std::collections::VecDeque;
use std::io;

use tokio::time::timeout;

use super::client::Client;
use super::record::{Sent, What};
use super::script::{Script, Step};
use super::server::Stage;
use crate::recorder::RecordedRequest;
use crate::websocket;

/// Frames that came while nobody waited for one.
const MOST_UNSEEN: usize = 1000;

pub(super) struct Player<'a> {
    pub(super) stage: &'a Stage,
    pub(super) connection: usize,
    pub(super) client: Client,
    /// Texts that no `expect` has looked at yet.
    unseen: VecDeque<String>,
    client_ended: bool,
}

impl<'a> Player<'a> {
    pub(super) fn new(stage: &'a Stage, connection: usize, client: Client) -> Self {
        Self {
            stage,
            connection,
            client,
            unseen: VecDeque::new(),
            client_ended: false,
        }
    }

    /// The next request; `None` at the end of the connection.
    pub(super) async fn request(&mut self) -> Option<RecordedRequest> {
        match self.client.request().await {
            Ok(request) => {
                self.record(What::Request(request.clone()));
                Some(request)
            }
            Err(error) => {
                self.ended(&error);
                None
            }
        }
    }

    /// Plays to the end, or tells at which step it failed and why.
    pub(super) async fn play(
        mut self,
        script: Script,
        request: &RecordedRequest,
    ) -> Result<(), String> {
        for (number, step) in (1..).zip(script.steps) {
            let failed = |reason: String| format!("step {number}: {reason}");
            match step {
                Step::Upgrade { accept, then } => {
                    let key = request.header("sec-websocket-key").unwrap_or_default();
                    let accept = accept.unwrap_or_else(|| websocket::accept_key(key));
                    let mut bytes = websocket::switching_protocols(&accept).into_bytes();
                    bytes.extend(then);
                    self.send(&bytes).await.map_err(failed)?;
                }
                Step::Send(bytes) => self.send(&bytes).await.map_err(failed)?,
                Step::Expect(prefix) => self.expect(&prefix).await.map_err(failed)?,
                Step::Pause => self.pause().await,
                Step::UntilClosed => while self.listen().await {},
                Step::Finish => {
                    let finished = self.client.finish().await;
                    finished.map_err(|error| failed(error.to_string()))?;
                }
                Step::Reset => {
                    let reset = self.client.reset();
                    return reset.map_err(|error| failed(error.to_string()));
                }
            }
        }
        // Otherwise what nobody has read turns the end into a reset.
        let _ = self.client.finish().await;
        Ok(())
    }

    async fn send(&mut self, bytes: &[u8]) -> Result<(), String> {
        let sent = timeout(self.stage.deadline, self.client.send(bytes)).await;
        match sent {
            Ok(sent) => sent.map_err(|error| format!("the client is gone: {error}")),
            Err(_) => Err("the client does not read".to_owned()),
        }
    }

    async fn expect(&mut self, prefix: &str) -> Result<(), String> {
        let deadline = self.stage.deadline;
        let expected = timeout(deadline, async {
            loop {
                while let Some(text) = self.unseen.pop_front() {
                    if text.starts_with(prefix) {
                        return Ok(());
                    }
                }
                if !self.listen().await {
                    return Err(format!("the client ended instead of sending {prefix:?}"));
                }
            }
        });
        match expected.await {
            Ok(expected) => expected,
            Err(_) => Err(format!("{prefix:?} did not come within {deadline:?}")),
        }
    }

    async fn pause(&mut self) {
        let stage = self.stage;
        stage.pause_begins();
        let mut resumed = std::pin::pin!(stage.resumed());
        loop {
            tokio::select! {
                () = &mut resumed => return,
                more = self.listen() => if !more {
                    return resumed.await;
                }
            }
        }
    }

    /// Reads a frame; false at the end of the stream. May be dropped at any time.
    async fn listen(&mut self) -> bool {
        if self.client_ended {
            return false;
        }
        match self.client.frame().await {
            Ok(what) => {
                if let What::Frame {
                    first: 0x81,
                    payload,
                    ..
                } = &what
                {
                    if self.unseen.len() == MOST_UNSEEN {
                        self.unseen.pop_front();
                    }
                    self.unseen
                        .push_back(String::from_utf8_lossy(payload).into_owned());
                }
                self.record(what);
                true
            }
            Err(error) => {
                self.ended(&error);
                false
            }
        }
    }

    fn ended(&mut self, error: &io::Error) {
        self.client_ended = true;
        let reset = error.kind() != io::ErrorKind::UnexpectedEof;
        self.record(What::End { reset });
    }

    fn record(&self, what: What) {
        self.stage.record(Sent {
            connection: self.connection,
            what,
        });
    }
}
