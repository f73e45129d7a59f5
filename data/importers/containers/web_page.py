"""A table in HTML, which many portals call .xls: the one with rows of times and numbers."""

from collections.abc import Iterator
from html.parser import HTMLParser

from config.errors import InvalidReadings, TooLarge
from data.importers.containers.cells import Looks
from data.importers.containers.opening import Content
from data.importers.containers.text import BLOCK_ROWS, decoded
from data.importers.options import ImportOptions
from data.importers.sheet import Block, Sheet

LONGEST_PAGE = 8 << 20
"""Characters; a page is read whole, since the table may be the last thing on it."""
MOST_SPANNED = 100
"""Columns that one cell may take."""


def read(content: Content, options: ImportOptions) -> Sheet:
    """The rows of the table; those of other tables are left out.

    Raises `InvalidReadings` for a page without such a table, `TooLarge`.
    """
    parser, length = _Tables(), 0
    for piece in decoded(content):
        length += len(piece)
        if length > LONGEST_PAGE:
            raise TooLarge(
                f"The page is longer than {LONGEST_PAGE >> 20} MB.", hint="Send the table as CSV."
            )
        try:
            parser.feed(piece)
        except AssertionError as broken:  # which is how html.parser says so
            raise InvalidReadings(
                f"The web page is broken: {str(broken)[:100]}.", hint="Send the table as CSV."
            ) from broken
    # Not closed: what a cut page leaves open would be searched for again and again.
    parser.finish()
    weights = [_weight(rows) for rows in parser.tables]
    if not any(weights):
        raise InvalidReadings(
            "This is a web page (HTML), not a table.",
            hint="Was a sign-in page saved in place of the file? Download it as CSV or .xlsx.",
        )
    rows = parser.tables[weights.index(max(weights))]
    content.facts["table"] = f"{len(rows):,} rows on a web page (HTML)"
    return Sheet(_blocks(rows), "html", content.facts, place="row")


def _weight(rows: list[list[str]]) -> int:
    looks = Looks()
    for row in rows:
        looks.see(row)
    return looks.table_rows


def _blocks(rows: list[list[str]]) -> Iterator[Block]:
    for at in range(0, len(rows), BLOCK_ROWS):
        block = rows[at : at + BLOCK_ROWS]
        filled = [number for number, row in enumerate(block) if any(row)]
        yield Block(
            [block[number] for number in filled],
            [at + number + 1 for number in filled],
            (at + len(block)) / len(rows),
        )


class _Tables(HTMLParser):
    """Rows of each table; one within a cell of another is a table of its own."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tables = list[list[list[str]]]()
        self._open = list[list[list[str]]]()
        self._cell: list[str] | None = None
        self._spanned = 1

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "table":
            self.finish()
            self._open.append([])
            self.tables.append(self._open[-1])
        elif tag == "tr" and self._open:
            self.finish()
            self._open[-1].append([])
        elif tag in ("td", "th") and self._open:
            self.finish()
            if not self._open[-1]:
                self._open[-1].append([])
            span = dict(attrs).get("colspan") or "1"
            short = span.isdecimal() and len(span) < 4
            self._spanned = min(int(span), MOST_SPANNED) if short else 1
            self._cell = []
        elif tag == "br" and self._cell is not None:
            self._cell.append(" ")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th", "tr", "table"):
            self.finish()
        if tag == "table" and self._open:
            self._open.pop()

    def handle_data(self, data: str) -> None:
        if self._cell is not None:
            self._cell.append(data)

    def finish(self) -> None:
        """Take the cell that is open."""
        if self._cell is not None and self._open and self._open[-1]:
            text = " ".join("".join(self._cell).split())
            self._open[-1][-1] += [text] + [""] * (self._spanned - 1)
        self._cell = None
