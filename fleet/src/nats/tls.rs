use std::path::Path;
use std::sync::Arc;

use async_nats::rustls::crypto::aws_lc_rs;
use async_nats::rustls::pki_types::pem::PemObject;
use async_nats::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use async_nats::rustls::{ClientConfig, RootCertStore};

use super::error::chain;
use super::{NatsError, NatsErrorKind, Tls};

/// How this program encrypts. Reads the files, so that one that cannot be used is refused before
/// anything is sent.
pub(super) fn configure(tls: &Tls) -> Result<ClientConfig, NatsError> {
    let mut roots = RootCertStore::empty();
    // What cannot be read is missed when a server's certificate is checked, and said then.
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if let Some(path) = &tls.ca_file {
        for certificate in certificates(path)? {
            roots.add(certificate).map_err(|error| {
                unusable(path, "has a certificate that cannot be trusted", error)
            })?;
        }
    }
    let provider = Arc::new(aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| options("this build cannot encrypt").with_source(error))?
        .with_root_certificates(roots);
    let Some((certificate_path, key_path)) = &tls.client else {
        return Ok(builder.with_no_client_auth());
    };
    let key = PrivateKeyDer::from_pem_file(key_path)
        .map_err(|error| unusable(key_path, "holds no private key in PEM", error))?;
    builder
        .with_client_auth_cert(certificates(certificate_path)?, key)
        .map_err(|error| {
            let problem = format!("does not fit the key {}", key_path.display());
            unusable(certificate_path, &problem, error)
        })
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, NatsError> {
    let problem = "holds no certificates in PEM";
    let certificates: Vec<_> = CertificateDer::pem_file_iter(path)
        .and_then(Iterator::collect)
        .map_err(|error| unusable(path, problem, error))?;
    if certificates.is_empty() {
        return Err(options(format!("the file {} {problem}", path.display())));
    }
    Ok(certificates)
}

fn unusable(
    path: &Path,
    problem: &str,
    error: impl std::error::Error + Send + Sync + 'static,
) -> NatsError {
    let error_text = chain(&error);
    options(format!(
        "the file {} {problem}: {error_text}",
        path.display()
    ))
    .with_source(error)
}

fn options(message: impl Into<String>) -> NatsError {
    NatsError::new(NatsErrorKind::Options, message)
}
