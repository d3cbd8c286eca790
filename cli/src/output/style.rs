//! Colours.

use std::env;
use std::fmt::{self, Display};

#[derive(Debug, Clone, Copy)]
pub(crate) enum Colour {
    Bold,
    Dim,
    Red,
    Green,
    Yellow,
    Cyan,
}

impl Colour {
    fn code(self) -> &'static str {
        match self {
            Self::Bold => "1",
            Self::Dim => "2",
            Self::Red => "31",
            Self::Green => "32",
            Self::Yellow => "33",
            Self::Cyan => "36",
        }
    }
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Style {
    coloured: bool,
}

impl Style {
    #[cfg(test)]
    pub(crate) const PLAIN: Self = Self { coloured: false };

    /// Colours only on a terminal that can show them, unless <https://no-color.org> says no.
    pub(crate) fn for_terminal(terminal: bool) -> Self {
        let no_color = env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let dumb = env::var_os("TERM").is_some_and(|term| term == "dumb");
        Self {
            coloured: terminal && !no_color && !dumb,
        }
    }

    pub(crate) fn paint<T: Display>(self, colour: Colour, text: T) -> Painted<T> {
        let colour = self.coloured.then_some(colour);
        Painted { colour, text }
    }
}

pub(crate) struct Painted<T> {
    colour: Option<Colour>,
    text: T,
}

impl<T: Display> Display for Painted<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.colour {
            Some(colour) => write!(f, "\x1b[{}m{}\x1b[0m", colour.code(), self.text),
            None => self.text.fmt(f),
        }
    }
}
