use std::error::Error as StdError;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use reqwest::header::HeaderValue;

use crate::secret::Secret;
use crate::{Error, ErrorKind};

/// Any error of a credential.
pub type BoxError = Box<dyn StdError + Send + Sync>;

type TokenFuture = Pin<Box<dyn Future<Output = Result<AccessToken, BoxError>> + Send>>;
type Provider = dyn Fn(TokenRequest) -> TokenFuture + Send + Sync;

/// A source of access tokens.
///
/// The endpoint supports delegated permissions only, at least `Files.Read`: a user has signed in.
/// Graph refuses the token of an application alone.
#[derive(Clone)]
pub struct Credential(Source);

#[derive(Clone)]
enum Source {
    Fixed(AccessToken),
    Provider(Arc<Provider>),
}

/// A request for an access token, for the function of [`Credential::from_fn`].
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct TokenRequest {
    /// The OAuth scopes, as given to the client.
    pub scopes: Vec<String>,
    /// Whether a cached token must not be returned, because Graph refused the last one.
    pub refresh: bool,
    /// The claims that the new token must satisfy (Continuous Access Evaluation), as JSON for the
    /// identity library. Usually none.
    pub claims: Option<String>,
}

/// A bearer token for Graph. `Debug` does not show it.
#[derive(Debug, Clone)]
pub struct AccessToken {
    token: Secret,
    expires_at: Option<SystemTime>,
}

impl AccessToken {
    /// A token as the identity provider gave it, without the prefix `Bearer `.
    pub fn new(token: impl AsRef<str>) -> Self {
        Self {
            token: Secret::new(token.as_ref()),
            expires_at: None,
        }
    }

    /// Sets the expiry. A token with an expiry is cached and used until shortly before it
    /// ([`token_refresh_margin`](crate::ClientBuilder::token_refresh_margin)). Without one, the
    /// credential is called before each call to Graph.
    #[must_use]
    pub fn with_expiry(mut self, expires_at: SystemTime) -> Self {
        self.expires_at = Some(expires_at);
        self
    }

    /// Whether it is known to be valid for longer than `margin`.
    pub(crate) fn outlasts(&self, margin: Duration, now: SystemTime) -> bool {
        self.expires_at
            .and_then(|expiry| expiry.duration_since(now).ok())
            .is_some_and(|rest| rest > margin)
    }

    pub(crate) fn expose(&self) -> &str {
        self.token.expose()
    }

    /// Why the token cannot be sent. The reason does not contain the token.
    fn problem(&self) -> Option<&'static str> {
        let token = self.expose();
        if token.is_empty() {
            Some("the token is empty")
        } else if !token.bytes().all(|byte| byte.is_ascii_graphic()) {
            Some("the token contains white space, or characters that a token cannot have")
        } else {
            None
        }
    }

    pub(crate) fn authorization(&self) -> HeaderValue {
        let mut value = HeaderValue::try_from(format!("Bearer {}", self.expose()))
            .expect("a checked token is visible ASCII");
        value.set_sensitive(true);
        value
    }
}

impl From<String> for AccessToken {
    fn from(token: String) -> Self {
        Self::new(token)
    }
}

impl From<&str> for AccessToken {
    fn from(token: &str) -> Self {
        Self::new(token)
    }
}

impl Credential {
    /// A fixed token. After its expiry, calls fail with [`ErrorKind::Authentication`]. Programs
    /// that run longer should use [`Credential::from_fn`].
    ///
    /// # Errors
    /// `InvalidArgument` for a token that is empty or cannot be sent in a header.
    pub fn token(token: impl AsRef<str>) -> Result<Self, Error> {
        let token = AccessToken::new(token);
        match token.problem() {
            Some(problem) => Err(Error::invalid_argument("token", problem)),
            None => Ok(Self(Source::Fixed(token))),
        }
    }

    /// A function that returns a token. It is called before each call to Graph, unless the last
    /// token has an expiry that is not near ([`AccessToken::with_expiry`]). After a 401 it is
    /// called once more, with [`TokenRequest::refresh`] set.
    ///
    /// An error that it returns becomes the [`cause`](Error::cause) of an
    /// [`ErrorKind::Authentication`] error. It must return within
    /// [`credential_timeout`](crate::ClientBuilder::credential_timeout).
    pub fn from_fn<F, Fut, T, E>(provider: F) -> Self
    where
        F: Fn(TokenRequest) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<T, E>> + Send + 'static,
        T: Into<AccessToken>,
        E: Into<BoxError>,
    {
        Self(Source::Provider(Arc::new(move |request| {
            let token = provider(request);
            Box::pin(async move { token.await.map(Into::into).map_err(Into::into) })
        })))
    }

    /// Whether another call can return another token.
    pub(crate) fn is_renewable(&self) -> bool {
        matches!(self.0, Source::Provider(_))
    }

    pub(crate) async fn get(&self, request: TokenRequest) -> Result<AccessToken, Error> {
        let token = match &self.0 {
            Source::Fixed(token) => return Ok(token.clone()),
            Source::Provider(provider) => provider(request).await.map_err(|source| {
                Error::new(
                    ErrorKind::Authentication,
                    format!("the credential could not give a token: {source}"),
                )
                .with_source(source)
            })?,
        };
        match token.problem() {
            Some(problem) => Err(Error::new(
                ErrorKind::Authentication,
                format!("the credential gave no usable token: {problem}"),
            )),
            None => Ok(token),
        }
    }
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Source::Fixed(token) => f.debug_tuple("Credential").field(token).finish(),
            Source::Provider(_) => f.write_str("Credential(provider)"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_error_of_an_unusable_token_omits_it() {
        for token in ["", "ey secret", "secret\r\nX: y", "sécret"] {
            let error = Credential::token(token).unwrap_err();
            assert_eq!(error.argument(), Some("token"));
            assert!(!format!("{error} {error:?}").contains("cret"), "{error:?}");
        }
    }

    #[test]
    fn debug_shows_no_token() {
        let credential = Credential::token("ey-secret").unwrap();
        assert_eq!(
            format!("{credential:?}"),
            "Credential(AccessToken { token: [redacted], expires_at: None })"
        );
    }
}
