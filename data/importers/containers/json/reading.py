"""JSON: the list of readings that is somewhere in it, as rows under the names of their fields."""

import difflib
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from config.errors import InvalidReadings, InvalidRequest, TooLarge
from data.importers.containers.json.paths import at_path, choose, facts_beside, with_units
from data.importers.containers.json.positions import with_times
from data.importers.containers.json.table import UNITS, Table
from data.importers.containers.opening import Content
from data.importers.containers.text import BLOCK_ROWS, decoded
from data.importers.options import ImportOptions
from data.importers.sheet import UNIT, Block, Sheet
from data.json_text import check_characters

LONGEST_JSON = 64 << 20
"""Characters after unzipping: half a million readings, and half a gigabyte once parsed."""
MOST_OBJECTS = 2_000_000
"""Objects and lists in it; an empty one takes twenty times as much memory as text."""

SHAPE = 'Send [{"time": …, "value": …}, …], {"readings": [that]} or {"times": […], "values": […]}.'

OURS = frozenset({"meter_type", "meter_id", "name", "unit", "timezone"})
"""What may stand beside our own `readings`, or `times` and `values`."""
COLUMNS = frozenset({"times", "values", "coverage"})

_COMMA = re.compile(r"\s*[-+−]?\d[\d.'’ \u00a0\u202f]*,\d+\s*|\s*[-+−]?\d{1,3}(?:,\d{3})+\.\d+\s*")


def read(content: Content, options: ImportOptions) -> Sheet:
    """The longest list of readings, or the one at `path`.

    Its first row are the names of the fields, `a.b` for those within others. JSON can only be read
    whole, so it is bounded. Raises `TooLarge`, `InvalidRequest` for a text that is no JSON, has no
    such list or several, or has a field that our own shape has not got, and `InvalidReadings` for
    one that is empty.
    """
    body = _parsed(content)
    _check_ours(body)
    found = at_path(body, options.path) if options.path else choose(body)
    if found is None:
        if body in ([], {"readings": []}, {"times": [], "values": []}):
            raise InvalidReadings("There is no reading in it.", hint=SHAPE)
        raise InvalidRequest("The JSON has another shape than readings.", hint=SHAPE)
    found = with_times(with_units(found, body))
    if found.path:
        content.facts["path"] = ".".join(found.path)
    beside = facts_beside(body, found.path)
    if UNIT in found.names:
        beside.pop("unit", None)
    content.facts.update(beside)
    return Sheet(_blocks(found), "json", content.facts, typed=not _commas(found), place="row")


def _parsed(content: Content) -> Any:
    pieces, length = list[str](), 0
    for piece in decoded(content):
        pieces.append(piece)
        length += len(piece)
        if length > LONGEST_JSON:
            raise TooLarge(
                f"The JSON is longer than {LONGEST_JSON >> 20} MB.",
                hint="Send it in parts, or as CSV.",
            )
    text = "".join(pieces)
    if text.count("{") + text.count("[") > MOST_OBJECTS:
        raise TooLarge(
            f"The JSON has more than {MOST_OBJECTS:,} objects.", hint="Send it in parts, or as CSV."
        )
    try:
        parsed = _loaded(text, content)
        check_characters(text, parsed)
        return parsed
    except (ValueError, RecursionError) as broken:
        raise InvalidRequest(f"The text is not JSON: {broken}", hint=SHAPE) from broken


def _loaded(text: str, content: Content) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as broken:
        if not broken.msg.startswith("Extra data"):
            raise
        lines = [json.loads(line) for line in text.splitlines() if line.strip()]
        content.facts["json"] = "a text on each line"
        return lines


def _check_ours(body: Any) -> None:
    """Refuse fields beside our own that we don't know: a slip of the pen would be lost."""
    if not isinstance(body, Mapping):
        return
    rows = body.get("readings")
    if isinstance(rows, list):
        first = rows[0] if rows else {}
        if not isinstance(first, Mapping) or not {"time", "timestamp"} & first.keys():
            return
        known = OURS | {"readings"}
    elif isinstance(body.get("times"), list) and isinstance(body.get("values"), list):
        known = OURS | COLUMNS
    else:
        return
    for name in body:
        if name not in known and not UNITS.fullmatch(name):
            near = difflib.get_close_matches(name, sorted(known), 1, 0.5)
            raise InvalidRequest(
                f"Unknown field {name!r} beside the readings.",
                hint=(f"Is {near[0]!r} meant? " if near else "")
                + f"Leave it out; known are {', '.join(sorted(known))}.",
                field=name,
            )


def _blocks(found: Table) -> Iterator[Block]:
    """The names are row 0, so that the first reading is row 1."""
    rows, first = [list(found.names)], 0
    for at, row in enumerate(found.rows, start=1):
        rows.append([_text(cell) for cell in row])
        if len(rows) >= BLOCK_ROWS:
            yield Block(rows, range(first, first + len(rows)), at / len(found.rows))
            rows, first = [], first + len(rows)
    if rows:
        yield Block(rows, range(first, first + len(rows)), 1.0)


def _text(cell: Any) -> str:
    # True would else be read as the number 1.
    if cell is None or isinstance(cell, str):
        return cell or ""
    return (
        repr(cell) if isinstance(cell, (int, float)) and not isinstance(cell, bool) else str(cell)
    )


def _commas(found: Table) -> bool:
    """Whether numbers stand as texts with a decimal comma, which is for a reader of texts."""
    return any(
        isinstance(cell, str) and _COMMA.fullmatch(cell) for row in found.rows for cell in row
    )
