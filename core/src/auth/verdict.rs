//! Whether a credential that failed said "no" or "not now".
//!
//! Names of exception classes do not tell: azure-identity raises `ClientAuthenticationError` for a
//! password that is wrong and for a host that does not resolve. What the identity service answered
//! does: its OAuth error code (RFC 6749, section 5.2, and
//! <https://learn.microsoft.com/entra/identity-platform/reference-error-codes>). Everything that is
//! not such an answer may pass.

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Only a person can change it.
    No,
    /// It may pass: a network that is away, a service that is overloaded, an error of the program.
    NotNow,
}

/// OAuth error codes, of the identity service and of Microsoft's libraries, that only a person can
/// cure.
pub(crate) const REFUSALS: &[&str] = &[
    "access_denied",
    "authorization_declined",
    // Final: whoever polls has given up.
    "authorization_pending",
    "bad_token",
    "bad_verification_code",
    "code_expired",
    "consent_required",
    "device_code_expired",
    "expired_token",
    "interaction_required",
    "interrupted_user",
    "invalid_client",
    "invalid_grant",
    "invalid_request",
    "invalid_resource",
    "invalid_scope",
    "login_required",
    "native_account_unavailable",
    "no_account_found",
    "no_account_in_silent_request",
    "no_tokens_found",
    "refresh_token_expired",
    "ui_not_allowed",
    "unauthorized_client",
    "unsupported_grant_type",
    "unsupported_response_type",
    "user_canceled",
    "user_timeout_reached",
];

/// OAuth error codes that pass by themselves, in a field or in a text.
const OUTAGES: &[&str] = &["server_error", "slow_down", "temporarily_unavailable"];

/// `@azure/identity` takes every answer with status 400 that is not JSON for an `invalid_request`: a
/// proxy's page, for instance.
const GUESSED_CODE: &str = "The service indicated that the request was invalid";

/// These codes in a text that does not come from a field are other libraries' words too.
const AMBIGUOUS_IN_TEXT: &[&str] = &["invalid_request", "authorization_pending"];

/// `AADSTS` codes that pass by themselves, for libraries that show no other code: the names that
/// Microsoft gives them say retryable, transient, unavailable, timed out or throttled.
const TRANSIENT_AADSTS: &[&str] = &[
    "40010", "50033", "50087", "50166", "50196", "70012", "80001", "80002", "80005", "90006",
    "90012", "90024", "90033", "90055", "90090", "90091",
];

/// Classes whose instances mean that nobody is signed in. A class that a library uses for outages
/// too is not among them.
pub(crate) const REFUSING_CLASSES: &[&str] = &[
    "CredentialUnavailableError",
    "InteractionRequiredAuthError",
    "SignInRequired",
];

/// Words of a network failure. The libraries raise `CredentialUnavailableError` for those too:
/// `@azure/identity` usually, azure-identity for what the commands `az` and `azd` print.
const NETWORK_WORDS: &[&str] = &[
    "endpoints_resolution_error",
    "network_error",
    "ConnectTimeoutError",
    "ConnectionError",
    "ConnectionResetError",
    "MaxRetryError",
    "NameResolutionError",
    "NewConnectionError",
    "ReadTimeoutError",
    "EAI_AGAIN",
    "ECONNREFUSED",
    "ECONNRESET",
    "EHOSTUNREACH",
    "ENETUNREACH",
    "ENOTFOUND",
    "EPIPE",
    "ETIMEDOUT",
];

/// What the libraries say when a request failed, or when a command (`az`, `azd`, PowerShell) failed
/// for a reason that they do not know, such as a network that is away.
const FAILED_PHRASES: &[&str] = &[
    "Connection aborted",
    "Failed to invoke",
    "HTTP Error 429",
    "HTTP Error 5",
    "Max retries exceeded",
    "no such host",
    "timed out",
];

/// What the identity libraries say when nobody signed in, or when they may not ask by themselves.
const PHRASES: &[&str] = &[
    "Automatic authentication has been disabled",
    "No authorization code, cached access token, or refresh token available",
    "Timed out waiting for user to authenticate",
];

/// `oauth_error` comes from a field and decides alone, if it is one; `texts` are those of the failure
/// and its causes.
pub(super) fn of<'a>(
    oauth_error: Option<&str>,
    texts: impl IntoIterator<Item = &'a str>,
    class_names: impl IntoIterator<Item = &'a str>,
) -> Verdict {
    let texts: Vec<&str> = texts.into_iter().collect();
    let is_guess = texts.iter().any(|text| text.contains(GUESSED_CODE));
    if let Some(code) = oauth_error.filter(|code| is_known(code) && !is_guess) {
        return verdict(REFUSALS.contains(&code));
    }
    for text in &texts {
        let has_phrase = PHRASES.iter().any(|phrase| text.contains(phrase));
        if has_phrase || words(text).any(is_refusal_in_text) {
            return Verdict::No;
        }
        if words(text).any(|word| OUTAGES.contains(&word)) {
            return Verdict::NotNow;
        }
        if let Some(code) = aadsts(text) {
            return verdict(!TRANSIENT_AADSTS.contains(&code));
        }
    }
    let refuses = class_names
        .into_iter()
        .any(|class| REFUSING_CLASSES.contains(&class));
    verdict(refuses && !texts.into_iter().any(tells_of_outage))
}

