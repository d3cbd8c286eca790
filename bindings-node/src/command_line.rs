#![allow(
    dead_code,
    reason = "napi registers it, but not in Rust's own test build"
)]

use napi_derive::napi;

/// Runs the command `drivebell` and returns its exit code. The first of `arguments` is the name of the
/// command.
///
/// It blocks the thread, and uses the signals and standard streams of the process, which should do
/// nothing else.
#[napi(catch_unwind)]
pub fn run_command_line(arguments: Vec<String>) -> u8 {
    drivebell_cli::run(arguments)
}
