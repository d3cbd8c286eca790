//! The exit codes.

/// The exit code of the process. Scripts rely on the numbers, and `--help` lists them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ExitCode {
    Ok = 0,
    Other = 1,
    /// clap uses the same number.
    Usage = 2,
    Token = 3,
    Refused = 4,
    Checkpoint = 5,
    Service = 6,
    NoNotification = 7,
    Storage = 8,
    Missing = 9,
    /// A shell gives 128 and the signal's number to a program that a signal ended.
    Interrupted = 130,
    Terminated = 143,
}

impl ExitCode {
    const ALL: [Self; 12] = [
        Self::Ok,
        Self::Other,
        Self::Usage,
        Self::Token,
        Self::Refused,
        Self::Checkpoint,
        Self::Service,
        Self::NoNotification,
        Self::Storage,
        Self::Missing,
        Self::Interrupted,
        Self::Terminated,
    ];

    fn meaning(self) -> &'static str {
        match self {
            Self::Ok => "success; or the reader of the output closed it",
            Self::Other => "another failure",
            Self::Usage => "the command line is wrong: an unknown option or resource",
            Self::Token => {
                "no usable token: none given, its source failed, Graph answered 401, or nobody signed in"
            }
            Self::Refused => "Graph refused: the token lacks permission (403), or not found (404)",
            Self::Checkpoint => "the checkpoint in FILE is unusable, or FILE cannot be written",
            Self::Service => "the service or the network failed",
            Self::NoNotification => {
                "doctor: the connection works, but no notification came in time"
            }
            Self::Storage => {
                "the mirror's FILE cannot be used: the disk is full, another process mirrors into it, ..."
            }
            Self::Missing => "ls, find: no such drive or path in FILE",
            Self::Interrupted => "stopped by SIGINT (Ctrl-C)",
            Self::Terminated => "stopped by SIGTERM",
        }
    }

    pub(crate) fn number(self) -> u8 {
        self as u8
    }

    /// The list for `--help`.
    pub(crate) fn help() -> String {
        let lines = Self::ALL.map(|code| format!("\n  {:>3}  {}", code.number(), code.meaning()));
        format!("Exit codes:{}", lines.concat())
    }
}
