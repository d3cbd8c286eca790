use std::sync::Arc;

use crate::{Error, acts_unseen};

/// In characters. A label is a name, which stands in each log record of its client.
const MAX_LABEL: usize = 64;

/// The name that a program has given to a client, if any.
#[derive(Debug, Clone, Default)]
pub(crate) struct Label(Option<Arc<str>>);

impl Label {
    /// # Errors
    /// `InvalidArgument` for a text that is empty, too long, or not of one line.
    pub(crate) fn parse(text: &str) -> Result<Self, Error> {
        let refuse = |problem: &str| Err(Error::invalid_argument("label", problem));
        if text.trim().is_empty() {
            return refuse("is empty: give a name, or leave it out");
        }
        let length = text.chars().count();
        if length > MAX_LABEL {
            return refuse(&format!(
                "has {length} characters, and may have {MAX_LABEL} at most"
            ));
        }
        if text.contains(acts_unseen) {
            return refuse("has a control character, or another one that is not seen");
        }
        Ok(Self(Some(Arc::from(text))))
    }

    pub(crate) fn as_str(&self) -> Option<&str> {
        self.0.as_deref()
    }

    pub(crate) fn is_some(&self) -> bool {
        self.0.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_is_a_short_text_of_one_line() {
        for label in ["a", "tenant 7 / Ärger 🙂", &"x".repeat(MAX_LABEL)] {
            assert_eq!(Label::parse(label).unwrap().as_str(), Some(label));
        }
        for (label, says) in [
            ("", "empty"),
            (" ", "empty"),
            (&"x".repeat(MAX_LABEL + 1), "65 characters"),
            ("a\nb", "control character"),
            ("a\u{1b}[2J", "control character"),
            ("a\u{202e}b", "not seen"),
        ] {
            let error = Label::parse(label).unwrap_err();
            assert_eq!(error.argument(), Some("label"));
            assert!(error.to_string().contains(says), "{error}");
        }
    }
}
