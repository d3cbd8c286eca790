//! The fields of items, which JavaScript reads when it accesses the first of them. They come from the
//! core's tables.
#![allow(
    dead_code,
    reason = "used by what napi registers, which is left out where Rust's own tests are built"
)]

use std::time::SystemTime;

use drivebell::{DriveItem, Hashes, Identity, ListItem, RemoteItem};
use napi_derive::napi;

use crate::number::number;
use crate::time;

/// Declares the native object of an item, and its conversion from the core's.
///
/// napi must see `Option` in the type of a field, or it gives `null` for `undefined` and no type to
/// TypeScript: hence one rule for each kind, which moves a field with its type behind the braces.
#[rustfmt::skip]
macro_rules! define_native {
    ($item:ident $native:ident { $field:ident Text $($rest:tt)* } $($typed:tt)*) => {
        define_native!($item $native { $($rest)* } $($typed)* $field (Option<String>));
    };
    ($item:ident $native:ident { $field:ident Object $($rest:tt)* } $($typed:tt)*) => {
        define_native!($item $native { $($rest)* } $($typed)* $field (Option<String>));
    };
    ($item:ident $native:ident { $field:ident Integer $($rest:tt)* } $($typed:tt)*) => {
        define_native!($item $native { $($rest)* } $($typed)* $field (Option<f64>));
    };
    ($item:ident $native:ident { $field:ident Time $($rest:tt)* } $($typed:tt)*) => {
        define_native!($item $native { $($rest)* } $($typed)* $field (Option<f64>));
    };
    ($item:ident $native:ident { $field:ident Facet $($rest:tt)* } $($typed:tt)*) => {
        define_native!($item $native { $($rest)* } $($typed)* $field (bool));
    };
    ($item:ident $native:ident { $field:ident Hashes $($rest:tt)* } $($typed:tt)*) => {
        define_native!($item $native { $($rest)* } $($typed)* $field (NativeHashes));
    };
    ($item:ident $native:ident { $field:ident Identity $($rest:tt)* } $($typed:tt)*) => {
        define_native!($item $native { $($rest)* } $($typed)* $field (Option<NativeIdentity>));
    };
    ($item:ident $native:ident { $field:ident RemoteItem $($rest:tt)* } $($typed:tt)*) => {
        define_native!($item $native { $($rest)* } $($typed)* $field (Option<NativeRemoteItem>));
    };
    ($item:ident $native:ident { ($($value:tt)*) $([$js:meta])?; $($rest:tt)* } $($typed:tt)*) => {
        define_native!($item $native { $($rest)* } $($typed)* ($($value)*) $([$js])?;);
    };
    ($item:ident $native:ident {} $(
        $field:ident ($($type:tt)*) ($($value:tt)*) $([$js:meta])?;
    )*) => {
        #[allow(clippy::struct_excessive_bools, reason = "an item has any number of facets")]
        #[napi(object, object_from_js = false)]
        pub struct $native {
            $($(#[$js])? pub $field: $($type)*,)*
        }

        impl From<&$item> for $native {
            fn from(item: &$item) -> Self {
                Self {
                    $($field: item.$($value)*.into_native(),)*
                }
            }
        }
    };
}

macro_rules! define_item {
    (
        $(#[doc = $about:literal])*
        $item:ident
        head $head:tt
        $(
            $(#[doc = $parent_about:literal])*
            parent $parent:ident {$(
                $(#[doc = $parent_doc:literal])*
                $parent_field:ident:
                    $parent_kind:ident = $($parent_json:literal).+ $(, $parent_common:ident)?
                        => $member:ident;
            )*}
        )?
        details {$(
            $(#[doc = $doc:literal])*
            $field:ident $(as python $python:literal)? $(as node $node:literal)?:
                $kind:ident = $($json:literal).+ $(, $common:ident)?;
        )*}
    ) => {
        with_native_name!($item {
            $($($parent_field $parent_kind ($parent_field());)*)?
            $($field $kind ($field()) $([napi(js_name = $node)])?;)*
        });
    };
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
        with_native_name!($part { $($field $kind ($field.as_deref());)* });
    };
}

/// A macro cannot join names.
#[rustfmt::skip]
macro_rules! with_native_name {
    (DriveItem $fields:tt) => { define_native!(DriveItem NativeDriveItem $fields); };
    (ListItem $fields:tt) => { define_native!(ListItem NativeListItem $fields); };
    (Identity $fields:tt) => { define_native!(Identity NativeIdentity $fields); };
    (Hashes $fields:tt) => { define_native!(Hashes NativeHashes $fields); };
    (RemoteItem $fields:tt) => { define_native!(RemoteItem NativeRemoteItem $fields); };
}

drivebell::with_drive_item_fields!(define_item);
drivebell::with_list_item_fields!(define_item);
drivebell::with_identity_fields!(define_part);
drivebell::with_hashes_fields!(define_part);
drivebell::with_remote_item_fields!(define_part);

/// `None` for a text that is not an item.
#[napi(catch_unwind)]
pub fn read_drive_item(raw: String) -> Option<NativeDriveItem> {
    DriveItem::from_raw(&raw).ok().as_ref().map(Into::into)
}

/// Like `readDriveItem`.
#[napi(catch_unwind)]
pub fn read_list_item(raw: String) -> Option<NativeListItem> {
    ListItem::from_raw(&raw).ok().as_ref().map(Into::into)
}

/// From what an accessor of the core returns to the type of its field here.
trait IntoNative<T> {
    fn into_native(self) -> T;
}

impl IntoNative<bool> for bool {
    fn into_native(self) -> bool {
        self
    }
}

impl IntoNative<Option<String>> for Option<&str> {
    fn into_native(self) -> Option<String> {
        self.map(str::to_owned)
    }
}

impl IntoNative<Option<f64>> for Option<u64> {
    fn into_native(self) -> Option<f64> {
        self.map(number)
    }
}

/// As `Date` counts.
impl IntoNative<Option<f64>> for Option<SystemTime> {
    fn into_native(self) -> Option<f64> {
        self.map(time::unix_milliseconds)
    }
}

impl IntoNative<NativeHashes> for Hashes {
    fn into_native(self) -> NativeHashes {
        (&self).into()
    }
}

impl IntoNative<Option<NativeIdentity>> for Option<Identity> {
    fn into_native(self) -> Option<NativeIdentity> {
        self.as_ref().map(Into::into)
    }
}

impl IntoNative<Option<NativeRemoteItem>> for Option<RemoteItem> {
    fn into_native(self) -> Option<NativeRemoteItem> {
        self.as_ref().map(Into::into)
    }
}
