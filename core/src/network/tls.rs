use std::ffi::OsString;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::{env, fmt};

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier;
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, OtherError, RootCertStore};
use rustls_platform_verifier::Verifier;

use super::certificate::NamingVerifier;
use crate::mention::mention;
use crate::{Error, ErrorKind};

/// In bytes. A system's whole bundle has some hundred kilobytes.
const MAX_CA_BUNDLE: u64 = 16 * 1024 * 1024;

/// The file of certificates that replaces the system's, and the folders, as OpenSSL reads them.
const FILE: &str = "SSL_CERT_FILE";
const FOLDERS: &str = "SSL_CERT_DIR";

/// The TLS configuration for REST and for the socket. It trusts the system's certificates, or those
/// that the environment names in their place; those of the bundle; and the others given.
pub(crate) fn config(
    ca_bundle: Option<&Path>,
    others: &[CertificateDer<'static>],
) -> Result<ClientConfig, Error> {
    let mut extra = others.to_vec();
    if let Some(path) = ca_bundle {
        extra.extend(read_certificates("ca_bundle", path)?);
    }
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
    let verifier: Arc<dyn ServerCertVerifier> = match of_environment(env::var_os)? {
        None => {
            let verifier = Verifier::new_with_extra_roots(extra, Arc::clone(&provider));
            Arc::new(verifier.map_err(unusable)?)
        }
        Some(roots) => verifier(roots, extra, &provider).map_err(unusable)?,
    };
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(unusable)?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(NamingVerifier(verifier)))
        .with_no_client_auth();
    // Not HTTP/2, over which the service refuses the upgrade.
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}

fn verifier(
    roots: Vec<CertificateDer<'static>>,
    extra: Vec<CertificateDer<'static>>,
    provider: &Arc<CryptoProvider>,
) -> Result<Arc<WebPkiServerVerifier>, rustls::Error> {
    let mut store = RootCertStore::empty();
    for certificate in extra {
        store.add(certificate)?;
    }
    // A bundle of a whole system may have some that cannot be used.
    store.add_parsable_certificates(roots);
    WebPkiServerVerifier::builder_with_provider(store.into(), Arc::clone(provider))
        .build()
        .map_err(|error| OtherError(Arc::new(error)).into())
}

/// The certificates that the environment names in the place of the system's, if it does.
///
/// # Errors
/// `ConnectionFailed` if there are none: nothing could be trusted. What else cannot be read is logged.
fn of_environment(
    variable: impl Fn(&'static str) -> Option<OsString>,
) -> Result<Option<Vec<CertificateDer<'static>>>, Error> {
    let mut named: Vec<(&str, PathBuf)> = Vec::new();
    named.extend(variable(FILE).map(|path| (FILE, path.into())));
    for path in env::split_paths(&variable(FOLDERS).unwrap_or_default()) {
        if !path.as_os_str().is_empty() {
            named.push((FOLDERS, path));
        }
    }
    if named.is_empty() {
        return Ok(None);
    }
    let mut certificates = Vec::new();
    let mut problems = Vec::new();
    for (name, path) in &named {
        let (file, folder) = match *name {
            FILE => (Some(path.as_path()), None),
            _ => (None, Some(path.as_path())),
        };
        let read = rustls_native_certs::load_certs_from_paths(file, folder);
        if read.certs.is_empty() && read.errors.is_empty() {
            problems.push(unread(name, path, &"it contains no PEM certificate"));
        }
        problems.extend(read.errors.iter().map(|error| unread(name, path, error)));
        certificates.extend(read.certs);
    }
    if certificates.is_empty() {
        let message = format!(
            "{}; so no server can be trusted. Correct the variable in the environment, or unset it",
            problems.join("; ")
        );
        return Err(Error::new(ErrorKind::ConnectionFailed, message).permanent());
    }
    for problem in problems {
        tracing::warn!(target: "drivebell::network", problem, "certificates cannot be read");
    }
    Ok(Some(certificates))
}

fn unread(name: &str, path: &Path, error: &dyn fmt::Display) -> String {
    if path.as_os_str().is_empty() {
        return format!("{name} is empty");
    }
    format!(
        "{name} names {}, which cannot be used: {error}",
        path.display()
    )
}

/// The certificates of a PEM file, which `name` names.
///
/// # Errors
/// `InvalidArgument`, by that name.
pub(crate) fn read_certificates(
    name: &'static str,
    path: &Path,
) -> Result<Vec<CertificateDer<'static>>, Error> {
    let refuse =
        |problem: String| Error::invalid_argument(name, format!("{} {problem}", path.display()));
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

#[cfg(test)]
mod tests {
    use super::*;

    const CERTIFICATE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/servers/tls/ca.pem");
    const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/servers/tls");

    /// How many certificates these values of the two variables name.
    fn count(file: Option<&str>, folders: Option<&str>) -> Result<Option<usize>, Error> {
        let variable = |name| if name == FILE { file } else { folders };
        let found = of_environment(|name| variable(name).map(Into::into))?;
        Ok(found.map(|certificates| certificates.len()))
    }

    #[test]
    fn the_environment_replaces_the_certificates_of_the_system() {
        assert_eq!(count(None, None).unwrap(), None);
        assert_eq!(count(None, Some("")).unwrap(), None);
        assert_eq!(count(Some(CERTIFICATE), None).unwrap(), Some(1));
        assert!(count(None, Some(FOLDER)).unwrap() >= Some(1));
        let folders = env::join_paths(["/nowhere", FOLDER]).unwrap();
        assert!(count(None, folders.to_str()).unwrap() >= Some(1));
        assert_eq!(count(Some(CERTIFICATE), Some("/nowhere")).unwrap(), Some(1));
    }

    #[test]
    fn an_environment_that_names_no_certificate_is_an_error_by_its_name() {
        let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
        for (file, folders, says) in [
            (
                Some("/nowhere/ca.pem"),
                None,
                "SSL_CERT_FILE names /nowhere/ca.pem",
            ),
            (None, Some("/nowhere"), "SSL_CERT_DIR names /nowhere"),
            (Some(""), None, "SSL_CERT_FILE is empty"),
            (Some(manifest), None, "it contains no PEM certificate"),
        ] {
            let error = count(file, folders).unwrap_err();
            assert!(error.to_string().contains(says), "{error}");
            assert!(!error.retryable(), "{error}");
        }
    }
}
