"""Plays the commands `az` and `azd`, as azure-identity runs them: gets a token of a user from an
identity service, and prints it."""

from __future__ import annotations

import datetime
import json
import ssl
import sys
import urllib.error
import urllib.parse
import urllib.request


def main(name: str, authority: str, ca: str) -> None:
    form = {
        "grant_type": "password",
        "client_id": name,
        "username": "alex@contoso.com",
        "password": "any",
        "scope": "https://graph.microsoft.com/.default",
    }
    try:
        with urllib.request.urlopen(
            f"{authority}/organizations/oauth2/v2.0/token",
            urllib.parse.urlencode(form).encode(),
            context=ssl.create_default_context(cafile=ca),
        ) as response:
            answer = json.load(response)
    except urllib.error.HTTPError as error:
        sys.exit(f"ERROR: {refusal(error.read().decode()) or error}")
    except OSError as error:
        # What requests says, on which az is built.
        sys.exit(f"ERROR: HTTPSConnectionPool: Max retries exceeded (Caused by {error!r})")
    print(json.dumps(printed(name, answer["access_token"], answer["expires_in"])))


def refusal(body: str) -> str | None:
    """What the commands show of an answer of the identity service."""
    try:
        return str(json.loads(body)["error_description"])
    except (ValueError, KeyError):
        return None


def printed(name: str, token: str, expires_in: int) -> dict[str, str | int]:
    expiry = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=expires_in)
    if name == "az":
        return {"accessToken": token, "expires_on": int(expiry.timestamp())}
    return {"token": token, "expiresOn": expiry.strftime("%Y-%m-%dT%H:%M:%SZ")}


if __name__ == "__main__":
    main(*sys.argv[1:])
