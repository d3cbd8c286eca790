/// The exit code of the process. Scripts rely on the numbers, and `--help` lists them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExitCode {
    /// Success.
    Ok = 0,
    /// Another failure.
    Other = 1,
    /// The command line is wrong. clap uses the same number.
    Usage = 2,
    /// The configuration is wrong.
    Config = 3,
    /// NATS cannot be reached, is too old, or refused.
    Nats = 4,
    /// Another fleet uses the same buckets with other settings.
    Settings = 5,
    /// Some of what was given was not done; the rest was.
    Partly = 6,
    /// There is no such drive, worker or tenant.
    Missing = 9,
    /// A shell gives 128 and the signal's number to a program that a signal ended.
    Interrupted = 130,
    /// As above, for SIGTERM.
    Terminated = 143,
}

impl ExitCode {
    const ALL: [Self; 10] = [
        Self::Ok,
        Self::Other,
        Self::Usage,
        Self::Config,
        Self::Nats,
        Self::Settings,
        Self::Partly,
        Self::Missing,
        Self::Interrupted,
        Self::Terminated,
    ];

    fn meaning(self) -> &'static str {
        match self {
            Self::Ok => "success; for run: everything was handed over",
            Self::Other => "another failure",
            Self::Usage => "the command line is wrong: an unknown option or resource",
            Self::Config => "the configuration is wrong",
            Self::Nats => "NATS cannot be reached, is too old, or refused",
            Self::Settings => {
                "the buckets are of another version, or of a fleet with other settings"
            }
            Self::Partly => "import, remove: some lines or keys failed; the others are done",
            Self::Missing => "there is no such drive, worker or tenant",
            Self::Interrupted => "ended by a second SIGINT (Ctrl-C), or a command by the first",
            Self::Terminated => "ended by a second SIGTERM, or a command by the first",
        }
    }

    /// The number.
    pub fn number(self) -> u8 {
        self as u8
    }

    /// The list for `--help`.
    pub(crate) fn help() -> String {
        let lines = Self::ALL.map(|code| format!("\n  {:>3}  {}", code.number(), code.meaning()));
        format!("Exit codes:{}", lines.concat())
    }
}
