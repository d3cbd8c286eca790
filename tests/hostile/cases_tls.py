"""What somebody between us and Graph can send in TLS's place."""

from __future__ import annotations

import ssl
import tempfile
import warnings
from functools import cache
from pathlib import Path

from case import Case, Limits
from cases_graph import answering, quiet_socket
from certificates import DAY, Authority
from server import Request, Scripted, Tls

DIRECTORY = Path(tempfile.mkdtemp(prefix="drivebell-hostile-"))
ONCE = ("retry_timeout=0",)


@cache
def authority(name: str = "ours") -> Authority:
    return Authority(DIRECTORY / name)


def trusted() -> tuple[str, ...]:
    return (f"ca_bundle={authority().path}", *ONCE)


def old_tls() -> ssl.SSLContext:
    context = authority().context("127.0.0.1")
    context.set_ciphers("ALL:@SECLEVEL=0")
    with warnings.catch_warnings():
        # That it is deprecated is the point.
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    return context


async def not_called(_server: Scripted, _request: Request) -> None:
    raise AssertionError("a request came through")


def record(kind: int, payload: bytes, *, length: int | None = None) -> bytes:
    """A TLS record (RFC 8446, section 5.1)."""
    size = len(payload) if length is None else length
    return bytes([kind, 3, 3]) + size.to_bytes(2, "big") + payload


def certificate_case(arrives: str, tls: Tls, told: str) -> Case:
    return Case(
        arrives, "T", "endpoint", not_called, quiet_socket,
        "nothing is sent; the error says what is wrong with the certificate",
        Limits(requests=0), told=told, tls=tls, options=trusted,
    )  # fmt: skip


def garbage(arrives: str, data: bytes, *, endless: bool = False) -> Case:
    return Case(
        arrives, "T", "endpoint", not_called, quiet_socket,
        "nothing is sent; TLS fails", Limits(requests=0), told="tls",
        tls=Tls(garbage=data, endless=endless), options=trusted,
    )  # fmt: skip


CASES = [
    certificate_case(
        "a certificate for another name",
        Tls(lambda: authority().context("other.example")), "not for",
    ),
    certificate_case(
        "a certificate for a name, where an address was called",
        Tls(lambda: authority().context("localhost")), "not for",
    ),
    certificate_case(
        "a certificate that has expired",
        Tls(lambda: authority().context("127.0.0.1", begins=-9 * DAY, ends=-DAY)), "expired",
    ),
    certificate_case(
        "a certificate that is not valid yet",
        Tls(lambda: authority().context("127.0.0.1", begins=DAY)), "valid",
    ),
    certificate_case(
        "a self-signed certificate",
        Tls(lambda: authority().context("127.0.0.1", self_signed=True)), "self-signed",
    ),
    certificate_case(
        "a certificate of an unknown authority",
        Tls(lambda: authority("theirs").context("127.0.0.1")), "issuer",
    ),
    Case(
        "TLS 1.1", "T", "endpoint", not_called, quiet_socket,
        # The server of this test hangs up without an alert.
        "nothing is sent; the connection fails", Limits(requests=0),
        told="could not be reached", tls=Tls(old_tls), options=trusted,
    ),
    garbage("records that are no records, without a pause", b"\x99" * 65536, endless=True),
    garbage("a record of 64 KiB", record(22, b"x" * 100, length=65535) + b"x" * 65536),
    garbage("empty records, without a pause", record(22, b"") * 10_000, endless=True),
    garbage("warnings, without a pause", record(21, b"\x01\x00") * 10_000, endless=True),
    garbage(
        "a handshake message of 16 MB",
        record(22, b"\x02\xff\xff\xff" + b"x" * 16000),
        endless=True,
    ),
    Case(
        "a certificate that is trusted", "T", "endpoint",
        answering(404, b"{}"), quiet_socket, "the request is sent", Limits(requests=1),
        told="404", tls=Tls(lambda: authority().context("127.0.0.1")), options=trusted,
    ),
]  # fmt: skip
