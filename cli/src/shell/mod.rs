//! Commands of the user's, which run in the shell.

mod process_group;

use tokio::process::Command;

pub(crate) use self::process_group::ProcessGroup;

#[cfg(unix)]
pub(crate) fn shell(line: &str) -> Command {
    let mut command = Command::new("/bin/sh");
    command.arg("-c").arg(line);
    command
}

#[cfg(windows)]
pub(crate) fn shell(line: &str) -> Command {
    let mut command = Command::new("cmd");
    // Unquoted: cmd has its own rules for quotes.
    command.arg("/C").raw_arg(line);
    command
}
