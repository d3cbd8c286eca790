//! What the consumer gets for each change, or possible change.

use std::time::SystemTime;

use super::payload::Payload;
use super::payload_parser;
use crate::log_limit::limited;
use crate::names::names;
use crate::socketio::json_text::Unescaped;
use crate::{Error, Resource};

names! {
    /// Why there is a [`Notification`].
    pub enum NotificationKind {
        /// The service has announced a change.
        Changed = "changed",
        /// Changes may have gone unannounced, or their announcement was not readable: query the
        /// resource for changes.
        Resync = "resync",
    }
}

/// A hint that something changed in a resource. It does not say what; to learn that, use
/// [`Client::changes`](crate::Client::changes) or Graph's delta query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notification {
    kind: NotificationKind,
    resource: Resource,
    payload: Option<Payload>,
    coalesced: u64,
    received_at: SystemTime,
}

impl Notification {
    /// Makes a notification by hand, for tests of what handles them. `raw` is a JSON object as
    /// [`Payload::raw`] shows it; `{}` will do. The service sends `subscriptionId`, `clientState`,
    /// `expirationDateTime`, `resource`, `tenantId`, `siteUrl` and `webId`, all of them texts.
    ///
    /// ```
    /// # use drivebell::{Notification, Resource};
    /// let note = Notification::from_raw(&Resource::my_drive(), r#"{"tenantId":"t"}"#)?;
    /// assert_eq!(note.payload().unwrap().tenant_id(), Some("t"));
    /// # Ok::<(), drivebell::Error>(())
    /// ```
    ///
    /// # Errors
    /// `InvalidArgument`, by the name `raw`, unless the text is a JSON object.
    pub fn from_raw(resource: &Resource, raw: &str) -> Result<Self, Error> {
        let mut payloads = Vec::new();
        let readable = payload_parser::parse(Unescaped::from(raw.to_owned()), |payload| {
            payloads.push(payload);
        });
        match (readable, payloads.pop(), payloads.is_empty()) {
            (true, Some(Some(payload)), true) => {
                Ok(Self::new(resource, Some(payload), SystemTime::now()))
            }
            _ => Err(Error::invalid_argument(
                "raw",
                "is not the JSON object of one notification",
            )),
        }
    }

    /// Makes a notification of kind [`NotificationKind::Resync`] by hand, for tests of what handles
    /// them.
    pub fn resync(resource: &Resource) -> Self {
        Self::resync_at(resource, SystemTime::now())
    }

    /// The same notification with another [`coalesced`](Self::coalesced).
    #[must_use]
    pub fn with_coalesced(self, coalesced: u64) -> Self {
        Self { coalesced, ..self }
    }

    /// The same notification with another [`received_at`](Self::received_at).
    #[must_use]
    pub fn with_received_at(self, received_at: SystemTime) -> Self {
        Self {
            received_at,
            ..self
        }
    }

    /// Calls `each` with the notifications of one `notification` event. There is at least one: an
    /// event that is not readable becomes a [`NotificationKind::Resync`] instead of being lost.
    /// They are not collected, because one event may have thousands.
    pub(crate) fn from_event(
        argument: Option<Unescaped>,
        resource: &Resource,
        received_at: SystemTime,
        mut each: impl FnMut(Self),
    ) {
        let readable = argument.is_some_and(|argument| {
            payload_parser::parse(argument, |payload| {
                each(Self::new(resource, payload, received_at));
            })
        });
        if !readable {
            limited!(WARN, %resource, "a notification is not readable; it becomes a resync");
            each(Self::new(resource, None, received_at));
        }
    }

    /// Collects the notifications of an event.
    #[cfg(test)]
    pub(crate) fn all_from_event(argument: Option<&str>) -> Vec<Self> {
        let mut notes = Vec::new();
        Self::from_event(
            argument.map(|argument| argument.to_owned().into()),
            &Resource::my_drive(),
            SystemTime::UNIX_EPOCH,
            |note| notes.push(note),
        );
        notes
    }

    /// Changes may have gone unannounced, because the session was not connected.
    pub(crate) fn resync_at(resource: &Resource, now: SystemTime) -> Self {
        Self::new(resource, None, now)
    }

