use std::error::Error as StdError;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use reqwest::header::HeaderValue;

use crate::secret::Secret;
use crate::{Error, ErrorKind};

/// Whatever a credential may fail with.
pub type BoxError = Box<dyn StdError + Send + Sync>;

type TokenFuture = Pin<Box<dyn Future<Output = Result<AccessToken, BoxError>> + Send>>;
type Provider = dyn Fn(TokenRequest) -> TokenFuture + Send + Sync;

/// Where access tokens come from.
///
/// The endpoint takes delegated permissions only (`Files.Read` is the least): a user has signed in.
/// A token of an application alone is refused by Graph.
#[derive(Clone)]
pub struct Credential(Source);

#[derive(Clone)]
enum Source {
    Fixed(AccessToken),
    Provider(Arc<Provider>),
}

/// What a provider is asked for.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct TokenRequest {
    /// The OAuth scopes, as given to the client.
    pub scopes: Vec<String>,
    /// Graph refused the token given last: a cached one will not do.
    pub refresh: bool,
    /// The claims that Graph wants the new token to satisfy (Continuous Access Evaluation), as JSON
    /// to be handed to the identity library; as a rule there are none.
    pub claims: Option<String>,
}

/// A bearer token for Graph. Its text is never shown.
#[derive(Debug, Clone)]
pub struct AccessToken {
    token: Secret,
    expires_at: Option<SystemTime>,
}

impl AccessToken {
    /// Takes the token as it comes from the identity provider, without `Bearer `.
    pub fn new(token: impl AsRef<str>) -> Self {
        Self {
            token: Secret::new(token.as_ref()),
            expires_at: None,
        }
    }

    /// Until when it is good. A token whose expiry is known is kept and used until that is near;
    /// for one without, the credential is asked before each call to Graph.
    #[must_use]
    pub fn with_expiry(mut self, expires_at: SystemTime) -> Self {
        self.expires_at = Some(expires_at);
        self
    }

    /// Whether it is known to be good for longer than `margin`.
    pub(crate) fn outlasts(&self, margin: Duration, now: SystemTime) -> bool {
        self.expires_at
            .and_then(|expiry| expiry.duration_since(now).ok())
            .is_some_and(|rest| rest > margin)
    }

    pub(crate) fn expose(&self) -> &str {
        self.token.expose()
    }

    /// The problem is told without the token in it.
    fn problem(&self) -> Option<&'static str> {
        let token = self.expose();
        if token.is_empty() {
            Some("the token is empty")
        } else if !token.bytes().all(|byte| byte.is_ascii_graphic()) {
            Some("the token holds white space or characters that a token cannot have")
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
    /// A token that stays as it is. When it expires, calls fail with
    /// [`ErrorKind::Authentication`]; a program that runs for longer wants
    /// [`Credential::from_fn`].
    ///
    /// An empty token, or one that cannot stand in a header, is refused here.
    pub fn token(token: impl AsRef<str>) -> Result<Self, Error> {
        let token = AccessToken::new(token);
        match token.problem() {
            Some(problem) => Err(Error::invalid_argument("token", problem)),
            None => Ok(Self(Source::Fixed(token))),
        }
    }

    /// A function that is asked for a token before each call to Graph, unless the last one is known
    /// to be good for longer ([`AccessToken::with_expiry`]); and once more with
    /// [`TokenRequest::refresh`] set when Graph has answered 401.
    ///
    /// An error it returns becomes the [`cause`](Error::cause) of an
    /// [`ErrorKind::Authentication`] error. One that hangs is given up after
    /// [`credential_timeout`](crate::ClientBuilder::credential_timeout).
    pub fn from_fn<F, Fut, T, E>(provider: F) -> Self
    where
        F: Fn(TokenRequest) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<T, E>> + Send + 'static,
        T: Into<AccessToken>,
        E: Into<BoxError>,
    {
        Self(Source::Provider(Arc::new(move |request| {
            let answer = provider(request);
            Box::pin(async move { answer.await.map(Into::into).map_err(Into::into) })
        })))
    }

    /// Whether asking again can bring another token.
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
    fn an_unusable_token_is_refused_by_name_and_not_repeated() {
        for token in ["", "ey secret", "secret\r\nX: y", "sécret"] {
            let error = Credential::token(token).unwrap_err();
            assert_eq!(error.argument(), Some("token"));
            assert!(!format!("{error} {error:?}").contains("cret"), "{error:?}");
        }
    }

    #[test]
    fn no_token_is_shown() {
        let credential = Credential::token("ey-secret").unwrap();
        assert_eq!(
            format!("{credential:?}"),
            "Credential(AccessToken { token: [redacted], expires_at: None })"
        );
    }
}
