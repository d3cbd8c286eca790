//! Enums whose variants have stable names, for logs and for other languages.

/// The names of an enum's variants with their documentation, for the generator.
#[derive(Debug, Clone, Copy)]
pub struct NameTable {
    /// The enum, as Rust spells it.
    pub name: &'static str,
    /// Its documentation, line by line.
    pub docs: &'static [&'static str],
    /// Each variant's name, and its documentation line by line.
    pub names: &'static [(&'static str, &'static [&'static str])],
}

/// The fields of one variant of an enum, for the generator.
#[derive(Debug, Clone, Copy)]
pub struct VariantFields {
    /// The variant's name, as `as_str` returns it.
    pub name: &'static str,
    /// The documentation of the variant, line by line.
    pub docs: &'static [&'static str],
    /// Its fields. None of them is ever absent, unless its type is an `Option`.
    pub fields: &'static [VariantField],
}

/// A field of a variant, for the generator.
#[derive(Debug, Clone, Copy)]
pub struct VariantField {
    /// The field, as Rust spells it.
    pub name: &'static str,
    /// Its type, as Rust spells it.
    pub type_name: &'static str,
    /// Its documentation, line by line.
    pub docs: &'static [&'static str],
}

/// How JavaScript spells a name of the core: `request_timeout` as `requestTimeout`.
pub fn camel_case(name: &str) -> String {
    let mut words = name.split('_');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |mut name, word| {
        let (initial, rest) = word.split_at(word.len().min(1));
        name.push_str(&initial.to_ascii_uppercase());
        name.push_str(rest);
        name
    })
}

/// Declares an enum whose variants have stable names, each beside its variant, with `as_str`.
///
/// An enum without fields also gets `Display`, and `ALL` with its variants. `default` names the
/// variant of its `Default`; `argument` adds a `FromStr` whose error has that argument's name. An
/// enum with fields states its own derives.
macro_rules! names {
    (
        $(#[doc = $doc:literal])*
        pub enum $Enum:ident {
            $($(#[doc = $variant_doc:literal])* $Variant:ident = $name:literal,)+
        }
        $(default $Default:ident;)?
        $(argument $argument:literal;)?
    ) => {
        $(#[doc = $doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum $Enum {
            $($(#[doc = $variant_doc])* $Variant,)+
        }

        impl $Enum {
            #[doc(hidden)]
            pub const ALL: &'static [Self] = &[$(Self::$Variant,)+];

            /// The stable name, for logs and for other languages.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$Variant => $name,)+
                }
            }
        }

        impl std::fmt::Display for $Enum {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        names!(@table $Enum { $($doc,)* } $({ $name, $($variant_doc,)* })+);

        $(impl Default for $Enum {
            fn default() -> Self {
                Self::$Default
            }
        })?

        $(impl std::str::FromStr for $Enum {
            type Err = $crate::Error;

            fn from_str(name: &str) -> Result<Self, $crate::Error> {
                let mut all = Self::ALL.iter().copied();
                all.find(|known| known.as_str() == name).ok_or_else(|| {
                    let known: Vec<&str> = Self::ALL.iter().map(|known| known.as_str()).collect();
                    $crate::Error::invalid_argument(
                        $argument,
                        format!("{name:?} is not one of {}", known.join(", ")),
                    )
                })
            }
        })?
    };
    (
        $(#[doc = $doc:literal])*
        #[derive($($Derived:ident),+)]
        pub enum $Enum:ident {
            $(
                $(#[doc = $variant_doc:literal])*
                $Variant:ident $({
                    $($(#[doc = $field_doc:literal])* $field:ident: $Type:ty,)+
                })? = $name:literal,
            )+
        }
    ) => {
        $(#[doc = $doc])*
        #[derive($($Derived),+)]
        #[non_exhaustive]
        pub enum $Enum {
            $(
                $(#[doc = $variant_doc])*
                $Variant $({ $($(#[doc = $field_doc])* $field: $Type,)+ })?,
            )+
        }

        impl $Enum {
            /// The stable name, for logs and for other languages.
            pub fn as_str(&self) -> &'static str {
                match self {
                    $(Self::$Variant { .. } => $name,)+
                }
            }

            /// The fields of each variant.
            #[allow(dead_code, reason = "the generator needs those of some enums")]
            pub(crate) const FIELDS: &'static [$crate::names::VariantFields] = &[$(
                $crate::names::VariantFields {
                    name: $name,
                    docs: &[$($variant_doc,)*],
                    fields: &[$($($crate::names::VariantField {
                        name: stringify!($field),
                        type_name: stringify!($Type),
                        docs: &[$($field_doc,)*],
                    },)+)?],
                },
            )+];
        }

        names!(@table $Enum { $($doc,)* } $({ $name, $($variant_doc,)* })+);
    };
    (@table $Enum:ident { $($doc:literal,)* } $({ $name:literal, $($variant_doc:literal,)* })+) => {
        impl $Enum {
            pub(crate) const NAMES: $crate::names::NameTable = $crate::names::NameTable {
                name: stringify!($Enum),
                docs: &[$($doc,)*],
                names: &[$(($name, &[$($variant_doc,)*]),)+],
            };
        }
    };
}

pub(crate) use names;
