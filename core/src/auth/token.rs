//! The token in use: when it serves on, and when the credential is asked for another.

use std::sync::Mutex;
use std::time::{Duration, SystemTime};

use tokio::time::timeout;

use super::credential::{AccessToken, Credential, TokenRequest};
use crate::lock::lock;
use crate::{Error, ErrorKind};

/// A credential, and the token it gave last if that is known to last.
#[derive(Debug)]
pub(crate) struct TokenSource {
    credential: Credential,
    scopes: Vec<String>,
    /// How long the credential may take.
    patience: Duration,
    /// A token is not used when it is so near its expiry.
    margin: Duration,
    cached: Mutex<Option<AccessToken>>,
}

impl TokenSource {
    pub(crate) fn new(
        credential: Credential,
        scopes: Vec<String>,
        patience: Duration,
        margin: Duration,
    ) -> Self {
        Self {
            credential,
            scopes,
            patience,
            margin,
            cached: Mutex::default(),
        }
    }

    /// Asks another credential, in the same way.
    pub(crate) fn for_credential(&self, credential: Credential) -> Self {
        Self::new(credential, self.scopes.clone(), self.patience, self.margin)
    }

    pub(crate) fn credential(&self) -> &Credential {
        &self.credential
    }

    /// The question for a call's first attempt.
    pub(crate) fn request(&self) -> TokenRequest {
        TokenRequest {
            scopes: self.scopes.clone(),
            refresh: false,
            claims: None,
        }
    }

    /// Whether asking again can bring another token.
    pub(crate) fn are_renewable(&self) -> bool {
        self.credential.is_renewable()
    }

    pub(crate) async fn get(&self, request: TokenRequest) -> Result<AccessToken, Error> {
        let refresh = request.refresh;
        if !refresh && let Some(token) = self.cached_for(self.margin) {
            return Ok(token);
        }
        match self.ask(request).await {
            Ok(token) => {
                *lock(&self.cached) = Some(token.clone());
                Ok(token)
            }
            // What is good for a while yet is better than nothing.
            Err(error) if !refresh => match self.cached_for(Duration::ZERO) {
                Some(token) => {
                    tracing::warn!(%error, "no new token; using the last one, which expires soon");
                    Ok(token)
                }
                None => Err(error),
            },
            Err(error) => Err(error),
        }
    }

    async fn ask(&self, request: TokenRequest) -> Result<AccessToken, Error> {
        match timeout(self.patience, self.credential.get(request)).await {
            Ok(answer) => answer,
            Err(_) => Err(Error::new(
                ErrorKind::Timeout,
                format!(
                    "the credential gave no token within {:.0?} (option credential_timeout); it \
                     may be waiting for a person, or for an identity service that does not answer",
                    self.patience
                ),
            )),
        }
    }

    fn cached_for(&self, margin: Duration) -> Option<AccessToken> {
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

    /// A source whose tokens are good for `life`, after which the credential fails, and a count of
    /// how often that was asked.
    fn counting(life: Option<Duration>, works: u64) -> (TokenSource, Arc<AtomicU64>) {
        let asked = Arc::new(AtomicU64::new(0));
        let count = Arc::clone(&asked);
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
        (source(credential), asked)
    }

    async fn get(source: &TokenSource, refresh: bool) -> Result<String, Error> {
        let request = TokenRequest {
            refresh,
            ..source.request()
        };
        Ok(source.get(request).await?.expose().to_owned())
    }

    #[tokio::test]
    async fn a_token_serves_until_its_expiry_is_near() {
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
        let (source, asked) = counting(Some(Duration::from_secs(3600)), 10);
        assert_eq!(get(&source, false).await.unwrap(), "token-1");
        assert_eq!(get(&source, true).await.unwrap(), "token-2");
        assert_eq!(get(&source, false).await.unwrap(), "token-2");
        assert_eq!(asked.load(Ordering::SeqCst), 2);
    }

    #[tokio::test]
    async fn a_credential_that_fails_leaves_the_last_token_in_use_while_it_is_good() {
        let (source, asked) = counting(Some(Duration::from_secs(200)), 1);
        assert_eq!(get(&source, false).await.unwrap(), "token-1");
        assert_eq!(get(&source, false).await.unwrap(), "token-1");
        assert_eq!(asked.load(Ordering::SeqCst), 2);
        // Graph has refused it: it is not good, whatever it says of itself.
        assert!(get(&source, true).await.is_err());
    }

    #[tokio::test(start_paused = true)]
    async fn a_credential_that_hangs_is_given_up() {
        let hanging = Credential::from_fn(|_| std::future::pending::<Result<String, &str>>());
        let error = get(&source(hanging), false).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Timeout);
        assert!(error.to_string().contains("credential_timeout"), "{error}");
        assert!(error.retryable());
    }
}