    pub(crate) fn new(
        resource: &Resource,
        payload: Option<Payload>,
        received_at: SystemTime,
    ) -> Self {
        Self {
            kind: match payload {
                Some(_) => NotificationKind::Changed,
                None => NotificationKind::Resync,
            },
            resource: resource.clone(),
            payload,
            coalesced: 0,
            received_at,
        }
    }

    /// Merges `other` into this notification, and counts it. Returns how many bytes that frees.
    pub(crate) fn merge(&mut self, other: &Self) -> usize {
        self.coalesced += other.coalesced + 1;
        if other.kind != NotificationKind::Resync {
            return 0;
        }
        // A consumer that handles only resyncs must not miss this one.
        self.kind = NotificationKind::Resync;
        self.payload.take().map_or(0, |payload| payload.size())
    }

    pub(super) fn payload_size(&self) -> usize {
        self.payload.as_ref().map_or(0, Payload::size)
    }

    /// The same hint in a few bytes: without what the service sent, it is a resync.
    pub(super) fn without_payload(self) -> Self {
        Self {
            kind: NotificationKind::Resync,
            payload: None,
            ..self
        }
    }

    /// Whether the service has announced a change, or one may have gone unannounced.
    pub fn kind(&self) -> NotificationKind {
        self.kind
    }

    /// The resource of the subscription.
    pub fn resource(&self) -> &Resource {
        &self.resource
    }

    /// What the service sent; `None` for a resync.
    pub fn payload(&self) -> Option<&Payload> {
        self.payload.as_ref()
    }

    /// How many later notifications were merged into this one because the queue was full; usually
    /// 0.
    pub fn coalesced(&self) -> u64 {
        self.coalesced
    }

    /// When the notification arrived here, or the resync was made.
    pub fn received_at(&self) -> SystemTime {
        self.received_at
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(argument: Option<&str>) -> Vec<NotificationKind> {
        Notification::all_from_event(argument)
            .iter()
            .map(Notification::kind)
            .collect()
    }

    #[test]
    fn every_event_becomes_a_notification() {
        use NotificationKind::{Changed, Resync};
        assert_eq!(kinds(Some(r#"{"value":[{},{}]}"#)), [Changed, Changed]);
        assert_eq!(kinds(Some(r#"{"value":[{},7]}"#)), [Changed, Resync]);
        assert_eq!(kinds(Some(r#"{"subscriptionId":"s"}"#)), [Changed]);
        for unreadable in [
            r#"{"value":[]}"#,
            r#"{"value":7}"#,
            "",
            "nonsense",
            "7",
            "[]",
            "null",
        ] {
            assert_eq!(kinds(Some(unreadable)), [Resync], "{unreadable}");
        }
        assert_eq!(kinds(None), [Resync]);
    }

    #[test]
    fn a_notification_is_made_by_hand() {
        let drive = Resource::my_drive();
        let note = Notification::from_raw(&drive, r#"{"tenantId":"t"}"#).unwrap();
        let payload = note.payload().unwrap();
        assert_eq!(
            (payload.tenant_id(), payload.raw()),
            (Some("t"), r#"{"tenantId":"t"}"#)
        );
        let late = SystemTime::UNIX_EPOCH;
        let note = note.with_coalesced(2).with_received_at(late);
        assert_eq!((note.coalesced(), note.received_at()), (2, late));
        let same = Notification::from_raw(&drive, r#"{ "tenantId": "t" }"#).unwrap();
        assert_eq!(note, same.with_coalesced(2).with_received_at(late));
        assert_ne!(note, Notification::resync(&drive).with_received_at(late));

        for raw in [
            "",
            "7",
            "[]",
            "{",
            r#"{"value":[{},{}]}"#,
            r#"{"value":[]}"#,
        ] {
            let error = Notification::from_raw(&drive, raw).unwrap_err();
            assert_eq!(error.argument(), Some("raw"), "{raw}");
        }
    }

    #[test]
    fn a_resync_is_not_lost_in_a_merge() {
        let mut all = Notification::all_from_event(Some(r#"{"value":[{},{},7]}"#));
        let (last, second) = (all.pop().unwrap(), all.pop().unwrap());
        let mut first = all.pop().unwrap();
        first.merge(&second);
        assert_eq!(
            (first.kind(), first.coalesced()),
            (NotificationKind::Changed, 1)
        );
        first.merge(&last);
        assert_eq!(
            (first.kind(), first.coalesced()),
            (NotificationKind::Resync, 2)
        );
        assert!(first.payload().is_none());
    }
}
