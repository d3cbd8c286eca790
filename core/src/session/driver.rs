use std::sync::Arc;
use std::time::{Duration, SystemTime};

use serde_json::Value;
use tokio::sync::watch;

use super::Subscription;
use crate::mailbox::Mailbox;
use crate::socketio::{Argument, Connection, SocketEvent};
use crate::{DisconnectReason, Error, ErrorKind, Event, Lifecycle, Notification, Resource};

/// Hands a live connection to a task of its own, and its consumer the handle.
pub(crate) fn start(
    connection: Connection,
    resource: Resource,
    mailbox_capacity: usize,
) -> Subscription {
    let mailbox = Arc::new(Mailbox::new(mailbox_capacity));
    let (stop, stopped) = watch::channel(());
    let (ended, end) = watch::channel(());
    mailbox.push(Event::Lifecycle(Lifecycle::Connected));
    let session = Session {
        resource: resource.clone(),
        mailbox: Arc::clone(&mailbox),
        _ended: ended,
    };
    tokio::spawn(session.run(connection, stopped));
    Subscription::new(resource, mailbox, stop, end)
}

struct Session {
    resource: Resource,
    mailbox: Arc<Mailbox>,
    /// Dropped with the task, however that ends: then the handle knows.
    _ended: watch::Sender<()>,
}

impl Session {
    async fn run(self, mut connection: Connection, mut stopped: watch::Receiver<()>) {
        let reason = loop {
            tokio::select! {
                biased;
                // An error means that the handle was dropped, which is as good as closing it.
                _ = stopped.changed() => {
                    self.mailbox.close();
                    connection.close().await;
                    return;
                }
                event = connection.next_event() => match event {
                    Ok(event) => {
                        if let Err(reason) = self.deliver(&event, &connection) {
                            connection.close().await;
                            break reason;
                        }
                    }
                    Err(reason) => break reason,
                }
            }
        };
        tracing::info!(resource = %self.resource, reason = reason.as_str(), "disconnected");
        let error = connection_lost(reason.clone());
        self.mailbox
            .push(Event::Lifecycle(Lifecycle::Disconnected { reason }));
        self.mailbox.fail(error);
    }

    fn deliver(
        &self,
        event: &SocketEvent,
        connection: &Connection,
    ) -> Result<(), DisconnectReason> {
        match event.name.as_str() {
            "notification" => {
                let argument = event.argument.as_ref().map(|argument| match argument {
                    Argument::Text(text) | Argument::Json(text) => text.as_str(),
                });
                for note in Notification::from_event(argument, &self.resource, SystemTime::now()) {
                    self.mailbox.push(Event::Notification(note));
                }
                Ok(())
            }
            "server_disconnect" => Err(announced_end(event.argument.as_ref(), |text| {
                connection.told(text)
            })),
            name => {
                tracing::debug!(
                    name = connection.told(name),
                    "an event of another name; skipped"
                );
                Ok(())
            }
        }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        // Only a runtime that stops under the session gets here without an end: without this the
        // consumer would wait for ever on a subscription that looks alive.
        self.mailbox.fail(Error::new(
            ErrorKind::State,
            "the async runtime of this subscription was shut down",
        ));
    }
}

fn connection_lost(reason: DisconnectReason) -> Error {
    let kind = match reason {
        DisconnectReason::ProtocolError { .. } => ErrorKind::Protocol,
        _ => ErrorKind::ConnectionFailed,
    };
    Error::new(
        kind,
        format!(
            "the subscription has ended: {reason}. What changes from now on is not announced; \
             subscribe again, and look for changes in between"
        ),
    )
    .with_reason(reason)
}

/// `{code, message, retryAfter?}`, as Microsoft's sister push service sends it, in seconds.
fn announced_end(argument: Option<&Argument>, told: impl Fn(&str) -> String) -> DisconnectReason {
    let value: Value = match argument {
        Some(Argument::Text(text) | Argument::Json(text)) => {
            serde_json::from_str(text).unwrap_or_default()
        }
        None => Value::Null,
    };
    let text = |value: &Value| match value {
        Value::String(text) => Some(told(text)),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    };
    DisconnectReason::ServerDisconnect {
        code: text(&value["code"]),
        message: text(&value["message"]),
        retry_after: value["retryAfter"]
            .as_f64()
            .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok()),
    }
}
