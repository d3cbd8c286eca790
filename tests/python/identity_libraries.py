"""The credentials of azure-identity that need neither a browser nor a cloud's machine, and msal."""

from __future__ import annotations

import contextlib
import datetime
import inspect
import os
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any

import azure.identity
import azure.identity.aio
import msal
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from drivebell import TokenRequest
from identity import APP, GRAPH, TENANT, USER, Identity

EXPECTED_WARNINGS = [
    pytest.mark.filterwarnings(f"ignore:{warning}")
    for warning in (
        "This API has been deprecated:DeprecationWarning",  # UsernamePasswordCredential
        # Of azure.identity.aio, for commands and connections of calls that were cancelled.
        "subprocess [0-9]+ is still running:ResourceWarning",
        "Exception ignored in.*BaseSubprocessTransport:pytest.PytestUnraisableExceptionWarning",
        "unclosed:ResourceWarning",
    )
]
"""A module with these marks collects garbage at its end, so that no other one gets the warnings."""

HURRIED_AZURE: dict[str, Any] = {"retry_total": 0}
"""By default azure-core repeats a failed request three times, which takes some seconds."""


@dataclass(frozen=True)
class Library:
    """A way to get a token from a library."""

    name: str
    make: Callable[[Identity], Any]
    is_user: bool = False
    """It gives tokens of a user, which subscriptions need. The others are of an application."""
    asks: bool = False
    """It asks a person when it needs to."""
    scopes: tuple[str, ...] = (GRAPH,)

    def __str__(self) -> str:
        return self.name

    @contextlib.asynccontextmanager
    async def open(self, identity: Identity) -> AsyncIterator[Any]:
        """A credential, which is closed at the end. It finds commands in the identity's folder."""
        credential = self.make(identity)
        try:
            with _environment(PATH=f"{identity.folder}:{os.environ['PATH']}"):
                yield credential
        finally:
            closing = credential.close() if hasattr(credential, "close") else None
            if inspect.isawaitable(closing):
                await closing


def arguments(identity: Identity) -> dict[str, Any]:
    """How every credential of azure-identity finds the identity service."""
    return {
        "authority": identity.authority,
        "connection_verify": identity.ca,
        "disable_instance_discovery": True,
        **HURRIED_AZURE,
    }


def device_code(identity: Identity, **options: Any) -> Any:
    # Its prompt would be part of the output of the tests.
    options = {"prompt_callback": lambda *_: None, **arguments(identity), **options}
    return azure.identity.DeviceCodeCredential(APP, tenant_id="organizations", **options)


def quiet_device_code(identity: Identity) -> Any:
    """Asks a person once, before it is used."""
    credential = device_code(identity, disable_automatic_authentication=True)
    credential.authenticate(scopes=[GRAPH], enable_cae=True)
    return credential


def client_secret(identity: Identity, module: Any = azure.identity) -> Any:
    return module.ClientSecretCredential(TENANT, APP, "secret", **arguments(identity))


def client_assertion(identity: Identity, module: Any = azure.identity) -> Any:
    return module.ClientAssertionCredential(TENANT, APP, lambda: "assertion", **arguments(identity))


def certificate(identity: Identity, module: Any = azure.identity) -> Any:
    pem = _certificate()
    return module.CertificateCredential(TENANT, APP, certificate_data=pem, **arguments(identity))


def workload_identity(identity: Identity, module: Any = azure.identity) -> Any:
    file = identity.folder / "federated-token"
    file.write_text("assertion")
    return module.WorkloadIdentityCredential(
        tenant_id=TENANT, client_id=APP, token_file_path=str(file), **arguments(identity)
    )


def on_behalf_of(identity: Identity, module: Any = azure.identity) -> Any:
    return module.OnBehalfOfCredential(
        TENANT,
        APP,
        client_secret="secret",
        user_assertion=identity.user_token(),
        **arguments(identity),
    )


def authorization_code(identity: Identity, module: Any = azure.identity) -> Any:
    return module.AuthorizationCodeCredential(
        TENANT, APP, "code", "http://localhost/redirect", **arguments(identity)
    )


def username_password(identity: Identity) -> Any:
    # It asks for the realm of the user at the host, without the port.
    msal.authority.Authority._domains_without_user_realm_discovery.add("localhost")
    return azure.identity.UsernamePasswordCredential(
        APP, USER, "password", _silence_deprecation_warning=True, **arguments(identity)
    )


@contextlib.contextmanager
def _environment(**variables: str) -> Iterator[None]:
    before = dict(os.environ)
    os.environ.update(variables)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def environment(identity: Identity, module: Any = azure.identity) -> Any:
    with _environment(AZURE_TENANT_ID=TENANT, AZURE_CLIENT_ID=APP, AZURE_CLIENT_SECRET="secret"):
        return module.EnvironmentCredential(**arguments(identity))


