use super::declare::{option, options};
use super::spec::{FromValue, IsZero, OptionDefault, OptionKind, OptionSpec, OptionValue, unit};
use crate::pacing::Backoff;
use crate::{ApiVersion, Cloud};

/// Passes the declarations to another macro, after its own first arguments: the struct is declared
/// here, and the setters of [`ClientBuilder`](crate::ClientBuilder) beside it.
macro_rules! with_client_options {
    ($with:ident!($($first:tt)*)) => {
        $with! {
            $($first)*

            /// The national cloud. Give either this or `base_url`.
            cloud: Choice(Cloud) { default: "`global`" }

            /// The origin to call instead of a cloud's, for tests and gateways: `https`, without a path.
            /// Plain `http` is allowed only to a loopback address. Give either this or `cloud`.
            base_url: Text { default: "the cloud's" }

            /// The version of Graph's REST API.
            api_version: Choice(ApiVersion) { default: "`v1.0`" }

            /// The OAuth scopes to request from the credential.
            scopes: OptionalTexts { default: "`{base_url}/.default`, the delegated permissions of the app's registration" }

            /// The URL of a proxy for all connections, to Graph and to the notification server. Not with
            /// a `base_url` of plain `http`: the proxy could read the token.
            proxy: Secret { default: "from the environment (`HTTPS_PROXY`, `NO_PROXY`)" }

            /// A PEM file of certificates to trust in addition to the system's, for all connections.
            ca_bundle: Path { default: "the system's certificates only" }

            /// The `User-Agent`. Graph asks for `ISV|company|application/version` or `NONISV|…`:
            /// <https://learn.microsoft.com/sharepoint/dev/general-development/how-to-avoid-getting-throttled-or-blocked-in-sharepoint-online>.
            user_agent: Text { default: "`NONISV|drivebell|drivebell/{version}`" }

            /// A name for this client, which its errors, events and log records show: up to 64
            /// characters in one line. Clients of other users have the same, unless they get their own.
            label: Text { default: "none" }

            /// How long one call to Graph may take, from the request to the end of the body.
            request_timeout: Duration { default: 30 seconds }

            /// How long `endpoint` retries transient failures, counted from its first attempt: throttling
            /// (after the pause that Graph requests), 500, 502, 503, 504 and failed connections. If Graph
            /// requests a longer pause than the time left, the call fails at once. For subscriptions,
            /// `start_timeout` applies instead.
            retry_timeout: Duration { default: 30 seconds, zero: "one attempt" }

            /// How long connecting may take: to Graph, and to the notification server until it responds to
            /// the upgrade.
            connect_timeout: Duration { default: 10 seconds }

            /// How long to wait for the Engine.IO open packet.
            open_timeout: Duration { default: 10 seconds }

            /// How long to wait for the server to accept the join of the namespace.
            join_timeout: Duration { default: 10 seconds }

            /// How long closing a connection to the notification server may take.
            close_timeout: Duration { default: 1 second }

            /// How long the credential may take to give a token. A person who signs in has
            /// `sign_in_timeout`.
            credential_timeout: Duration { default: 30 seconds }

            /// How long a person may take to sign in: while the credential says that it asks one, while an
            /// interactive credential of azure-identity or `@azure/identity` works, and during `sign_in`.
            sign_in_timeout: Duration { default: 15 minutes }

            /// How long before its known expiry a token is refreshed.
            token_refresh_margin: Duration { default: 5 minutes, zero: "use a token until it expires" }

            /// How long `subscribe` tries to become live before it fails with the error of its last attempt.
            /// The first attempt is not cut short.
            start_timeout: OptionalDuration { default: 30 seconds, zero: "one attempt", none: "try for ever" }

            /// How long a first 403 or 404 of Graph is doubted: Graph gives some for drives that exist.
            /// Before the first success, it is final after three answers over this time.
            first_refusal_timeout: Duration { default: 5 seconds, zero: "the first answer is final" }

            /// How long before its expiry an endpoint is replaced by a new one, at least. If a tenth of its
            /// lifetime is longer, that counts instead. Either is jittered, and at most half of the
            /// lifetime.
            renew_before: Duration { default: 2 minutes, zero: "a tenth of the lifetime" }

            /// How old an endpoint may become before it is replaced, although it has not expired. It
            /// bounds how long an endpoint that went quiet can hide changes. Jittered.
            max_endpoint_age: OptionalDuration { default: "until shortly before it expires" }

            /// Whether a notification of kind `resync` follows each replacement of an endpoint, so that
            /// the program looks for changes that the old one may have hidden. `changes` looks anyway.
            resync_on_renewal: Flag { default: off }

            /// The longest wait after a session's first failure. It doubles with each further failure, up to
            /// `retry_max`. The actual wait is a random part of this limit ("full jitter"). If the service
            /// requests a pause, the session waits for that instead, up to `max_retry_after`.
            retry_min: Duration { default: 1 second }

            /// The limit up to which `retry_min` doubles.
            retry_max: Duration { default: 60 seconds }

            /// How long a session must have been live for its next wait to start from `retry_min` again.
            retry_reset_after: Duration { default: 60 seconds, zero: "any session that was live" }

            /// The longest pause to respect if the service requests one (`Retry-After`). A longer one is cut
            /// to this.
            max_retry_after: Duration { default: 1 hour }

            /// How long Graph, or the credential, must keep refusing a session that was live before the
            /// session ends with that error. A session that was never live ends at once, or after
            /// `first_refusal_timeout`.
            refusal_timeout: Duration { default: 10 minutes, zero: "end at the first refusal" }

            /// How many connections this client and its family may open at the same time, and how many
            /// calls to Graph they may have under way. Others wait.
            max_handshakes: Size { default: 100 }

            /// How many endpoints per second the sessions of this client and its family may request.
            /// Others wait.
            max_endpoint_calls_per_second: Count { default: 10 }

            /// The longest message to accept from the notification server, in bytes.
            max_message_size: Size { default: 1_048_576 }

            /// How many events may wait for a slow consumer before further events are merged.
            mailbox_capacity: Size { default: 1024 }
        }
    };
}

with_client_options!(options!(
    /// The options of a [`Client`](crate::Client).
    #[derive(Debug, Clone)]
    pub(crate) struct ClientOptions;
));

impl ClientOptions {
    /// The waits between attempts, whatever is repeated.
    pub(crate) fn backoff(&self) -> Backoff {
        Backoff::new(self.retry_min, self.retry_max).with_max_pause(self.max_retry_after)
    }
}

pub(crate) use with_client_options;
