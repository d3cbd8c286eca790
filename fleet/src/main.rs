//! The command `drivebell-fleet`.

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(drivebell_fleet::run(std::env::args_os()))
}
