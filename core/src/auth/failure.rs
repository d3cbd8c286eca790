//! What a credential failed with, and the error that follows from it.

use std::error::Error as StdError;
use std::fmt;

use super::credential::BoxError;
use super::verdict::{self, Verdict};
use crate::help_page::ErrorCause;
use crate::redact;
use crate::{Error, ErrorKind};

/// How many causes of an error are read.
const MAX_CAUSES: usize = 8;

/// The user must sign in again: an error for credentials to return.
///
/// A credential that returns it is not called again and again, as after any other error: sessions
/// that were never live end, and others end after
/// [`refusal_timeout`](crate::ClientBuilder::refusal_timeout).
#[derive(Debug, Clone)]
pub struct SignInRequired {
    reason: String,
}

impl SignInRequired {
    /// `reason` says why, and what the user must do. It must not contain a token.
    pub fn new(reason: impl Into<String>) -> Self {
        Self {
            reason: reason.into(),
        }
    }
}

impl fmt::Display for SignInRequired {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)
    }
}

impl StdError for SignInRequired {}

/// What a credential in another language has raised or returned, for the bindings.
#[doc(hidden)]
#[derive(Debug)]
pub struct CredentialFailure {
    /// The names of its class and of its base classes, and those of its causes. The first one is
    /// shown.
    pub class_names: Vec<String>,
    /// Its own text.
    pub text: String,
    /// The texts of its causes.
    pub causes: Vec<String>,
    /// The OAuth error code, if it has one in a field of its own.
    pub oauth_error: Option<String>,
    /// The credential returned something that is no token.
    pub is_misuse: bool,
    /// What the error's source is to be.
    pub source: BoxError,
}

impl fmt::Display for CredentialFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.described())
    }
}

impl StdError for CredentialFailure {}

impl CredentialFailure {
    /// The class, what the library says, and what the identity service said, which some libraries
    /// put elsewhere. Without secrets.
    fn described(&self) -> String {
        let class = self.class_names.first().cloned().unwrap_or_default();
        let said = redact::library_text(&self.text);
        let code = self.oauth_error.as_deref().filter(|code| {
            let is_known = verdict::is_known(code);
            is_known && !self.is_misuse && !said.contains(code)
        });
        let reason = self
            .texts()
            .find_map(verdict::reason)
            .map(redact::library_text)
            .filter(|_| !said.contains("AADSTS"));
        let detail = match (code, &reason) {
            (None, None) => self.detail(&said),
            _ => None,
        };
        let parts = [
            class,
            code.unwrap_or_default().to_owned(),
            said.clone(),
            reason.or(detail).unwrap_or_default(),
        ];
        let parts: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        parts.join(": ")
    }

    /// What a cause says, if the failure itself says only that something failed: "fetch failed", or
    /// "authentication failed" of a chain of credentials.
    fn detail(&self, said: &str) -> Option<String> {
        if self.is_misuse || verdict::is_telling(said) {
            return None;
        }
        let lines: Vec<String> = self
            .causes
            .iter()
            .map(|cause| redact::library_text(cause))
            .filter(|line| !line.is_empty() && !said.contains(line.as_str()))
            .collect();
        let telling = lines.iter().find(|line| verdict::is_telling(line));
        telling.or(lines.first()).cloned()
    }

    fn texts(&self) -> impl Iterator<Item = &str> {
        std::iter::once(&self.text)
            .chain(&self.causes)
            .map(String::as_str)
    }

    /// Whether only a person can cure it.
    pub fn is_refusal(&self) -> bool {
        self.verdict() == Verdict::No
    }

    fn verdict(&self) -> Verdict {
        verdict::of(
            self.oauth_error.as_deref(),
            self.texts(),
            self.class_names.iter().map(String::as_str),
        )
    }

    fn into_error(self) -> Error {
        let described = self.described();
        if self.is_misuse {
            return misuse(&described).with_source(self.source);
        }
        failed(self.verdict(), &described).with_source(self.source)
    }
}

/// The error for what a credential failed with.
pub(super) fn error(failure: BoxError) -> Error {
    match failure.downcast::<CredentialFailure>() {
        Ok(failure) => failure.into_error(),
        Err(failure) => {
            // A field of the token that was returned.
            if let Some(invalid) = failure.downcast_ref::<Error>()
                && invalid.argument().is_some()
            {
                return misuse(&invalid.message()).with_source(failure);
            }
            let described = redact::library_text(&Error::message_of(&*failure));
            failed(verdict_of(&*failure), &described).with_source(failure)
        }
    }
}