def chain(identity: Identity, module: Any = azure.identity) -> Any:
    """The first member is not configured, so that the second one is asked."""
    return module.ChainedTokenCredential(
        module.EnvironmentCredential(), authorization_code(identity, module)
    )


def default(identity: Identity, module: Any = azure.identity) -> Any:
    with _environment(AZURE_TENANT_ID=TENANT, AZURE_CLIENT_ID=APP, AZURE_CLIENT_SECRET="secret"):
        return module.DefaultAzureCredential(
            exclude_managed_identity_credential=True,
            exclude_shared_token_cache_credential=True,
            exclude_visual_studio_code_credential=True,
            **arguments(identity),
        )


def azure_cli(identity: Identity, module: Any = azure.identity) -> Any:
    write_command(identity, "az")
    return module.AzureCliCredential()


def azure_developer_cli(identity: Identity, module: Any = azure.identity) -> Any:
    write_command(identity, "azd")
    return module.AzureDeveloperCliCredential()


NEEDS_PERSON = ("invalid_grant", "interaction_required", "consent_required")


def msal_person(identity: Identity) -> Any:
    """As docs/credentials.md shows: silently first, then with a device code."""

    @cache
    def app() -> msal.PublicClientApplication:
        return msal.PublicClientApplication(
            APP,
            authority=f"{identity.authority}/organizations",
            client_capabilities=["CP1"],
            **_arguments_of_msal(identity),
        )

    def credential(request: TokenRequest) -> Any:
        for account in app().get_accounts():
            result = app().acquire_token_silent_with_error(
                [GRAPH], account, force_refresh=request.refresh, claims_challenge=request.claims
            )
            if result is not None and result.get("error") not in NEEDS_PERSON:
                return result
        flow = app().initiate_device_flow([GRAPH])
        if "user_code" not in flow:
            return flow
        request.signing_in()
        return app().acquire_token_by_device_flow(
            flow, exit_condition=lambda _flow: request.cancelled
        )

    return credential


def msal_application(identity: Identity) -> Any:
    @cache
    def app() -> msal.ConfidentialClientApplication:
        return msal.ConfidentialClientApplication(
            APP,
            client_credential="secret",
            authority=f"{identity.authority}/{TENANT}",
            **_arguments_of_msal(identity),
        )

    return lambda: app().acquire_token_for_client([GRAPH])


def _arguments_of_msal(identity: Identity) -> dict[str, Any]:
    return {"verify": identity.ca, "instance_discovery": False}


def write_command(identity: Identity, name: str) -> None:
    """Puts a command that signs in, such as `az`, into the folder of the identity service."""
    command = identity.folder / name
    script = Path(__file__).with_name("identity_command.py")
    command.write_text(
        f'#!/bin/sh\nexec "{sys.executable}" "{script}" {name} {identity.authority} {identity.ca}\n'
    )
    command.chmod(0o755)


@cache
def _certificate() -> bytes:
    """A key and its certificate, as PEM."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, APP)])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now)
        .not_valid_after(now + datetime.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ) + certificate.public_bytes(serialization.Encoding.PEM)


QUIET = Library("DeviceCodeCredential-quiet", quiet_device_code, is_user=True)


def _sync_and_async(name: str, make: Callable[..., Any], **facts: Any) -> list[Library]:
    return [
        Library(name, make, **facts),
        Library(f"aio.{name}", partial(make, module=azure.identity.aio), **facts),
    ]


# AuthorizationCodeCredential gets a refresh token only if it is told to.
WITH_REFRESH: dict[str, Any] = {"is_user": True, "scopes": (GRAPH, "offline_access")}

LIBRARIES = [
    Library("DeviceCodeCredential", device_code, is_user=True, asks=True),
    Library("UsernamePasswordCredential", username_password, is_user=True),
    *_sync_and_async("AuthorizationCodeCredential", authorization_code, **WITH_REFRESH),
    *_sync_and_async("OnBehalfOfCredential", on_behalf_of, is_user=True),
    *_sync_and_async("AzureCliCredential", azure_cli, is_user=True),
    *_sync_and_async("AzureDeveloperCliCredential", azure_developer_cli, is_user=True),
    *_sync_and_async("ChainedTokenCredential", chain, **WITH_REFRESH),
    *_sync_and_async("ClientSecretCredential", client_secret),
    *_sync_and_async("ClientAssertionCredential", client_assertion),
    *_sync_and_async("CertificateCredential", certificate),
    *_sync_and_async("WorkloadIdentityCredential", workload_identity),
    *_sync_and_async("EnvironmentCredential", environment),
    *_sync_and_async("DefaultAzureCredential", default),
    Library("msal-person", msal_person, is_user=True, asks=True),
    Library("msal-application", msal_application),
]
