//! How a command ends.

mod code;
mod failure;
mod stop;

use drivebell::Error;

pub(crate) use self::code::ExitCode;
pub(crate) use self::failure::{Failure, code_of, explain};
pub(crate) use self::stop::{Stop, StopReason};

/// Why a command ended early.
#[derive(Debug)]
pub(crate) enum End {
    Stopped(StopReason),
    Failed(Failure),
    /// A failure that the user has already seen.
    Reported(ExitCode),
}

impl End {
    /// Reports what the user has not seen yet.
    pub(crate) fn report(self) -> ExitCode {
        match self {
            Self::Stopped(reason) => reason.exit_code(),
            Self::Failed(failure) => failure.report(),
            Self::Reported(code) => code,
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