fn verdict_of(failure: &(dyn StdError + Send + Sync + 'static)) -> Verdict {
    let mut texts = Vec::new();
    let mut next: Option<&(dyn StdError + 'static)> = Some(failure);
    while let Some(error) = next
        && texts.len() < MAX_CAUSES
    {
        if error.is::<SignInRequired>() {
            return Verdict::No;
        }
        texts.push(error.to_string());
        next = error.source();
    }
    verdict::of(None, texts.iter().map(String::as_str), [])
}

fn failed(verdict: Verdict, described: &str) -> Error {
    match verdict {
        Verdict::No => Error::new(
            ErrorKind::Authentication,
            format!("the credential refused to give a token; sign in again: {described}"),
        )
        .with_cause(ErrorCause::SignInRefused),
        Verdict::NotNow => Error::new(
            ErrorKind::Authentication,
            format!(
                "the credential could not give a token, which may pass; if it does not, check the \
                 network and the credential: {described}"
            ),
        )
        .with_cause(ErrorCause::CredentialFailed)
        .uncertain(),
    }
}

/// The error for what a credential returned, if that cannot be used.
pub(super) fn misuse(problem: &str) -> Error {
    Error::new(
        ErrorKind::Authentication,
        format!("the credential gave no usable token: {problem}"),
    )
    .with_cause(ErrorCause::UnusableToken)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_class(class_names: &[&str], text: &str, oauth_error: Option<&str>) -> Error {
        error(Box::new(CredentialFailure {
            class_names: class_names.iter().map(ToString::to_string).collect(),
            text: text.to_owned(),
            causes: vec![],
            oauth_error: oauth_error.map(str::to_owned),
            is_misuse: false,
            source: "the exception".into(),
        }))
    }

    #[derive(Debug)]
    struct Wrapped(BoxError);

    impl fmt::Display for Wrapped {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("wrapped")
        }
    }

    impl StdError for Wrapped {
        fn source(&self) -> Option<&(dyn StdError + 'static)> {
            Some(&*self.0)
        }
    }

    #[test]
    fn a_refusal_is_permanent_and_an_outage_is_not() {
        let refused = of_class(
            &["ClientAuthenticationError", "AzureError"],
            "Authentication failed: AADSTS50076: Due to a change, you must use MFA.\nTrace ID: x",
            Some("interaction_required"),
        );
        assert!(!refused.retryable());
        assert_eq!(refused.kind(), ErrorKind::Authentication);
        let text = refused.to_string();
        let expected =
            "ClientAuthenticationError: interaction_required: Authentication failed: AADSTS50076";
        assert!(text.contains(expected), "{text}");
        assert!(!text.contains("Trace"), "{text}");
        assert_eq!(refused.cause().unwrap().to_string(), "the exception");

        let outage = of_class(
            &["ClientAuthenticationError"],
            "Failed to establish a new connection",
            None,
        );
        assert!(outage.retryable());
        assert!(outage.to_string().contains("may pass"), "{outage}");
    }

    #[test]
    fn the_reason_of_the_identity_service_is_shown_wherever_it_is() {
        let shown = |text: &str, causes: &[&str], code: &str| {
            let failure = CredentialFailure {
                class_names: vec!["E".to_owned()],
                text: text.to_owned(),
                causes: causes.iter().map(ToString::to_string).collect(),
                oauth_error: Some(String::from(code)),
                is_misuse: false,
                source: "x".into(),
            };
            failure.to_string()
        };
        assert_eq!(
            shown(
                "invalid_grant Status code: 400\nMore details:\nAADSTS70008: it has expired.\nTrace ID: x",
                &[],
                "invalid_grant"
            ),
            "E: invalid_grant: AADSTS70008: it has expired."
        );
        assert_eq!(
            shown("HTTP 400", &["AADSTS70008: expired"], "invalid_grant"),
            "E: invalid_grant: HTTP 400: AADSTS70008: expired"
        );
        assert_eq!(
            shown("AADSTS1: a", &["AADSTS2: b"], "network_error"),
            "E: AADSTS1: a"
        );
        assert_eq!(shown("", &[], "unknown"), "E");
    }

    #[test]
    fn the_reason_of_a_failure_that_tells_none_is_shown() {
        let shown = |text: &str, causes: &[&str]| {
            let failure = CredentialFailure {
                class_names: vec!["E".to_owned()],
                text: text.to_owned(),
                causes: causes.iter().map(ToString::to_string).collect(),
                oauth_error: None,
                is_misuse: false,
                source: "x".into(),
            };
            failure.to_string()
        };
        for (text, causes, expected) in [
            (
                "fetch failed",
                &["", "connect ECONNREFUSED 127.0.0.1:1"][..],
                "E: fetch failed: connect ECONNREFUSED 127.0.0.1:1",
            ),
            (
                "Chain failed.\nA: no\nB: network_error",
                &["no variables are set", "network_error: see\nmore"],
                "E: Chain failed.: network_error: see",
            ),
            (
                "Chain failed.",
                &["no variables are set", "no account"],
                "E: Chain failed.: no variables are set",
            ),
            (
                "Chain failed: no account",
                &["no account"],
                "E: Chain failed: no account",
            ),
            ("connect ETIMEDOUT", &["a cause"], "E: connect ETIMEDOUT"),
            (
                "failed",
                &["got eyJhbGciOiJub25lIn0"],
                "E: failed: got [redacted]",
            ),
        ] {
            assert_eq!(shown(text, causes), expected);
        }
    }

    #[test]
    fn errors_of_rust_are_told_apart_too() {
        for refusal in [
            Box::new(SignInRequired::new("run login")) as BoxError,
            Box::new(Wrapped(SignInRequired::new("run login").into())),
            Box::new(Wrapped("invalid_grant: AADSTS70008: expired".into())),
            "the server said invalid_grant".into(),
        ] {
            assert!(!error(refusal).retryable());
        }
        for outage in ["connection refused", "HTTP 503", ""] {
            assert!(error(outage.into()).retryable(), "{outage}");
        }
    }
}
