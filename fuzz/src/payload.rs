use std::time::SystemTime;

use drivebell::internals::{self, SocketEvent};
use drivebell::{Notification, NotificationKind, Resource};

/// The first argument of an event, which is a text, or a whole packet if it begins with `42`.
pub fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    if text.starts_with("42") {
        let read = |event: Option<SocketEvent>| {
            let argument = event.map(SocketEvent::into_argument);
            argument.map(|argument| argument.map(internals::Argument::into_text))
        };
        assert_eq!(
            read(SocketEvent::read(text)),
            read(SocketEvent::read_any(text))
        );
    }
    let packet = format!("42[\"notification\",{}]", serde_json::Value::from(text));
    let argument = SocketEvent::read(&packet).and_then(SocketEvent::into_argument);
    let argument = argument.expect("an event with an argument");
    assert_eq!(argument.clone().into_text(), text);

    let resource = Resource::my_drive();
    let at = SystemTime::UNIX_EPOCH;
    let mut notes = Vec::new();
    internals::notifications(Some(argument), &resource, at, |note| notes.push(note));
    let mut others = Vec::new();
    let is_readable =
        internals::notifications_any(text.to_owned(), &resource, at, |note| others.push(note));
    assert!(!notes.is_empty(), "an event without a notification");
    if is_readable {
        // Both ways of reading agree.
        assert!(notes.iter().map(fields).eq(others.iter().map(fields)));
    } else {
        assert!(
            notes
                .iter()
                .any(|note| note.kind() == NotificationKind::Resync)
        );
    }
}

fn fields(note: &Notification) -> (NotificationKind, Option<[Option<&str>; 7]>) {
    let fields = note.payload().map(|payload| {
        [
            Some(payload.raw()),
            payload.subscription_id(),
            payload.client_state(),
            payload.list_id(),
            payload.tenant_id(),
            payload.site_url(),
            payload.web_id(),
        ]
    });
    (note.kind(), fields)
}
