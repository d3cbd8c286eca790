//! The command `drivebell`.

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(drivebell_cli::run(std::env::args_os()))
}
