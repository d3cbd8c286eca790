//! The service's messages.

/// A notification of the service, byte for byte.
const NOTIFICATION: &str = concat!(
    r#"{"subscriptionId":"5554a2f6-1959-4b95-96f4-369b49212df9","#,
    r#""clientState":"system-managed:8082D436-D8DA-458D-96AD-34C902B73F37","#,
    r#""expirationDateTime":"2026-05-11T21:52:27.5200000Z","#,
    r#""resource":"b8a61df7-e8b3-4e48-9cc2-73425b82160e","#,
    r#""tenantId":"9188040d-6c67-4c5b-b112-36a304b66dad","#,
    r#""siteUrl":"/personal/5a0b9e159b3310ad","#,
    r#""webId":"be8f18aa-284c-4452-8e7d-3db9e0e4babd"}"#,
);

pub(crate) const PING: &str = "2";

/// The argument of an event with this many notifications.
pub(crate) fn argument(notifications: usize) -> String {
    let all = vec![NOTIFICATION; notifications].join(",");
    format!(r#"{{"value":[{all}]}}"#)
}

/// The frame of such an event.
pub(crate) fn frame(notifications: usize) -> String {
    let escaped = argument(notifications).replace('"', r#"\""#);
    format!(r#"42/notifications,["notification","{escaped}"]"#)
}
