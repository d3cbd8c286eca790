//! A certificate for this machine, and the authority that signed it.

use std::fmt;
use std::io;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::Offset;
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa,
    Issuer, KeyPair, KeyUsagePurpose, date_time_ymd,
};
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::PrivateKeyDer;
use tokio_rustls::TlsAcceptor;

/// The names that clients reach the simulator by.
const NAMES: [&str; 2] = ["localhost", "127.0.0.1"];

/// TLS on the server's side.
pub(crate) struct Tls {
    pub(crate) acceptor: TlsAcceptor,
    /// The authority that a client must trust.
    pub(crate) authority_pem: String,
}

impl Tls {
    /// Makes an authority and a certificate, which only this run of the simulator uses.
    pub(crate) fn new() -> io::Result<Self> {
        let authority_key = KeyPair::generate().map_err(failed)?;
        let mut authority = params("drivebell simulator CA", [])?;
        authority.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        authority.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let authority_pem = authority.self_signed(&authority_key).map_err(failed)?.pem();
        let issuer = Issuer::new(authority, authority_key);

        let key = KeyPair::generate().map_err(failed)?;
        let mut certificate = params("localhost", NAMES)?;
        certificate.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        certificate.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        // Python's strict verification requires it.
        certificate.use_authority_key_identifier_extension = true;
        let certificate = certificate.signed_by(&key, &issuer).map_err(failed)?;

        // Not the process's default provider, which belongs to the program around this library.
        let provider = Arc::new(aws_lc_rs::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(failed)?
            .with_no_client_auth()
            .with_single_cert(
                vec![certificate.der().clone()],
                PrivateKeyDer::Pkcs8(key.serialize_der().into()),
            )
            .map_err(failed)?;
        Ok(Self {
            acceptor: TlsAcceptor::from(Arc::new(config)),
            authority_pem,
        })
    }
}

fn params<const N: usize>(name: &str, names: [&str; N]) -> io::Result<CertificateParams> {
    let names = names.map(ToOwned::to_owned);
    let mut params = CertificateParams::new(names).map_err(failed)?;
    let mut distinguished = DistinguishedName::new();
    distinguished.push(DnType::CommonName, name);
    params.distinguished_name = distinguished;
    // macOS refuses a certificate that is valid for more than 825 days.
    let year = i32::from(Offset::UTC.to_datetime(Timestamp::now()).year());
    params.not_before = date_time_ymd(year, 1, 1);
    params.not_after = date_time_ymd(year + 2, 1, 1);
    Ok(params)
}

fn failed(error: impl fmt::Display) -> io::Error {
    io::Error::other(format!("cannot prepare TLS: {error}"))
}
