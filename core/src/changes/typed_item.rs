//! The struct of an item, its accessors and its parsing, from the table of its fields.

/// Defines an item from its table in `fields.rs`.
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
                    $parent_kind:ident = $($parent_json:literal).+ => $member:ident;
            )*}
        )?
        details {$(
            $(#[doc = $doc:literal])*
            $field:ident $(as python $python:literal)? $(as node $node:literal)?:
                $kind:ident = $($json:literal).+;
        )*}
    ) => {
        $(#[doc = $about])*
        #[derive(Debug, Clone)]
        pub struct $item {
            $($head: kind!(stored $head_kind),)*
            /// Parsed on first use: a program that needs only ids does not pay for the rest.
            details: std::sync::OnceLock<Box<Details>>,
        }

        $(
            $(#[doc = $parent_about])*
            #[derive(Debug, Clone, PartialEq, Eq, Default)]
            #[non_exhaustive]
            pub struct $parent {
                $($(#[doc = $parent_doc])* pub $member: kind!(stored $parent_kind),)*
            }
        )?

        #[derive(Debug, Clone, Default)]
        #[allow(clippy::struct_excessive_bools, reason = "an item has any number of facets")]
        struct Details {
            $(parent: $parent,)?
            $($field: kind!(stored $kind),)*
        }

        impl $item {
            pub(super) fn new(head: Head<'_>, raw: &str) -> Self {
                Self {
                    is_deleted: head.is_deleted(),
                    id: head.into_id(),
                    raw: raw.into(),
                    details: std::sync::OnceLock::new(),
                }
            }

            /// Restores an item from its [`raw`](Self::raw) text, for programs that store items.
            ///
            /// # Errors
            /// `InvalidArgument` unless the text is a JSON object with an `id`.
            pub fn from_raw(raw: &str) -> Result<Self, $crate::Error> {
                Ok(Self::new(Head::of_argument(raw)?, raw))
            }

            $(
                $(#[doc = $head_doc])*
                pub fn $head(&self) -> kind!(lent $head_kind) {
                    kind!(lend $head_kind self.$head)
                }
            )*

            $(
                $(#[doc = $doc])*
                pub fn $field(&self) -> kind!(lent $kind) {
                    kind!(lend $kind self.details().$field)
                }
            )*

            fn details(&self) -> &Details {
                self.details.get_or_init(|| {
                    let value = serde_json::from_str(&self.raw).unwrap_or_default();
                    Box::new(Details::read(&value))
                })
            }
        }

        impl Details {
            fn read(item: &serde_json::Value) -> Self {
                Self {
                    $(parent: $parent {
                        $($member: kind!(read $parent_kind &item$([$parent_json])+),)*
                    },)?
                    $($field: kind!(read $kind &item$([$json])+),)*
                }
            }
        }
    };
}

pub(super) use define_item;
