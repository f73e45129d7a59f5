"""Each example file of `docs/importing.md` is imported, and gives what the comment before it says.

    <!-- example: counter=true expect: count=3 sum=1.5 -->

Before `expect` stand options as the API has them, `meter_type` and `timezone` of the meter,
`several` for what `energy import` is given, and `as=xlsx` for a table in a workbook; behind it
`count`, `first` and `sum` of the readings that are stored, in the unit of the meter, `meters`,
`ask` (the field that is asked for) with `choices`, or `refused` (the code).
"""

import csv
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import pytest

from config import ROOT, load_settings
from config.errors import AmbiguousFile, InvalidRequest
from data.embedded import EmbeddedStore
from data.importers import import_readings
from data.importers.options import ImportOptions
from data.meters import Meter
from tests.browser.files import workbook

PAGE = ROOT / "docs" / "importing.md"
_EXAMPLE = re.compile(
    r"(?P<ways>(?:<!-- example: [^>]+ -->\n)+)```\w+\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL
)
_WAY = re.compile(r"<!-- example: (.*?)\s*expect: (.+?) -->")
FLAGS = {"true": True, "false": False}
FEWEST = 20
"""Examples of the page, one for each kind of source and some ways more."""


@dataclass(frozen=True)
class Example:
    """A file of the page, one way to read it, and what comes of it."""

    line: int
    text: str
    said: dict[str, str]
    expected: dict[str, str]

    @property
    def body(self) -> bytes:
        if self.said.get("as") != "xlsx":
            return self.text.encode()
        return workbook(
            [[_number(cell) for cell in row] for row in csv.reader(self.text.splitlines())]
        )

    @property
    def options(self) -> ImportOptions:
        given = {name: FLAGS.get(value, value) for name, value in self.said.items()}
        return ImportOptions.of({**given, "timezone": None})

    @property
    def meter(self) -> Meter:
        kind = self.said.get("meter_type", "electricity")
        unit = load_settings().meter_types[kind].unit
        return Meter(kind, "main", unit=unit, timezone=self.said.get("timezone", "UTC"))


def _number(cell: str) -> str | float:
    try:
        return float(cell)
    except ValueError:
        return cell


def _pairs(words: str) -> dict[str, str]:
    return {name: value for name, _, value in (word.partition("=") for word in shlex.split(words))}


def _examples() -> Iterator[Example]:
    page = PAGE.read_text(encoding="utf-8")
    for found in _EXAMPLE.finditer(page):
        line = page[: found.start("text")].count("\n") + 1
        for way in _WAY.finditer(found["ways"]):
            yield Example(line, found["text"], _pairs(way[1]), _pairs(way[2]))


@pytest.mark.parametrize(
    "example", [pytest.param(one, id=f"line-{one.line}") for one in _examples()]
)
def test_an_example_is_read_as_the_page_says(example: Example, tmp_path: Path) -> None:
    store = EmbeddedStore(tmp_path / "store.sqlite")
    found = _outcome(store, example)
    assert {name: found.get(name) for name in example.expected} == {
        name: pytest.approx(float(value)) if name == "sum" else value
        for name, value in example.expected.items()
    }
    is_stored = not {"ask", "refused"} & example.expected.keys()
    assert bool(store.meters()) is is_stored
    store.close()


def _outcome(store: EmbeddedStore, example: Example) -> dict[str, str | float]:
    """What the comments of the page say of an import, as it was."""
    several = "several" in example.said
    body = BytesIO(example.body)
    try:
        import_readings(store, example.meter, body, example.options, several=several)
    except AmbiguousFile as question:
        labels = [choice["label"] for choice in question.detail["choices"]]
        return {"ask": question.detail["field"], "choices": "|".join(labels)}
    except InvalidRequest as refusal:
        return {"refused": refusal.code, "message": refusal.message}
    meters = store.meters()
    # The one that was asked for, where the file names no meters of its own.
    first = next((one for one in meters if one.meter_id == example.meter.meter_id), meters[0])
    readings = store.readings(first)
    return {
        "meters": "|".join(sorted(one.meter_id for one in meters)),
        "count": str(len(readings)),
        "first": f"{readings.index[0]:%Y-%m-%dT%H:%MZ}",
        "sum": float(readings.sum()),
        "unit": first.unit,
    }


def test_the_page_has_its_examples() -> None:
    assert len(list(_examples())) >= FEWEST
