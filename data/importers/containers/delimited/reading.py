"""Delimited text: CSV and its kin, whatever parts the cells."""

import re
from collections.abc import Iterable, Iterator
from itertools import chain

from config.errors import InvalidReadings
from data.importers.containers.delimited.delimiters import COMMENT, DELIMITERS, delimiter_of, split
from data.importers.containers.opening import Content
from data.importers.containers.text import batches
from data.importers.options import ImportOptions
from data.importers.sheet import Block, Sheet

# How Excel is told the delimiter; its first line.
_SEP = re.compile(r'"?sep=(.)"?[;,\t|]*\s*', re.IGNORECASE)

_OPENED = re.compile(r'(?:^|[;,\t|])\s*"(?:[^"]|"")*$')
_CLOSED = re.compile(r'(?:[^"]|"")*"\s*(?:$|[;,\t|])')
_WHOLE = re.compile(r'"(?:[^"]|"")+"')
MOST_BROKEN = 4
"""Lines that one cell of a heading may be broken into."""
HEADING_LINES = 30
"""Lines among which a heading stands; below them an open quote is a slip of the pen."""


def read(content: Content, options: ImportOptions) -> Sheet:
    """The rows of a delimited text; comments (#) and blank rows are left out.

    Raises `InvalidReadings` for an empty text, one that is none, and lines that are too long.
    """
    pieces = batches(content)
    first, lines = next(pieces, (1, []))
    lines = _mended(lines)
    said = _SEP.fullmatch(lines[0]) if lines else None
    if said:
        lines[0] = ""
    if not any(map(str.strip, lines)):
        raise InvalidReadings("The file is empty.", hint="It needs a heading and rows.")
    if whole := _quoted(lines):
        pieces = ((at, list(map(_unquoted, part))) for at, part in pieces)
        lines = list(map(_unquoted, lines))
    delimiter = said[1] if said else delimiter_of([_balanced(line) for line in lines[:1000]])
    content.facts["delimiter"] = DELIMITERS.get(
        delimiter, "blanks" if delimiter.isspace() else delimiter
    )
    if said:
        content.facts["delimiter"] += " (as the first line says)"
    if whole:
        content.facts["quotes"] = "each line stands in quotes"
    blocks = _blocks(chain([(first, lines)], pieces), delimiter, content)
    return Sheet(blocks, "csv", content.facts, delimiter=delimiter)


def _blocks(
    pieces: Iterable[tuple[int, list[str]]], delimiter: str, content: Content
) -> Iterator[Block]:
    for first, lines in pieces:
        numbers = range(first, first + len(lines))
        everything = "\n".join(lines)
        if '"' in everything:
            lines = [_balanced(line) for line in lines]
        rows = split(lines, delimiter)
        fraction = content.progress.fraction
        if COMMENT in everything or not all(map(any, rows)):
            kept = [
                at for at, row in enumerate(rows) if any(row) and not row[0].startswith(COMMENT)
            ]
            yield Block([rows[at] for at in kept], [numbers[at] for at in kept], fraction)
        else:
            yield Block(rows, numbers, fraction)


def _balanced(line: str) -> str:
    # A quote left open would swallow every line after it.
    return line.replace('"', "") if line.count('"') % 2 else line


def _mended(lines: list[str]) -> list[str]:
    """With cells of the heading that were broken over lines put together on the last of these."""
    lines = list(lines)
    for start in range(min(HEADING_LINES, len(lines))):
        if lines[start].count('"') % 2 == 0 or not _OPENED.search(lines[start]):
            continue
        for end in range(start + 1, min(start + MOST_BROKEN, len(lines))):
            if lines[end].count('"') % 2:
                if _CLOSED.match(lines[end]):
                    joined = " ".join(lines[start : end + 1])
                    lines[start : end + 1] = [""] * (end - start) + [joined]
                break
    return lines


def _quoted(lines: list[str]) -> bool:
    """Whether each line stands in quotes as a whole, as some portals write them."""
    some = [line.strip() for line in lines if line.strip()][:100]
    return all(map(_WHOLE.fullmatch, some)) and any(
        sign in line for line in some for sign in DELIMITERS
    )


def _unquoted(line: str) -> str:
    line = line.strip()
    quoted = len(line) > 1 and line[0] == line[-1] == '"'
    return line[1:-1].replace('""', '"') if quoted else line
