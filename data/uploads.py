"""Large bodies that wait for a worker, on any file system that fsspec knows."""

import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import BinaryIO, cast

from fsspec.core import url_to_fs

from config.errors import StoreUnavailable

KEPT_SECONDS = 86400.0
"""An import that has not been tried again within a day will not be."""

_HINT = "May this process write to UPLOAD_URL, and is there space left?"


class Uploads:
    """Files by name, which nobody knows before its file is whole."""

    def __init__(self, url: str) -> None:
        options = {} if "://" in url else {"auto_mkdir": True}
        self._fs, self._root = url_to_fs(url, **options)

    def add(self, body: BinaryIO) -> str:
        """Keep all of `body` and return its name.

        :raises StoreUnavailable: it could not be written; nothing is kept then.
        """
        name = f"{int(time.time())}-{secrets.token_hex(8)}"
        try:
            with self._fs.open(self._path(name), "wb") as target:
                shutil.copyfileobj(body, target, 1 << 20)
        except OSError as error:
            self._discard(name)
            raise StoreUnavailable(
                f"The upload cannot be kept: {error.strerror or error}.", hint=_HINT
            ) from error
        except BaseException:  # the client left, or sent too much
            self._discard(name)
            raise
        return name

    def _discard(self, name: str) -> None:
        with suppress(OSError):  # an old one is removed in time
            self.remove(name)

    @contextmanager
    def open(self, name: str) -> Iterator[BinaryIO]:
        """The file, to read.

        :raises StoreUnavailable: it is not there.
        """
        try:
            opened = self._fs.open(self._path(name), "rb")
        except OSError as error:
            raise StoreUnavailable(f"The upload cannot be read: {error}.", hint=_HINT) from error
        with opened as stream:
            yield cast(BinaryIO, stream)

    def remove(self, name: str) -> None:
        """Delete the file, if it is there."""
        if self._fs.exists(self._path(name)):
            self._fs.rm(self._path(name))

    def remove_old(self, now: float) -> int:
        """Delete the files of imports that were given up; returns how many."""
        if not self._fs.exists(self._root):
            return 0
        names = [path.rsplit("/", 1)[-1] for path in self._fs.ls(self._root, detail=False)]
        old = [name for name in names if _made_at(name) < now - KEPT_SECONDS]
        for name in old:
            self.remove(name)
        return len(old)

    def _path(self, name: str) -> str:
        return f"{self._root}/{name}"


def _made_at(name: str) -> float:
    seconds = name.partition("-")[0]
    # A temporary name of a write under way is not ours to judge.
    return float(seconds) if seconds.isdigit() else float("inf")
