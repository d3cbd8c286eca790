"""What goes wrong: the rows of the table."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass

from .scene import Scene

LASTS = 3.0
"""Seconds that a lasting fault lasts."""
LIFETIME = 6.0
"""Seconds that a notification URL lives where its expiry is the fault: enough to connect."""
EARLY = 0.5
"""Seconds until a URL dies early."""
MARGIN = 0.1
"""Seconds by which an expiry may be later than computed here."""


@dataclass(frozen=True)
class Fault:
    row: str
    inject: Callable[[Scene], None]
    """Injects the fault, and returns when the service is well again."""
    switches: tuple[str, ...] = ()
    """Options of the simulator."""
    relay: bool = False
    host_name: bool = False
    harmless: bool = False
    """Whether it loses nothing, so nothing needs to be noticed."""
    hides_changes: bool = False
    """Whether a program learns of it only by looking for changes."""


def _connection_ends(fault: str) -> Callable[[Scene], None]:
    def inject(scene: Scene) -> None:
        scene.begin()
        scene.simulator.fault(f"{fault},on=socket,when=now")

    return inject


def _server_disconnect(scene: Scene) -> None:
    payload = {"code": 503, "message": "moving", "retryAfter": 1}
    scene.begin()
    scene.simulator.fault({"action": {"serverDisconnect": payload}, "when": "now"})


def _cut_then(fault: str) -> Callable[[Scene], None]:
    """The connection ends, and the next one meets the fault, once."""

    def inject(scene: Scene) -> None:
        scene.simulator.fault(f"{fault},on=socket,when=next,times=1")
        _connection_ends("cut")(scene)

    return inject


def _upgrade_refused(status: int) -> Callable[[Scene], None]:
    def inject(scene: Scene) -> None:
        scene.simulator.fault(f"answer={status},on=socket,when=next")
        _connection_ends("cut")(scene)
        scene.watch(LASTS)
        scene.simulator.release()

    return inject


def _expiry(then: str) -> tuple[str, ...]:
    return ("--fault", f"expire={LIFETIME * 1000:.0f},then={then},times=1")


def _expires(scene: Scene) -> None:
    scene.began_at = scene.simulator.issued_at() + LIFETIME
    scene.watch_until(scene.began_at + MARGIN)


def _expires_then_cut(scene: Scene) -> None:
    _expires(scene)
    scene.watch(1)
    _connection_ends("cut")(scene)


def _early(then: str, graph: str | None = None, lasts: float = 0) -> Callable[[Scene], None]:
    """The URL stops working long before its announced expiry; with the fault `graph`, Graph refuses
    a new one."""

    def inject(scene: Scene) -> None:
        if graph is not None:
            scene.simulator.fault(f"{graph},on=endpoint")
        # Before the request: its effects must not seem to precede it.
        scene.began_at = time.monotonic() + EARLY
        scene.simulator.fault(f"expire={EARLY * 1000:.0f},then={then},times=1")
        scene.watch(EARLY + MARGIN + lasts)

    return inject


def _sends(text: str) -> Callable[[Scene], None]:
    def inject(scene: Scene) -> None:
        packet = f"42{scene.simulator.namespace},{text}"
        scene.begin()
        scene.simulator.fault({"action": {"text": {"text": packet}}, "when": "now"})
        scene.restored_at = scene.began_at
        # This event must not be mistaken for a change that is announced later.
        scene.watch(0.3)

    return inject


def _late(scene: Scene) -> None:
    scene.begin()
    scene.simulator.fault("delay=50,on=socket")
    scene.watch(1)


def _nothing(scene: Scene) -> None:
    scene.begin()


def _held(scene: Scene) -> None:
    scene.begin()
    scene.simulator.fault("hold")
    scene.watch(LASTS)
    scene.simulator.release()


def _everything_reset(scene: Scene) -> None:
    scene.begin()
    scene.simulator.fault("reset")
    scene.watch(LASTS)
    scene.simulator.release()


def _refused(scene: Scene) -> None:
    scene.begin()
    scene.relay.refuse()
    scene.watch(LASTS)
    scene.relay.open()


def _name_fails(scene: Scene) -> None:
    scene.host_name.fails()
    scene.begin()
    scene.relay.reset()
    scene.watch(LASTS)
    scene.host_name.resolves()


def _restarts(scene: Scene) -> None:
    scene.begin()
    scene.simulator.kill()
    scene.watch(1)
    scene.simulator.start()


UNREADABLE = json.dumps(["notification", '{"value":['])
LARGE = json.dumps(["notification", json.dumps({"value": [{"resource": "x" * 2_000_000}]})])

FAULTS = [
    Fault("The server leaves the namespace (`41`)", _connection_ends("disconnect")),
    Fault("Engine.IO close (`1`)", _connection_ends("engineClose")),
    Fault("WebSocket close 1000", _connection_ends("close=1000")),
    Fault("WebSocket close 1001", _connection_ends("close=1001")),
    Fault("WebSocket close 1011", _connection_ends("close=1011")),
    Fault("WebSocket close without a code", _connection_ends("close")),
    Fault("TCP FIN", _connection_ends("cut")),
    Fault("TCP RST", _connection_ends("reset")),
    Fault("Silence: nothing arrives, not even heartbeats", _connection_ends("silence")),
    Fault("The event `server_disconnect` with `retryAfter` 1", _server_disconnect),
    Fault("The URL expires as announced; connections are dropped", _expires, _expiry("drop")),
    Fault("The URL expires as announced; connections go quiet", _expires, _expiry("quiet")),
    Fault(
        "The URL expires as announced; connections go on, and 1 s later TCP FIN",
        _expires_then_cut,
        _expiry("goOn"),
    ),
    Fault("The URL dies early; connections are dropped", _early("drop")),
    Fault("The URL dies early; connections go quiet", _early("quiet"), hides_changes=True),
    Fault(
        f"The URL dies early; for {LASTS:.0f} s Graph answers 400 `notSupported`",
        _early("drop", f"answer=400,forMs={(EARLY + LASTS) * 1000:.0f}", LASTS),
    ),
    Fault(
        "The URL dies early; Graph answers 429 with `Retry-After: 2`, for 2 s",
        _early("drop", f"answer=429,retryAfter=2,forMs={(EARLY + 2) * 1000:.0f}", 2),
    ),
    Fault("The URL dies early; Graph answers 503, twice", _early("drop", "answer=503,times=2")),
    Fault("TCP FIN; the next join is refused (`44`), once", _cut_then("refuseNamespace")),
    Fault("TCP FIN; the next join is never answered, once", _cut_then("ignoreJoin")),
    *(
        Fault(
            f"TCP FIN; upgrades are answered {status} for {LASTS:.0f} s", _upgrade_refused(status)
        )
        for status in (401, 403, 503)
    ),
    Fault("An event whose argument is not JSON", _sends(UNREADABLE)),
    Fault("An event packet that is not JSON", _sends(UNREADABLE[:-1])),
    Fault("An event of 2 MB", _sends(LARGE)),
    Fault("Everything the server sends is 50 ms late", _late, harmless=True),
    Fault("Every event is sent twice", _nothing, ("--duplicate",), harmless=True),
    Fault(f"The port is closed for {LASTS:.0f} s", _refused, relay=True),
    Fault(f"Every connection is reset, for {LASTS:.0f} s", _everything_reset),
    Fault(f"A black hole for {LASTS:.0f} s, then everything held arrives", _held),
    Fault("The service is killed, and 1 s later runs again without its URLs", _restarts),
    Fault(
        f"TCP RST; the host's name does not resolve for {LASTS:.0f} s",
        _name_fails,
        relay=True,
        host_name=True,
    ),
]
