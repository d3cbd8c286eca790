//! What the declarations of the options cannot check.

use std::time::Duration;

use drivebell::{Error, SharedOptions};

/// The longest name of a worker.
const MAX_NAME: usize = 48;

/// # Errors
/// `InvalidArgument`, by the name of the option.
pub(super) fn check(options: &SharedOptions) -> Result<(), Error> {
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    let worker = worker(options);
    if worker.is_empty() || worker.len() > MAX_NAME || !worker.chars().all(is_name) {
        let problem = format!("must be 1 to {MAX_NAME} letters, digits, `-` or `_`");
        return Err(Error::invalid_argument("worker", problem));
    }
    if options.lease_time < Duration::from_millis(100) {
        let problem = "must be at least 0.1 s: a busy process needs time to show that it lives";
        return Err(Error::invalid_argument("lease_time", problem));
    }
    if options.capacity == 0 {
        let problem = "must be at least 1: a process that takes nothing need not take part";
        return Err(Error::invalid_argument("capacity", problem));
    }
    if options.refused_retry.is_zero() {
        let problem = "must be more than 0: Graph counts what it refuses";
        return Err(Error::invalid_argument("refused_retry", problem));
    }
    Ok(())
}

/// The name of this process.
pub(super) fn worker(options: &SharedOptions) -> &str {
    options.worker.as_deref().unwrap_or("worker")
}
