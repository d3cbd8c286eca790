"""A relay in front of the simulator. Its port can close while the simulator keeps its state."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from types import TracebackType
from typing import Self

LOOPBACK = "127.0.0.1"
RESET = struct.pack("ii", 1, 0)
"""SO_LINGER of 0 s: closing sends RST."""


class Relay:
    """Relays to the simulator and replaces the simulator's address by its own.

    `host` must be as long as 127.0.0.1, because the relay leaves HTTP's lengths alone.
    """

    def __init__(self, port: int, host: str = LOOPBACK) -> None:
        self._upstream = (LOOPBACK, port)
        self._sockets: set[socket.socket] = set()
        self._lock = threading.Lock()
        self.port = 0
        self.open()
        while len(str(self.port)) != len(str(port)):
            self.refuse()
            self.port = 0
            self.open()
        self._theirs = f"{LOOPBACK}:{port}".encode()
        self._ours = f"{host}:{self.port}".encode()
        assert len(self._theirs) == len(self._ours)

    @property
    def base_url(self) -> str:
        return f"http://{LOOPBACK}:{self.port}"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.refuse()

    def open(self) -> None:
        """Accepts connections, on the same port as before if there was one."""
        self._listener = socket.create_server((LOOPBACK, self.port))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def refuse(self) -> None:
        """Closes the port and resets every connection."""
        # close() alone would leave the port open until the thread in accept() returns.
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.reset()

    def reset(self) -> None:
        """Resets every connection."""
        with self._lock:
            for each in self._sockets:
                with contextlib.suppress(OSError):
                    each.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
                    # Wakes the thread that reads it, which closes it.
                    each.shutdown(socket.SHUT_RD)

    def _accept(self, listener: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = listener.accept()
                server = socket.create_connection(self._upstream)
                for each in (client, server):
                    each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    with self._lock:
                        self._sockets.add(each)
                threading.Thread(target=self._relay, args=(client, server), daemon=True).start()

    def _relay(self, client: socket.socket, server: socket.socket) -> None:
        up = threading.Thread(target=_pump, args=(client, server, None), daemon=True)
        up.start()
        _pump(server, client, (self._theirs, self._ours))
        up.join()
        for each in (client, server):
            with self._lock:
                self._sockets.discard(each)
            each.close()


def _pump(source: socket.socket, sink: socket.socket, change: tuple[bytes, bytes] | None) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data.replace(*change) if change else data)
    # The end of one direction ends both: a half-open connection would never be joined.
    for each in (source, sink):
        with contextlib.suppress(OSError):
            each.shutdown(socket.SHUT_RD)
