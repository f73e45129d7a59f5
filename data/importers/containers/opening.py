"""Bytes of a source, whoever sends them: counted, bounded, and looked at before they are read."""

import copy
import gzip
import io
import os
import tempfile
import zipfile
import zlib
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import BinaryIO, Protocol, cast

from config.errors import InvalidReadings, TooLarge
from data.importers.sheet import Source

HEAD = 1 << 16
"""Bytes by which a format is told: a preamble and hundreds of rows."""

LARGEST_GROWTH = 100
"""Times that packed readings may grow; years of one and the same value grow 11 times."""
UNPACKED_ALWAYS = 4 << 20
"""Bytes that anything packed may grow to."""

LARGEST_ARCHIVE = 512 << 20
"""Bytes of what has to be read from its end: an archive or a workbook."""
IN_MEMORY = 16 << 20
"""Bytes of those that stay in memory; more go to a temporary file."""

DAMAGES = (EOFError, gzip.BadGzipFile, zipfile.BadZipFile, zlib.error, NotImplementedError)
"""What the unpacking of something broken raises, or of something packed by other means."""


class _Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


class Progress(io.RawIOBase):
    """Counts the bytes that pass, to tell how far a reader has come.

    Closing it does not close what it reads from, which belongs to whoever opened that.
    """

    def __init__(self, raw: _Readable, size: int | None = None) -> None:
        self._raw = raw
        self._passed = 0
        self._size = _size(raw) if size is None else size

    @property
    def passed(self) -> int:
        return self._passed

    @property
    def fraction(self) -> float:
        return min(self._passed / self._size, 1.0) if self._size else 0.0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        # A connection gives what has come; whoever looks at the head wants to see all of it.
        filled = 0
        while filled < len(buffer) and (data := self._raw.read(len(buffer) - filled)):
            buffer[filled : filled + len(data)] = data
            filled += len(data)
        self._passed += filled
        return filled


class Unpacked(io.RawIOBase):
    """What comes out of something packed, as long as it grows no more than readings can.

    A few megabytes of packed blanks are gigabytes that would be read for hours. `packed` tells how
    many bytes went in.
    """

    def __init__(self, source: _Readable, packed: Callable[[], int], what: str) -> None:
        self._source = source
        self._packed = packed
        self._what = what
        self._grown = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        try:
            data = self._source.read(len(buffer))
        except DAMAGES as damaged:
            raise InvalidReadings(
                f"The {self._what} is damaged: {str(damaged).rstrip('.')}.",
                hint="Send it again; what was stored before the damage is replaced, not doubled.",
            ) from damaged
        buffer[: len(data)] = data
        self._grown += len(data)
        check_growth(self._grown, self._packed(), self._what)
        return len(data)


def whole(member: zipfile.ZipInfo) -> zipfile.ZipInfo:
    """The same member, read to its end: the size that the directory says may be a lie."""
    longer = copy.copy(member)
    longer.file_size = 1 << 62
    return longer


def check_growth(grown: int, packed: int, what: str) -> None:
    """Raises `InvalidReadings` where so many bytes out of so few are no readings."""
    if grown > max(UNPACKED_ALWAYS, LARGEST_GROWTH * packed):
        raise InvalidReadings(
            f"The {what} grows to more than {LARGEST_GROWTH} times its size.",
            hint="Send what is in it unzipped, if these are readings.",
        )


@dataclass
class Content:
    """A stream of bytes, what is known of it, and what has to be closed when it has been read.

    `form` is the name of the format that a media type says, `name` that of the file or of the
    archive's member, "" where there is none; `inside` what it was packed in, outermost first.
    `facts` are those of the sheet that comes out of it. `packed` is the same as an open archive,
    for workbooks that are one.
    """

    stream: io.BufferedReader
    progress: Progress
    closing: ExitStack
    form: str | None = None
    name: str = ""
    inside: tuple[str, ...] = ()
    facts: dict[str, str] = field(default_factory=dict)
    packed: tuple[BinaryIO, zipfile.ZipFile] | None = None

    @classmethod
    def of(cls, source: Source, closing: ExitStack, form: str | None = None) -> "Content":
        """That of a file or a stream; what is opened here is closed with `closing`."""
        name, raw = "", source
        if isinstance(source, (str, Path)):
            name, raw = Path(source).name, closing.enter_context(Path(source).open("rb"))  # noqa: SIM115
        progress = Progress(cast(BinaryIO, raw))
        return cls(io.BufferedReader(progress, HEAD), progress, closing, form, name)

    def unpacked(
        self, source: _Readable, packed: Callable[[], int], what: str, name: str, size: int = 0
    ) -> "Content":
        """What is inside this, of `size` bytes where that is known."""
        stream: io.RawIOBase = Unpacked(source, packed, what)
        progress = self.progress
        if size:
            stream = progress = Progress(cast(BinaryIO, stream), size)
        return replace(
            self,
            stream=io.BufferedReader(stream, HEAD),
            progress=progress,
            name=name,
            inside=(*self.inside, what),
        )

    def head(self) -> bytes:
        """The first bytes, which stay to be read."""
        return self.stream.peek(HEAD)[:HEAD]

    def archive(self) -> tuple[BinaryIO, zipfile.ZipFile]:
        """This as a zip, and its bytes. Raises `InvalidReadings`, `TooLarge`."""
        if self.packed is not None:
            return self.packed
        file = self.seekable()
        try:
            return file, self.closing.enter_context(zipfile.ZipFile(file))
        except (*DAMAGES, ValueError, OSError) as damaged:
            raise InvalidReadings(
                "The zip or workbook is damaged, or only a part of it came.", hint="Send it again."
            ) from damaged

    def seekable(self) -> BinaryIO:
        """All bytes, to be read from any place. Raises `TooLarge`."""
        file = self.closing.enter_context(tempfile.SpooledTemporaryFile(IN_MEMORY))  # noqa: SIM115
        while data := self.stream.read(1 << 20):
            file.write(data)
            if file.tell() > LARGEST_ARCHIVE:
                raise TooLarge(
                    f"The file is larger than {LARGEST_ARCHIVE >> 20} MB.",
                    hint="Send it in parts, or as CSV, which may be of any length.",
                )
        file.seek(0)
        return cast(BinaryIO, file)


def _size(raw: object) -> int:
    try:
        return os.fstat(raw.fileno()).st_size  # type: ignore[attr-defined]
    except (OSError, AttributeError):
        return len(raw.getbuffer()) if isinstance(raw, io.BytesIO) else 0
