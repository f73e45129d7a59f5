"""Connections to the SQLite file, lent one user at a time."""

import os
import sqlite3
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from data.embedded.schema import connect

MOST_IDLE = 8
"""Connections kept open for the next user; each holds a file and some memory."""


class ConnectionPool:
    """Connections that outlive the thread that opened them, but not its process.

    A connection serves one user at a time and must not cross a fork. A connection for each
    thread would be simpler; but under gevent every request is a thread of its own, and opening
    the file for each costs more than the reading does.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._process = os.getpid()
        self._idle: deque[sqlite3.Connection] = deque()
        self._inherited: list[deque[sqlite3.Connection]] = []

    @contextmanager
    def connection(self) -> Iterator[sqlite3.Connection]:
        """A connection for the length of the block.

        :raises StoreUnavailable, sqlite3.Error, OSError: as `data.embedded.schema.connect`.
        """
        process = os.getpid()
        if process != self._process:
            # Closing a connection that came over a fork would drop the parent's locks.
            self._inherited.append(self._idle)
            self._idle, self._process = deque(), process
        try:
            lent = self._idle.pop()
        except IndexError:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            lent = connect(self._path)
        try:
            yield lent
        finally:
            if os.getpid() == process:
                self._take_back(lent)

    def close(self) -> None:
        """Close what is idle; what is lent is closed by its return."""
        if os.getpid() == self._process:
            while self._idle:
                self._idle.pop().close()

    def _take_back(self, connection: sqlite3.Connection) -> None:
        if connection.in_transaction or len(self._idle) >= MOST_IDLE:
            connection.close()
        else:
            self._idle.append(connection)
