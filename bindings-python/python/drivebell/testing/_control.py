"""Requests to the simulator's control API."""

from __future__ import annotations

import http.client
import json
import urllib.parse
from collections.abc import Mapping
from typing import Any

from .._errors import InvalidArgumentError
from ._error import SimulatorError

TIMEOUT = 30.0
"""Seconds. Only a simulator that is gone takes long."""


class Control:
    """Sends requests to a simulator, over a connection each: neither a proxy nor a fault affects
    them."""

    def __init__(self, base_url: str) -> None:
        self._address = urllib.parse.urlsplit(base_url).netloc

    def send(
        self,
        method: str,
        path: str,
        query: Mapping[str, object] | None = None,
        body: bytes | str | None = None,
        content_type: str = "application/octet-stream",
    ) -> tuple[int, bytes]:
        """Returns the status and the body of the response.

        Raises `SimulatorError` if the simulator cannot be reached.
        """
        target = path
        if query:
            target += "?" + urllib.parse.urlencode(query)
        content = body.encode() if isinstance(body, str) else body
        connection = http.client.HTTPConnection(self._address, timeout=TIMEOUT)
        try:
            connection.request(method, target, content, {"Content-Type": content_type})
            response = connection.getresponse()
            return response.status, response.read()
        except (OSError, http.client.HTTPException) as error:
            raise SimulatorError(f"the simulator cannot be reached: {error}") from error
        finally:
            connection.close()

    def call(
        self,
        method: str,
        route: str,
        query: Mapping[str, object] | None = None,
        body: bytes | str | None = None,
    ) -> Any:
        """Returns the JSON of the response; `None` if it has none.

        Raises `InvalidArgumentError` if the simulator refuses a field of a fault, and
        `SimulatorError` if it refuses something else or cannot be reached.
        """
        status, text = self.send(method, f"/_simulator/{route}", query, body)
        if status >= http.client.BAD_REQUEST:
            raise _refusal(method, route, status, text)
        return json.loads(text) if text else None


def _refusal(method: str, route: str, status: int, text: bytes) -> Exception:
    try:
        body = json.loads(text)
        problem, field = str(body["error"]), body.get("field")
    except (ValueError, KeyError, TypeError, AttributeError):
        problem, field = text.decode(errors="replace") or f"HTTP {status}", None
    if isinstance(field, str):
        return InvalidArgumentError(problem, argument=field)
    return SimulatorError(f"{method} {route}: {problem}", status=status)
