"""What goes wrong, row by row."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass

from .scene import Scene

LASTS = 3.0
"""Seconds that a lasting fault lasts."""
LIFETIME = 6.0
"""Seconds that a notification URL lives where its expiry is the fault: time enough to connect."""
EARLY = 0.5
"""Seconds until a URL dies early."""
MARGIN = 0.1
"""Seconds by which an expiry may be later than it is reckoned here."""


@dataclass(frozen=True)
class Fault:
    row: str
    strike: Callable[[Scene], None]
    """Brings it about, and returns when the service is well again."""
    switches: tuple[str, ...] = ()
    """Of the simulator."""
    front: bool = False
    name: bool = False
    harmless: bool = False
    """Whether nothing is lost by it, so that there is nothing to notice."""


def _ending(fault: str) -> Callable[[Scene], None]:
    def strike(scene: Scene) -> None:
        scene.strikes()
        scene.simulator.fault(f"{fault},on=socket,when=now")

    return strike


def _server_disconnect(scene: Scene) -> None:
    said = {"code": 503, "message": "moving", "retryAfter": 1}
    scene.strikes()
    scene.simulator.fault({"action": {"serverDisconnect": said}, "when": "now"})


def _cut_then(fault: str) -> Callable[[Scene], None]:
    """The connection ends, and the next one meets the fault, once."""

    def strike(scene: Scene) -> None:
        scene.simulator.fault(f"{fault},on=socket,when=next,times=1")
        _ending("cut")(scene)

    return strike


def _upgrade_refused(status: int) -> Callable[[Scene], None]:
    def strike(scene: Scene) -> None:
        scene.simulator.fault(f"answer={status},on=socket,when=next")
        _ending("cut")(scene)
        scene.watch(LASTS)
        scene.simulator.release()

    return strike


def _expiry(then: str) -> tuple[str, ...]:
    return ("--fault", f"expire={LIFETIME * 1000:.0f},then={then},times=1")


def _expires(scene: Scene) -> None:
    scene.struck = scene.simulator.issued_at() + LIFETIME
    scene.watch_until(scene.struck + MARGIN)


def _expires_then_cut(scene: Scene) -> None:
    _expires(scene)
    scene.watch(1)
    _ending("cut")(scene)


def _early(then: str, graph: str | None = None, lasts: float = 0) -> Callable[[Scene], None]:
    """The URL stops working long before the time that was announced; `graph` refuses a new one."""

    def strike(scene: Scene) -> None:
        if graph is not None:
            scene.simulator.fault(f"{graph},on=endpoint")
        # Before the request: what it causes must not seem to come before it.
        scene.struck = time.monotonic() + EARLY
        scene.simulator.fault(f"expire={EARLY * 1000:.0f},then={then},times=1")
        scene.watch(EARLY + MARGIN + lasts)

    return strike


def _sends(text: str) -> Callable[[Scene], None]:
    def strike(scene: Scene) -> None:
        packet = f"42{scene.simulator.namespace},{text}"
        scene.strikes()
        scene.simulator.fault({"action": {"text": {"text": packet}}, "when": "now"})
        scene.well = scene.struck
        # The event itself is not to be taken for a change that was announced later.
        scene.watch(0.3)

    return strike


def _late(scene: Scene) -> None:
    scene.strikes()
    scene.simulator.fault("delay=50,on=socket")
    scene.watch(1)


def _nothing(scene: Scene) -> None:
    scene.strikes()


def _held(scene: Scene) -> None:
    scene.strikes()
    scene.simulator.fault("hold")
    scene.watch(LASTS)
    scene.simulator.release()


def _everything_reset(scene: Scene) -> None:
    scene.strikes()
    scene.simulator.fault("reset")
    scene.watch(LASTS)
    scene.simulator.release()


def _refused(scene: Scene) -> None:
    scene.strikes()
    scene.front.refuse()
    scene.watch(LASTS)
    scene.front.open()


def _name_fails(scene: Scene) -> None:
    scene.name.fails()
    scene.strikes()
    scene.front.reset()
    scene.watch(LASTS)
    scene.name.resolves()


def _restarts(scene: Scene) -> None:
    scene.strikes()
    scene.simulator.kill()
    scene.watch(1)
    scene.simulator.start()


UNREADABLE = json.dumps(["notification", '{"value":['])
LARGE = json.dumps(["notification", json.dumps({"value": [{"resource": "x" * 2_000_000}]})])

FAULTS = [
    Fault("The server leaves the namespace (`41`)", _ending("disconnect")),
    Fault("Engine.IO close (`1`)", _ending("engineClose")),
    Fault("WebSocket close 1000", _ending("close=1000")),
    Fault("WebSocket close 1001", _ending("close=1001")),
    Fault("WebSocket close 1011", _ending("close=1011")),
    Fault("WebSocket close without a code", _ending("close")),
    Fault("TCP FIN", _ending("cut")),
    Fault("TCP RST", _ending("reset")),
    Fault("Silence: nothing arrives any more, heartbeats included", _ending("silence")),
    Fault("The event `server_disconnect` with `retryAfter` 1", _server_disconnect),
    Fault("The URL expires as announced; connections are dropped", _expires, _expiry("drop")),
    Fault("The URL expires as announced; connections go quiet", _expires, _expiry("quiet")),
    Fault(
        "The URL expires as announced; connections go on, and 1 s later TCP FIN",
        _expires_then_cut,
        _expiry("goOn"),
    ),
    Fault("The URL dies early; connections are dropped", _early("drop")),
    Fault("The URL dies early; connections go quiet", _early("quiet")),
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
    Fault("An event whose text is no JSON", _sends(UNREADABLE)),
    Fault("An event packet that is no JSON", _sends(UNREADABLE[:-1])),
    Fault("An event of 2 MB", _sends(LARGE)),
    Fault("Whatever the server sends is 50 ms late", _late, harmless=True),
    Fault("Every event is sent twice", _nothing, ("--duplicate",), harmless=True),
    Fault(f"The port is closed for {LASTS:.0f} s", _refused, front=True),
    Fault(f"Every connection is reset, for {LASTS:.0f} s", _everything_reset),
    Fault(f"A black hole for {LASTS:.0f} s, then everything held arrives", _held),
    Fault("The service is killed, and 1 s later runs again without its URLs", _restarts),
    Fault(
        f"TCP RST; the host's name does not resolve for {LASTS:.0f} s",
        _name_fails,
        front=True,
        name=True,
    ),
]
