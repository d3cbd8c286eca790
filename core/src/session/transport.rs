//! The session's side effects, behind traits: tests replace the network, and pause time.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::watch;

use super::family::Family;
use crate::graph::GraphClient;
use crate::pacing::{Call, Urgency};
use crate::socketio::{Connection, NotificationUrl, SocketEvent};
use crate::{DisconnectReason, Error, ErrorKind, Resource};

pub(crate) trait Transport: Send + Sync + 'static {
    type Endpoint: Send + Sync;
    type Link: Link;

    /// One attempt to acquire an endpoint; returns it with its lifetime.
    fn acquire(&self) -> impl Future<Output = Result<(Self::Endpoint, Duration), Error>> + Send;

    /// One attempt to open a connection.
    fn open(
        &self,
        endpoint: &Self::Endpoint,
    ) -> impl Future<Output = Result<Self::Link, Error>> + Send;

    /// How long the machine has been asleep in total; changes after each sleep.
    fn slept(&self) -> watch::Receiver<Duration>;

    /// Whether a person is asked to sign in.
    fn signing_in(&self) -> watch::Receiver<bool>;
}

/// A live connection.
pub(crate) trait Link: Send + 'static {
    /// The next event. Cancel-safe: dropping the future loses nothing.
    fn next_event(&mut self) -> impl Future<Output = Result<SocketEvent, DisconnectReason>> + Send;

    /// A text of the server without the secrets that it may repeat, for logs and messages.
    fn redact(&self, text: &str) -> String;

    /// The machine was asleep for this long: the server has been silent for longer than the
    /// monotonic clock says.
    fn add_time_asleep(&mut self, asleep: Duration);

    /// Delivers everything the server has sent so far; false if some of it may be missing.
    fn catch_up(
        &mut self,
        deliver: impl FnMut(SocketEvent) + Send,
    ) -> impl Future<Output = bool> + Send;

    /// Closes the connection, and delivers the events that still arrive.
    fn close(self, deliver: impl FnMut(SocketEvent) + Send) -> impl Future<Output = ()> + Send;
}

impl Link for Connection {
    async fn next_event(&mut self) -> Result<SocketEvent, DisconnectReason> {
        Connection::next_event(self).await
    }

    fn redact(&self, text: &str) -> String {
        Connection::redact(self, text)
    }

    fn add_time_asleep(&mut self, asleep: Duration) {
        Connection::add_time_asleep(self, asleep);
    }

    async fn catch_up(&mut self, deliver: impl FnMut(SocketEvent) + Send) -> bool {
        Connection::catch_up(self, deliver).await
    }

    async fn close(self, deliver: impl FnMut(SocketEvent) + Send) {
        Connection::close(self, deliver).await;
    }
}

/// The real transport: Graph and the notification server.
pub(crate) struct Service {
    pub(crate) family: Arc<Family>,
    pub(crate) graph: Arc<GraphClient>,
    pub(crate) resource: Resource,
    pub(crate) slept: watch::Receiver<Duration>,
    /// Whether Graph has answered a request for an endpoint.
    pub(crate) has_asked: AtomicBool,
}

impl Transport for Service {
    type Endpoint = NotificationUrl;
    type Link = Connection;

    async fn acquire(&self) -> Result<(NotificationUrl, Duration), Error> {
        let urgency = if self.has_asked.load(Ordering::Relaxed) {
            Urgency::Routine
        } else {
            Urgency::First
        };
        let permit = self.graph.pacing.permit(Call::Endpoint, urgency).await;
        let result = self.graph.endpoint(&self.resource, permit).await;
        // Who is only told to wait has asked for nothing yet.
        if !matches!(&result, Err(error) if error.kind() == ErrorKind::Throttled) {
            self.has_asked.store(true, Ordering::Relaxed);
        }
        let (endpoint, response) = result?;
        let lifetime = endpoint.lifetime(response.received_at, response.date);
        tracing::debug!(
            resource = %self.resource,
            label = self.graph.label.as_str(),
            host = endpoint.host(),
            lifetime = lifetime.as_secs_f64(),
            "got an endpoint"
        );
        Ok((endpoint.url().clone(), lifetime))
    }

    async fn open(&self, url: &NotificationUrl) -> Result<Connection, Error> {
        let _permit = self.family.limits.acquire_handshake_permit().await;
        let network = self.graph.network.get()?;
        let opened = Connection::open(&network, url, &self.family.socket).await;
        opened.map_err(|error| error.with_label(&self.graph.label))
    }

    fn slept(&self) -> watch::Receiver<Duration> {
        self.slept.clone()
    }

    fn signing_in(&self) -> watch::Receiver<bool> {
        self.graph.tokens.signing_in()
    }
}

impl fmt::Debug for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Service")
            .field("resource", &self.resource)
            .finish_non_exhaustive()
    }
}
