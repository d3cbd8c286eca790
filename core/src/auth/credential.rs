use std::error::Error as StdError;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::SystemTime;

use super::access_token::AccessToken;
use super::token_request::TokenRequest;
use crate::Error;

/// Any error of a credential.
pub type BoxError = Box<dyn StdError + Send + Sync>;

pub(super) type TokenFuture = Pin<Box<dyn Future<Output = Result<AccessToken, BoxError>> + Send>>;
type Provider = dyn Fn(TokenRequest) -> TokenFuture + Send + Sync;

/// The credentials of azure-identity and `@azure/identity` that ask a person.
const INTERACTIVE_CLASSES: &[&str] = &[
    "DeviceCodeCredential",
    "InteractiveBrowserBrokerCredential",
    "InteractiveBrowserCredential",
];

/// A source of access tokens.
///
/// The endpoint supports delegated permissions only, at least `Files.Read`: a user has signed in.
/// Graph refuses the token of an application alone.
#[derive(Clone)]
pub struct Credential {
    source: Source,
    is_interactive: bool,
    /// Dropping the future does not end the call.
    outlives_drop: bool,
}

#[derive(Clone)]
enum Source {
    Fixed(AccessToken),
    Provider(Arc<Provider>),
}

impl Credential {
    /// A fixed token. After its expiry, calls fail with
    /// [`ErrorKind::Authentication`](crate::ErrorKind::Authentication). Programs that run longer
    /// should use [`Credential::from_fn`].
    ///
    /// # Errors
    /// `InvalidArgument` for a token that is empty or cannot be sent in a header.
    pub fn token(token: impl AsRef<str>) -> Result<Self, Error> {
        let token = AccessToken::new(token);
        token.check(SystemTime::now())?;
        Ok(Self::new(Source::Fixed(token)))
    }

    /// A function that returns a token. It is called before each call to Graph, unless the last
    /// token has an expiry that is not near ([`AccessToken::with_expiry`]). After a 401 it is
    /// called once more, with [`TokenRequest::refresh`] set. Only one call is under way at a time:
    /// everything that needs a token meanwhile waits for it too.
    ///
    /// If it returns [`SignInRequired`](crate::SignInRequired), or an error whose text contains a
    /// refusal of the identity service (such as `invalid_grant`, or an `AADSTS` code), the user
    /// must sign in again. Every other error is an outage: sessions try again. The error becomes
    /// the [`cause`](Error::cause) of an
    /// [`ErrorKind::Authentication`](crate::ErrorKind::Authentication) error.
    ///
    /// It must return within [`credential_timeout`](crate::ClientBuilder::credential_timeout), or,
    /// once it has called [`TokenRequest::signing_in`], within
    /// [`sign_in_timeout`](crate::ClientBuilder::sign_in_timeout). A future that takes longer is
    /// dropped.
    pub fn from_fn<F, Fut, T, E>(provider: F) -> Self
    where
        F: Fn(TokenRequest) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<T, E>> + Send + 'static,
        T: Into<AccessToken>,
        E: Into<BoxError>,
    {
        let provider = Arc::new(provider);
        Self::new(Source::Provider(Arc::new(move |request| {
            let provider = Arc::clone(&provider);
            Box::pin(async move {
                let call = provider(request);
                // A call that never ends must not keep the function of a closed client.
                drop(provider);
                call.await.map(Into::into).map_err(Into::into)
            })
        })))
    }

    fn new(source: Source) -> Self {
        Self {
            source,
            is_interactive: false,
            outlives_drop: false,
        }
    }

    /// Says that the function may ask a person to sign in, so that each call may take
    /// [`sign_in_timeout`](crate::ClientBuilder::sign_in_timeout). A function that can tell when it
    /// asks should call [`TokenRequest::signing_in`] instead.
    #[must_use]
    pub fn interactive(mut self) -> Self {
        self.is_interactive = true;
        self
    }

    /// For the bindings, whose calls run in another language: dropping the future does not end
    /// them. A call that was given up is told so ([`TokenRequest::cancelled`]), and until it has
    /// ended no other is made: the next attempt waits for it.
    #[doc(hidden)]
    #[must_use]
    pub fn outliving_drop(mut self) -> Self {
        self.outlives_drop = true;
        self
    }

    /// For the bindings: [`interactive`](Self::interactive) if one of these is a class of
    /// azure-identity or `@azure/identity` that asks a person.
    #[doc(hidden)]
    #[must_use]
    pub fn recognized(self, class_names: &[String]) -> Self {
        if Self::asks_a_person(class_names) {
            return self.interactive();
        }
        self
    }

    /// For the bindings: whether one of these classes asks a person.
    #[doc(hidden)]
    pub fn asks_a_person(class_names: &[String]) -> bool {
        let asks = |name: &String| INTERACTIVE_CLASSES.contains(&name.as_str());
        class_names.iter().any(asks)
    }

    pub(crate) fn is_interactive(&self) -> bool {
        self.is_interactive
    }

    pub(super) fn outlives_drop(&self) -> bool {
        self.outlives_drop
    }

    /// The token, if it never changes.
    pub(super) fn fixed(&self) -> Option<&AccessToken> {
        match &self.source {
            Source::Fixed(token) => Some(token),
            Source::Provider(_) => None,
        }
    }

    /// The call, which does nothing before it is polled; `None` for a fixed token.
    pub(super) fn call(&self, request: TokenRequest) -> Option<TokenFuture> {
        match &self.source {
            Source::Fixed(_) => None,
            Source::Provider(provider) => Some(provider(request)),
        }
    }
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.source {
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
        for token in ["", "ey secret", "secret\r\nX: y", "sécret", "Bearer secret"] {
            let error = Credential::token(token).unwrap_err();
            assert_eq!(error.argument(), Some("token"));
            assert!(!format!("{error} {error:?}").contains("cret"), "{error:?}");
        }
    }

    #[test]
    fn debug_shows_no_token() {
        let credential = Credential::token("ey-secret").unwrap();
        let shown = format!("{credential:?}");
        assert!(!shown.contains("ey-secret"), "{shown}");
        assert!(shown.contains("[redacted]"), "{shown}");
    }
}
