"""Why the network failed, as the exception that Python's own libraries raise for it."""

from __future__ import annotations

import errno
import os
import socket

try:
    import ssl
except ImportError:  # Python was built without TLS, which drivebell brings itself.
    ssl = None  # type: ignore[assignment]

# OpenSSL's numbers of what is wrong with a certificate, as in `ssl.SSLCertVerificationError`.
_VERIFY_CODES = {
    "CERT_SIGNATURE_FAILURE": 7,
    "CERT_NOT_YET_VALID": 9,
    "CERT_HAS_EXPIRED": 10,
    "DEPTH_ZERO_SELF_SIGNED_CERT": 18,
    "SELF_SIGNED_CERT_IN_CHAIN": 19,
    "UNABLE_TO_VERIFY_LEAF_SIGNATURE": 21,
    "CERT_REVOKED": 23,
    "CERT_REJECTED": 28,
    "ERR_TLS_CERT_ALTNAME_INVALID": 62,
}


def as_os_error(reason: str, code: str, os_error: int | None, message: str) -> OSError:
    """The cause of an error of the network. The bridge calls this."""
    if reason == "host_not_found":
        return socket.gaierror(socket.EAI_NONAME, "Name or service not known")
    if ssl is not None and reason.startswith("certificate_"):
        error = ssl.SSLCertVerificationError(ssl.SSL_ERROR_SSL, message)
        error.verify_code = _VERIFY_CODES[code]
        error.verify_message = message
        return error
    if ssl is not None and reason == "tls_failed":
        return ssl.SSLError(ssl.SSL_ERROR_SSL, message)
    number = getattr(errno, code, None) if reason != "other" else os_error
    return OSError(message) if number is None else OSError(number, os.strerror(number))
