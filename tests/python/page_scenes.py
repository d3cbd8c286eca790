"""What the pages about errors, events and findings show: how to bring it about, in Python, Node and
on the command line."""

from __future__ import annotations

import base64
import json
import os
import re
import socket
import sqlite3
import ssl
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from certificates import DAY, Authority
from change_streams import IDLE
from deadline import DEADLINE
from test_network_failures import closed_port

from simulator import REPOSITORY, TOKEN, Simulator

PROGRAMS = REPOSITORY / "tests" / "pages"
COMMAND = REPOSITORY / "target" / "fast" / "drivebell"
LANGUAGES = ("python", "node", "command line")

Service = Callable[[Path], Any]
"""A context of a service, in a folder: the base URL, or a dictionary with it and more."""

HURRIED = {"retry_timeout": 0, "first_refusal_timeout": 0, "retry_min": 0.2, "retry_max": 0.3}
"""Options with which a failure is shown at once."""


@dataclass(frozen=True)
class Scene:
    """How one comes to see what a page is about."""

    page: str
    service: Service
    plan: dict[str, Any]
    """For the programs in `tests/pages`."""
    command: list[str] = field(default_factory=list)
    """The arguments of the command line. Empty: it does not show this."""
    until: str = ""
    """The command goes on: what the line that ends it has in it."""
    languages: tuple[str, ...] = LANGUAGES

    def __str__(self) -> str:
        return self.page


def fault(
    *faults: str, options: tuple[str, ...] = (), tokens: tuple[str, ...] = (TOKEN,)
) -> Service:
    @contextmanager
    def serve(_: Path) -> Iterator[str]:
        given = tuple(part for each in faults for part in ("--fault", each))
        with Simulator((*options, *given), tokens=tokens) as simulator:
            yield simulator.base_url

    return serve


def address(url: str | Callable[[], str]) -> Service:
    @contextmanager
    def serve(_: Path) -> Iterator[str]:
        yield url if isinstance(url, str) else url()

    return serve


def refused() -> str:
    return f"http://127.0.0.1:{closed_port()}"


Handler = Callable[[socket.socket], None]


def server(handle: Handler, context: ssl.SSLContext | None = None) -> tuple[socket.socket, int]:
    """Handles each connection in a thread, until the listener is closed."""
    listener = socket.create_server(("127.0.0.1", 0))

    def one(connection: socket.socket) -> None:
        try:
            if context is not None:
                connection = context.wrap_socket(connection, server_side=True)
            handle(connection)
        except OSError:
            pass  # the client may go first
        finally:
            connection.close()

    def accept() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=one, args=(connection,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    return listener, int(listener.getsockname()[1])


def serving(handle: Handler) -> Service:
    @contextmanager
    def serve(_: Path) -> Iterator[str]:
        listener, port = server(handle)
        with listener:
            yield f"http://127.0.0.1:{port}"

    return serve


def hang_up(connection: socket.socket) -> None:
    connection.recv(4096)


def reset(connection: socket.socket) -> None:
    connection.recv(4096)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def say_nothing(connection: socket.socket) -> None:
    while connection.recv(4096):
        pass


def answering(text: bytes, status: bytes = b"200 OK") -> Handler:
    def answer(connection: socket.socket) -> None:
        connection.recv(4096)
        head = b"HTTP/1.1 %s\r\nContent-Length: %d\r\nConnection: close\r\n\r\n"
        connection.sendall(head % (status, len(text)) + text)

    return answer


@contextmanager
def refusing_proxy(_: Path) -> Iterator[dict[str, Any]]:
    listener, port = server(answering(b"", b"407 Proxy Authentication Required"))
    with listener:
        proxy = f"http://127.0.0.1:{port}"
        yield {
            "base_url": "https://graph.microsoft.com",
            "options": {**HURRIED, "proxy": proxy},
            "arguments": ["--proxy", proxy],
        }


def certified(host: str = "localhost", trusted: str = "ours", **options: Any) -> Service:
    """A server of TLS, whose certificate an authority has issued."""

    @contextmanager
    def serve(folder: Path) -> Iterator[dict[str, Any]]:
        with ExitStack() as stack:
            ours = Authority(folder / "ours")
            issuer = ours if trusted == "ours" else Authority(folder / "theirs")
            listener, port = server(hang_up, issuer.context(host, **options))
            stack.enter_context(listener)
            bundle = str(ours.path)
            yield {
                "base_url": f"https://localhost:{port}",
                "options": {**HURRIED, "ca_bundle": bundle},
                "arguments": ["--ca-bundle", bundle],
            }

    return serve


def unknown_issuer(**options: Any) -> Service:
    """The authority is not given to the client."""

    @contextmanager
    def serve(folder: Path) -> Iterator[str]:
        context = Authority(folder / "ours").context("localhost", **options)
        listener, port = server(hang_up, context)
        with listener:
            yield f"https://localhost:{port}"

    return serve


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


def mirrored(prepare: Callable[[Path], None]) -> Service:
    """A mirror, and what happens to its file before it is opened again."""

    @contextmanager
    def serve(folder: Path) -> Iterator[str]:
        with Simulator(("--seed", "b!me=20")) as simulator:
            plan = {
                "base_url": simulator.base_url,
                "token": TOKEN,
                "action": "mirror",
                "file": str(folder / "drive.db"),
            }
            subprocess.run([sys.executable, PROGRAMS / "program.py", json.dumps(plan)], check=True)
            prepare(folder / "drive.db")
            yield simulator.base_url

    return serve


def of_another_program(file: Path) -> None:
    remove(file)
    file.write_text("not a database, but a text of some length\n" * 100)


def of_a_newer_version(file: Path) -> None:
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("PRAGMA user_version = 9999")


def damaged(file: Path) -> None:
    pages = file.read_bytes()
    file.write_bytes(pages[:100] + b"\xff" * 4000 + pages[4100:])


def remove(file: Path) -> None:
    for path in file.parent.glob(f"{file.name}*"):
        path.unlink()


def storage(
    code: str, prepare: Callable[[Path], None], *, file: str = "drive.db", **plan: Any
) -> Scene:
    plan = {"action": "mirror", "file": file, **plan}
    command = ["mirror", plan.get("resource", "/me/drive"), file]
    return Scene(f"errors/{code.replace('_', '-')}", mirrored(prepare), plan, command)


@contextmanager
def in_use(folder: Path) -> Iterator[str]:
    """Another process mirrors into the file."""
    with Simulator(("--seed", "b!me=20")) as simulator:
        command = [COMMAND, "mirror", "/me/drive", "drive.db", "--base-url", simulator.base_url]
        environment = os.environ | {"DRIVEBELL_TOKEN": TOKEN}
        pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "text": True}
        with subprocess.Popen(
            list(map(str, command)), cwd=folder, env=environment, **pipes
        ) as other:
            assert other.stdout is not None
            other.stdout.readline()
            try:
                yield simulator.base_url
            finally:
                other.kill()


