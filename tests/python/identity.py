"""The simulator as Microsoft's identity service, over TLS, as sign-in libraries insist on."""

from __future__ import annotations

import json
import shutil
import ssl
import tempfile
import urllib.parse
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from simulator import Simulator

GRAPH = "https://graph.microsoft.com/.default"
APP = "app"
USER = "alex@contoso.com"
TENANT = "tenant.example"


@dataclass
class Identity(Simulator):
    """A simulator whose identity service libraries can use: Graph accepts the tokens that it
    issues."""

    authority: str = field(init=False)
    """The URL of the identity service."""
    folder: Path = field(init=False)

    @property
    def ca(self) -> str:
        """The file with the certificate authority, which libraries must trust."""
        return str(self.folder / "ca.pem")

    def command(self) -> list[str]:
        return [*super().command(), "--identity-tls-port", "0", "--identity-ca", self.ca]

    def __enter__(self) -> Self:
        self.folder = Path(tempfile.mkdtemp(prefix="drivebell-identity-"))
        super().__enter__()
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line.startswith("identity on "), line
        self.authority = line.split()[-1]
        return self

    def __exit__(self, *_: object) -> None:
        super().__exit__(*_)
        shutil.rmtree(self.folder)

    def user_token(self) -> str:
        """A token of the first user, as a program gets it from its caller."""
        form = {"grant_type": "password", "client_id": APP, "username": USER, "password": "any"}
        body = urllib.parse.urlencode({**form, "scope": GRAPH}).encode()
        url = f"{self.authority}/{TENANT}/oauth2/v2.0/token"
        trusted = ssl.create_default_context(cafile=self.ca)
        with urllib.request.urlopen(url, body, timeout=60, context=trusted) as response:
            return str(json.load(response)["access_token"])

    def seen(self) -> dict[str, Any]:
        """What happened at the identity service: see simulator/README.md."""
        return dict(self.http("GET", "/_simulator/identity"))

    def prompts(self) -> int:
        """How many device codes it has issued."""
        return int(self.seen()["prompts"])

    def grants(self) -> list[tuple[str, str]]:
        """The token requests: their grant type and outcome, without those for a device code that
        was pending."""
        return [
            (request["grant_type"], request["outcome"])
            for request in self.seen()["tokenRequests"]
            if request["outcome"] != "authorization_pending"
        ]

    def polls(self) -> int:
        """How often libraries have asked for the token of a device code that was pending."""
        return sum(
            counted["count"]
            for counted in self.seen()["tokenRequestCounts"]
            if counted["outcome"] == "authorization_pending"
        )

    def approve(self) -> None:
        """Somebody signs in with the device codes that are pending."""
        self.http("POST", "/_simulator/identity/approve")

    def decline(self, user_code: str) -> None:
        self.http("POST", f"/_simulator/identity/decline?user_code={user_code}")

    def revoke(self) -> None:
        """A policy revokes the tokens that users have so far."""
        self.http("POST", "/_simulator/identity/revoke")

    def lose_connections(self) -> None:
        """Ends the sessions' connections, with URLs that cannot be used again: each session needs
        another endpoint, and so a token."""
        self.fault({"expire": {"ms": 0, "then": "drop"}})
