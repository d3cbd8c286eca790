//! Caches the access token, and decides when to request another from the credential.

use std::sync::Mutex;
use std::time::{Duration, SystemTime};

use tokio::time::timeout;

use super::credential::{AccessToken, Credential, TokenRequest};
use crate::lock::lock;
use crate::mention::mention;
use crate::{Error, ErrorKind};

/// A credential, with the last token that it gave.
#[derive(Debug)]
pub(crate) struct TokenSource {
    credential: Credential,
    scopes: Vec<String>,
    /// How long the credential may take.
    timeout: Duration,
    /// How long before its known expiry a token is refreshed.
    refresh_margin: Duration,
    cached: Mutex<Option<AccessToken>>,
}

impl TokenSource {
    pub(crate) fn new(
        credential: Credential,
        scopes: Vec<String>,
        timeout: Duration,
        refresh_margin: Duration,
    ) -> Self {
        Self {
            credential,
            scopes,
            timeout,
            refresh_margin,
            cached: Mutex::default(),
        }
    }

    /// A source with the same options for another credential.
    pub(crate) fn for_credential(&self, credential: Credential) -> Self {
        Self::new(
            credential,
            self.scopes.clone(),
            self.timeout,
            self.refresh_margin,
        )
    }

    pub(crate) fn credential(&self) -> &Credential {
        &self.credential
    }

    /// The request for the first attempt of a call.
    pub(crate) fn request(&self) -> TokenRequest {
        TokenRequest {
            scopes: self.scopes.clone(),
            refresh: false,
            claims: None,
        }
    }

    /// Whether the credential can give a fresh token.
    pub(crate) fn are_renewable(&self) -> bool {
        self.credential.is_renewable()
    }

    pub(crate) async fn get(&self, request: TokenRequest) -> Result<AccessToken, Error> {
        let refresh = request.refresh;
        if !refresh && let Some(token) = self.cached_beyond(self.refresh_margin) {
            return Ok(token);
        }
        match self.fetch(request).await {
            Ok(token) => {
                *lock(&self.cached) = Some(token.clone());
                Ok(token)
            }
            // A token that expires soon still works now.
            Err(error) if !refresh => match self.cached_beyond(Duration::ZERO) {
                Some(token) => {
                    tracing::warn!(%error, "the credential failed; using the last token, which expires soon");
                    Ok(token)
                }
                None => Err(error),
            },
            Err(error) => Err(error),
        }
    }

    async fn fetch(&self, request: TokenRequest) -> Result<AccessToken, Error> {
        match timeout(self.timeout, self.credential.get(request)).await {
            Ok(result) => result,
            Err(_) => Err(Error::new(
                ErrorKind::Timeout,
                format!(
                    "the credential gave no token within {:.0?} {}; it may be waiting for a person, \
                     or for an identity service that does not answer",
                    self.timeout,
                    mention("credential_timeout")
                ),
            )),
        }
    }

    /// The cached token, if it is known to be valid for longer than `margin`.
    fn cached_beyond(&self, margin: Duration) -> Option<AccessToken> {
        lock(&self.cached)
            .clone()
            .filter(|token| token.outlasts(margin, SystemTime::now()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU64, Ordering};

    const MARGIN: Duration = Duration::from_secs(300);

    fn source(credential: Credential) -> TokenSource {
        TokenSource::new(credential, vec![], Duration::from_secs(30), MARGIN)
    }

    /// A source whose credential gives `works` tokens, each valid for `life`, and then fails. The
    /// count is of the requests to the credential.
    fn counting(life: Option<Duration>, works: u64) -> (TokenSource, Arc<AtomicU64>) {
        let calls = Arc::new(AtomicU64::new(0));
        let count = Arc::clone(&calls);
        let credential = Credential::from_fn(move |_| {
            let number = count.fetch_add(1, Ordering::SeqCst) + 1;
            async move {
                let token = AccessToken::new(format!("token-{number}"));
                match life {
                    _ if number > works => Err("no more"),
                    Some(life) => Ok(token.with_expiry(SystemTime::now() + life)),
                    None => Ok(token),
                }
            }
        });
        (source(credential), calls)
    }

    async fn get(source: &TokenSource, refresh: bool) -> Result<String, Error> {
        let request = TokenRequest {
            refresh,
            ..source.request()
        };
        Ok(source.get(request).await?.expose().to_owned())
    }

    #[tokio::test]
    async fn a_token_is_used_until_its_expiry_is_near() {
        for (life, expected) in [
            (Some(Duration::from_secs(3600)), "token-1"),
            (Some(Duration::from_secs(200)), "token-2"),
            (Some(Duration::ZERO), "token-2"),
            (None, "token-2"),
        ] {
            let (source, _) = counting(life, 10);
            assert_eq!(get(&source, false).await.unwrap(), "token-1");
            assert_eq!(get(&source, false).await.unwrap(), expected, "{life:?}");
        }
    }

    #[tokio::test]
    async fn a_refused_token_is_not_used_again() {
        let (source, calls) = counting(Some(Duration::from_secs(3600)), 10);
        assert_eq!(get(&source, false).await.unwrap(), "token-1");
        assert_eq!(get(&source, true).await.unwrap(), "token-2");
        assert_eq!(get(&source, false).await.unwrap(), "token-2");
        assert_eq!(calls.load(Ordering::SeqCst), 2);
    }

    #[tokio::test]
    async fn the_last_token_is_used_while_the_credential_fails() {
        let (source, calls) = counting(Some(Duration::from_secs(200)), 1);
        assert_eq!(get(&source, false).await.unwrap(), "token-1");
        assert_eq!(get(&source, false).await.unwrap(), "token-1");
        assert_eq!(calls.load(Ordering::SeqCst), 2);
        // Graph has refused it, so its expiry does not matter.
        assert!(get(&source, true).await.is_err());
    }

    #[tokio::test(start_paused = true)]
    async fn a_credential_that_hangs_times_out() {
        let hanging = Credential::from_fn(|_| std::future::pending::<Result<String, &str>>());
        let error = get(&source(hanging), false).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Timeout);
        assert!(error.to_string().contains("credential_timeout"), "{error}");
        assert!(error.retryable());
    }
}
