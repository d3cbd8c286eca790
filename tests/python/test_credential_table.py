"""What a credential raises or returns: the table in docs/credentials.md, with real libraries."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import azure.identity
import drivebell
import pytest
from deadline import soon
from drivebell import Client, SignInRequired, TokenRequest
from identity import APP, GRAPH, TENANT, Identity
from identity_faults import documented
from identity_libraries import arguments, device_code, msal_application, write_command

from simulator import TOKEN


@dataclass
class Case:
    make: Callable[[Identity], Any]
    options: dict[str, Any] = field(default_factory=dict)
    fault: str | None = None


def raising(error: Exception) -> Callable[[Identity], Any]:
    def credential() -> str:
        raise error

    return lambda _identity: credential


def returning(result: object) -> Callable[[Identity], Any]:
    return lambda _identity: lambda: result


def hanging(_identity: Identity) -> Any:
    async def credential() -> str:
        await asyncio.Event().wait()
        return TOKEN

    return credential


def unavailable(_identity: Identity) -> Any:
    """Nothing about it is in the environment."""
    return azure.identity.EnvironmentCredential()


def unavailable_chain(_identity: Identity) -> Any:
    return azure.identity.ChainedTokenCredential(azure.identity.EnvironmentCredential())


def quiet(identity: Identity) -> Any:
    return device_code(identity, disable_automatic_authentication=True)


def slow_command(identity: Identity) -> Any:
    write_command(identity, "az")
    return azure.identity.AzureCliCredential(process_timeout=1)


def asking(_identity: Identity) -> Any:
    async def credential(request: TokenRequest) -> str:
        request.signing_in()
        await asyncio.Event().wait()
        return TOKEN

    return credential


def nobody_comes(identity: Identity) -> Any:
    return device_code(identity, timeout=1)


CASES = {
    "raises `SignInRequired`": [Case(raising(SignInRequired("run login")))],
    "raises `CredentialUnavailableError`": [
        Case(unavailable),
        Case(raising(azure.identity.CredentialUnavailableError("no account"))),
    ],
    "raises `AuthenticationRequiredError`": [Case(quiet)],
    "raises an exception whose text has an `AADSTS` number": [
        Case(raising(RuntimeError("AADSTS50076: use multi-factor authentication")))
    ],
    "raises any other exception": [
        Case(raising(error))
        for error in (
            ConnectionError("refused"),
            TimeoutError("timed out"),
            TypeError("a bug"),
            OSError("no such file"),
            KeyError("token"),
        )
    ],
    "is a chain, and none of its members is available": [Case(unavailable_chain)],
    "runs a command, such as `az`, that does not end": [
        Case(slow_command, fault="hold,on=identity")
    ],
    "asks a person who declines": [
        Case(device_code, fault="answer=400,code=authorization_declined,on=token")
    ],
    "asks a person who does not come": [
        Case(nobody_comes),
        Case(asking, {"credential_timeout": 0.1, "sign_in_timeout": 0.1}),
    ],
    "takes longer than `credential_timeout`": [
        Case(hanging, {"credential_timeout": 0.1, "sign_in_timeout": 0.1})
    ],
    "returns `None`": [Case(returning(None))],
    "returns something that is no token": [Case(returning(7)), Case(returning({}))],
    "returns a token that has expired": [
        Case(returning({"access_token": TOKEN, "expires_in": 0})),
    ],
}
LIKE_AN_ANSWER = "returns an error of msal"
TABLE = documented("the credential")


def test_the_document_names_every_case() -> None:
    assert [row for row in TABLE if row != LIKE_AN_ANSWER] == list(CASES)
    assert TABLE[LIKE_AN_ANSWER] == "like that answer of the identity service"


@pytest.mark.parametrize(
    ("row", "number"), [(row, number) for row in CASES for number in range(len(CASES[row]))]
)
async def test_what_a_credential_says(
    no_other_ca: None,  # noqa: ARG001
    monkeypatch: pytest.MonkeyPatch,
    row: str,
    number: int,
) -> None:
    case = CASES[row][number]
    with Identity(("--device-code-interval", "1", "--sign-in-takes", "never")) as identity:
        monkeypatch.setenv("PATH", str(identity.folder), prepend=":")
        credential = case.make(identity)
        if case.fault:
            identity.set_fault(case.fault)
        async with Client(credential, base_url=identity.base_url, **case.options) as client:
            with pytest.raises((drivebell.AuthenticationError, drivebell.TimeoutError)) as raised:
                await soon(client.sign_in())
            assert raised.value.retryable == (TABLE[row] == "not now"), raised.value
        identity.release_faults()


@pytest.mark.parametrize(("code", "retryable"), [("invalid_client", False), ("slow_down", True)])
async def test_an_error_of_msal_is_an_answer_of_the_identity_service(
    no_other_ca: None,  # noqa: ARG001
    code: str,
    retryable: bool,
) -> None:
    with Identity() as identity:
        identity.set_fault(f"answer=400,code={code},on=token")
        async with Client(msal_application(identity), base_url=identity.base_url) as client:
            with pytest.raises(drivebell.AuthenticationError) as raised:
                await soon(client.sign_in())
    assert raised.value.retryable == retryable


async def test_a_credential_of_azure_identity_with_its_own_retries_recovers(
    no_other_ca: None,  # noqa: ARG001
) -> None:
    """By default azure-core repeats a request three times; the other tests do without that."""
    with Identity() as identity:
        defaults = arguments(identity)
        del defaults["retry_total"]
        identity.set_fault("answer=503,on=token,times=2")
        with azure.identity.ClientSecretCredential(TENANT, APP, "secret", **defaults) as secret:
            async with Client(secret, base_url=identity.base_url, scopes=[GRAPH]) as client:
                await soon(client.sign_in())
        assert len(identity.grants()) == 3