fn verdict(refused: bool) -> Verdict {
    if refused {
        Verdict::No
    } else {
        Verdict::NotNow
    }
}

/// Libraries put codes of their own into the same field, such as `unknown_error` and
/// `post_request_failed`. They do not tell why.
pub(super) fn is_known(code: &str) -> bool {
    REFUSALS.contains(&code) || OUTAGES.contains(&code)
}

/// Whether a text says why: the identity service refused, or the network failed.
pub(super) fn is_telling(text: &str) -> bool {
    aadsts(text).is_some() || tells_of_outage(text) || words(text).any(is_refusal_in_text)
}

fn is_refusal_in_text(word: &str) -> bool {
    REFUSALS.contains(&word) && !AMBIGUOUS_IN_TEXT.contains(&word)
}

fn tells_of_outage(text: &str) -> bool {
    words(text).any(|word| NETWORK_WORDS.contains(&word))
        || FAILED_PHRASES.iter().any(|phrase| text.contains(phrase))
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
}

/// What the identity service said, from its `AADSTS` code on.
pub(super) fn reason(text: &str) -> Option<&str> {
    let code = aadsts(text)?;
    text.find(&format!("AADSTS{code}"))
        .map(|start| &text[start..])
}

/// The number of the first `AADSTS` code in a text.
fn aadsts(text: &str) -> Option<&str> {
    words(text)
        .filter_map(|word| word.strip_prefix("AADSTS"))
        .find(|code| !code.is_empty() && code.bytes().all(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_text(text: &str) -> Verdict {
        of(None, [text], [])
    }

    #[test]
    fn the_identity_service_says_no() {
        for code in REFUSALS {
            assert_eq!(of(Some(code), [], []), Verdict::No, "{code}");
        }
        for text in [
            "invalid_grant",
            "HTTP 400: {\"error\":\"consent_required\"}",
            "Authentication failed: AADSTS700082: The refresh token has expired",
            "AADSTS50076: you must use multi-factor authentication",
            "AADSTS90051: Invalid national Cloud ID (2)",
            "Automatic authentication has been disabled. You may call the authenticate() method.",
            "Timed out waiting for user to authenticate",
            "No authorization code, cached access token, or refresh token available.",
        ] {
            assert_eq!(of_text(text), Verdict::No, "{text}");
        }
        assert_eq!(of(None, ["outer", "invalid_grant"], []), Verdict::No);
    }

    #[test]
    fn everything_else_may_pass() {
        for code in ["temporarily_unavailable", "server_error", "slow_down"] {
            let texts = ["AADSTS70008: not decisive beside a code"];
            assert_eq!(of(Some(code), texts, []), Verdict::NotNow, "{code}");
        }
        for text in [
            "",
            "[Errno -2] Name or service not known",
            "AADSTS90033: A transient error has occurred. Please try again.",
            "Microsoft Entra ID error '(server_error) AADSTS90000: unexpected",
            "AADSTS: no number",
            "my_invalid_grant_handler",
            "HTTP 503",
        ] {
            assert_eq!(of_text(text), Verdict::NotNow, "{text}");
        }
        assert_eq!(of(None, [], ["ClientAuthenticationError"]), Verdict::NotNow);
    }

    #[test]
    fn a_code_of_a_library_does_not_decide() {
        for (code, text, expected) in [
            // What msal-node throws when the device code has expired.
            (
                "post_request_failed",
                "post_request_failed: expired_token",
                Verdict::No,
            ),
            (
                "network_error",
                "network_error: Network request failed",
                Verdict::NotNow,
            ),
            (
                "invalid_request",
                "The service indicated that the request was invalid.\n\n<html>",
                Verdict::NotNow,
            ),
            ("invalid_request", "AADSTS900144: no scope", Verdict::No),
        ] {
            assert_eq!(of(Some(code), [text], []), expected, "{code}");
        }
        assert_eq!(reason("x: AADSTS70008: y"), Some("AADSTS70008: y"));
        assert_eq!(reason("AADSTS: no number"), None);
    }

    #[test]
    fn a_class_refuses_unless_its_text_is_about_the_network() {
        let class = ["CredentialUnavailableError", "Error"];
        assert_eq!(of(None, ["no account in the cache"], class), Verdict::No);
        for text in [
            "endpoints_resolution_error: Endpoints cannot be resolved",
            "getaddrinfo ENOTFOUND login.microsoftonline.com",
            "Failed to invoke the Azure CLI",
            "ERROR: HTTPSConnectionPool(host='x', port=443): Max retries exceeded with url: /",
            "ERROR: dial tcp: lookup login.microsoftonline.com: no such host",
        ] {
            assert_eq!(of(None, [text], class), Verdict::NotNow, "{text}");
        }
        let unknown = of(Some("unknown_error"), ["no account"], class);
        assert_eq!(unknown, Verdict::No);
    }
}
