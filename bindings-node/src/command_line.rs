#![allow(
    dead_code,
    reason = "used by what napi registers, which is left out where Rust's own tests are built"
)]

use napi_derive::napi;

/// Runs the command `drivebell`, the first of `arguments` being its name, and gives its exit code.
///
/// It blocks the thread, and takes the signals and the standard streams of the process: for one
/// that is this command and nothing else.
#[napi(catch_unwind)]
pub fn run_command_line(arguments: Vec<String>) -> u8 {
    drivebell_cli::run(arguments)
}

/// From now on the core says on stderr what it does, whichever thread asks first.
#[napi(catch_unwind)]
pub fn log_to_stderr() {
    drivebell_cli::log_to_stderr();
}
