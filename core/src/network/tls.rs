use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use rustls::ClientConfig;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls_platform_verifier::Verifier;

use super::certificate::NamingVerifier;
use crate::mention::mention;
use crate::{Error, ErrorKind};

/// In bytes. A system's whole bundle has some hundred kilobytes.
const MAX_CA_BUNDLE: u64 = 16 * 1024 * 1024;

/// The TLS configuration for REST and for the socket. It trusts the system's certificates and those
/// of the bundle.
pub(crate) fn config(ca_bundle: Option<&Path>) -> Result<ClientConfig, Error> {
    let extra = ca_bundle
        .map(read_ca_bundle)
        .transpose()?
        .unwrap_or_default();
    let unusable = |error: rustls::Error| {
        Error::new(
            ErrorKind::ConnectionFailed,
            format!(
                "TLS could not be set up; see the cause of this error. If this system has no \
                 trusted certificates, provide some {}",
                mention("ca_bundle")
            ),
        )
        .permanent()
        .with_source(error)
    };
    let provider = Arc::new(aws_lc_rs::default_provider());
    let verifier =
        Verifier::new_with_extra_roots(extra, Arc::clone(&provider)).map_err(unusable)?;
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(unusable)?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(NamingVerifier(Arc::new(verifier))))
        .with_no_client_auth();
    // Not HTTP/2, over which the service refuses the upgrade.
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}

fn read_ca_bundle(path: &Path) -> Result<Vec<CertificateDer<'static>>, Error> {
    let refuse = |problem: String| {
        Error::invalid_argument("ca_bundle", format!("{} {problem}", path.display()))
    };
    let mut pem = Vec::new();
    File::open(path)
        .and_then(|file| file.take(MAX_CA_BUNDLE + 1).read_to_end(&mut pem))
        .map_err(|error| refuse(format!("cannot be read: {error}")).with_source(error))?;
    if pem.len() as u64 > MAX_CA_BUNDLE {
        return Err(refuse(format!(
            "has more than {MAX_CA_BUNDLE} bytes, so it is another file"
        )));
    }
    let certificates = CertificateDer::pem_slice_iter(&pem)
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| refuse("is not a bundle of PEM certificates".into()).with_source(error))?;
    if certificates.is_empty() {
        return Err(refuse("contains no PEM certificate".into()));
    }
    Ok(certificates)
}
