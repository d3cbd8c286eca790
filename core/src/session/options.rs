use std::time::Duration;

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

impl Default for RetryOptions {
    fn default() -> Self {
        Self {
            first: Duration::from_secs(1),
            longest: Duration::from_secs(60),
            reset_after: Duration::from_secs(60),
            longest_pause: Duration::from_secs(60 * 60),
        }
    }
}

impl Default for SessionOptions {
    fn default() -> Self {
        Self {
            start_timeout: Some(Duration::from_secs(30)),
            renew_before: Duration::from_secs(2 * 60),
            retry: RetryOptions::default(),
            refusal_timeout: Duration::from_secs(10 * 60),
            mailbox_capacity: 1024,
        }
    }
}
