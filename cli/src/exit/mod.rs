//! How a command ends, and what is said about it.

mod stop;

use std::error::Error as StdError;
use std::fmt::Write as _;
use std::io::{self, Write};

use drivebell::{Error, ErrorKind};

pub(crate) use self::stop::{Reason, Stop};

/// What the command exits with: documented in `--help`.
pub(crate) mod code {
    pub(crate) const OK: u8 = 0;
    pub(crate) const OTHER: u8 = 1;
    /// Also clap's.
    pub(crate) const USAGE: u8 = 2;
    pub(crate) const TOKEN: u8 = 3;
    pub(crate) const REFUSED: u8 = 4;
    pub(crate) const CHECKPOINT: u8 = 5;
    pub(crate) const SERVICE: u8 = 6;
    pub(crate) const NOTHING_CAME: u8 = 7;
    pub(crate) const INTERRUPTED: u8 = 130;
    pub(crate) const TERMINATED: u8 = 143;
}

pub(crate) const HELP: &str = "\
Exit codes:
    0  done; or whoever read the output has had enough
    1  something else failed
    2  the command line is wrong: an unknown option or resource
    3  no usable token: none given, its file or command failed, or Graph answered 401
    4  Graph refused: the token does not permit it (403), or there is no such thing (404)
    5  the checkpoint in FILE cannot be used, or FILE cannot be written
    6  the service or the network failed
    7  doctor: all is well, but no notification came in time
  130  ended by SIGINT (Ctrl-C)
  143  ended by SIGTERM";

/// Why a command is over before its work is.
#[derive(Debug)]
pub(crate) enum End {
    Stopped(Reason),
    Failed(Failure),
    /// A failure that has been told already.
    Quiet(u8),
}

/// What went wrong, for people, and the code for scripts.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) code: u8,
    pub(crate) message: String,
}

impl Failure {
    pub(crate) fn new(code: u8, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
        }
    }
}

impl From<Failure> for End {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

impl From<Error> for End {
    fn from(error: Error) -> Self {
        Self::Failed(error.into())
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::new(code_of(&error), explain(&error))
    }
}

pub(crate) fn code_of(error: &Error) -> u8 {
    match error.kind() {
        ErrorKind::Authentication => code::TOKEN,
        ErrorKind::AccessDenied | ErrorKind::NotFound => code::REFUSED,
        ErrorKind::InvalidArgument => code::USAGE,
        ErrorKind::State => code::OTHER,
        _ => code::SERVICE,
    }
}

/// The error with what is beneath it and what Microsoft's support asks for.
pub(crate) fn explain(error: &Error) -> String {
    let mut text = error.to_string();
    if let Some(argument) = error.argument()
        && let Some(problem) = text.strip_prefix(&format!("{argument}: "))
    {
        text = format!("--{}: {problem}", argument.replace('_', "-"));
    }
    let mut cause = error.source();
    while let Some(beneath) = cause {
        let told = beneath.to_string();
        if !text.contains(&told) {
            let _ = write!(text, "\n  because: {told}");
        }
        cause = beneath.source();
    }
    for (name, id) in [
        ("request-id", error.request_id()),
        ("client-request-id", error.client_request_id()),
    ] {
        if let Some(id) = id {
            let _ = write!(text, "\n  {name}: {id}");
        }
    }
    text
}

/// Says it on stderr, and gives the code back.
pub(crate) fn tell(failure: &Failure) -> u8 {
    // Where stderr is gone there is nobody to tell.
    let _ = writeln!(io::stderr(), "drivebell: {}", failure.message);
    failure.code
}
