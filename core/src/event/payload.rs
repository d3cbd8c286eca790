//! What the service says about one change.

use std::cell::RefCell;
use std::fmt;
use std::time::SystemTime;

use crate::same_json::same_json;
use crate::timestamp;

/// What the service sent about one change, in the form of a SharePoint webhook's notification.
///
/// Any field may be absent, and a field of an unexpected type counts as absent. [`Payload::raw`]
/// has the complete JSON.
#[derive(Clone)]
pub struct Payload {
    /// A text of the service that contains the notification.
    text: String,
    places: Places,
}

pub(super) const FIELDS: usize = 7;

/// A longer text is not a valid instant, and not worth caching.
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
    /// `subscriptionId`: the id of the [`Endpoint`](crate::Endpoint).
    pub fn subscription_id(&self) -> Option<&str> {
        self.field(Field::SubscriptionId)
    }

    /// `clientState`: a value that the service assigns to the subscription.
    pub fn client_state(&self) -> Option<&str> {
        self.field(Field::ClientState)
    }

    /// `expirationDateTime` or `subscriptionExpirationDateTime`: when the subscription expires.
    pub fn subscription_expires_at(&self) -> Option<SystemTime> {
        // All notifications of a subscription have the same text here until it is renewed.
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

    /// `resource`: the id of the list behind the drive, not the id of an item.
    pub fn list_id(&self) -> Option<&str> {
        self.field(Field::ListId)
    }

    /// `tenantId`: the tenant of the drive.
    pub fn tenant_id(&self) -> Option<&str> {
        self.field(Field::TenantId)
    }

    /// `siteUrl`: the site of the drive, relative to the server; may be `/`.
    pub fn site_url(&self) -> Option<&str> {
        self.field(Field::SiteUrl)
    }

    /// `webId`: the id of the site of the drive.
    pub fn web_id(&self) -> Option<&str> {
        self.field(Field::WebId)
    }

    /// The JSON object, byte for byte as the service sent it.
    pub fn raw(&self) -> &str {
        self.places.raw.of(&self.text)
    }

    /// How many bytes it keeps.
    pub(super) fn size(&self) -> usize {
        let unescaped = self.places.unescaped.as_ref().map_or(0, |fields| {
            fields.iter().flatten().map(String::capacity).sum()
        });
        self.text.capacity() + unescaped
    }

    fn field(&self, field: Field) -> Option<&str> {
        let span = self.places.fields[field as usize];
        if span != Span::NONE {
            return Some(span.of(&self.text));
        }
        self.places.unescaped.as_ref()?[field as usize].as_deref()
    }
}

/// Two payloads are equal if their JSON says the same.
impl PartialEq for Payload {
    fn eq(&self, other: &Self) -> bool {
        same_json(self.raw(), other.raw())
    }
}

impl Eq for Payload {}

impl fmt::Debug for Payload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Payload").field(&self.raw()).finish()
    }
}

/// A part of a text. The parser refuses texts that `u32` cannot index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) start: u32,
    pub(super) end: u32,
}

impl Span {
    /// Not in the text.
    const NONE: Self = Self { start: 1, end: 0 };

    /// The place of `part` in `text`, of which it must be a slice.
    pub(super) fn find(text: &str, part: &str) -> Self {
        let start = part.as_ptr().addr() - text.as_ptr().addr();
        let offset = |at| u32::try_from(at).expect("the parser refuses longer texts");
        Self {
            start: offset(start),
            end: offset(start + part.len()),
        }
    }

    fn of(self, text: &str) -> &str {
        &text[self.start as usize..self.end as usize]
    }
}

/// Where a text has a notification and its fields.
#[derive(Clone)]
pub(super) struct Places {
    pub(super) raw: Span,
    pub(super) fields: [Span; FIELDS],
    /// The fields that the text has with escapes.
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
        Payload { text, places: self }
    }
}
