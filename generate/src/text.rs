//! Words and lines: names in each language's case, sentences in its comments.

use std::fmt::Write;
use std::time::Duration;

use drivebell::declarations::{
    CHANGES_OPTIONS, CLIENT_OPTIONS, MIRROR_OPTIONS, OptionDefault, OptionSpec, SHARED_OPTIONS,
    camel_case,
};

/// A language that has the options.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Language {
    Python,
    Node,
}

impl Language {
    /// A duration as this language's options take it.
    fn duration(self, duration: Duration) -> String {
        match self {
            Self::Python => duration.as_secs_f64().to_string(),
            Self::Node => grouped(duration.as_millis()),
        }
    }

    /// The value for "no value".
    fn none(self) -> &'static str {
        match self {
            Self::Python => "`None`",
            Self::Node => "`Infinity`",
        }
    }

    /// The option's sentences, with its default.
    pub(crate) fn describe(self, option: &OptionSpec) -> String {
        let (sentences, default) = (self.sentences(option.docs), self.default(option));
        let mut text = format!("{sentences} Default: {default}.");
        if let Some(meaning) = option.zero {
            let _ = write!(text, " Zero: {meaning}.");
        }
        if let Some(meaning) = option.none {
            let _ = write!(text, " {}: {meaning}.", self.none());
        }
        text
    }

    /// The default, in the unit of this language.
    fn default(self, option: &OptionSpec) -> String {
        match option.default {
            OptionDefault::Duration(duration) => self.duration(duration),
            OptionDefault::Durations(durations) => {
                let all: Vec<String> = durations.iter().map(|each| self.duration(*each)).collect();
                format!("`[{}]`", all.join(", "))
            }
            OptionDefault::Count(count) => grouped(count as u128),
            OptionDefault::Flag(flag) => match (self, flag) {
                (Self::Python, true) => "`True`".to_owned(),
                (Self::Python, false) => "`False`".to_owned(),
                (Self::Node, flag) => format!("`{flag}`"),
            },
            OptionDefault::Described(text) => self.spell(text),
        }
    }

    /// Documentation as one line, with names in this language's spelling.
    pub(crate) fn sentences(self, docs: &[&str]) -> String {
        self.spell(&joined(docs))
    }

    fn spell(self, text: &str) -> String {
        let mut spelt = text.to_owned();
        if self == Self::Node {
            let all = [
                CLIENT_OPTIONS,
                CHANGES_OPTIONS,
                MIRROR_OPTIONS,
                SHARED_OPTIONS,
            ];
            for option in all.into_iter().flatten() {
                if option.name.contains('_') {
                    spelt = spelt.replace(option.name, &camel_case(option.name));
                }
            }
            for method in ["sign_in", "changes_all", "mirror_all", "changes_shared"] {
                spelt = spelt.replace(&format!("`{method}`"), &format!("`{}`", camel_case(method)));
            }
        }
        spelt
    }
}

/// The lines of a documentation comment as one.
pub(crate) fn joined(docs: &[&str]) -> String {
    let lines: Vec<&str> = docs.iter().map(|line| line.trim()).collect();
    without_links(lines.join(" ").trim())
}

/// Replaces links of Rust's documentation by their text: `` [`a`](crate::b) `` as `` `a` ``.
pub(crate) fn without_links(text: &str) -> String {
    let mut parts = text.split("[`");
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let Some((name, rest)) = part.split_once("`]") else {
            plain.push_str("[`");
            plain.push_str(part);
            continue;
        };
        let rest = match rest.strip_prefix('(').and_then(|rest| rest.split_once(')')) {
            Some((_, behind)) => behind,
            None => rest,
        };
        let _ = write!(plain, "`{name}`{rest}");
    }
    plain
}

/// Puts `indent` before each line of a text, and nothing on an empty one.
pub(crate) fn indented(text: &str, indent: &str) -> String {
    let lines: Vec<String> = text
        .lines()
        .map(|line| format!("{indent}{line}").trim_end().to_owned())
        .collect();
    lines.join("\n")
}

/// A comment of TypeScript: on one line if it fits, else with its paragraphs broken into lines.
pub(crate) fn jsdoc(text: &str, indent: &str) -> String {
    const WIDTH: usize = 100;
    let one_line = format!("{indent}/** {text} */");
    if !text.contains('\n') && one_line.chars().count() <= WIDTH {
        return one_line;
    }
    let prefix = format!("{indent} * ");
    let paragraphs: Vec<String> = text
        .split("\n\n")
        .map(|paragraph| wrap(paragraph, WIDTH - prefix.len(), "", ""))
        .collect();
    let body = indented(&paragraphs.join("\n\n"), &prefix);
    format!("{indent}/**\n{body}\n{indent} */")
}

/// `30 000`.
fn grouped(number: u128) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(' ');
        }
        text.push(digit);
    }
    text
}

/// Breaks a text into lines of at most `width`, the first of which begins with `first` and the others
/// with `next`.
pub(crate) fn wrap(text: &str, width: usize, first: &str, next: &str) -> String {
    let mut lines = vec![first.to_owned()];
    let mut empty = true;
    for word in text.split_whitespace() {
        let line = lines.last_mut().expect("there is a line");
        if !empty && line.chars().count() + 1 + word.chars().count() > width {
            lines.push(format!("{next}{word}"));
            continue;
        }
        if !empty {
            line.push(' ');
        }
        line.push_str(word);
        empty = false;
    }
    lines.join("\n")
}
