"""Writing a stream to gunicorn's socket, so that no greenlet has to wait for each client.

The response duplicates the socket, sends the head itself and raises `StopIteration`, by which a
WSGI application tells gunicorn's asynchronous workers that the connection is no longer theirs:
gunicorn closes its own descriptor, ours stays. From then on the event loop watches it. Costs 2 kB
a client instead of 20 and a third of the CPU; it is the only module that knows of this.
"""

import os
import socket
import ssl
from collections.abc import Callable, Mapping
from contextlib import suppress
from email.utils import formatdate
from functools import lru_cache
from typing import Any, Never

import gevent
from flask import Response
from gevent import monkey

from app.streams import wire
from app.streams.writers import BufferFull, cut, limit_silence

READ, WRITE = 1, 2
"""libev's event masks."""

SEND_BUFFER = 64 * 1024
"""Bytes the kernel may hold for one client; its own choice of megabytes, ten thousand times, is
memory that nobody sees."""


LAST_CHUNK = b"0\r\n\r\n"


class SocketWriter:
    """Sends without blocking; keeps what the kernel does not take until it does."""

    __slots__ = (
        "_chunked", "_ending", "_limit", "_opening", "_patience", "_reading", "_sock", "_unsent",
        "_writing", "on_gone",
    )  # fmt: skip

    def __init__(self, *, limit: int, patience: float) -> None:
        self.on_gone: Callable[[], None] = lambda: None
        self._limit = limit
        self._patience = patience
        self._opening = 0
        """Bytes of the first write that are unsent: they don't count as left unread."""
        self._chunked = False
        self._ending = False
        self._sock: socket.socket | None = None
        self._unsent = bytearray()
        self._reading: Any = None
        self._writing: Any = None

    def write(self, frame: bytes) -> None:
        if self._unsent or self._sock is None:
            if not self._unsent:
                self._opening = len(frame)
            elif len(self._unsent) - self._opening > self._limit:
                raise BufferFull
            self._unsent += _shared_chunk(frame) if self._chunked else frame
        else:
            self._send(_shared_chunk(frame) if self._chunked else frame)

    def finish(self) -> None:
        if self._ending:
            return
        self._ending = True
        if self._chunked:
            if self._unsent:
                self._unsent += LAST_CHUNK
            else:
                self._send(LAST_CHUNK)
        self._close_if_done()

    def abort(self) -> None:
        self._ending = True
        self._unsent.clear()
        if self._sock is not None:
            self._close()

    def response(self) -> Response:
        return DetachedResponse(self)

    def attach(self, sock: socket.socket, head: bytes, *, chunked: bool) -> None:
        """Take the connection over and send the head and what was written so far."""
        self._sock = own = _duplicate(sock)
        limit_silence(own, self._patience)
        with suppress(OSError):  # gone already, and noticed by the first send
            own.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
        self._reading = gevent.get_hub().loop.io(own.fileno(), READ)
        self._reading.start(self._on_readable)
        body, self._unsent = bytes(self._unsent), bytearray()
        self._chunked = chunked
        if chunked:
            body = (_chunk(body) if body else b"") + (LAST_CHUNK if self._ending else b"")
        if self._opening:
            self._opening += len(head)
        self._send(head + body)
        self._close_if_done()

    def _send(self, data: bytes) -> None:
        if self._sock is None:
            return
        try:
            sent = self._sock.send(data)
        except BlockingIOError:
            sent = 0
        except OSError:
            self._close()
            return
        if self._opening:
            self._opening = max(0, self._opening - sent)
        if sent < len(data):
            self._unsent += memoryview(data)[sent:]
            if self._writing is None:
                self._writing = gevent.get_hub().loop.io(self._sock.fileno(), WRITE)
            self._writing.start(self._on_writable)

    def _on_writable(self) -> None:
        self._writing.stop()
        data, self._unsent = bytes(self._unsent), bytearray()
        self._send(data)
        self._close_if_done()

    def _on_readable(self) -> None:
        # A client has nothing more to say: what comes is its end, or is ignored.
        if self._sock is None:
            return
        try:
            if self._sock.recv(4096):
                return
        except BlockingIOError:
            return
        except OSError:
            pass  # reset: gone as well
        self._close()

    def _close_if_done(self) -> None:
        if self._ending and not self._unsent:
            self._close()

    def _close(self) -> None:
        if self._sock is None:
            return
        for watcher in (self._reading, self._writing):
            if watcher is not None:
                watcher.stop()
                watcher.close()
        self._reading = self._writing = None
        cut(self._sock)
        self._sock.close()
        self._sock = None
        self.on_gone()


class DetachedResponse(Response):
    """Hands the connection to its writer instead of returning a body."""

    def __init__(self, writer: SocketWriter) -> None:
        super().__init__(mimetype=wire.MIMETYPE, headers=wire.HEADERS)
        self._writer = writer

    def __call__(self, environ: Any, start_response: Any) -> Never:
        # requests and urllib3 pass on what has come only where the body is chunked; HTTP/1.0
        # (nginx as it comes) has no chunks.
        chunked = environ["SERVER_PROTOCOL"] == "HTTP/1.1"
        headers = self.get_wsgi_headers(environ)
        headers.remove("Content-Length")
        headers["Connection"] = "close"
        headers["Date"] = formatdate(usegmt=True)
        if chunked:
            headers["Transfer-Encoding"] = "chunked"
        lines = (f"{name}: {value}\r\n" for name, value in headers.items())
        head = f"HTTP/1.1 {self.status}\r\n{''.join(lines)}\r\n".encode("latin-1")
        self._writer.attach(environ["gunicorn.socket"], head, chunked=chunked)
        raise StopIteration


def possible(environ: Mapping[str, Any]) -> bool:
    """Whether raw bytes on this request's socket are what its client reads."""
    return monkey.is_module_patched("socket") and speaks_plain_http(environ)


def speaks_plain_http(environ: Mapping[str, Any]) -> bool:
    """Whether the request came over gunicorn's own socket, without TLS, as HTTP/1.x."""
    sock = environ.get("gunicorn.socket")
    return (
        sock is not None
        and not isinstance(sock, ssl.SSLSocket)
        and environ.get("SERVER_PROTOCOL") in ("HTTP/1.0", "HTTP/1.1")
    )


def _duplicate(sock: socket.socket) -> socket.socket:
    # gevent's socket would bring a greenlet's worth of watchers along; the plain one is enough.
    plain = monkey.get_original("socket", "socket")
    own: socket.socket = plain(fileno=os.dup(sock.fileno()))
    own.setblocking(False)
    return own


def _chunk(frame: bytes) -> bytes:
    """A chunk of a chunked body."""
    return b"%x\r\n%b\r\n" % (len(frame), frame)


_shared_chunk = lru_cache(maxsize=16)(_chunk)
"""Made once for the clients that get the same frame one after the other."""
