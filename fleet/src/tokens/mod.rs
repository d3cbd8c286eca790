//! Tokens of users, from a service that the users of a fleet run. They are kept in memory only, by
//! drivebell's clients.

mod http;
mod nats;
mod reply;
mod request;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use drivebell::{AccessToken, BoxError, Credential, TokenRequest};

use self::http::HttpService;
use self::nats::NatsService;
use self::reply::Reply;
use crate::config::{TokenService, Tokens};
use crate::status::TokenView;

/// The answer to a request has a token of some kilobytes. A longer one is something else.
const MAX_REPLY: usize = 64 * 1024;

/// Where the tokens of users come from. Clones share what they count.
#[derive(Debug, Clone)]
pub struct TokenSource(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    service: Service,
    counts: Counts,
}

#[derive(Debug)]
enum Service {
    Nats(NatsService),
    Http(HttpService),
}

#[derive(Debug, Default)]
struct Counts {
    requests: AtomicU64,
    refused: AtomicU64,
    failed: AtomicU64,
}

impl TokenSource {
    /// A source by these settings. `client` is used if tokens come over NATS.
    ///
    /// # Errors
    /// A file of certificates that cannot be used, or a system without any, if tokens come over HTTP.
    pub fn new(settings: &Tokens, client: &async_nats::Client) -> Result<Self, BoxError> {
        let service = match &settings.service {
            TokenService::Nats { subject } => Service::Nats(NatsService::new(
                client.clone(),
                subject.clone(),
                settings.timeout,
            )),
            TokenService::Http {
                url,
                header_file,
                ca_file,
            } => Service::Http(HttpService::new(
                url.clone(),
                header_file.clone(),
                ca_file.as_deref(),
                settings.timeout,
            )?),
        };
        Ok(Self(Arc::new(Inner {
            service,
            counts: Counts::default(),
        })))
    }

    /// The credential of a user. drivebell asks it once at a time, and keeps a token until shortly
    /// before it expires.
    pub fn credential_for(&self, user: &str, tenant: &str) -> Credential {
        let (source, user, tenant) = (
            self.clone(),
            Arc::<str>::from(user),
            Arc::<str>::from(tenant),
        );
        Credential::from_fn(move |request| {
            let (source, user, tenant) = (source.clone(), Arc::clone(&user), Arc::clone(&tenant));
            async move { source.0.token(&user, &tenant, request).await }
        })
    }

    /// How often it was asked, and what came of it.
    pub fn view(&self) -> TokenView {
        let counts = &self.0.counts;
        TokenView {
            requests: counts.requests.load(Ordering::Relaxed),
            refused: counts.refused.load(Ordering::Relaxed),
            failed: counts.failed.load(Ordering::Relaxed),
        }
    }
}

impl Inner {
    async fn token(
        &self,
        user: &str,
        tenant: &str,
        request: TokenRequest,
    ) -> Result<AccessToken, BoxError> {
        let counts = &self.counts;
        counts.requests.fetch_add(1, Ordering::Relaxed);
        // A call that is dropped, because it took too long, has failed too.
        let failed = CountOnDrop(Some(&counts.failed));
        let body = request::body(user, tenant, &request);
        let asked_at = SystemTime::now();
        let reply = match &self.service {
            Service::Nats(service) => service.ask(user, body).await?,
            Service::Http(service) => service.ask(body).await?,
        };
        match reply {
            Reply::Token { token, expires_in } => {
                failed.forget();
                let token = AccessToken::new(token.expose());
                Ok(match expires_in {
                    Some(rest) => token.with_expiry(after(asked_at, rest)),
                    None => token,
                })
            }
            Reply::Refused(failure) => {
                if failure.is_refusal() {
                    failed.forget();
                    counts.refused.fetch_add(1, Ordering::Relaxed);
                }
                Err(failure.into())
            }
        }
    }
}

/// An expiry that the clock cannot count is as good as a year.
fn after(time: SystemTime, rest: Duration) -> SystemTime {
    const YEAR: Duration = Duration::from_secs(365 * 24 * 60 * 60);
    time + rest.min(YEAR)
}

/// Counts when it is dropped, unless it is told to forget it.
struct CountOnDrop<'a>(Option<&'a AtomicU64>);

impl CountOnDrop<'_> {
    fn forget(mut self) {
        self.0 = None;
    }
}

impl Drop for CountOnDrop<'_> {
    fn drop(&mut self) {
        if let Some(count) = self.0 {
            count.fetch_add(1, Ordering::Relaxed);
        }
    }
}
