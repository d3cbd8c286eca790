//! A failure: a message for people and an exit code for scripts.

use std::error::Error as StdError;
use std::fmt::Write as _;
use std::io::{self, Write};

use drivebell::{Error, ErrorKind, visible};

use super::code::ExitCode;

#[derive(Debug)]
pub(crate) struct Failure {
    code: ExitCode,
    message: String,
}

impl Failure {
    pub(crate) fn new(code: ExitCode, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
        }
    }

    /// Prints the message on stderr, and returns the code.
    pub(crate) fn report(&self) -> ExitCode {
        // The lines are ours; a text within them may be a server's.
        let lines: Vec<_> = self.message.lines().map(visible).collect();
        // A closed stderr leaves no other place for the message.
        let _ = writeln!(io::stderr(), "drivebell: {}", lines.join("\n"));
        self.code
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::new(code_of(&error), explain(&error))
    }
}

pub(crate) fn code_of(error: &Error) -> ExitCode {
    match error.kind() {
        ErrorKind::Authentication => ExitCode::Token,
        ErrorKind::AccessDenied | ErrorKind::NotFound => ExitCode::Refused,
        ErrorKind::InvalidArgument => ExitCode::Usage,
        ErrorKind::State => ExitCode::Other,
        ErrorKind::Storage => ExitCode::Storage,
        _ => ExitCode::Service,
    }
}

/// The error with its causes, the request ids that Microsoft's support asks for, and the page about it.
pub(crate) fn explain(error: &Error) -> String {
    let mut text = match (error.argument(), error.problem()) {
        (Some(argument), Some(problem)) => format!("{}: {problem}", spelled(argument)),
        _ => error.message(),
    };
    let mut cause = error.source();
    while let Some(error) = cause {
        let message = visible(&Error::message_of(error)).into_owned();
        if !tells(&text, &message) {
            let _ = write!(text, "\n  because: {message}");
        }
        cause = error.source();
    }
    if error.kind() == ErrorKind::Storage
        && let Some(code) = error.code()
    {
        let _ = write!(text, "\n  code: {code}");
    }
    for (name, id) in [
        ("request-id", error.request_id()),
        ("client-request-id", error.client_request_id()),
    ] {
        if let Some(id) = id {
            let _ = write!(text, "\n  {name}: {id}");
        }
    }
    let _ = write!(text, "\n  see: {}", error.help_url());
    text
}

/// An argument as the command line writes it.
fn spelled(argument: &str) -> String {
    match argument {
        "resource" | "file" | "path" | "glob" => argument.to_ascii_uppercase(),
        option => format!("--{}", option.replace('_', "-")),
    }
}

/// Whether a text repeats its cause already, perhaps in part: the library shortens what a credential
/// says.
fn tells(text: &str, cause: &str) -> bool {
    text.contains(cause)
        || text.strip_suffix('…').is_some_and(|shortened| {
            let beginning: String = cause.chars().take(20).collect();
            let repeated = shortened.find(&beginning);
            repeated.is_some_and(|start| cause.starts_with(&shortened[start..]))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cause_is_not_told_twice() {
        let cause = "the login of alex@contoso.com has ended";
        for text in [
            "no token: the login of alex@contoso.com has ended; sign in",
            "no token: the login of alex@cont…",
        ] {
            assert!(tells(text, cause), "{text}");
        }
        for text in ["no token", "…", "", "no token: the login of kim@cont…"] {
            assert!(!tells(text, cause), "{text}");
        }
    }
}
