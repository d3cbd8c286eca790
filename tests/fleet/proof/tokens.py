"""Answers the workers' requests for tokens."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field

from nats.aio.client import Client
from nats.aio.msg import Msg

TOKEN = "the-token-of-the-fleet"
"""The simulator accepts it for every drive."""


@dataclass
class TokenService:
    subject: str = "drivebell.token.*"
    refused: dict[str, str] = field(default_factory=dict)
    """The OAuth error for these users."""
    asked: Counter[str] = field(default_factory=Counter)
    """How often for which user."""

    async def answer(self, connection: Client) -> None:
        """Until the connection closes."""
        await connection.subscribe(self.subject, cb=self._reply)

    async def _reply(self, request: Msg) -> None:
        user = json.loads(request.data)["user"]
        self.asked[user] += 1
        error = self.refused.get(user)
        if error is None:
            reply = {"token": TOKEN, "expires_in": 3600}
        else:
            reply = {
                "error": error,
                "error_description": f"AADSTS50173: {user} must sign in again.",
            }
        await request.respond(json.dumps(reply).encode())
