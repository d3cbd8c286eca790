use std::io::{self, Write};

use drivebell::visible;

use super::code::ExitCode;
use crate::config::Problems;

/// A failure: a message for people and an exit code for scripts.
#[derive(Debug, Clone)]
pub struct Failure {
    code: ExitCode,
    message: String,
}

impl Failure {
    /// A failure whose message says what happened, what it means and what to do.
    pub fn new(code: ExitCode, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
        }
    }

    /// The exit code.
    pub fn code(&self) -> ExitCode {
        self.code
    }

    /// The message.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Prints the message on stderr, and returns the code.
    pub(crate) fn report(&self) -> ExitCode {
        // The lines are ours; a text within them may be of others.
        let lines: Vec<_> = self.message.lines().map(visible).collect();
        // A closed stderr leaves no other place for the message.
        let _ = writeln!(io::stderr(), "drivebell-fleet: {}", lines.join("\n"));
        self.code
    }
}

impl From<Problems> for Failure {
    fn from(problems: Problems) -> Self {
        Self::new(ExitCode::Config, problems.to_string())
    }
}
