//! Enums whose variants have stable names, for logs and for other languages: each name is written
//! once, here the code that follows from it.

/// The names of an enum's variants, with their documentation, for what is generated.
#[derive(Debug, Clone, Copy)]
pub struct NameTable {
    /// The enum, as Rust spells it.
    pub name: &'static str,
    /// Its documentation, line by line.
    pub docs: &'static [&'static str],
    /// Each variant's name, and its documentation line by line.
    pub names: &'static [(&'static str, &'static [&'static str])],
}

/// Declares names once.
///
/// - `enum` declares an enum of unit variants, with `as_str`, `Display` and `ALL`. `default` names
///   the variant of its `Default`; `argument` adds a `FromStr` that refuses by this name.
/// - `impl` gives the variants of an enum with fields their names, with `as_str` and `Display`
///   left to the enum.
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
            #[allow(dead_code, reason = "not every enum is walked through")]
            pub(crate) const ALL: &'static [Self] = &[$(Self::$Variant,)+];

            pub(crate) const NAMES: $crate::names::NameTable = $crate::names::NameTable {
                name: stringify!($Enum),
                docs: &[$($doc,)*],
                names: &[$(($name, &[$($variant_doc,)*]),)+],
            };

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

        $(impl Default for $Enum {
            fn default() -> Self {
                Self::$Default
            }
        })?

        $(impl std::str::FromStr for $Enum {
            type Err = $crate::Error;

            fn from_str(name: &str) -> Result<Self, $crate::Error> {
                Self::ALL
                    .iter()
                    .copied()
                    .find(|known| known.as_str() == name)
                    .ok_or_else(|| {
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
        impl $Enum:ident {
            $($Variant:ident $({ $($fields:tt)* })? = $name:literal,)+
        }
    ) => {
        impl $Enum {
            pub(crate) const NAMES: $crate::names::NameTable = $crate::names::NameTable {
                name: stringify!($Enum),
                docs: &[],
                names: &[$(($name, &[]),)+],
            };

            /// The stable name, for logs and for other languages.
            pub fn as_str(&self) -> &'static str {
                match self {
                    $(Self::$Variant $({ $($fields)* })? => $name,)+
                }
            }
        }
    };
}

pub(crate) use names;
