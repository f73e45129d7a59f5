"""How bytes get from the hub to one client: what the two writers have in common.

| writer           | how                                         | where                      |
|------------------|---------------------------------------------|----------------------------|
| `IteratorWriter` | WSGI iterable; the request's greenlet waits | everywhere: TLS, HTTP/2, … |
| `SocketWriter`   | the hub writes to gunicorn's socket         | plain HTTP/1.x             |

Both keep what a slow client has not read, up to a limit; a client that comes back afterwards
resumes from its last id, so cutting it loses nothing. The first write, which may be the snapshot of
a large batch, has no limit: who were cut in the middle of it would begin with it again, for ever.
"""

import socket
from collections.abc import Callable
from contextlib import suppress
from typing import Protocol

from flask import Response


class BufferFull(Exception):
    """More is unread than a client may leave; control flow, not a fault."""


class Listener(Protocol):
    """What the hub calls for one client. No method blocks, so that it can do so for thousands.

    `on_gone` is called once when the client has left or was cut.
    """

    on_gone: Callable[[], None]

    def write(self, frame: bytes) -> None:
        """Send `frame`, or keep it until the client can take it.

        :raises BufferFull: the client has left too much unread.
        """
        ...

    def finish(self) -> None:
        """End the stream once everything written has been sent."""
        ...

    def abort(self) -> None:
        """End the stream now."""
        ...


class Writer(Listener, Protocol):
    """One client's way out."""

    def response(self) -> Response:
        """The answer of the view function, which carries what is written."""
        ...


def limit_silence(sock: socket.socket, patience: float) -> None:
    """Let the kernel end a connection whose peer acknowledges nothing for `patience` seconds.

    A cable that was pulled sends no farewell; without this it takes a quarter of an hour.
    """
    if sock.family in (socket.AF_INET, socket.AF_INET6) and hasattr(socket, "TCP_USER_TIMEOUT"):
        with suppress(OSError):  # gone already, and noticed when it is written to
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, int(1000 * patience))


def cut(sock: socket.socket) -> None:
    """End both directions, for every descriptor of the connection."""
    with suppress(OSError):  # the peer may have been faster
        sock.shutdown(socket.SHUT_RDWR)
