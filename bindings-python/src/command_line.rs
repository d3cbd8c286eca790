use std::ffi::OsString;

use pyo3::prelude::*;

/// Runs the command `drivebell`, the first of `arguments` being its name, and gives its exit code.
///
/// It blocks the thread without holding up the interpreter, and takes SIGINT, SIGTERM and the
/// standard streams of the process: for a process that is this command and nothing else.
#[pyfunction]
pub(crate) fn run_command_line(py: Python<'_>, arguments: Vec<OsString>) -> u8 {
    py.detach(|| drivebell_cli::run(arguments))
}
