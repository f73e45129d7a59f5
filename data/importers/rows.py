"""Lines and rows of a text, in blocks, each with its number."""

import csv
import gzip
import io
import os
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, TextIO, cast

from config.errors import InvalidReadings

BLOCK_ROWS = 50_000
BLOCK_CHARACTERS = 4 << 20
"""About 20 MB of Python text at a time: memory stays flat however long or wide a file is."""

LONGEST_LINE = 1 << 17
"""The longest cell that `csv` takes; a longer line is a binary file or an attack."""

LARGEST_GROWTH = 100
"""Times that zipped readings may grow; years of one and the same value grow 11 times."""
UNZIPPED_ALWAYS = 4 << 20
"""Bytes that any gzip may grow to."""

DELIMITERS = ",;\t|"

Source = Path | str | BinaryIO

_GZIP_MAGIC = b"\x1f\x8b"
_ZIP_MAGIC = b"PK\x03\x04"
_UTF_16_MARKS = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True)
class Block:
    """Some rows, the line each ends on, and the share of the source read so far (0 to 1)."""

    rows: list[list[str]]
    lines: Sequence[int]
    fraction: float


@contextmanager
def opened(source: Source) -> Iterator[tuple[TextIO, "Progress"]]:
    """Text of a file or a binary stream, gzip or not, UTF-8 or (with its mark) UTF-16.

    A byte that is neither becomes �. Raises `InvalidReadings` where the gzip is damaged or grows
    as no readings do, and for a zip, which a workbook of Excel is too.
    """
    if isinstance(source, (str, Path)):
        with Path(source).open("rb") as raw, opened(raw) as found:
            yield found
        return
    progress = Progress(source)
    stream = io.BufferedReader(cast(io.RawIOBase, progress))
    try:
        if stream.peek(4)[:4] == _ZIP_MAGIC:
            raise InvalidReadings(
                "This is a workbook or a zip, not a text.",
                hint="Save the sheet as CSV in Excel or LibreOffice, or unzip the file.",
            )
        if stream.peek(2)[:2] == _GZIP_MAGIC:
            unzipped = Unzipped(gzip.GzipFile(fileobj=stream), progress)
            stream = io.BufferedReader(cast(io.RawIOBase, unzipped))
        encoding = "utf-16" if stream.peek(2)[:2] in _UTF_16_MARKS else "utf-8-sig"
        text = io.TextIOWrapper(stream, encoding=encoding, errors="replace", newline="")
        yield text, progress
    except (EOFError, gzip.BadGzipFile, zlib.error) as damaged:
        raise InvalidReadings(
            f"The gzip is damaged: {damaged}.",
            hint="Send it again; what was stored before the damage is replaced, not doubled.",
        ) from damaged


class Progress(io.RawIOBase):
    """Counts the bytes that pass, to tell how far a reader has come.

    Closing it does not close what it reads from, which belongs to whoever opened that.
    """

    def __init__(self, raw: BinaryIO) -> None:
        self._raw = raw
        self._passed = 0
        self._size = _size(raw)

    @property
    def passed(self) -> int:
        return self._passed

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


class Unzipped(io.RawIOBase):
    """What comes out of a gzip, as long as it grows no more than readings can.

    A few megabytes of zipped blanks are gigabytes that would be read for hours.
    """

    def __init__(self, source: gzip.GzipFile, progress: Progress) -> None:
        self._source = source
        self._progress = progress
        self._grown = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        count = self._source.readinto(buffer)
        self._grown += count
        if self._grown > max(UNZIPPED_ALWAYS, LARGEST_GROWTH * self._progress.passed):
            raise InvalidReadings(
                f"The gzip grows to more than {LARGEST_GROWTH} times its size.",
                hint="Send it unzipped, if these are readings.",
            )
        return count


def blocks(
    text: TextIO, progress: Progress, delimiter: str, *, lines_before: int
) -> Iterator[Block]:
    """Rows that are neither blank nor a comment, block by block."""
    for first, lines in batches(text, lines_before=lines_before):
        numbers = range(first, first + len(lines))
        everything = "".join(lines)
        if '"' in everything:
            lines = [_balanced(line) for line in lines]
        rows = list(csv.reader(lines, delimiter=delimiter, skipinitialspace=True))
        if not all(rows) or "#" in everything:
            kept = [at for at, row in enumerate(rows) if row and not row[0].startswith("#")]
            yield Block([rows[at] for at in kept], [numbers[at] for at in kept], progress.fraction)
        else:
            yield Block(rows, numbers, progress.fraction)


def batches(text: TextIO, *, lines_before: int = 0) -> Iterator[tuple[int, list[str]]]:
    """Lines, as many as a block may have, with the number of the first.

    Raises `InvalidReadings` for a line that is too long to be one.
    """
    first, lines, size = lines_before + 1, list[str](), 0
    while line := text.readline(LONGEST_LINE):
        lines.append(line)
        size += len(line)
        if len(line) == LONGEST_LINE:
            raise InvalidReadings(
                f"Line {first + len(lines) - 1} is longer than {LONGEST_LINE:,} characters.",
                hint="Is it a text with a row on each line?",
            )
        if len(lines) >= BLOCK_ROWS or size >= BLOCK_CHARACTERS:
            yield first, lines
            first, lines, size = first + len(lines), [], 0
    if lines:
        yield first, lines


def heading_of(text: TextIO) -> tuple[str, int]:
    """The first line that is neither blank nor a comment, and its number; "" where none is."""
    number = 0
    while line := text.readline(LONGEST_LINE):
        number += 1
        if line.strip() and not line.startswith("#"):
            return line.rstrip("\r\n"), number
    return "", number


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
