//! Why a server's certificate is not trusted, for people.

use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;
use rustls::CertificateError;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{DigitallySignedStruct, OtherError, SignatureScheme};

use crate::mention::mention;
use crate::{NetworkFailure, foreign_text};

/// How much is shown of a text that is not ours: the names in a certificate, or what the system says.
const MAX_FOREIGN: usize = 100;

/// How many names of a certificate are shown.
const MAX_NAMES: usize = 3;

/// Asks another verifier, and recognizes a self-signed certificate among those that it refuses.
#[derive(Debug)]
pub(super) struct NamingVerifier(pub(super) Arc<dyn ServerCertVerifier>);

/// The certificate names itself as its issuer.
#[derive(Debug)]
struct SelfSigned;

impl fmt::Display for SelfSigned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("it is self-signed")
    }
}

impl StdError for SelfSigned {}

/// The server sent the certificate of an authority too, which is not trusted.
#[derive(Debug)]
struct SelfSignedInChain;

impl fmt::Display for SelfSignedInChain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("its chain ends in a self-signed certificate of an unknown authority")
    }
}

impl StdError for SelfSignedInChain {}

impl ServerCertVerifier for NamingVerifier {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        use CertificateError as Problem;
        let verified =
            self.0
                .verify_server_cert(certificate, intermediates, name, ocsp_response, now);
        verified.map_err(|error| match &error {
            // An authority may have the same name, and another kind of key.
            rustls::Error::InvalidCertificate(
                Problem::UnknownIssuer
                | Problem::BadSignature
                | Problem::UnsupportedSignatureAlgorithmForPublicKeyContext { .. }
                | Problem::Other(_),
            ) if is_self_signed(certificate) => {
                Problem::Other(OtherError(Arc::new(SelfSigned))).into()
            }
            rustls::Error::InvalidCertificate(Problem::UnknownIssuer)
                if intermediates.iter().any(is_self_signed) =>
            {
                Problem::Other(OtherError(Arc::new(SelfSignedInChain))).into()
            }
            _ => error,
        })
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.0
            .verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.0
            .verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.supported_verify_schemes()
    }
}

fn is_self_signed(certificate: &CertificateDer<'_>) -> bool {
    webpki::EndEntityCert::try_from(certificate)
        .is_ok_and(|certificate| certificate.issuer() == certificate.subject())
}

/// The reason, for programs.
pub(super) fn failure(error: &rustls::Error) -> NetworkFailure {
    use CertificateError as Problem;
    let rustls::Error::InvalidCertificate(error) = error else {
        return NetworkFailure::TlsFailed;
    };
    match error {
        Problem::NotValidForName | Problem::NotValidForNameContext { .. } => {
            NetworkFailure::CertificateWrongName
        }
        Problem::Expired | Problem::ExpiredContext { .. } => NetworkFailure::CertificateExpired,
        Problem::NotValidYet | Problem::NotValidYetContext { .. } => {
            NetworkFailure::CertificateNotYetValid
        }
        Problem::UnknownIssuer => NetworkFailure::CertificateUnknownIssuer,
        Problem::BadSignature
        | Problem::UnsupportedSignatureAlgorithmForPublicKeyContext { .. } => {
            NetworkFailure::CertificateBadSignature
        }
        Problem::Revoked => NetworkFailure::CertificateRevoked,
        Problem::Other(OtherError(error)) if error.is::<SelfSigned>() => {
            NetworkFailure::CertificateSelfSigned
        }
        Problem::Other(OtherError(error)) if error.is::<SelfSignedInChain>() => {
            NetworkFailure::CertificateSelfSignedInChain
        }
        _ => NetworkFailure::CertificateInvalid,
    }
}

/// What is wrong with a connection to `peer` on which TLS failed, and what to do about it.
pub(super) fn problem(peer: &str, error: &rustls::Error) -> String {
    let rustls::Error::InvalidCertificate(error) = error else {
        return format!(
            "{peer} was reached, but TLS failed ({}); check whether a proxy is in the way, and \
             whether it allows TLS 1.2 or 1.3",
            foreign(&error.to_string())
        );
    };
    let (reason, advice) = distrust(error);
    format!(
        "{peer}, or a proxy in its place, has a certificate that is not trusted: {reason}; {advice}"
    )
}

fn distrust(error: &CertificateError) -> (String, String) {
    use CertificateError as Problem;
    let reason = match error {
        Problem::NotValidForNameContext {
            expected,
            presented,
        } => {
            let reason = match names(presented) {
                Some(names) => format!("it is for {names}, not for {}", expected.to_str()),
                None => format!("it is not for {}", expected.to_str()),
            };
            return (reason, check_address());
        }
        Problem::NotValidForName => return ("it is for another name".to_owned(), check_address()),
        Problem::ExpiredContext { time, not_after } => {
            let reason = format!("it expired at {}", instant(*not_after));
            return (reason, check_clock(Some(*time)));
        }
        Problem::Expired => return ("it has expired".to_owned(), check_clock(None)),
        Problem::NotValidYetContext { time, not_before } => {
            let reason = format!("it is not valid before {}", instant(*not_before));
            return (reason, check_clock(Some(*time)));
        }
        Problem::NotValidYet => return ("it is not valid yet".to_owned(), check_clock(None)),
        Problem::UnknownIssuer => "its issuer is unknown".to_owned(),
        Problem::BadSignature
        | Problem::UnsupportedSignatureAlgorithmForPublicKeyContext { .. } => {
            "its issuer has not signed it".to_owned()
        }
        Problem::Revoked => "it is revoked".to_owned(),
        // Also what the certificate services of Windows and Apple say.
        Problem::Other(OtherError(error)) => foreign(&error.to_string()),
        other => foreign(&other.to_string()),
    };
    let advice = format!(
        "if a proxy or your organization issued it, provide the certificate of its authority {}",
        mention("ca_bundle")
    );
    (reason, advice)
}

fn check_address() -> String {
    "check the address, and whether a proxy or a captive portal answers in its place".to_owned()
}

fn check_clock(now: Option<UnixTime>) -> String {
    match now {
        Some(now) => format!(
            "check the clock of this machine, which says {}",
            instant(now)
        ),
        None => "check the clock of this machine".to_owned(),
    }
}

fn instant(time: UnixTime) -> String {
    let seconds = i64::try_from(time.as_secs()).unwrap_or(i64::MAX);
    Timestamp::from_second(seconds).map_or_else(
        |_| "an unknown time".to_owned(),
        |instant| instant.to_string(),
    )
}

/// The names in a certificate, each of which comes as `DnsName("localhost")` or `IpAddress(::1)`.
fn names(presented: &[String]) -> Option<String> {
    let bare = |name: &String| {
        let inside = name.split_once('(').map_or(name.as_str(), |(_, rest)| rest);
        let inside = inside.trim_end_matches(')').trim_matches('"');
        inside.to_owned()
    };
    let mut names: Vec<_> = presented.iter().take(MAX_NAMES).map(bare).collect();
    if presented.len() > MAX_NAMES {
        names.push("others".to_owned());
    }
    (!names.is_empty()).then(|| foreign(&names.join(", ")))
}

fn foreign(text: &str) -> String {
    foreign_text::beginning(text, MAX_FOREIGN)
}
