use std::cell::RefCell;
use std::fmt;
use std::time::SystemTime;

use crate::timestamp;

/// What the service sent about one change: a SharePoint webhook's notification.
///
/// Every field may be absent, and a field of an unexpected type counts as absent; all of it is in
/// [`Payload::raw`].
#[derive(Clone)]
pub struct Payload {
    /// What came, with the notification in it.
    text: String,
    raw: Span,
    fields: [Span; FIELDS],
    /// The fields that are not in the text as they are: it writes them with escapes.
    unescaped: Option<Box<[Option<String>; FIELDS]>>,
}

pub(super) const FIELDS: usize = 7;

/// What is longer is not kept, whatever it is.
const LONGEST_INSTANT: usize = 64;

/// The known fields of a notification.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field {
    SubscriptionId,
    ClientState,
    ExpiresAt,
    ListId,
    TenantId,
    SiteUrl,
    WebId,
}

impl Field {
    pub(super) fn of(key: &[u8]) -> Option<Self> {
        Some(match key {
            b"subscriptionId" => Self::SubscriptionId,
            b"clientState" => Self::ClientState,
            b"expirationDateTime" | b"subscriptionExpirationDateTime" => Self::ExpiresAt,
            b"resource" => Self::ListId,
            b"tenantId" => Self::TenantId,
            b"siteUrl" => Self::SiteUrl,
            b"webId" => Self::WebId,
            _ => return None,
        })
    }
}

impl Payload {
    /// `subscriptionId`: the [`Endpoint`](crate::Endpoint)'s id.
    pub fn subscription_id(&self) -> Option<&str> {
        self.field(Field::SubscriptionId)
    }

    /// `clientState`.
    pub fn client_state(&self) -> Option<&str> {
        self.field(Field::ClientState)
    }

    /// `expirationDateTime` or `subscriptionExpirationDateTime`: when the subscription ends.
    pub fn subscription_expires_at(&self) -> Option<SystemTime> {
        // Of a burst it is the same in all: until a subscription is renewed, it ends when it ends.
        thread_local!(static LAST: RefCell<(String, Option<SystemTime>)> = RefCell::default());
        let text = self.field(Field::ExpiresAt)?;
        if text.len() > LONGEST_INSTANT {
            return timestamp::parse(text);
        }
        LAST.with_borrow_mut(|(known, instant)| {
            if known != text {
                text.clone_into(known);
                *instant = timestamp::parse(text);
            }
            *instant
        })
    }

    /// `resource`: the id of the list behind the drive, not of an item.
    pub fn list_id(&self) -> Option<&str> {
        self.field(Field::ListId)
    }

    /// `tenantId`.
    pub fn tenant_id(&self) -> Option<&str> {
        self.field(Field::TenantId)
    }

    /// `siteUrl`: relative to the server, and may be `/`.
    pub fn site_url(&self) -> Option<&str> {
        self.field(Field::SiteUrl)
    }

    /// `webId`.
    pub fn web_id(&self) -> Option<&str> {
        self.field(Field::WebId)
    }

    /// The JSON object as it was sent.
    pub fn raw(&self) -> &str {
        self.raw.of(&self.text)
    }

    fn field(&self, field: Field) -> Option<&str> {
        let span = self.fields[field as usize];
        if span != Span::NONE {
            return Some(span.of(&self.text));
        }
        self.unescaped.as_ref()?[field as usize].as_deref()
    }
}

/// Two are the same when their JSON is, to the byte: all else follows from it.
impl PartialEq for Payload {
    fn eq(&self, other: &Self) -> bool {
        self.raw() == other.raw()
    }
}

impl Eq for Payload {}

impl fmt::Debug for Payload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Payload").field(&self.raw()).finish()
    }
}

/// Where something is in a text, which the largest message of the service cannot exceed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) start: u32,
    pub(super) end: u32,
}

impl Span {
    /// Of no text.
    const NONE: Self = Self { start: 1, end: 0 };

    /// Where `part` is in `text`, which it was cut out of.
    pub(super) fn find(text: &str, part: &str) -> Self {
        let start = part.as_ptr().addr() - text.as_ptr().addr();
        let offset = |at| u32::try_from(at).expect("longer texts were refused");
        Self {
            start: offset(start),
            end: offset(start + part.len()),
        }
    }

    fn of(self, text: &str) -> &str {
        &text[self.start as usize..self.end as usize]
    }
}

/// A payload without its text.
pub(super) struct Places {
    pub(super) raw: Span,
    pub(super) fields: [Span; FIELDS],
    pub(super) unescaped: Option<Box<[Option<String>; FIELDS]>>,
}

impl Places {
    pub(super) fn of(raw: Span) -> Self {
        Self {
            raw,
            fields: [Span::NONE; FIELDS],
            unescaped: None,
        }
    }

    pub(super) fn payload(self, text: String) -> Payload {
        Payload {
            text,
            raw: self.raw,
            fields: self.fields,
            unescaped: self.unescaped,
        }
    }
}
