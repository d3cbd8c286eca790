//! How the command ends.

mod code;
mod failure;

pub use self::code::ExitCode;
pub use self::failure::Failure;

/// Why a command ended early.
#[derive(Debug)]
pub(crate) enum End {
    Failed(Failure),
    /// The user knows already.
    Reported(ExitCode),
}

impl End {
    /// Reports what the user has not seen yet.
    pub(crate) fn report(self) -> ExitCode {
        match self {
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
