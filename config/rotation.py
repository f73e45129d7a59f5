"""A log file that several processes write and any of them may rotate, losing no line.

`logging.handlers.RotatingFileHandler` assumes that it is alone: of two gunicorn workers each would
rename the file under the other and truncate what that one wrote. Here lines are appended (one
`write` each, which the kernel keeps whole), a process that finds the file moved opens the new one,
and whoever rotates holds a lock and looks again first.
"""

import fcntl
import logging.handlers
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class SharedRotatingFileHandler(logging.handlers.WatchedFileHandler):
    """Appends to `filename`; at `max_bytes` it becomes `filename.1`, up to `kept` such files."""

    def __init__(self, filename: str, *, max_bytes: int, kept: int) -> None:
        super().__init__(filename, delay=True, encoding="utf-8")
        self._max_bytes = max_bytes
        self._kept = kept

    def emit(self, record: logging.LogRecord) -> None:
        super().emit(record)
        if self.stream is not None and self.stream.tell() >= self._max_bytes:
            try:
                self._rotate()
            except OSError:
                self.handleError(record)

    def _rotate(self) -> None:
        with self._locked():
            # Another process may have rotated while this one waited for the lock.
            if self._size() >= self._max_bytes:
                for number in range(self._kept - 1, 0, -1):
                    if (older := self._numbered(number)).exists():
                        older.replace(self._numbered(number + 1))
                Path(self.baseFilename).replace(self._numbered(1))
        self.reopenIfNeeded()

    def _size(self) -> int:
        try:
            return Path(self.baseFilename).stat().st_size
        except FileNotFoundError:
            return 0

    def _numbered(self, number: int) -> Path:
        return Path(f"{self.baseFilename}.{number}")

    @contextmanager
    def _locked(self) -> Iterator[None]:
        lock = os.open(f"{self.baseFilename}.lock", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)
