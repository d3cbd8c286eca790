//! Enums whose variants have stable names, each declared once beside its variant.

/// Declares an enum whose variants have stable names, with `as_str`.
///
/// An enum without fields also gets `Display` and `ALL`, the list of its variants. An enum with
/// fields gets `NAMES`, the list of their names.
macro_rules! named_enum {
    (
        $(#[$meta:meta])*
        $visibility:vis enum $enum:ident {
            $($(#[$variant_meta:meta])* $variant:ident = $name:literal,)+
        }
    ) => {
        $(#[$meta])*
        $visibility enum $enum {
            $($(#[$variant_meta])* $variant,)+
        }

        impl $enum {
            /// All variants, in the order of their declaration.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The stable name in `snake_case`, for logs and for other languages.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                }
            }
        }

        impl std::fmt::Display for $enum {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
    (
        $(#[$meta:meta])*
        $visibility:vis enum $enum:ident {
            $($(#[$variant_meta:meta])* $variant:ident $({ $($fields:tt)+ })? = $name:literal,)+
        }
    ) => {
        $(#[$meta])*
        $visibility enum $enum {
            $($(#[$variant_meta])* $variant $({ $($fields)+ })?,)+
        }

        impl $enum {
            /// The names of all variants, in the order of their declaration.
            pub const NAMES: &'static [&'static str] = &[$($name),+];

            /// The stable name in `snake_case`, for logs and for other languages.
            pub fn as_str(&self) -> &'static str {
                match self {
                    $(Self::$variant { .. } => $name,)+
                }
            }
        }
    };
}

pub(crate) use named_enum;
