//! A shell, with everything that it has started.

use tokio::process::{Child, Command};

/// Kills a command's processes when it is dropped: a shell that is killed alone leaves its children
/// behind.
#[cfg(unix)]
pub(crate) struct ProcessGroup(Option<nix::unistd::Pid>);

#[cfg(unix)]
impl ProcessGroup {
    /// Spawns the command in a group of its own.
    pub(crate) fn spawn(command: &mut Command) -> std::io::Result<(Child, Self)> {
        let child = command.process_group(0).spawn()?;
        let leader = child.id().and_then(|id| i32::try_from(id).ok());
        Ok((child, Self(leader.map(nix::unistd::Pid::from_raw))))
    }

    /// The command has ended by itself: what it left running is meant to run on.
    pub(crate) fn release(mut self) {
        self.0 = None;
    }
}

#[cfg(unix)]
impl Drop for ProcessGroup {
    fn drop(&mut self) {
        if let Some(leader) = self.0 {
            // Its number cannot belong to others yet: the shell is killed after this, and then
            // waited for. A group that has ended is no failure.
            let _ = nix::sys::signal::killpg(leader, nix::sys::signal::Signal::SIGKILL);
        }
    }
}

/// On Windows, only the shell itself is killed. Its children would need a job object, whose API is
/// unsafe.
#[cfg(not(unix))]
pub(crate) struct ProcessGroup;

#[cfg(not(unix))]
impl ProcessGroup {
    pub(crate) fn spawn(command: &mut Command) -> std::io::Result<(Child, Self)> {
        Ok((command.spawn()?, Self))
    }

    pub(crate) fn release(self) {}
}
