use std::fmt;
use std::time::SystemTime;

use super::payload::Payload;
use super::payload_parser;
use crate::Resource;
use crate::socketio::json_text::Unescaped;

/// Why a [`Notification`] is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum NotificationKind {
    /// The service says that something changed.
    Changed,
    /// Something may have changed that the service did not tell, or not in a readable way: look.
    Resync,
}

impl NotificationKind {
    /// `changed` or `resync`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Changed => "changed",
            Self::Resync => "resync",
        }
    }
}

impl fmt::Display for NotificationKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A hint that something changed in the resource; never what.
#[derive(Debug, Clone)]
pub struct Notification {
    kind: NotificationKind,
    resource: Resource,
    payload: Option<Payload>,
    coalesced: u64,
    received_at: SystemTime,
}

impl Notification {
    /// Hands on what one `notification` event says: at least one notification, so that an event
    /// which cannot be read is told as a [`NotificationKind::Resync`] instead of being lost. One
    /// after the other, because a message may hold so many that all at once would be a burden.
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
            tracing::warn!(%resource, "a notification that cannot be read; taken as a resync");
            each(Self::new(resource, None, received_at));
        }
    }

    /// All of them at once.
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

    /// Something may have changed while nobody was connected to be told.
    pub(crate) fn resync(resource: &Resource, now: SystemTime) -> Self {
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

    /// Takes over what `other` stands for.
    pub(crate) fn merge(&mut self, other: &Self) {
        self.coalesced += other.coalesced + 1;
        // A gap weighs more than a change: whoever tells them apart must not miss it.
        if other.kind == NotificationKind::Resync {
            self.kind = NotificationKind::Resync;
            self.payload = None;
        }
    }

    /// Whether the service told of a change, or one may have been missed.
    pub fn kind(&self) -> NotificationKind {
        self.kind
    }

    /// What was subscribed to.
    pub fn resource(&self) -> &Resource {
        &self.resource
    }

    /// What the service sent; nothing on a resync.
    pub fn payload(&self) -> Option<&Payload> {
        self.payload.as_ref()
    }

    /// How many further notifications were merged into this one because the consumer was behind;
    /// 0 as a rule.
    pub fn coalesced(&self) -> u64 {
        self.coalesced
    }

    /// When it arrived on this machine.
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
    fn every_event_is_told() {
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
