use std::time::Duration;

use drivebell::Error;

/// The longest name of a worker.
const MAX_NAME: usize = 48;

/// How a process takes part in following drives with others.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct SharedOptions {
    /// The name of this process, in logs and in the store: letters, digits, `-` and `_`. Each start adds
    /// something random to it. Default: `worker`.
    pub worker: String,
    /// How long a process may be silent before the others take its drives. Default: 8 seconds.
    pub lease_time: Duration,
    /// How much this process takes compared with the others. Default: 100.
    pub capacity: u64,
    /// After what time a drive that Graph or its credential has refused is tried again. Default: 5 minutes.
    pub refused_retry: Duration,
}

impl Default for SharedOptions {
    fn default() -> Self {
        Self {
            worker: "worker".to_owned(),
            lease_time: Duration::from_secs(8),
            capacity: 100,
            refused_retry: Duration::from_secs(300),
        }
    }
}

impl SharedOptions {
    /// # Errors
    /// `InvalidArgument`, by the name of the option.
    pub(super) fn check(&self) -> Result<(), Error> {
        let is_name = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if self.worker.is_empty()
            || self.worker.len() > MAX_NAME
            || !self.worker.chars().all(is_name)
        {
            let problem = format!("must be 1 to {MAX_NAME} letters, digits, `-` or `_`");
            return Err(Error::invalid_argument("worker", problem));
        }
        if self.lease_time < Duration::from_millis(100) {
            let problem = "must be at least 0.1 s: a busy process needs time to show that it lives";
            return Err(Error::invalid_argument("lease_time", problem));
        }
        if self.capacity == 0 {
            let problem = "must be at least 1: a process that takes nothing need not take part";
            return Err(Error::invalid_argument("capacity", problem));
        }
        if self.refused_retry.is_zero() {
            let problem = "must be more than 0: Graph counts what it refuses";
            return Err(Error::invalid_argument("refused_retry", problem));
        }
        Ok(())
    }
}
