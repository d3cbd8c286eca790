"""What the pages about errors, events and findings show: how to bring it about, in Python, Node and
on the command line."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from certificates import DAY
from change_streams import IDLE
from page_scene import Scene
from page_services import (
    HURRIED,
    NOT_A_GRAPH,
    Service,
    address,
    certified,
    changing,
    damaged,
    fault,
    forgetful,
    hang_up,
    in_use,
    mirrored,
    of_a_newer_version,
    of_another_program,
    plain,
    refused,
    refusing_proxy,
    reset,
    resetting,
    say_nothing,
    serving,
    unknown_issuer,
)


def jwt(**claims: Any) -> str:
    def part(value: dict[str, Any]) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")

    return f"{part({'alg': 'none'})}.{part(claims)}.c2ln"


GRAPH = "https://graph.microsoft.com"
APP_ONLY = jwt(aud=GRAPH, idtyp="app", roles=["Files.Read.All"], exp=4_000_000_000)
EXPIRED = jwt(aud=GRAPH, scp="Files.Read", exp=int(time.time()) - 4000)
FOR_ANOTHER = jwt(
    aud="https://management.core.windows.net/", scp="user_impersonation", exp=4_000_000_000
)
WITHOUT_FILES = jwt(aud=GRAPH, scp="openid User.Read", exp=4_000_000_000)


def token_of(token: str, status: int, says: str) -> dict[str, Any]:
    """A service that refuses the token, and a plan with it."""
    return {
        "service": fault(f"answer={status},message={says},on=endpoint", tokens=(token,)),
        "plan": {"action": "endpoint", "token": token},
        "command": ["endpoint", "/me/drive"],
    }


def endpoint(page: str, service: Service, **plan: Any) -> Scene:
    """A call that fails for good."""
    plan = {"action": "endpoint", **plan}
    return Scene(page, service, plan, ["endpoint", plan.get("resource", "/me/drive")])


def passing(page: str, service: Service, **plan: Any) -> Scene:
    """A call whose failure may pass: the command line goes on."""
    command = ["watch", "/me/drive"]
    return Scene(page, service, {"action": "endpoint", **plan}, command, "unavailable")


def network(name: str, service: Service, **plan: Any) -> Scene:
    return passing(f"errors/{name}", service, **plan)


def opening(page: str, *faults: str, **options: Any) -> Scene:
    """A connection that is never live."""
    plan = {"action": "subscribe", "options": {**HURRIED, "start_timeout": 0.3, **options}}
    return Scene(page, fault(*faults), plan, ["watch", "/me/drive"], "unavailable")


def event(name: str, service: Service, **plan: Any) -> Scene:
    """An event of a subscription."""
    plan = {"action": "events", "event": name, **plan}
    return Scene(
        f"events/{name.replace('_', '-')}", service, plan, ["watch", "/me/drive"], f"  {name} "
    )


def ending(reason: str, *faults: str, options: tuple[str, ...] = (), **plan: Any) -> Scene:
    """The way in which a connection ends."""
    plan = {"action": "events", "event": "disconnected", "reason": reason, **plan}
    page = f"events/{reason.replace('_', '-')}"
    return Scene(
        page, fault(*faults, options=options), plan, ["watch", "/me/drive"], "disconnected"
    )


def doctor(step: str, service: Service, **plan: Any) -> Scene:
    return Scene(
        f"findings/{step}",
        service,
        {"action": "none", **plan},
        ["doctor", "/me/drive", "--wait", str(plan.get("wait", 0))],
        languages=("command line",),
    )


def storage(
    code: str, prepare: Callable[[Path], None], *, file: str = "drive.db", **plan: Any
) -> Scene:
    plan = {"action": "mirror", "file": file, **plan}
    command = ["mirror", plan.get("resource", "/me/drive"), file]
    return Scene(f"errors/{code.replace('_', '-')}", mirrored(prepare), plan, command)


SILENT = ("--ping-interval", "200", "--ping-timeout", "200")
TEAM = "/groups/team/drive"
MISSING = "/drives/b!missing"

SCENES = [
    endpoint("errors/authentication", fault(), token="another-token"),
    endpoint("errors/access-denied", fault("answer=403,on=graph")),
    endpoint("errors/not-found", fault(), resource=MISSING),
    passing("errors/throttled", fault("answer=429,retryAfter=15,on=endpoint")),
    Scene(
        "errors/connection-failed",
        fault(),
        {"action": "construct", "environment": {"SSL_CERT_FILE": "/nowhere/ca.pem"}},
        ["watch", "/me/drive"],
    ),
    passing("errors/graph", fault("answer=502,on=endpoint")),
    opening("errors/timeout", "ignoreJoin", join_timeout=0.2, start_timeout=1),
    passing("errors/protocol", NOT_A_GRAPH),
    Scene(
        "errors/state",
        fault(),
        {"action": "endpoint", "close_first": True},
        languages=("python", "node"),
    ),
    Scene(
        "errors/invalid-argument",
        address("ftp://graph.example"),
        {"action": "construct"},
        ["watch", "/me/drive"],
    ),
    # Causes
    Scene("errors/app-only-token", **token_of(APP_ONLY, 403, "Access denied")),
    Scene("errors/token-expired", **token_of(EXPIRED, 401, "Access token has expired.")),
    Scene("errors/wrong-audience", **token_of(FOR_ANOTHER, 401, "Invalid audience.")),
    Scene("errors/missing-scope", **token_of(WITHOUT_FILES, 403, "Access denied")),
    Scene(
        "errors/sign-in-refused",
        fault("answer=400,code=invalid_grant,on=identity"),
        {"action": "endpoint", "credential": "sign_in"},
        ["login", "--client-id", "11111111-2222-3333-4444-555555555555"],
    ),
    Scene(
        "errors/credential-failed",
        fault(),
        {"action": "endpoint", "credential": "fails"},
        languages=("python", "node"),
    ),
    Scene(
        "errors/credential-timeout",
        fault(),
        {
            "action": "endpoint",
            "credential": "hangs",
            "options": {**HURRIED, "credential_timeout": 1},
        },
        languages=("python", "node"),
    ),
    Scene(
        "errors/unusable-token",
        fault(),
        {"action": "endpoint", "credential": "nothing"},
        languages=("python", "node"),
    ),
    passing("errors/not-supported", fault("answer=400,on=endpoint")),
    passing("errors/service-read-only", fault("answer=403,code=serviceReadOnly,on=endpoint")),
    Scene(
        "errors/resync-required",
        fault("answer=410,on=delta"),
        {"action": "batches", "changes": {"since": "now"}},
        ["changes", "/me/drive", "--since", "now"],
    ),
    opening("errors/upgrade-refused", "answer=403,on=socket"),
    opening("errors/namespace-refused", "refuseNamespace"),
    Scene(
        "errors/aborted",
        fault(),
        {"action": "aborted"},
        languages=("node",),
    ),
    # The network
    network("host-not-found", address("https://graph.invalid")),
    network("connection-refused", address(refused)),
    network("connection-reset", serving(reset)),
    network("connection-closed", serving(hang_up)),
    network("network-unreachable", address("https://255.255.255.255")),
    Scene(
        "errors/timed-out",
        serving(say_nothing),
        {"action": "endpoint", "options": {**HURRIED, "request_timeout": 0.3}},
        languages=("python", "node"),
    ),
    Scene(
        "errors/too-many-open-files",
        address(refused),
        {"action": "endpoint", "few_files": True},
        languages=("python",),
    ),
    network("proxy-refused", refusing_proxy),
    network("certificate-expired", certified(begins=-2 * DAY, ends=-DAY)),
    network("certificate-not-yet-valid", certified(begins=DAY)),
    network("certificate-wrong-name", certified("graph.example")),
    network("certificate-self-signed", certified(self_signed=True)),
    network("certificate-bad-signature", certified(trusted="theirs")),
    network("certificate-unknown-issuer", unknown_issuer()),
    network("certificate-self-signed-in-chain", unknown_issuer(with_authority=True)),
    network("certificate-invalid", certified(for_servers=False)),
    network("tls-failed", plain),
    # The file of a mirror
    storage("not_a_mirror", of_another_program),
    storage("newer_version", of_a_newer_version),
    storage("other_drive", lambda _: None, resource=TEAM),
    storage("damaged", damaged),
    storage("inaccessible", lambda _: None, file="missing/drive.db"),
    Scene(
        "errors/locked",
        in_use,
        {"action": "mirror", "file": "drive.db"},
        ["mirror", "/me/drive", "drive.db"],
    ),
    # Events
    event("connected", fault()),
    event("disconnected", fault("close=1001,after=join,times=1")),
    event("renewed", fault(options=("--lifetime", "2")), options={"renew_before": 1.5}),
    event("unavailable", fault("answer=503,on=endpoint")),
    Scene(
        "events/signing-in",
        fault(),
        {"action": "events", "event": "signing_in", "credential": "asks"},
        languages=("python", "node"),
    ),
    Scene(
        "events/query-failed",
        fault("answer=502,on=delta"),
        {"action": "changes", "event": "query_failed", "changes": {"since": "now"}},
        ["changes", "/me/drive", "--since", "now"],
        "query_failed",
    ),
    Scene(
        "events/push-refused",
        fault("answer=403,on=endpoint"),
        {"action": "changes", "event": "push_refused", "changes": {"since": "now"}},
        ["changes", "/me/drive", "--since", "now"],
        "push_refused",
    ),
    Scene(
        "events/ended",
        fault(),
        {"action": "set", "event": "ended", "resource": MISSING},
        ["watch", MISSING],
    ),
    event("resync", fault()),
    event("changed", changing),
    Scene(
        "events/coalesced",
        changing,
        {
            "action": "events",
            "event": "changed",
            "coalesced": True,
            "slow": True,
            "options": {"mailbox_capacity": 1},
        },
        languages=("python", "node"),
    ),
    ending("namespace_disconnect", "disconnect,times=1"),
    ending("engine_close", "engineClose,times=1"),
    ending("websocket_close", "close=1011,after=join,times=1"),
    ending("connection_closed", "cut,after=join,times=1"),
    Scene(
        "events/connection-reset",
        resetting,
        {"action": "events", "event": "disconnected"},
        ["watch", "/me/drive"],
        "disconnected",
    ),
    ending("heartbeat_timeout", "silence,on=socket,after=join,times=1", options=SILENT),
    ending(
        "server_disconnect",
        '{"action":{"serverDisconnect":{"code":503,"message":"moving","retryAfter":7}},"times":1}',
    ),
    ending("protocol_error", "text=9nonsense,after=join,times=1"),
    ending("endpoint_expired", "answer=503,on=endpoint,skip=1", "expire=3000,then=quiet"),
    Scene(
        "events/deaf",
        forgetful,
        {
            "action": "changes",
            "event": "disconnected",
            "reason": "deaf",
            "changes": {"since": "now", **IDLE, "deaf_after": 0.1, "safety_interval": 4},
        },
        languages=("python", "node"),
    ),
    # Findings
    Scene(
        "findings/token",
        fault(),
        {"action": "none"},
        ["doctor", "/me/drive", "--token-command", "false"],
        languages=("command line",),
    ),
    doctor("endpoint", fault("answer=403,on=endpoint")),
    doctor("expiry", fault()),
    doctor("upgrade", fault("answer=403,on=socket")),
    doctor("open", fault("hold=toClient,on=socket,after=upgrade,times=1")),
    doctor("join", fault("refuseNamespace")),
    doctor("notification", fault(), wait=1),
]
