use std::fmt;
use std::time::{Duration, SystemTime};

use reqwest::header::HeaderValue;

use crate::Error;
use crate::secret::Secret;

/// Later expiries are taken for milliseconds, which some libraries count in.
const LATEST_EXPIRY: Duration = Duration::from_secs(32_503_680_000);

/// A bearer token for Graph. `Debug` does not show it.
#[derive(Debug, Clone)]
pub struct AccessToken {
    token: Secret,
    expires_at: Option<SystemTime>,
    refresh_at: Option<SystemTime>,
}

/// Why a token cannot be used: the name of the field, and the problem with it. Neither contains the
/// token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TokenProblem {
    pub(crate) field: &'static str,
    pub(crate) problem: String,
}

impl AccessToken {
    /// A token as the identity provider gave it, without the prefix `Bearer `.
    pub fn new(token: impl AsRef<str>) -> Self {
        Self {
            token: Secret::new(token.as_ref()),
            expires_at: None,
            refresh_at: None,
        }
    }

    /// For the bindings: a token with times in seconds since 1970.
    ///
    /// # Errors
    /// `InvalidArgument`, with the name of a time that is none.
    #[doc(hidden)]
    pub fn from_unix(
        token: &str,
        expires_on: Option<f64>,
        refresh_on: Option<f64>,
    ) -> Result<Self, Error> {
        let instant = |name, seconds| match seconds {
            Some(seconds) => unix_time(name, seconds).map(Some),
            None => Ok(None),
        };
        Ok(Self {
            token: Secret::new(token),
            expires_at: instant("expires_on", expires_on)?,
            refresh_at: instant("refresh_on", refresh_on)?,
        })
    }

    /// Sets the expiry. A token with an expiry is cached and used until shortly before it
    /// ([`token_refresh_margin`](crate::ClientBuilder::token_refresh_margin)). Without one, the
    /// credential is called before each call to Graph.
    #[must_use]
    pub fn with_expiry(mut self, expires_at: SystemTime) -> Self {
        self.expires_at = Some(expires_at);
        self
    }

    /// Sets the time from which the identity provider wants the token to be replaced (`refresh_on`,
    /// `refresh_in`). From then on the credential is called again; if it fails, the token is used
    /// until it expires. Without an expiry it has no effect.
    #[must_use]
    pub fn with_refresh(mut self, refresh_at: SystemTime) -> Self {
        self.refresh_at = Some(refresh_at);
        self
    }

    /// Whether it is known to be valid for longer than `margin`, and need not be replaced yet.
    pub(crate) fn is_fresh(&self, margin: Duration, now: SystemTime) -> bool {
        self.outlasts(margin, now) && self.refresh_at.is_none_or(|refresh_at| now < refresh_at)
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

    /// Checks what a user passes.
    ///
    /// # Errors
    /// `InvalidArgument`, by the name of the field. The error does not contain the token.
    #[doc(hidden)]
    pub fn check(&self, now: SystemTime) -> Result<(), Error> {
        match self.problem(now) {
            Some(TokenProblem { field, problem }) => Err(Error::invalid_argument(field, problem)),
            None => Ok(()),
        }
    }

    /// Why the token cannot be sent, or must not be.
    pub(crate) fn problem(&self, now: SystemTime) -> Option<TokenProblem> {
        let because = |field, problem: String| Some(TokenProblem { field, problem });
        if let Some(problem) = text_problem(self.expose()) {
            return because("token", problem.to_owned());
        }
        let expiry = self.expires_at?;
        if expiry > SystemTime::UNIX_EPOCH + LATEST_EXPIRY {
            let problem = "is after the year 3000; it must be in seconds since 1970";
            return because("expires_on", problem.to_owned());
        }
        match now.duration_since(expiry) {
            Ok(past) => because("expires_on", expired(past)),
            Err(_) => None,
        }
    }

    pub(crate) fn authorization(&self) -> HeaderValue {
        let mut value = HeaderValue::try_from(format!("Bearer {}", self.expose()))
            .expect("a checked token is visible ASCII");
        value.set_sensitive(true);
        value
    }
}

/// Times before 1970 are as good as 1970: they are past.
fn unix_time(name: &'static str, seconds: f64) -> Result<SystemTime, Error> {
    let since = Duration::try_from_secs_f64(seconds.max(0.0)).ok();
    since
        .filter(|_| !seconds.is_nan())
        .and_then(|since| SystemTime::UNIX_EPOCH.checked_add(since))
        .ok_or_else(|| Error::invalid_argument(name, "is not a time in seconds since 1970"))
}

fn text_problem(token: &str) -> Option<&'static str> {
    let is_bearer = |prefix: &str| prefix.eq_ignore_ascii_case("bearer ");
    if token.is_empty() {
        Some("the token is empty")
    } else if token.get(..7).is_some_and(is_bearer) {
        Some("the token begins with \"Bearer \"; pass only what follows")
    } else if token.contains(['\r', '\n']) {
        Some("the token contains a line break; strip it from what was read")
    } else if token.contains(char::is_whitespace) {
        Some("the token contains white space")
    } else if !token.bytes().all(|byte| byte.is_ascii_graphic()) {
        Some("the token contains characters that a token cannot have")
    } else {
        None
    }
}

