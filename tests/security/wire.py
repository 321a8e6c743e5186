"""A server that answers whatever bytes a test says, over real sockets."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from socket import create_server, socket

Bytes = Iterable[bytes]


@dataclass
class Wire:
    url: str
    """Without a path."""
    asked: list[bytes] = field(default_factory=list)
    """The heads of the requests that came."""


def answer(body: bytes, *headers: str, status: str = "200 OK") -> bytes:
    lines = [f"HTTP/1.1 {status}", *headers, f"Content-Length: {len(body)}", "", ""]
    return "\r\n".join(lines).encode() + body


@contextmanager
def wire(said: Callable[[bytes], Bytes]) -> Iterator[Wire]:
    """Gives each request's head to `said`, and sends what comes of it until the caller is gone."""
    with create_server(("127.0.0.1", 0)) as listener:
        made = Wire(f"http://127.0.0.1:{listener.getsockname()[1]}")

        def serve(connection: socket) -> None:
            with connection, suppress(OSError):
                head = b""
                while b"\r\n\r\n" not in head:
                    if not (more := connection.recv(65_536)):
                        return
                    head += more
                made.asked.append(head)
                for part in said(head):
                    connection.sendall(part)

        def accept() -> None:
            with suppress(OSError):
                while True:
                    connection, _ = listener.accept()
                    threading.Thread(target=serve, args=(connection,), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        yield made
