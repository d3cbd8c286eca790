//! The macro in which options are declared: name, kind, default, what zero means, and a sentence.
//!
//! An option reads
//!
//! ```text
//! /// How long a call to Graph may take in total.
//! request_timeout: Duration { default: 30 seconds }
//! ```
//!
//! and its kind is one of
//!
//! | kind | type | rules |
//! |---|---|---|
//! | `Duration` | `Duration` | `default: 30 seconds`, then `zero: "what it means"`; without it, zero is refused |
//! | `OptionalDuration` | `Option<Duration>` | the same, then `none: "what no value means"` |
//! | `Durations` | `Vec<Duration>` | `default: [3, 10] seconds` |
//! | `Size`, `Count` | `usize`, `u32` | `default: 100`; zero is refused |
//! | `OptionalCount` | `Option<u32>` | `default: "described"`; zero is refused |
//! | `Text`, `Secret`, `Path` | `Option<…>` | `default: "described"` |
//! | `Texts`, `OptionalTexts` | `Vec<String>`, `Option<Vec<String>>` | `default: "described"` |
//! | `Flag` | `bool` | `default: off` |
//! | `Choice(Enum)` | `Option<Enum>` | `default: "described"`; the enum is declared by `names!` |

/// One property of an option, by its kind.
macro_rules! option {
    (@type Duration) => { std::time::Duration };
    (@type OptionalDuration) => { Option<std::time::Duration> };
    (@type Durations) => { Vec<std::time::Duration> };
    (@type Size) => { usize };
    (@type Count) => { u32 };
    (@type OptionalCount) => { Option<u32> };
    (@type Text) => { Option<String> };
    (@type Secret) => { Option<crate::secret::Secret> };
    (@type Path) => { Option<std::path::PathBuf> };
    (@type Texts) => { Vec<String> };
    (@type OptionalTexts) => { Option<Vec<String>> };
    (@type Flag) => { bool };
    (@type Choice($Enum:ty)) => { Option<$Enum> };

    (@kind Duration) => { OptionKind::Duration };
    (@kind OptionalDuration) => { OptionKind::OptionalDuration };
    (@kind Durations) => { OptionKind::Durations };
    (@kind Size) => { OptionKind::Count };
    (@kind Count) => { OptionKind::Count };
    (@kind OptionalCount) => { OptionKind::Count };
    (@kind Text) => { OptionKind::Text };
    (@kind Secret) => { OptionKind::Text };
    (@kind Path) => { OptionKind::Path };
    (@kind Texts) => { OptionKind::Texts };
    (@kind OptionalTexts) => { OptionKind::Texts };
    (@kind Flag) => { OptionKind::Flag };
    (@kind Choice($Enum:ty)) => { OptionKind::Choice(<$Enum>::NAMES.names) };

    (@value Duration { $number:literal $unit:ident }) => { unit::$unit($number) };
    (@value OptionalDuration { $number:literal $unit:ident }) => { Some(unit::$unit($number)) };
    (@value Durations { [$($number:literal),*] $unit:ident }) => { vec![$(unit::$unit($number)),*] };
    (@value Size { $number:literal }) => { $number };
    (@value Count { $number:literal }) => { $number };
    (@value Flag { off }) => { false };
    (@value Texts { $text:literal }) => { Vec::new() };
    (@value $kind:ident $(($Enum:ty))? { $text:literal }) => { None };

    (@default Duration { $number:literal $unit:ident }) => { OptionDefault::Duration(unit::$unit($number)) };
    (@default OptionalDuration { $number:literal $unit:ident }) => { OptionDefault::Duration(unit::$unit($number)) };
    (@default Durations { [$($number:literal),*] $unit:ident }) => { OptionDefault::Durations(&[$(unit::$unit($number)),*]) };
    (@default Size { $number:literal }) => { OptionDefault::Count($number) };
    (@default Count { $number:literal }) => { OptionDefault::Count($number) };
    (@default Flag { off }) => { OptionDefault::Flag(false) };
    (@default $kind:ident $(($Enum:ty))? { $text:literal }) => { OptionDefault::Described($text) };

    (@say $number:literal $unit:ident) => { concat!(stringify!($number), " ", stringify!($unit)) };
    (@say [$($number:literal),*] $unit:ident) => { concat!(stringify!($($number),*), " ", stringify!($unit)) };
    (@say off) => { "off" };
    (@say $text:literal) => { $text };

    (@meaning) => { None };
    (@meaning $meaning:literal) => { Some($meaning) };

    // An option without a meaning for zero refuses zero.
    (@check $self:ident, $name:ident, Duration,) => { option!(@refuse $self, $name, "must be longer than zero") };
    (@check $self:ident, $name:ident, OptionalDuration,) => { option!(@refuse $self, $name, "must be longer than zero") };
    (@check $self:ident, $name:ident, Size,) => { option!(@refuse $self, $name, "must be greater than zero") };
    (@check $self:ident, $name:ident, Count,) => { option!(@refuse $self, $name, "must be greater than zero") };
    (@check $self:ident, $name:ident, OptionalCount,) => { option!(@refuse $self, $name, "must be greater than zero") };
    (@check $self:ident, $name:ident, $kind:ident, $($meaning:literal)?) => {};
    (@refuse $self:ident, $name:ident, $problem:literal) => {
        if IsZero::is_zero(&$self.$name) {
            return Err($crate::Error::invalid_argument(stringify!($name), $problem));
        }
    };

    (@set $self:ident, $name:ident, Choice($Enum:ty), $given:ident) => {
        if let OptionValue::Text(name) = &$given {
            $self.$name = Some(name.parse::<$Enum>()?);
            return Ok(());
        }
    };
    (@set $self:ident, $name:ident, $kind:ident, $given:ident) => {
        if let Some(value) = FromValue::from_value($given) {
            $self.$name = value;
            return Ok(());
        }
    };

    (@setter $(#[$doc:meta])* $name:ident Text) => { option!(@setter $(#[$doc])* $name impl Into<String>, value => Some(value.into())); };
    (@setter $(#[$doc:meta])* $name:ident Secret) => { option!(@setter $(#[$doc])* $name impl Into<String>, value => Some($crate::secret::Secret::new(&value.into()))); };
    (@setter $(#[$doc:meta])* $name:ident Path) => { option!(@setter $(#[$doc])* $name impl Into<std::path::PathBuf>, value => Some(value.into())); };
    (@setter $(#[$doc:meta])* $name:ident OptionalDuration) => { option!(@setter $(#[$doc])* $name impl Into<Option<std::time::Duration>>, value => value.into()); };
    (@setter $(#[$doc:meta])* $name:ident OptionalTexts) => {
        $(#[$doc])*
        pub fn $name<S: Into<String>>(mut self, value: impl IntoIterator<Item = S>) -> Self {
            self.options.$name = Some(value.into_iter().map(Into::into).collect());
            self
        }
    };
    (@setter $(#[$doc:meta])* $name:ident Choice($Enum:ty)) => { option!(@setter $(#[$doc])* $name $Enum, value => Some(value)); };
    (@setter $(#[$doc:meta])* $name:ident $kind:ident) => { option!(@setter $(#[$doc])* $name option!(@type $kind), value => value); };
    (@setter $(#[$doc:meta])* $name:ident $Given:ty, $value:ident => $stored:expr) => {
        $(#[$doc])*
        pub fn $name(mut self, $value: $Given) -> Self {
            self.options.$name = $stored;
            self
        }
    };
}

/// Declares a struct of options, with defaults, checks, and a table of the declarations.
macro_rules! options {
    (
        $(#[$meta:meta])*
        $vis:vis struct $Options:ident;
        $(
            $(#[doc = $doc:literal])+
            $name:ident: $kind:ident $(($Enum:ty))? {
                default: $($number:literal)? $([$($numbers:literal),*])? $($unit:ident)?
                $(, zero: $zero:literal)?
                $(, none: $none:literal)?
            }
        )+
    ) => {
        $(#[$meta])*
        $vis struct $Options {
            $(
                $(#[doc = $doc])+
                #[doc = ""]
                #[doc = concat!("Default: ", option!(@say $($number)? $([$($numbers),*])? $($unit)?), ".")]
                $(#[doc = concat!("Zero: ", $zero, ".")])?
                $(#[doc = concat!("`None`: ", $none, ".")])?
                $vis $name: option!(@type $kind $(($Enum))?),
            )+
        }

        impl Default for $Options {
            fn default() -> Self {
                Self {
                    $($name: option!(@value $kind $(($Enum))? { $($number)? $([$($numbers),*])? $($unit)? }),)+
                }
            }
        }

        impl $Options {
            /// The declarations of the options.
            pub(crate) const SPECS: &'static [OptionSpec] = &[
                $(OptionSpec {
                    name: stringify!($name),
                    kind: option!(@kind $kind $(($Enum))?),
                    default: option!(@default $kind $(($Enum))? { $($number)? $([$($numbers),*])? $($unit)? }),
                    zero: option!(@meaning $($zero)?),
                    none: option!(@meaning $($none)?),
                    docs: &[$($doc),+],
                },)+
            ];

            /// Checks that no option is zero for which zero means nothing.
            #[allow(dead_code, reason = "not every struct has such an option")]
            pub(crate) fn check(&self) -> Result<(), $crate::Error> {
                $(option!(@check self, $name, $kind, $($zero)?);)+
                Ok(())
            }

            /// Sets the option of this declaration.
            #[doc(hidden)]
            $vis fn set(&mut self, spec: &OptionSpec, given: OptionValue) -> Result<(), $crate::Error> {
                match spec.name {
                    $(stringify!($name) => { option!(@set self, $name, $kind $(($Enum))?, given); })+
                    _ => {}
                }
                Err(spec.refuse("is of another kind"))
            }
        }
    };
}

/// Declares the setters of a builder that keeps the options in its field `options`.
macro_rules! setters {
    ($Builder:ty;
        $(
            $(#[doc = $doc:literal])+
            $name:ident: $kind:ident $(($Enum:ty))? {
                default: $($number:literal)? $([$($numbers:literal),*])? $($unit:ident)?
                $(, zero: $zero:literal)?
                $(, none: $none:literal)?
            }
        )+
    ) => {
        impl $Builder {
            $(option! {@setter
                $(#[doc = $doc])+
                #[doc = ""]
                #[doc = concat!("Default: ", option!(@say $($number)? $([$($numbers),*])? $($unit)?), ".")]
                $(#[doc = concat!("Zero: ", $zero, ".")])?
                $(#[doc = concat!("`None`: ", $none, ".")])?
                $name $kind $(($Enum))?
            })+
        }
    };
}

pub(crate) use {option, options, setters};
