use crate::names::names;

names! {
    /// Why there was no connection, or why it ended without an answer.
    pub enum NetworkFailure {
        /// The name of the host has no address.
        HostNotFound = "host_not_found",
        /// Nothing listens at the address and port, or a firewall refuses.
        ConnectionRefused = "connection_refused",
        /// The other side, or something in between, reset the connection.
        ConnectionReset = "connection_reset",
        /// The connection ended before the answer was complete.
        ConnectionClosed = "connection_closed",
        /// There is no way to the host.
        HostUnreachable = "host_unreachable",
        /// There is no way to the network of the host, or this machine has no network.
        NetworkUnreachable = "network_unreachable",
        /// Nobody answered in time.
        TimedOut = "timed_out",
        /// The system does not permit the connection.
        PermissionDenied = "permission_denied",
        /// This process has too many open files and connections.
        TooManyOpenFiles = "too_many_open_files",
        /// The proxy answered, and did not connect to the host.
        ProxyRefused = "proxy_refused",
        /// The certificate has expired, or this machine's clock is wrong.
        CertificateExpired = "certificate_expired",
        /// The certificate is not valid yet, or this machine's clock is wrong.
        CertificateNotYetValid = "certificate_not_yet_valid",
        /// The certificate is for another name.
        CertificateWrongName = "certificate_wrong_name",
        /// The certificate is self-signed, and not trusted.
        CertificateSelfSigned = "certificate_self_signed",
        /// The server sent the certificate of its authority too, which is not trusted.
        CertificateSelfSignedInChain = "certificate_self_signed_in_chain",
        /// The authority that issued the certificate is not known.
        CertificateUnknownIssuer = "certificate_unknown_issuer",
        /// The named authority did not sign the certificate.
        CertificateBadSignature = "certificate_bad_signature",
        /// The certificate was revoked.
        CertificateRevoked = "certificate_revoked",
        /// The certificate is not valid for another reason.
        CertificateInvalid = "certificate_invalid",
        /// TLS failed for another reason: for instance, the server speaks only TLS 1.1, or no TLS.
        TlsFailed = "tls_failed",
        /// Another error of the system; the message has it.
        Other = "other",
    }
}

impl NetworkFailure {
    /// The code that programs know: of an `errno`, of `getaddrinfo`, or, of a certificate, as OpenSSL and
    /// Node call it. For the bindings.
    #[doc(hidden)]
    pub fn code(self) -> &'static str {
        match self {
            Self::HostNotFound => "ENOTFOUND",
            Self::ConnectionRefused => "ECONNREFUSED",
            Self::ConnectionReset | Self::ConnectionClosed => "ECONNRESET",
            Self::HostUnreachable => "EHOSTUNREACH",
            Self::NetworkUnreachable => "ENETUNREACH",
            Self::TimedOut => "ETIMEDOUT",
            Self::PermissionDenied => "EACCES",
            Self::TooManyOpenFiles => "EMFILE",
            Self::ProxyRefused => "ERR_PROXY_TUNNEL",
            Self::CertificateExpired => "CERT_HAS_EXPIRED",
            Self::CertificateNotYetValid => "CERT_NOT_YET_VALID",
            Self::CertificateWrongName => "ERR_TLS_CERT_ALTNAME_INVALID",
            Self::CertificateSelfSigned => "DEPTH_ZERO_SELF_SIGNED_CERT",
            Self::CertificateSelfSignedInChain => "SELF_SIGNED_CERT_IN_CHAIN",
            Self::CertificateUnknownIssuer => "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
            Self::CertificateBadSignature => "CERT_SIGNATURE_FAILURE",
            Self::CertificateRevoked => "CERT_REVOKED",
            Self::CertificateInvalid => "CERT_REJECTED",
            Self::TlsFailed => "EPROTO",
            Self::Other => "EIO",
        }
    }

    /// Whether the server's certificate is not trusted.
    pub fn is_of_certificate(self) -> bool {
        match self {
            Self::CertificateExpired
            | Self::CertificateNotYetValid
            | Self::CertificateWrongName
            | Self::CertificateSelfSigned
            | Self::CertificateSelfSignedInChain
            | Self::CertificateUnknownIssuer
            | Self::CertificateBadSignature
            | Self::CertificateRevoked
            | Self::CertificateInvalid => true,
            Self::HostNotFound
            | Self::ConnectionRefused
            | Self::ConnectionReset
            | Self::ConnectionClosed
            | Self::HostUnreachable
            | Self::NetworkUnreachable
            | Self::TimedOut
            | Self::PermissionDenied
            | Self::TooManyOpenFiles
            | Self::ProxyRefused
            | Self::TlsFailed
            | Self::Other => false,
        }
    }
}
