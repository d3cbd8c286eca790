use super::declare::{option, options};
use super::push_mode::PushMode;
use super::spec::{FromValue, IsZero, OptionDefault, OptionKind, OptionSpec, OptionValue, unit};

options! {
    /// The options of [`Client::changes_with`](crate::Client::changes_with).
    #[derive(Debug, Clone)]
    #[non_exhaustive]
    pub struct ChangesOptions;

    /// The fields to request from Graph (`$select`). `id` and `deleted` are always included.
    select: Texts { default: "all fields" }

    /// How many items Graph should put on a page (`$top`).
    page_size: OptionalCount { default: "Graph's choice, usually 200" }

    /// `Prefer` headers to send, for instance `hierarchicalsharing`.
    prefer: Texts { default: "none" }

    /// Leaves out the parents of changed items (`deltaExcludeParent`).
    exclude_parents: Flag { default: off }

    /// Whether to subscribe to notifications. Without a subscription, the stream polls.
    push: Choice(PushMode) { default: "`auto`" }

    /// How long to try to get the first page before the stream ends with the error of its last attempt.
    /// The first attempt is not cut short.
    start_timeout: OptionalDuration { default: "try for ever", zero: "one attempt" }

    /// How long the first delta query waits for the subscription to be live, within `start_timeout`.
    /// After that, polling begins.
    live_timeout: Duration { default: 10 seconds, zero: "do not wait" }

    /// A delta query starts when no further notification has arrived for this time.
    quiet_time: Duration { default: 300 milliseconds, zero: "start at once" }

    /// The longest wait from the first notification to the delta query.
    max_delay: Duration { default: 2 seconds, zero: "start at once" }

    /// Delta queries lag behind notifications. A query that finds none of the announced changes is
    /// repeated after each of these waits. After a query that finds some, and after the first query,
    /// one more follows after the last of these waits.
    lag_delays: Durations { default: [3, 10, 30] seconds }

    /// How long delta may take to show a change. Graph may issue a link that skips what is not visible
    /// yet, so for this long the stream also looks from an earlier link. What comes again unchanged is
    /// not handed out again.
    overlap: Duration { default: 2 minutes, zero: "trust each link of Graph at once" }

    /// How often to query while the subscription is not live. Jittered.
    poll_interval: Duration { default: 60 seconds }

    /// How often to query although nothing was announced. Once a day is as often as Microsoft's
    /// guidance allows.
    safety_interval: OptionalDuration { default: 1 day, none: "never" }

    /// How often to enumerate everything again, to find what Graph lost: the deletions that its delta
    /// query never reports. Jittered. Not for streams that began at `now`.
    audit_interval: OptionalDuration { default: 7 days, none: "never" }

    /// If a query finds a change that is older than this, and no notification came although the
    /// connection counted as live, the connection is replaced.
    deaf_after: OptionalDuration { default: 5 minutes, none: "never" }

    /// How many delta queries `changes_all` may have under way at the same time. Others wait their turn.
    max_concurrent_queries: Size { default: 8 }
}
