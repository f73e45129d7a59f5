"""Rows of cells, out of whatever container they came in: what all later rooms of the importer
read."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

Source = Path | str | BinaryIO

# Names of the columns of formats that say themselves what is what. No heading has to be guessed
# then.
TIME = "time"
VALUE = "value"
UNIT = "unit"
REGISTER = "register"
METER = "meter"


@dataclass(frozen=True)
class Block:
    """Some rows, the line each ends on, and the share of the source read so far (0 to 1)."""

    rows: list[list[str]]
    lines: Sequence[int]
    fraction: float


@dataclass
class Sheet:
    """The rows of one table, block by block; rows may be ragged, and titles and totals are among
    them.

    `form` is the name of its format. `facts` are what was assumed to read it, by its name
    (encoding, delimiter, sheet, member of an archive …). With `typed` the container itself tells
    numbers and times from text: numbers have a decimal point, times are ISO 8601, and nothing
    depends on the habits of a country. `heading` are the names of the columns where the format
    fixes them (`TIME`, `VALUE`, `UNIT`, `REGISTER`, `METER`); None where they stand among the
    rows. `place` is what `Block.lines` counts: line or row.
    """

    blocks: Iterator[Block]
    form: str
    facts: dict[str, str] = field(default_factory=dict)
    delimiter: str | None = None
    typed: bool = False
    heading: tuple[str, ...] | None = None
    place: str = "line"
