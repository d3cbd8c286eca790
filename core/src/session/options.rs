use std::time::Duration;

use crate::options::ClientOptions;

/// How a session keeps itself alive. Each is an option of the client, documented there.
#[derive(Debug, Clone)]
pub(crate) struct SessionOptions {
    pub(crate) start_timeout: Option<Duration>,
    pub(crate) renew_before: Duration,
    pub(crate) retry: RetryOptions,
    pub(crate) refusal_timeout: Duration,
    pub(crate) mailbox_capacity: usize,
}

/// The waits between attempts.
#[derive(Debug, Clone)]
pub(crate) struct RetryOptions {
    /// The limit of the first wait; it doubles with each further one.
    pub(crate) first: Duration,
    pub(crate) longest: Duration,
    /// A session that was live for so long starts from `first` again.
    pub(crate) reset_after: Duration,
    /// A pause that the service asks for is kept up to this: nobody would notice the program come
    /// back from a longer one.
    pub(crate) longest_pause: Duration,
}

impl From<&ClientOptions> for SessionOptions {
    fn from(options: &ClientOptions) -> Self {
        Self {
            start_timeout: options.start_timeout,
            renew_before: options.renew_before,
            retry: RetryOptions {
                first: options.retry_min,
                longest: options.retry_max,
                reset_after: options.retry_reset_after,
                longest_pause: options.max_retry_after,
            },
            refusal_timeout: options.refusal_timeout,
            mailbox_capacity: options.mailbox_capacity,
        }
    }
}

#[cfg(test)]
impl Default for SessionOptions {
    fn default() -> Self {
        Self::from(&ClientOptions::default())
    }
}
