//! Objects inside items. All of their fields are optional texts.

use serde_json::Value;

use super::field_kind::kind;

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
            $($(#[doc = $doc])* pub $field: kind!(stored $kind),)*
        }

        impl $part {
            pub(super) fn read(value: &Value) -> Self {
                Self {
                    $($field: kind!(read $kind &value$([$json])+),)*
                }
            }
        }
    };
}

crate::with_identity_fields!(define_part);
crate::with_hashes_fields!(define_part);
crate::with_remote_item_fields!(define_part);

impl Identity {
    /// Of an identity set: the user, or else the first of the others.
    pub(super) fn of_set(set: &Value) -> Option<Self> {
        ["user", "application", "device", "group"]
            .iter()
            .map(|kind| &set[*kind])
            .find(|identity| identity.is_object())
            .map(Self::read)
    }
}
