"""What can be wrong with an identity service, by the rows of the table in docs/credentials.md."""

from __future__ import annotations

import re
from dataclasses import dataclass

from identity import Identity

from simulator import REPOSITORY


@dataclass(frozen=True)
class Fault:
    injected: str | None = None
    """What the simulator does wrong."""
    authority: str | None = None
    """Where the identity service is not."""
    hangs: bool = False
    aadsts: str = ""
    """The number of the answer."""


def answer(code: str, aadsts: str) -> Fault:
    return Fault(f"answer=400,code={code},on=token", aadsts=aadsts)


# With Retry-After, because msal keeps such answers for a minute otherwise.
FAULTS = {
    "cannot be reached": Fault("reset,on=identity,when=next"),
    "has a name that does not resolve": Fault(authority="https://login.invalid"),
    "does not answer": Fault("hold,on=identity", hangs=True),
    "answers 429": Fault("answer=429,retryAfter=1,on=identity"),
    "answers 503": Fault("answer=503,retryAfter=1,on=identity"),
    "answers `temporarily_unavailable`": Fault(
        "answer=400,code=temporarily_unavailable,retryAfter=1,on=token"
    ),
    "answers `invalid_grant`": answer("invalid_grant", "AADSTS70008"),
    "answers `interaction_required`": answer("interaction_required", "AADSTS50076"),
    "answers `consent_required`": answer("consent_required", "AADSTS65001"),
    "answers `unauthorized_client`": answer("unauthorized_client", "AADSTS700016"),
    "answers `invalid_client`": answer("invalid_client", "AADSTS7000215"),
    "answers `invalid_scope`": answer("invalid_scope", "AADSTS70011"),
}


def documented(table: str) -> dict[str, str]:
    """The rows of the table in docs/credentials.md whose first column has this heading."""
    text = (REPOSITORY / "docs/credentials.md").read_text()
    found = re.search(rf"^\| {table} \| means \|\n\|---\|---\|\n((?:\|.*\n)+)", text, re.MULTILINE)
    assert found, table
    rows = (row.strip("|").split("|") for row in found[1].splitlines())
    return {failure.strip(): meaning.strip() for failure, meaning in rows}


MEANINGS = documented("the identity service")
OUTAGES = [fault for fault, meaning in MEANINGS.items() if meaning == "not now"]
REFUSALS = [fault for fault, meaning in MEANINGS.items() if meaning == "no"]


@dataclass
class Elsewhere(Identity):
    """An identity service that libraries look for at a wrong address."""

    def __init__(self, identity: Identity, authority: str) -> None:
        self.__dict__.update(identity.__dict__)
        self.authority = authority

    def user_token(self) -> str:
        return "an assertion"