fn expired(past: Duration) -> String {
    format!(
        "the token expired {} ago; check that it is in seconds since 1970, that the token is not an \
         old one, and this machine's clock",
        Rough(past)
    )
}

/// A duration for people, in its largest unit.
pub(crate) struct Rough(pub(crate) Duration);

impl fmt::Display for Rough {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.as_secs() {
            seconds @ 0..120 => write!(f, "{seconds} s"),
            seconds @ 120..7200 => write!(f, "{} min", seconds / 60),
            seconds @ 7200..172_800 => write!(f, "{} h", seconds / 3600),
            seconds => write!(f, "{} days", seconds / 86_400),
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(token: &AccessToken) -> Option<(&'static str, String)> {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(2_000_000_000);
        token.problem(now).map(|it| (it.field, it.problem))
    }

    #[test]
    fn a_token_that_cannot_be_sent_is_refused_by_what_is_wrong_with_it() {
        for (token, expected) in [
            ("", "is empty"),
            ("Bearer s3cr3t", "\"Bearer \""),
            ("bearer s3cr3t", "\"Bearer \""),
            ("s3cr3t\n", "line break"),
            ("s3cr3t\r\nX: y", "line break"),
            ("a s3cr3t", "white space"),
            ("s3crét", "cannot have"),
        ] {
            let (field, problem) = problem(&AccessToken::new(token)).unwrap();
            assert_eq!(field, "token");
            assert!(problem.contains(expected), "{problem}");
            assert!(!problem.contains("cr3t"), "{problem}");
        }
        assert_eq!(problem(&AccessToken::new("Bearers")), None);
    }

    #[test]
    fn an_expiry_in_the_past_or_in_milliseconds_is_refused() {
        let at = |seconds| {
            let expiry = SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
            problem(&AccessToken::new("t").with_expiry(expiry))
        };
        for (expiry, expected) in [
            (0, "23148 days ago"),
            (1_999_996_400, "60 min ago"),
            (2_000_000_000, "0 s ago"),
            (2_000_000_000_000, "seconds since 1970"),
        ] {
            let (field, problem) = at(expiry).unwrap();
            assert_eq!(field, "expires_on");
            assert!(problem.contains(expected), "{problem}");
        }
        assert_eq!(at(2_000_000_001), None);
    }

    #[test]
    fn a_time_that_is_none_is_refused_by_name() {
        for odd in [f64::NAN, f64::INFINITY, 1e300] {
            let error = AccessToken::from_unix("t", Some(odd), None).unwrap_err();
            assert_eq!(error.argument(), Some("expires_on"));
            let error = AccessToken::from_unix("t", None, Some(odd)).unwrap_err();
            assert_eq!(error.argument(), Some("refresh_on"));
        }
        let past = AccessToken::from_unix("t", Some(-1.0), None).unwrap();
        assert_eq!(past.problem(SystemTime::now()).unwrap().field, "expires_on");
    }

    #[test]
    fn a_token_is_fresh_until_its_margin_or_its_refresh_time() {
        let now = SystemTime::now();
        let after = |seconds| now + Duration::from_secs(seconds);
        let margin = Duration::from_secs(300);
        let token = AccessToken::new("t").with_expiry(after(3600));
        assert!(token.is_fresh(margin, now));
        assert!(!token.is_fresh(margin, after(3400)));
        let token = token.with_refresh(after(1800));
        assert!(token.is_fresh(margin, after(1799)));
        assert!(!token.is_fresh(margin, after(1800)));
        assert!(token.outlasts(margin, after(1800)));
        assert!(!AccessToken::new("t").is_fresh(Duration::ZERO, now));
    }
}
