pub(crate) mod batch;
mod payload;

use drivebell::{DisconnectReason, Event, Notification, Payload};
use napi_derive::napi;

use crate::error::{NativeError, with_names_in_node};
use crate::number::number;
use crate::time;

/// An event of a session. The last one is of type `end`, after an `error` if the session failed.
#[napi(object, object_from_js = false)]
pub struct NativeEvent {
    /// A name of `Lifecycle`, or `notification`, `error` or `end`.
    pub r#type: &'static str,
    pub notification: Option<NativeNotification>,
    pub disconnected: Option<NativeDisconnect>,
    /// For `ended` and `error`, and for attempts that failed.
    pub error: Option<NativeError>,
    /// In milliseconds; for the events that an attempt follows.
    pub retry_in: Option<f64>,
    /// For lifecycle events; a notification has its own count.
    pub coalesced: f64,
    /// The member that it belongs to, in a set.
    pub member: Option<u32>,
}

#[napi(object, object_from_js = false)]
pub struct NativeNotification {
    pub kind: &'static str,
    pub payload: Option<NativePayload>,
    pub coalesced: f64,
    /// In milliseconds since 1970.
    pub received_at: f64,
}

#[derive(Default)]
#[napi(object, object_from_js = false)]
pub struct NativePayload {
    pub subscription_id: Option<String>,
    pub client_state: Option<String>,
    /// In milliseconds since 1970.
    pub subscription_expires_at: Option<f64>,
    pub tenant_id: Option<String>,
    pub site_url: Option<String>,
    pub web_id: Option<String>,
    pub list_id: Option<String>,
    /// The JSON object, as text.
    pub raw: String,
}

#[napi(object, object_from_js = false)]
pub struct NativeDisconnect {
    pub reason: String,
    pub message: String,
    pub help_url: String,
    /// In milliseconds.
    pub retry_after: Option<f64>,
}

impl NativeEvent {
    pub(crate) fn end() -> Self {
        Self::of_type("end")
    }

    /// `None` for an event that is neither a notification nor a lifecycle event.
    pub(crate) fn new(event: Result<Event, drivebell::Error>, member: Option<u32>) -> Option<Self> {
        let event = match event {
            Ok(Event::Notification(note)) => Self {
                notification: Some(note.into()),
                ..Self::of_type("notification")
            },
            Ok(Event::Lifecycle { change, coalesced }) => Self {
                disconnected: change.reason().map(Into::into),
                error: change.error().cloned().map(Into::into),
                retry_in: change.retry_in().map(time::milliseconds),
                coalesced: number(coalesced),
                ..Self::of_type(change.as_str())
            },
            Ok(_) => return None,
            Err(error) => Self {
                error: Some(error.into()),
                ..Self::of_type("error")
            },
        };
        Some(Self { member, ..event })
    }

    fn of_type(r#type: &'static str) -> Self {
        Self {
            r#type,
            notification: None,
            disconnected: None,
            error: None,
            retry_in: None,
            coalesced: 0.0,
            member: None,
        }
    }
}

impl From<Notification> for NativeNotification {
    fn from(note: Notification) -> Self {
        Self {
            kind: note.kind().as_str(),
            payload: note.payload().map(Into::into),
            coalesced: number(note.coalesced()),
            received_at: time::unix_milliseconds(note.received_at()),
        }
    }
}

impl From<&Payload> for NativePayload {
    fn from(payload: &Payload) -> Self {
        let text = |field: Option<&str>| field.map(str::to_owned);
        Self {
            subscription_id: text(payload.subscription_id()),
            client_state: text(payload.client_state()),
            subscription_expires_at: payload
                .subscription_expires_at()
                .map(time::unix_milliseconds),
            tenant_id: text(payload.tenant_id()),
            site_url: text(payload.site_url()),
            web_id: text(payload.web_id()),
            list_id: text(payload.list_id()),
            raw: payload.raw().to_owned(),
        }
    }
}

impl From<&DisconnectReason> for NativeDisconnect {
    fn from(reason: &DisconnectReason) -> Self {
        Self {
            reason: reason.as_str().to_owned(),
            message: with_names_in_node(&reason.to_string()),
            help_url: reason.help_url(),
            retry_after: reason.retry_after().map(time::milliseconds),
        }
    }
}