@contextmanager
def changing(_: Path) -> Iterator[str]:
    """A drive that changes all the time."""
    with Simulator() as simulator:
        stop = threading.Event()

        def change() -> None:
            while not stop.wait(0.2):
                simulator.notify(20)

        thread = threading.Thread(target=change)
        thread.start()
        try:
            yield simulator.base_url
        finally:
            stop.set()
            thread.join()


@contextmanager
def resetting(_: Path) -> Iterator[str]:
    """A connection that is cut off once it is live."""
    with Simulator() as simulator, ThreadPoolExecutor() as pool:

        def cut_off() -> None:
            while simulator.connected() == 0:
                time.sleep(0.05)
            simulator.fault("reset", on="socket")

        cuts_off = pool.submit(cut_off)
        yield simulator.base_url
        cuts_off.result()


@contextmanager
def forgetful(_: Path) -> Iterator[str]:
    """A connection on which nothing is announced any more."""
    with Simulator() as simulator, ThreadPoolExecutor() as pool:

        def forget() -> None:
            while simulator.connected() == 0:
                time.sleep(0.05)
            simulator.fault("silence", on="socket")
            # Times are in whole seconds: the change must come after the connection.
            time.sleep(1.5)
            simulator.upload("unheard.txt")

        forgets = pool.submit(forget)
        yield simulator.base_url
        forgets.result()


NOT_A_GRAPH = serving(answering(b'{"hello": "world"}'))
NO_TLS = serving(answering(b"no TLS here", b"400 Bad Request"))


@contextmanager
def plain(folder: Path) -> Iterator[dict[str, Any]]:
    """A server of HTTP, at an address of https."""
    with NO_TLS(folder) as url:
        yield {"base_url": url.replace("http://", "https://").replace("127.0.0.1", "localhost")}


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
    ending("endpoint_expired", "answer=503,on=endpoint,skip=1", "expire=1500,then=quiet"),
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


def run(scene: Scene, folder: Path) -> dict[str, str]:
    """What each language shows, without what differs from run to run."""
    shows = [each for each in scene.languages if each != "command line" or scene.command]

    def show(language: str) -> str:
        place = folder / language
        place.mkdir()
        with scene.service(place) as served:
            given = served if isinstance(served, dict) else {"base_url": served}
            plan = {"token": TOKEN, "options": HURRIED, **scene.plan, **given}
            return settled(seen(scene, language, plan, place), place)

    with ThreadPoolExecutor() as pool:
        return dict(zip(shows, pool.map(show, shows), strict=True))


