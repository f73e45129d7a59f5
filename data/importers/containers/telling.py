"""Which format bytes are in, by their beginning; what is no table is named."""

from collections.abc import Callable
from importlib import import_module
from typing import cast

from config.errors import InvalidReadings, InvalidRequest
from data.importers.containers.opening import Content
from data.importers.containers.text import encoding_of
from data.importers.formats import FORMATS, Format
from data.importers.options import ImportOptions
from data.importers.sheet import Sheet

Reader = Callable[[Content, ImportOptions], Sheet]

MOST_WRAPPERS = 3
"""Containers in each other: a workbook in a zip in a gzip."""

_TEXT_HEAD = 8192

_TABLES = "Send a table: CSV, a workbook (.xlsx, .xls, .ods), JSON or Green Button XML."
FOREIGN = (
    (b"%PDF", "a PDF"),
    (b"\x89PNG", "a picture (PNG)"),
    (b"\xff\xd8\xff", "a picture (JPEG)"),
    (b"GIF8", "a picture (GIF)"),
    (b"PK\x05\x06", "an empty zip"),
    (b"Rar!", "a RAR archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (b"BZh", "a bzip2"),
    (b"\xfd7zXZ\x00", "an xz"),
    (b"\x28\xb5\x2f\xfd", "a Zstandard file"),
    (b"PAR1", "a Parquet file"),
    (b"SQLite format 3\x00", "a SQLite database"),
    (b"\x7fELF", "a program"),
    (b"MZ", "a program"),
    (b"{\\rtf", "a text document (RTF)"),
)
"""First bytes of what people send by mistake."""

KIN = {
    "csv": ("html", "nem12", "annotated", "espi"),
    "json": ("html",),
    "lines": ("html",),
    "espi": ("html",),
}
"""Formats that a text may be in after all, by the one that its media type says."""


def read(content: Content, options: ImportOptions) -> Sheet:
    """The table of what these bytes are. Raises what its reader raises."""
    if len(content.inside) > MOST_WRAPPERS:
        raise InvalidReadings(
            f"There is a {content.inside[-1]} in a {content.inside[-2]}, and so on.",
            hint="Unpack it, and send what is inside.",
        )
    found = format_of(content)
    if found.name == "lines":
        raise InvalidRequest(
            "This is line protocol, not a table.",
            hint="Send it as text/plain, not packed in an archive.",
        )
    return reader_of(found)(content, options)


def reader_of(found: Format) -> Reader:
    """The function that reads a format, imported when it is needed."""
    module, _, function = found.reader.partition(":")
    return cast(Reader, getattr(import_module(module), function))


def format_of(content: Content) -> Format:
    """By the first bytes, then by the media type that came with them, then by the text's shape.

    Raises `InvalidReadings` for what is no table, with its name.
    """
    head = content.head()
    for row in FORMATS.values():
        if row.magic and head.startswith(row.magic):
            return row
    for magic, words in FOREIGN:
        if head.startswith(magic):
            raise InvalidReadings(f"This is {words}, not a table.", hint=_TABLES)
    encoding, mark = encoding_of(head)
    text = head[mark : mark + _TEXT_HEAD].decode(encoding, errors="replace")
    # A browser calls a CSV a workbook where Excel is installed: only texts are what is said.
    for name in KIN.get(content.form or "", FORMATS):
        shape = FORMATS[name].shape
        if shape is not None and shape.match(text):
            return FORMATS[name]
    return FORMATS[content.form if content.form in KIN else "csv"]
