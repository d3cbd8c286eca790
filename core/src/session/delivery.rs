//! From the server's events to the sink of the session.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use serde_json::value::RawValue;

use super::stats::SharedStats;
use crate::event::EventSink;
use crate::label::Label;
use crate::log_limit::limited;
use crate::log_record::SESSION;
use crate::network::retry_after;
use crate::socketio::{Argument, SocketEvent};
use crate::{DisconnectReason, Error, Event, Lifecycle, Notification, Resource};

/// Logs what happens to a session: the event, and its fields.
macro_rules! log {
    ($level:ident, $delivery:ident, $event:literal, $message:literal $(, $($fields:tt)+)?) => {
        tracing::event!(
            name: SESSION,
            target: "drivebell::session",
            tracing::Level::$level,
            event = $event,
            resource = %$delivery.resource,
            label = $delivery.label.as_str(),
            $($($fields)+,)?
            $message
        )
    };
}

/// Publishes the events of a session, and counts them.
#[derive(Debug, Clone)]
pub(super) struct Delivery {
    pub(super) resource: Resource,
    /// Of the client.
    pub(super) label: Label,
    pub(super) sink: Arc<dyn EventSink>,
    pub(super) stats: Arc<SharedStats>,
    /// A longer pause that the service requests is cut to this.
    pub(super) max_retry_after: Duration,
}

impl Delivery {
    /// Publishes the notifications of an event without waking the consumer, which takes a
    /// `sink.wake()`. Returns the reason as an error if the event announces the end of the
    /// connection.
    pub(super) fn deliver(
        &self,
        event: SocketEvent,
        redact: impl Fn(&str) -> String,
    ) -> Result<(), DisconnectReason> {
        match event.name.as_str() {
            "notification" => self.deliver_notifications(event.argument),
            "server_disconnect" => {
                let longest = self.max_retry_after;
                return Err(announced_end(event.argument.as_ref(), longest, redact));
            }
            name => limited!(
                DEBUG,
                event_name = redact(name),
                "skipped an event of unknown name"
            ),
        }
        Ok(())
    }

    fn deliver_notifications(&self, argument: Option<Argument>) {
        let argument = argument.map(Argument::into_text);
        let now = SystemTime::now();
        Notification::from_event(argument, &self.resource, now, |note| {
            // Counted first, so that a consumer that has the notification finds it in the stats.
            self.stats.count_notification(now);
            self.sink.add(Event::Notification(note));
        });
    }

    pub(super) fn log_start(&self) {
        log!(DEBUG, self, "started", "the session starts");
    }

    /// The consumer has closed it.
    pub(super) fn log_close(&self) {
        log!(DEBUG, self, "closed", "the session was closed");
    }

    pub(super) fn log_end(&self, error: &Error) {
        log!(
            ERROR,
            self,
            "ended",
            "the subscription has ended",
            error = error.message(),
            error_kind = error.kind().as_str(),
            help_url = error.help_url(),
            status = error.status(),
            reason = error.reason_name()
        );
    }

    pub(super) fn emit(&self, change: Lifecycle) {
        match &change {
            Lifecycle::Connected => log!(INFO, self, "connected", "connected"),
            Lifecycle::Disconnected { reason, retry_in } => log!(
                INFO,
                self,
                "disconnected",
                "disconnected",
                reason = reason.as_str(),
                help_url = reason.help_url(),
                retry_in = retry_in.as_secs_f64()
            ),
            Lifecycle::SigningIn => log!(
                INFO,
                self,
                "signing_in",
                "waiting until a person has signed in"
            ),
            Lifecycle::Renewed => log!(INFO, self, "renewed", "renewed"),
            Lifecycle::Unavailable { error, retry_in } => log!(
                WARN,
                self,
                "unavailable",
                "unavailable",
                error = error.message(),
                error_kind = error.kind().as_str(),
                help_url = error.help_url(),
                status = error.status(),
                reason = error.reason_name(),
                retry_in = retry_in.as_secs_f64()
            ),
            // The sink emits it, and the driver logs it; the others are of streams of changes.
            Lifecycle::Ended { .. }
            | Lifecycle::QueryFailed { .. }
            | Lifecycle::PushRefused { .. } => {}
        }
        self.sink.push(Event::Lifecycle {
            change,
            coalesced: 0,
        });
    }

    pub(super) fn emit_gap(&self) {
        let resync = Notification::resync(&self.resource);
        self.sink.push(Event::Notification(resync));
    }
}

/// Reads `{code, message, retryAfter?}`, with `retryAfter` as in the header `Retry-After`. Graph does
/// not document this event; the form is that of another push service of Microsoft.
fn announced_end(
    argument: Option<&Argument>,
    longest: Duration,
    redact: impl Fn(&str) -> String,
) -> DisconnectReason {
    // Each field is parsed by itself: one that cannot be read must not hide the others.
    let fields: BTreeMap<String, &RawValue> = argument
        .and_then(|argument| serde_json::from_str(argument.text()).ok())
        .unwrap_or_default();
    let text = |name| {
        let json = fields.get(name)?.get();
        if json.starts_with(|c: char| c == '-' || c.is_ascii_digit()) {
            // As it was sent: it may be too large for a number here.
            return Some(json.to_owned());
        }
        serde_json::from_str::<String>(json).ok()
    };
    let shown = |name| text(name).map(|text| redact(&text));
    DisconnectReason::ServerDisconnect {
        code: shown("code"),
        message: shown("message"),
        retry_after: text("retryAfter")
            .and_then(|text| retry_after::of_text(&text, SystemTime::now(), longest)),
    }
}