def seen(scene: Scene, language: str, plan: dict[str, Any], folder: Path) -> str:
    match language:
        case "python":
            return of_program([sys.executable, PROGRAMS / "program.py"], plan, folder)
        case "node":
            return of_program(["node", PROGRAMS / "program.mjs"], plan, folder)
        case _:
            return of_command(scene, plan, folder)


def environment_of(plan: dict[str, Any]) -> dict[str, str]:
    given: dict[str, str] = plan.get("environment", {})
    certificates = {"SSL_CERT_FILE", "SSL_CERT_DIR"} if given else set()
    ours = {name: value for name, value in os.environ.items() if name not in certificates}
    return ours | given


def of_program(program: list[Any], plan: dict[str, Any], folder: Path) -> str:
    command = [*map(str, program), json.dumps(plan)]
    done = subprocess.run(
        command,
        cwd=folder,
        env=environment_of(plan),
        capture_output=True,
        text=True,
        timeout=DEADLINE,
        check=False,
    )
    assert done.stdout, done.stderr
    return done.stdout


def of_command(scene: Scene, plan: dict[str, Any], folder: Path) -> str:
    command = [COMMAND, *scene.command, *plan.get("arguments", ())]
    if scene.command[0] == "login":
        command += ["--login-url", plan["base_url"]]
    else:
        command += ["--base-url", plan["base_url"]]
    environment = environment_of(plan) | {"NO_COLOR": "1"}
    environment["DRIVEBELL_CONFIG_DIR"] = str(folder / "config")
    if "--token-command" not in scene.command and scene.command[0] != "login":
        environment["DRIVEBELL_TOKEN"] = plan["token"]
    # A terminal, because a pipe gets JSON.
    ours, terminal = os.openpty()
    process = subprocess.Popen(
        list(map(str, command)), cwd=folder, env=environment, stdout=terminal, stderr=terminal
    )
    os.close(terminal)
    timer = threading.Timer(DEADLINE, process.kill)
    timer.start()
    lines = []
    try:
        for line in lines_of(ours):
            lines.append(line)
            if scene.until and scene.until in line:
                return line
        text = "".join(lines)
        return step_of(text, scene.page.split("/")[1]) if scene.command[0] == "doctor" else text
    finally:
        timer.cancel()
        process.kill()
        process.wait()
        os.close(ours)


def lines_of(terminal: int) -> Iterator[str]:
    rest = ""
    while True:
        try:
            rest += os.read(terminal, 4096).decode().replace("\r\n", "\n")
        except OSError:  # Linux's way to say that nobody has it open any more
            if rest:
                yield rest
            return
        *lines, rest = rest.split("\n")
        yield from (f"{line}\n" for line in lines)


def step_of(report: str, step: str) -> str:
    """The part of a report that is about one step."""
    block = re.search(rf"^(ok  |FAIL)  {step} .*?(?=^(ok  |FAIL)  |^$)", report, re.S | re.M)
    assert block is not None, report
    return block[0]


def settled(text: str, folder: Path) -> str:
    """The text with the same ports, ids, times and folders in each run."""
    text = text.replace(f"{folder}/", "").replace(str(folder), ".")
    for pattern, replacement in SETTLED:
        text = re.sub(pattern, replacement, text, flags=re.MULTILINE)
    return text.rstrip("\n")


SETTLED = [
    (r"(127\.0\.0\.1|localhost):\d+", r"\1:8080"),
    (r"port(:|=) ?\d{4,5}", r"port\1 8080"),
    (
        r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
        "5554a2f6-1959-4b95-96f4-369b49212df9",
    ),
    (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", "2026-03-05T09:30:00Z"),
    (r"\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT", "Thu, 05 Mar 2026 09:30:00 GMT"),
    (r"expires: in 3\d+ s", "expires: in 3599 s"),
    (r"expired \d+ min ago", "expired 67 min ago"),
    (r"coalesced(=|: )[1-9]\d*", r"coalesced\g<1>12"),
    (r"next attempt in \d+ s", "next attempt in 1 s"),
    (r"[^\r\n]*\r\x1b\[K", ""),
    (r"retry_in=[\d.e-]+", "retry_in=0.8"),
    (r"retryIn: [\d.]+", "retryIn: 812"),
    (r"\d+\.\d{3} s$", "0.012 s"),
    (r"host not found \([^)]*\)", "host not found (Name or service not known)"),
]
