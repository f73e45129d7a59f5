"""The plain way out: a WSGI iterable, one waiting greenlet for each client."""

import socket
from collections.abc import Callable, Iterator

from flask import Response
from gevent.event import Event as Flag

from app.streams import wire
from app.streams.writers import BufferFull, cut, limit_silence


class IteratorWriter:
    """A WSGI iterable that waits for frames; gevent lets thousands of them wait.

    A client that leaves is noticed by the next write, at the latest the second heartbeat.

    :param sock: the connection where the server tells it; it lets a blocked send be cut.
    """

    def __init__(self, *, limit: int, patience: float, sock: "socket.socket | None" = None) -> None:
        self.on_gone: Callable[[], None] = lambda: None
        self._limit = limit
        self._sock = sock
        self._frames: list[bytes] = []
        self._unsent = 0
        self._opened = False
        self._flag = Flag()
        self._ending = False
        if sock is not None:
            limit_silence(sock, patience)

    def write(self, frame: bytes) -> None:
        if self._unsent > self._limit:
            raise BufferFull
        self._frames.append(frame)
        if self._opened:
            self._unsent += len(frame)
        self._opened = True
        self._flag.set()

    def finish(self) -> None:
        self._ending = True
        self._flag.set()

    def abort(self) -> None:
        self._frames.clear()
        self.finish()
        if self._sock is not None:
            cut(self._sock)

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        while not self._frames:
            if self._ending:
                raise StopIteration
            self._flag.clear()
            self._flag.wait()
        sent = b"".join(self._frames)
        self._frames.clear()
        self._unsent = 0
        return sent

    def close(self) -> None:
        """Called by the WSGI server when the answer has ended, whoever ended it."""
        self.on_gone()

    def response(self) -> Response:
        # Passed through, the server iterates over this very object: each layer in between would
        # cost every client memory while it waits, and time with every event.
        return Response(self, mimetype=wire.MIMETYPE, headers=wire.HEADERS, direct_passthrough=True)
