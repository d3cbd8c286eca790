use std::fmt;
use std::time::SystemTime;

use crate::Resource;
use crate::payload;

pub use crate::payload::Payload;

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
    /// What one `notification` event says: at least one notification, so that an event which
    /// cannot be read is told as a [`NotificationKind::Resync`] instead of being lost.
    pub(crate) fn from_event(
        argument: Option<&str>,
        resource: &Resource,
        received_at: SystemTime,
    ) -> Vec<Self> {
        let payloads = argument
            .and_then(payload::parse)
            .filter(|all| !all.is_empty());
        let Some(payloads) = payloads else {
            tracing::warn!(%resource, "a notification that cannot be read; taken as a resync");
            return vec![Self::new(resource, None, received_at)];
        };
        payloads
            .into_iter()
            .map(|payload| Self::new(resource, payload, received_at))
            .collect()
    }

    /// Something may have changed while nobody was connected to be told.
    pub(crate) fn resync(resource: &Resource, now: SystemTime) -> Self {
        Self::new(resource, None, now)
    }

    fn new(resource: &Resource, payload: Option<Payload>, received_at: SystemTime) -> Self {
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
        Notification::from_event(argument, &Resource::my_drive(), SystemTime::UNIX_EPOCH)
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
        let mut all = Notification::from_event(
            Some(r#"{"value":[{},{},7]}"#),
            &Resource::my_drive(),
            SystemTime::UNIX_EPOCH,
        );
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
