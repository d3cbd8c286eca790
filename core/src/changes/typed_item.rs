//! The struct of an item and its accessors, from the table of its fields.

/// Defines an item from its table in `fields.rs`, whose layout is `LAYOUT`.
macro_rules! define_item {
    (
        $(#[doc = $about:literal])*
        $item:ident
        head {$(
            $(#[doc = $head_doc:literal])*
            $head:ident $(as python $head_python:literal)? $(as node $head_node:literal)?:
                $head_kind:ident = $($head_json:literal).*;
        )*}
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
        $(#[doc = $about])*
        ///
        /// The items of a page share its text, in which a field is read when it is asked for. So an
        /// item that is kept keeps the whole page in memory; [`detached`](Self::detached) lets go of
        /// it.
        #[derive(Clone)]
        pub struct $item {
            sheet: Arc<Sheet>,
            row: u32,
        }

        $(
            $(#[doc = $parent_about])*
            #[derive(Debug, Clone, PartialEq, Eq, Default)]
            #[non_exhaustive]
            pub struct $parent {
                $($(#[doc = $parent_doc])* pub $member: Option<String>,)*
            }
        )?

        /// The place of each field in its row, in the order of the table.
        #[allow(non_camel_case_types, reason = "the names of the fields")]
        enum Place {
            $($head,)*
            $($($parent_field,)*)?
            $($field,)*
        }

        impl $item {
            pub(super) fn of(sheet: Arc<Sheet>, row: u32) -> Self {
                Self { sheet, row }
            }

            /// Restores an item from its [`raw`](Self::raw) text, for programs that store items.
            ///
            /// # Errors
            /// `InvalidArgument` unless the text is a JSON object with an `id`, nested at most 64
            /// levels deep.
            pub fn from_raw(raw: &str) -> Result<Self, $crate::Error> {
                Ok(Self::of(Sheet::of_item(&LAYOUT, raw)?.into(), 0))
            }

            /// The same item with a text of its own: it does not keep its page in memory.
            #[must_use]
            pub fn detached(&self) -> Self {
                Self::from_raw(self.raw()).expect("it was read before")
            }

            $(
                $(#[doc = $head_doc])*
                pub fn $head(&self) -> kind!(lent $head_kind) {
                    kind!(head $head_kind self.sheet, self.row, Place::$head as usize)
                }
            )*

            $($(
                $(#[doc = $parent_doc])*
                pub fn $parent_field(&self) -> kind!(lent $parent_kind) {
                    kind!(read $parent_kind self.sheet, self.row, Place::$parent_field as usize)
                }
            )*)?

            $(
                $(#[doc = $doc])*
                pub fn $field(&self) -> kind!(lent $kind) {
                    kind!(read $kind self.sheet, self.row, Place::$field as usize)
                }
            )*
        }

        /// Two items are equal if their JSON says the same.
        impl PartialEq for $item {
            fn eq(&self, other: &Self) -> bool {
                $crate::same_json::same_json(self.raw(), other.raw())
            }
        }

        impl Eq for $item {}

        impl std::hash::Hash for $item {
            fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
                self.id().hash(state);
            }
        }

        impl std::fmt::Debug for $item {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_tuple(stringify!($item)).field(&self.raw()).finish()
            }
        }
    };
}

pub(super) use define_item;
