use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use crate::Error;
use crate::secret::Secret;

/// The declaration of an option. Its setters and documentation in every language come from here.
#[derive(Debug)]
#[non_exhaustive]
pub struct OptionSpec {
    /// Its name in Rust and Python; other languages follow from it.
    pub name: &'static str,
    /// What its values are.
    pub kind: OptionKind,
    /// Its value when it is not given.
    pub default: OptionDefault,
    /// What zero means. `None` if zero is refused, or if the values are not numbers.
    pub zero: Option<&'static str>,
    /// What "no value" means: `None` in Rust and Python, `Infinity` in JavaScript.
    pub none: Option<&'static str>,
    /// Its documentation, line by line, with other options in backticks by their Rust names.
    pub docs: &'static [&'static str],
}

/// What the values of an option are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OptionKind {
    /// A duration. Zero is allowed only if it has a meaning.
    Duration,
    /// A duration, or none at all.
    OptionalDuration,
    /// A list of durations.
    Durations,
    /// A whole number from 1.
    Count,
    /// A text.
    Text,
    /// A list of texts.
    Texts,
    /// The path of a file.
    Path,
    /// Yes or no.
    Flag,
    /// One of these names.
    Choice(&'static [(&'static str, &'static [&'static str])]),
}

/// The value of an option that is not given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OptionDefault {
    /// A duration.
    Duration(Duration),
    /// Durations.
    Durations(&'static [Duration]),
    /// A number.
    Count(usize),
    /// Yes or no.
    Flag(bool),
    /// A description, where no value can express it.
    Described(&'static str),
}

/// A value from another language.
#[derive(Debug, Clone)]
pub enum OptionValue {
    /// For [`OptionKind::Duration`] and [`OptionKind::OptionalDuration`].
    Duration(Duration),
    /// For [`OptionKind::OptionalDuration`].
    None,
    /// For [`OptionKind::Durations`].
    Durations(Vec<Duration>),
    /// For [`OptionKind::Count`].
    Count(u64),
    /// For [`OptionKind::Text`] and [`OptionKind::Choice`].
    Text(String),
    /// For [`OptionKind::Texts`].
    Texts(Vec<String>),
    /// For [`OptionKind::Path`].
    Path(PathBuf),
    /// For [`OptionKind::Flag`].
    Flag(bool),
}

impl OptionSpec {
    /// The error for an invalid value of this option.
    pub fn refuse(&self, problem: impl fmt::Display) -> Error {
        Error::invalid_argument(self.name, problem)
    }
}

/// The type in which an option is stored. `None` for a value of another kind.
pub(super) trait FromValue: Sized {
    fn from_value(value: OptionValue) -> Option<Self>;
}

macro_rules! from_value {
    ($($Type:ty: $($pattern:pat => $value:expr),+;)+) => {
        $(impl FromValue for $Type {
            fn from_value(value: OptionValue) -> Option<Self> {
                match value {
                    $($pattern => Some($value),)+
                    _ => None,
                }
            }
        })+
    };
}

from_value! {
    Duration: OptionValue::Duration(duration) => duration;
    Option<Duration>: OptionValue::Duration(duration) => Some(duration), OptionValue::None => None;
    Vec<Duration>: OptionValue::Durations(durations) => durations;
    // A count that exceeds the type is as good as no limit.
    usize: OptionValue::Count(count) => usize::try_from(count).unwrap_or(usize::MAX);
    u32: OptionValue::Count(count) => u32::try_from(count).unwrap_or(u32::MAX);
    Option<u32>: OptionValue::Count(count) => Some(u32::try_from(count).unwrap_or(u32::MAX));
    Option<String>: OptionValue::Text(text) => Some(text);
    Option<Secret>: OptionValue::Text(text) => Some(Secret::new(&text));
    Vec<String>: OptionValue::Texts(texts) => texts;
    Option<Vec<String>>: OptionValue::Texts(texts) => Some(texts);
    Option<PathBuf>: OptionValue::Path(path) => Some(path);
    bool: OptionValue::Flag(flag) => flag;
}

/// Whether a value is zero.
pub(super) trait IsZero {
    fn is_zero(&self) -> bool;
}

impl IsZero for Duration {
    fn is_zero(&self) -> bool {
        Duration::is_zero(self)
    }
}

impl IsZero for usize {
    fn is_zero(&self) -> bool {
        *self == 0
    }
}

impl IsZero for u32 {
    fn is_zero(&self) -> bool {
        *self == 0
    }
}

impl<T: IsZero> IsZero for Option<T> {
    fn is_zero(&self) -> bool {
        self.as_ref().is_some_and(IsZero::is_zero)
    }
}

/// The units in which defaults are declared.
pub(super) mod unit {
    use std::time::Duration;

    pub(in crate::options) const fn milliseconds(count: u64) -> Duration {
        Duration::from_millis(count)
    }

    pub(in crate::options) const fn second(count: u64) -> Duration {
        seconds(count)
    }

    pub(in crate::options) const fn seconds(count: u64) -> Duration {
        Duration::from_secs(count)
    }

    pub(in crate::options) const fn minutes(count: u64) -> Duration {
        seconds(60 * count)
    }

    pub(in crate::options) const fn hour(count: u64) -> Duration {
        minutes(60 * count)
    }

    pub(in crate::options) const fn days(count: u64) -> Duration {
        day(count)
    }

    pub(in crate::options) const fn day(count: u64) -> Duration {
        hour(24 * count)
    }
}
