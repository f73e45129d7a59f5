"""The file of a backup: a gzipped tar whose last member says what the others must be.

    backup.json                       format, version, created_at
    meters/<type>/<id>.json           the catalogue's entry
    readings/<type>/<id>.parquet      and forecasts/…, where there are some
    weather/<n>.parquet               with its location in weather/<n>.json
    models/<type>/<id>/<version>/…    the artifacts; meta.json last
    redis.jsonl                       aliases, audit log, hashed keys, scores: one key per line
    end.json                          how many members, and a SHA-256 over all of them

It is written and read as a stream: neither needs more memory than one member.
"""

import hashlib
import io
import json
import os
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from cli.archive_names import is_member
from cli.redis_keys import parse_key
from config.errors import EnergyError

FORMAT = 1
HEAD, REDIS, END = "backup.json", "redis.jsonl", "end.json"
GZIP_LEVEL = 1
"""Parquet and boosters hardly shrink any more; time would."""


class InvalidBackup(EnergyError):
    """The file is no backup, is not whole, or was written by a newer release."""

    code = "invalid_request"
    hint = "Take another backup file; `energy backup` writes one."


class Writer:
    """Adds members to an archive that is being written."""

    def __init__(self, tar: tarfile.TarFile) -> None:
        self._tar = tar
        self._sha = hashlib.sha256()
        self._count = 0

    def add(self, name: str, content: bytes) -> None:
        """One member; names come in the order in which a restore needs them."""
        self._put(name, content)
        _digest(self._sha, name, content)
        self._count += 1

    def add_json(self, name: str, value: Any) -> None:
        self.add(name, json.dumps(value, indent=1).encode())

    def end(self) -> None:
        closing = {"members": self._count, "sha256": self._sha.hexdigest()}
        self._put(END, json.dumps(closing).encode())

    def _put(self, name: str, content: bytes) -> None:
        member = tarfile.TarInfo(name)
        member.size = len(content)
        self._tar.addfile(member, io.BytesIO(content))


@contextmanager
def writing(path: Path) -> Iterator[Writer]:
    """An archive that appears at `path` when the block has ended well, and not before.

    :raises EnergyError: it cannot be written there.
    """
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with _writing(unfinished) as writer:
            yield writer
        unfinished.replace(path)
    except OSError as error:
        # Stores translate their own, so it is the file's.
        raise EnergyError(
            f"{path} cannot be written: {error.strerror or error}.",
            hint="Name a file in a folder that exists, may be written to and has room.",
        ) from error
    finally:
        with suppress(OSError):  # it has its name by now, or could not be made
            unfinished.unlink()


@contextmanager
def _writing(path: Path) -> Iterator[Writer]:
    # Keys are hashed in it, but consumption is personal data: for the owner's eyes.
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        with tarfile.open(fileobj=file, mode="w:gz", compresslevel=GZIP_LEVEL) as tar:
            writer = Writer(tar)
            yield writer
            writer.end()
        file.flush()
        os.fsync(file.fileno())


def members(path: Path) -> Iterator[tuple[str, bytes]]:
    """Names and contents in order, the end included.

    :raises InvalidBackup: it cannot be read, or has a member that no backup has.
    """
    try:
        with tarfile.open(path, mode="r|gz") as tar:
            for member in tar:
                if not is_member(member.name):
                    raise InvalidBackup(f"{path.name}: {member.name!r} is no part of a backup.")
                content = tar.extractfile(member)
                if content is None:
                    raise InvalidBackup(f"{path.name}: {member.name!r} is not a file.")
                yield member.name, content.read()
    except (OSError, EOFError, tarfile.TarError) as error:
        raise InvalidBackup(f"{path.name} cannot be read: {error}.") from error


def check(path: Path) -> tuple[dict[str, Any], str, int]:
    """Read the archive to its end before anything is made of it.

    :returns: what `backup.json` says, the archive's SHA-256, and how many members it has.
    :raises InvalidBackup: it is not whole, not a backup, or of a newer release.
    """
    head: dict[str, Any] = {}
    end: dict[str, Any] = {}
    sha, count = hashlib.sha256(), 0
    for name, content in members(path):
        try:
            if name == END:
                end = json.loads(content)
                continue
            if name == HEAD:
                head = json.loads(content)
            elif name == REDIS:
                for line in content.splitlines():
                    parse_key(line)
        except ValueError as error:
            raise InvalidBackup(f"{path.name}: {name} cannot be read: {error}.") from error
        _digest(sha, name, content)
        count += 1
    if not (isinstance(head, dict) and isinstance(head.get("format"), int)):
        raise InvalidBackup(f"{path.name} is not a backup of this program.")
    if head["format"] > FORMAT:
        raise InvalidBackup(
            f"{path.name} was written by release {head.get('version')}, which is newer.",
            hint="Install that release here, then restore.",
        )
    if end != {"members": count, "sha256": sha.hexdigest()}:
        raise InvalidBackup(f"{path.name} is not whole: its contents do not match its end.")
    return head, sha.hexdigest(), count


def _digest(sha: Any, name: str, content: bytes) -> None:
    sha.update(f"{name}\0{len(content)}\0".encode())
    sha.update(content)
