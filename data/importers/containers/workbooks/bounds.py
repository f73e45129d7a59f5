"""What a workbook would take of memory, counted before it is read: what all kinds share."""

import re
import zipfile
from collections.abc import Iterator
from pyexpat import ExpatError, ParserCreate
from typing import Any

from config.errors import InvalidReadings, TooLarge
from data.importers.containers.opening import DAMAGES, check_growth, whole

MOST_CELLS = 12_000_000
"""From the first cell of a sheet to the last, filled or not: 400 MB. A year of minutes in twenty
columns has ten million."""
MOST_COLUMNS = 16_384
"""Excel's own limit."""
MOST_UNPACKED = 1 << 30
"""Bytes of all parts that are looked at."""
MOST_TEXT = 256 << 20
"""Characters of all texts, each as often as cells refer to it."""

_XML = re.compile(rb"\s*<|\xef\xbb\xbf|\xff\xfe|\xfe\xff")


def check_parts(archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    """Unpack all parts that are XML once, and name them; sizes in the directory may be a lie.

    By their first bytes, since a sheet may have any name. Raises `InvalidReadings` for one that
    grows as no table does, `TooLarge`.
    """
    total, found = 0, list[zipfile.ZipInfo]()
    for member in archive.infolist():
        grown = 0
        for piece in pieces(archive, member):
            if not grown and not _XML.match(piece):
                break
            grown += len(piece)
            check_growth(grown, member.compress_size, "workbook")
            if total + grown > MOST_UNPACKED:
                raise TooLarge(
                    f"The workbook holds more than {MOST_UNPACKED >> 20} MB.",
                    hint="Save the sheet as CSV, which may be of any length.",
                )
        if grown:
            found.append(member)
        total += grown
    return found


def pieces(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Iterator[bytes]:
    """What is in a member. Raises `InvalidReadings` where it is damaged."""
    try:
        with archive.open(whole(member)) as stream:
            while piece := stream.read(1 << 18):
                yield piece
    except (*DAMAGES, RuntimeError, OSError) as damaged:
        raise InvalidReadings(
            f"The workbook is damaged or protected: {str(damaged)[:200].rstrip('.')}.",
            hint="Save it anew, without a password.",
        ) from damaged


def parse(archive: zipfile.ZipFile, member: zipfile.ZipInfo, counting: Any) -> None:
    """Tell `counting` of each element: `start`, and `end` and `text` where it has them."""
    parser = ParserCreate()
    parser.StartElementHandler = counting.start
    parser.EndElementHandler = getattr(counting, "end", None)
    parser.CharacterDataHandler = getattr(counting, "text", None)
    parser.StartDoctypeDeclHandler = _no_doctype
    parser.buffer_text = True
    try:
        for piece in pieces(archive, member):
            parser.Parse(piece, False)
        parser.Parse(b"", True)
    except ExpatError as broken:
        raise InvalidReadings(
            f"{member.filename} of the workbook is broken: {broken}.", hint="Save it anew."
        ) from broken


def _no_doctype(*_: Any) -> None:
    raise InvalidReadings(
        "The workbook declares entities, which no table needs.", hint="Save it anew, or as CSV."
    )


def check_size(rows: int, columns: int) -> None:
    """Raises for a sheet that reaches so far: `InvalidReadings`, `TooLarge`."""
    if columns > MOST_COLUMNS:
        raise InvalidReadings(
            f"A sheet has {columns:,} columns, more than a workbook may have ({MOST_COLUMNS:,}).",
            hint="Save the columns with the readings as CSV.",
        )
    if rows * columns > MOST_CELLS:
        raise TooLarge(
            f"A sheet reaches over {rows:,} rows and {columns:,} columns.",
            hint="Delete what stands far from the table, or save the table as CSV.",
        )
