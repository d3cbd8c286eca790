use std::time::Duration;

/// How changes are looked for; each option with its default.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ChangesOptions {
    /// The fields that Graph is asked for (`$select`); default all. `id` and `deleted` come anyway.
    pub select: Vec<String>,
    /// How many items Graph is asked to put on a page (`$top`); default what Graph chooses, which
    /// is 200 as a rule.
    pub page_size: Option<u32>,
    /// `Prefer` headers, for instance `hierarchicalsharing`; default none.
    pub prefer: Vec<String>,
    /// Asks Graph to leave out the parents of what changed (`deltaExcludeParent`); default no.
    pub exclude_parents: bool,
    /// How long the first look waits for the subscription to be live; default 10 s. Without it the
    /// stream begins by polling.
    pub live_timeout: Duration,
    /// A look begins when no hint has come for so long; default 300 ms.
    pub quiet_time: Duration,
    /// It begins so long after the first hint at the latest; default 2 s.
    pub max_delay: Duration,
    /// A look that a hint or a resync caused and that found nothing is repeated after each of these
    /// waits, because delta lags behind the notification; default 3 s, 10 s and 30 s. Where
    /// something was found, and after the first look, there is one more after the last of them.
    pub lag_delays: Vec<Duration>,
    /// How often to look while the subscription is not live; default 60 s, jittered.
    pub poll_interval: Duration,
    /// How often to look although nothing was announced; default once a day, which is as often as
    /// Microsoft's guidance allows. `None`: never.
    pub safety_interval: Option<Duration>,
}

impl Default for ChangesOptions {
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Self {
            select: Vec::new(),
            page_size: None,
            prefer: Vec::new(),
            exclude_parents: false,
            live_timeout: seconds(10),
            quiet_time: Duration::from_millis(300),
            max_delay: seconds(2),
            lag_delays: vec![seconds(3), seconds(10), seconds(30)],
            poll_interval: seconds(60),
            safety_interval: Some(seconds(24 * 60 * 60)),
        }
    }
}
