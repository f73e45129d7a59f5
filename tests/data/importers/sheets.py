"""What the containers give, taken whole, for the tests of this folder."""

import io
from dataclasses import dataclass
from typing import Any

from data.importers.containers import open_sheets
from data.importers.options import ImportOptions


@dataclass(frozen=True)
class Taken:
    """A sheet with all its rows."""

    form: str
    rows: list[list[str]]
    lines: list[int]
    facts: dict[str, str]
    delimiter: str | None
    typed: bool
    heading: tuple[str, ...] | None
    place: str
    fractions: list[float]


def taken(body: bytes | str, *, form: str | None = None, **options: Any) -> Taken:
    """The only sheet in these bytes."""
    source = io.BytesIO(body.encode() if isinstance(body, str) else body)
    with open_sheets(source, ImportOptions(**options), form=form) as [sheet]:
        blocks = list(sheet.blocks)
    for block in blocks:
        assert len(block.rows) == len(block.lines)
    return Taken(
        sheet.form,
        [row for block in blocks for row in block.rows],
        [line for block in blocks for line in block.lines],
        sheet.facts,
        sheet.delimiter,
        sheet.typed,
        sheet.heading,
        sheet.place,
        [block.fraction for block in blocks],
    )
