"""Clients that drip: a body must come, and an answer be read, at a least rate on the whole.

A time-out between two bytes stops a client that falls silent, but not one that sends a byte now
and then and holds a connection, a greenlet and an answer for days.
"""

import io
import time
from typing import Any, Protocol

import gevent

SLOWEST_BODY = 1024
"""Bytes a second: below any line that meters are read over; 20,000 drips then cost 20 MB/s."""
SLOWEST_READER = 64 * 1024
"""Bytes a second; more, because an unread answer is held in memory: 10 MB get three minutes."""
STEP = 16 * 1024
"""Bytes after which the clock is looked at."""


class Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


def answer_seconds(size: int, *, silence: float) -> float:
    """How long a client may take to read an answer of `size` bytes."""
    return silence + size / SLOWEST_READER


def paced(body: Readable, *, silence: float) -> io.BufferedReader:
    """A body that must come at SLOWEST_BODY; see `PacedBody`. Reads as much as is asked for."""
    return io.BufferedReader(PacedBody(body, silence=silence), STEP)


class PacedBody(io.RawIOBase):
    """A request's body whose reading ends with TimeoutError when it comes too slowly.

    Only the time spent waiting counts, so that a view may take its own between two pieces.

    :param silence: seconds that are given beside those that the bytes take.
    """

    def __init__(self, body: Readable, *, silence: float) -> None:
        self._body = body
        self._silence = silence
        self._received = 0
        self._waited = 0.0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        size = min(len(buffer), STEP)
        due = self._silence + (self._received + size) / SLOWEST_BODY - self._waited
        started = time.monotonic()
        with gevent.Timeout(due, TimeoutError("the body comes too slowly")):
            piece = self._body.read(size)
        self._waited += time.monotonic() - started
        self._received += len(piece)
        buffer[: len(piece)] = piece
        return len(piece)
