use std::time::Duration;

use super::connection::{Connection, Incoming};
use super::frames::{Frames, deadline_after};
use super::handshake;
use super::observer::Observer;
use super::options::SocketOptions;
use super::packet::{self, EnginePacket};
use super::url::NotificationUrl;
use crate::help_page::ErrorCause;
use crate::log_limit::limited;
use crate::mention::mention;
use crate::network::{Network, Peer};
use crate::{DisconnectReason, Error, ErrorKind};

/// Why a namespace was not joined.
enum JoinFailure {
    Refused(String),
    Ended(DisconnectReason),
}

impl From<DisconnectReason> for JoinFailure {
    fn from(reason: DisconnectReason) -> Self {
        Self::Ended(reason)
    }
}

impl Connection {
    /// Connects, waits for the open packet and joins the URL's namespace.
    pub(crate) async fn open(
        network: &Network,
        url: &NotificationUrl,
        options: &SocketOptions,
    ) -> Result<Self, Error> {
        Self::open_observed(network, url, options, &mut ()).await
    }

    /// The same, with an observer.
    pub(crate) async fn open_observed(
        network: &Network,
        url: &NotificationUrl,
        options: &SocketOptions,
        observer: &mut dyn Observer,
    ) -> Result<Self, Error> {
        let deadline = deadline_after(options.connect_timeout);
        let bytes = handshake::upgrade(network, url, deadline, options, observer).await?;
        let mut connection = Self {
            frames: Frames::new(bytes, options).await,
            url: url.clone(),
        };
        let peer = handshake::peer(url);
        connection.frames.begin_step(options.open_timeout);
        let heartbeat = connection.wait_for_open(observer).await.map_err(|reason| {
            let late = "sent no Engine.IO open packet";
            open_error(&peer, &reason, late, "open_timeout")
        })?;
        connection
            .join_either(options.join_timeout, observer)
            .await
            .map_err(|failure| join_error(&peer, &failure))?;
        connection.frames.expect_heartbeat(heartbeat);
        Ok(connection)
    }

    /// Returns how long the server may be silent.
    async fn wait_for_open(
        &mut self,
        observer: &mut dyn Observer,
    ) -> Result<Duration, DisconnectReason> {
        loop {
            let text = self.next_text().await?;
            match EnginePacket::parse(&text)? {
                EnginePacket::Open(open) => {
                    observer.opened(&text[1..]);
                    if let Some(id) = packet::session_id(&text[1..]) {
                        self.url.protect(id);
                    }
                    tracing::debug!("the Engine.IO session is open");
                    return Ok(open.ping_interval + open.ping_timeout);
                }
                EnginePacket::Ping(payload) => self.frames.send(packet::pong(payload)).await?,
                EnginePacket::Close => return Err(DisconnectReason::EngineClose),
                EnginePacket::Pong
                | EnginePacket::Message(_)
                | EnginePacket::Upgrade
                | EnginePacket::Noop => {}
            }
        }
    }

    /// Joins the URL's namespace; if that is refused, the other one that its path may mean.
    async fn join_either(
        &mut self,
        limit: Duration,
        observer: &mut dyn Observer,
    ) -> Result<(), JoinFailure> {
        self.frames.begin_step(limit);
        let refused = match self.join(observer).await {
            Err(JoinFailure::Refused(reason)) => reason,
            result => return result,
        };
        let Some(other) = self.url.without_callback() else {
            return Err(JoinFailure::Refused(refused));
        };
        tracing::debug!("the namespace was refused; trying it without /callback");
        self.url = other;
        self.frames.begin_step(limit);
        self.join(observer).await
    }

    async fn join(&mut self, observer: &mut dyn Observer) -> Result<(), JoinFailure> {
        self.frames.send(packet::join(self.url.namespace())).await?;
        loop {
            let text = self.next_text().await?;
            match self.handle(&text).await? {
                Incoming::Joined => {
                    observer.join_answered(self.url.namespace(), true, &text);
                    return Ok(());
                }
                Incoming::JoinRefused(reason) => {
                    observer.join_answered(self.url.namespace(), false, &text);
                    return Err(JoinFailure::Refused(reason));
                }
                Incoming::Event(event) => {
                    limited!(
                        DEBUG,
                        event_name = self.redact(&event.name),
                        "skipping an event before the join"
                    );
                }
                Incoming::Nothing => {}
            }
        }
    }
}

fn join_error(peer: &Peer, failure: &JoinFailure) -> Error {
    match failure {
        JoinFailure::Refused(reason) => Error::new(
            ErrorKind::ConnectionFailed,
            format!(
                "{peer} refused the namespace of the notification URL ({reason}); it may accept a \
                 new notification URL"
            ),
        )
        .with_cause(ErrorCause::NamespaceRefused)
        .with_peer(&peer.host, peer.port),
        JoinFailure::Ended(reason) => {
            let late = "did not answer the request to join";
            open_error(peer, reason, late, "join_timeout")
        }
    }
}

/// The error for a connection that ended before it was live. `late` says which response is missing,
/// and `option` how long it had.
fn open_error(peer: &Peer, reason: &DisconnectReason, late: &str, option: &'static str) -> Error {
    let error = match reason {
        DisconnectReason::HeartbeatTimeout => Error::new(
            ErrorKind::Timeout,
            format!("{peer} {late} in time {}", mention(option)),
        ),
        DisconnectReason::ProtocolError { .. } => Error::new(
            ErrorKind::Protocol,
            format!("{peer} does not speak Engine.IO 4: {reason}"),
        ),
        _ => Error::new(
            ErrorKind::ConnectionFailed,
            format!("{peer} ended the connection before it was live: {reason}"),
        ),
    };
    error
        .with_reason(reason.clone())
        .with_peer(&peer.host, peer.port)
}
