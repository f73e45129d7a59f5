"""Rows of a delimited text, in blocks, each row with the number of its line."""

import csv
import gzip
import io
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import BinaryIO, TextIO, cast

BLOCK_ROWS = 50_000
"""About 20 MB of Python text at a time, so that memory stays flat however long a file is."""

DELIMITERS = ",;\t|"

Source = Path | str | BinaryIO

_GZIP_MAGIC = b"\x1f\x8b"


@dataclass(frozen=True)
class Block:
    """Some rows, the line each ends on, and the share of the source read so far (0 to 1)."""

    rows: list[list[str]]
    lines: Sequence[int]
    fraction: float


@contextmanager
def opened(source: Source) -> Iterator[tuple[TextIO, "Progress"]]:
    """Text of a file or a binary stream, gzip or not; UTF-8, a byte that is none becomes �."""
    if isinstance(source, (str, Path)):
        with Path(source).open("rb") as raw, opened(raw) as found:
            yield found
        return
    progress = Progress(source)
    stream: BinaryIO = cast(BinaryIO, io.BufferedReader(progress))
    if stream.peek(2)[:2] == _GZIP_MAGIC:  # type: ignore[attr-defined]
        stream = cast(BinaryIO, gzip.GzipFile(fileobj=stream))
    text = io.TextIOWrapper(stream, encoding="utf-8-sig", errors="replace", newline="")
    try:
        yield text, progress
    finally:
        # The stream belongs to whoever opened it.
        text.detach()


class Progress(io.RawIOBase):
    """Counts the bytes that pass, to tell how far a reader has come."""

    def __init__(self, raw: BinaryIO) -> None:
        self._raw = raw
        self._passed = 0
        self._size = _size(raw)

    @property
    def fraction(self) -> float:
        return min(self._passed / self._size, 1.0) if self._size else 0.0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        data = self._raw.read(len(buffer))
        buffer[: len(data)] = data
        self._passed += len(data)
        return len(data)


def blocks(
    text: TextIO, progress: Progress, delimiter: str, *, lines_before: int
) -> Iterator[Block]:
    """Rows that are neither blank nor a comment, `BLOCK_ROWS` lines at a time."""
    while lines := list(islice(text, BLOCK_ROWS)):
        numbers = range(lines_before + 1, lines_before + len(lines) + 1)
        lines_before += len(lines)
        everything = "".join(lines)
        if '"' in everything:
            lines = [_balanced(line) for line in lines]
        rows = list(csv.reader(lines, delimiter=delimiter, skipinitialspace=True))
        if not all(rows) or "#" in everything:
            kept = [at for at, row in enumerate(rows) if row and not row[0].startswith("#")]
            yield Block([rows[at] for at in kept], [numbers[at] for at in kept], progress.fraction)
        else:
            yield Block(rows, numbers, progress.fraction)


def heading_of(text: TextIO) -> tuple[str, int]:
    """The first line that is neither blank nor a comment, and its number; "" where none is."""
    for number, line in enumerate(text, start=1):
        if line.strip() and not line.startswith("#"):
            return line.rstrip("\r\n"), number
    return "", 0


def delimiter_of(line: str) -> str:
    """The sign that parts the heading: the commonest of , ; tab and |."""
    return max(DELIMITERS, key=line.count)


def _balanced(line: str) -> str:
    # A quote left open would swallow every line after it.
    return line.replace('"', "") if line.count('"') % 2 else line


def _size(raw: BinaryIO) -> int:
    try:
        return os.fstat(raw.fileno()).st_size
    except (OSError, AttributeError):
        return len(raw.getbuffer()) if isinstance(raw, io.BytesIO) else 0
