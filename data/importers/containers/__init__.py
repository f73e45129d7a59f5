"""From bytes to sheets: whatever container readings came in, out come rows of cells."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from data.importers.containers.opening import Content
from data.importers.containers.telling import format_of, read
from data.importers.options import ImportOptions
from data.importers.sheet import Sheet, Source

__all__ = ["form_of", "open_sheets"]


@contextmanager
def open_sheets(
    source: Source, options: ImportOptions, *, form: str | None = None
) -> Iterator[list[Sheet]]:
    """The tables of a file, a path or a binary stream: nearly always one.

    `form` is the name of the format where a media type said it (a key of `FORMATS`); what the
    bytes themselves say beyond doubt counts more. Raises `InvalidReadings` where there is no table,
    `InvalidRequest` where it must be said which, `TooLarge`; the same while rows are taken, which
    are read as they are asked for.
    """
    with ExitStack() as closing:
        yield [read(Content.of(source, closing, form), options)]


def form_of(source: Source, *, form: str | None = None) -> str:
    """The name of the format by its first bytes, and the media type where there is one (`form`).

    A stream stands at its beginning afterwards. Into a gzip or an archive nobody looks.
    """
    with ExitStack() as closing:
        if isinstance(source, (str, Path)):
            return format_of(Content.of(source, closing, form)).name
        start = source.tell()
        try:
            return format_of(Content.of(source, closing, form)).name
        finally:
            source.seek(start)
