use std::ffi::OsString;

use pyo3::prelude::*;

/// Runs the command `drivebell` and returns its exit code. The first argument is the command's name.
///
/// It blocks this thread, detached from the interpreter. It handles SIGINT and SIGTERM and uses the
/// standard streams, so it is meant for a process that only runs this command.
#[pyfunction]
pub(crate) fn run_command_line(py: Python<'_>, arguments: Vec<OsString>) -> u8 {
    py.detach(|| drivebell_cli::run(arguments))
}
