//! Objects inside items. All of their fields are optional texts.

use super::field_kind::is_object;
use super::field_spec::{HASHES, IDENTITY, REMOTE_ITEM};
use super::json_scanner::{Scanner, Span};
use super::layout::{Layout, with_key};
use super::sheet::unescaped;

/// The most fields of a part.
const MAX_FIELDS: usize = 3;

/// Reads the fields of an object, in the order of its table.
fn read(layout: &Layout, json: &str) -> [Option<String>; MAX_FIELDS] {
    let mut spans = [Span::NONE; MAX_FIELDS];
    // It was read before, as a part of its item.
    let read = Scanner::new(json).and_then(|mut scanner| layout.read(&mut scanner, &mut spans));
    debug_assert!(read.is_ok(), "{json}");
    spans.map(|span| {
        let string = Some(span.of(json)).filter(|json| json.starts_with('"'))?;
        unescaped(string.as_bytes()).map(Into::into)
    })
}

macro_rules! define_part {
    (
        $(#[doc = $about:literal])*
        $part:ident
        details {$(
            $(#[doc = $doc:literal])*
            $field:ident: $kind:ident = $($json:literal).+;
        )*}
    ) => {
        $(#[doc = $about])*
        #[derive(Debug, Clone, PartialEq, Eq, Default)]
        #[non_exhaustive]
        pub struct $part {
            $($(#[doc = $doc])* pub $field: Option<String>,)*
        }

        impl $part {
            /// Reads it from the JSON of its object.
            pub(super) fn read(json: &str) -> Self {
                static LAYOUT: Layout = Layout::of(&layout_of!($part));
                let [$($field),*] = read(&LAYOUT, json);
                Self { $($field),* }
            }
        }
    };
}

macro_rules! layout_of {
    (Identity) => {
        IDENTITY
    };
    (Hashes) => {
        HASHES
    };
    (RemoteItem) => {
        REMOTE_ITEM
    };
}

crate::with_identity_fields!(define_part);
crate::with_hashes_fields!(define_part);
crate::with_remote_item_fields!(define_part);

impl Identity {
    /// Of an identity set: the user, or else the first of the others.
    pub(super) fn of_set(json: &str) -> Option<Self> {
        const KINDS: [&[u8]; 4] = [b"user", b"application", b"device", b"group"];
        let mut found = [Span::NONE; KINDS.len()];
        let mut scanner = Scanner::new(json).ok()?;
        let read = scanner.object(|scanner, key| {
            let kind = with_key(scanner, key, |key| {
                KINDS.iter().position(|kind| *kind == key)
            });
            let value = scanner.value()?;
            if let Some(kind) = kind {
                found[kind] = value;
            }
            Ok(())
        });
        read.map_err(|_: super::json_scanner::Refusal| ()).ok()?;
        let mut identities = found.iter().map(|span| span.of(json));
        identities.find(|json| is_object(json)).map(Self::read)
    }
}
