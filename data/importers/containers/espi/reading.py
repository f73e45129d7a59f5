"""Green Button (ESPI, NAESB REQ.21): a feed of readings, and of what kind they are.

Readings may stand before their kind. So the feed is read twice, and no reading is kept.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import BinaryIO

from config.errors import InvalidReadings
from data.importers.containers.espi.feed import Feed, feed_of
from data.importers.containers.espi.kinds import Register, registers_of
from data.importers.containers.opening import Content
from data.importers.containers.text import BLOCK_ROWS
from data.importers.options import ImportOptions
from data.importers.sheet import METER, REGISTER, TIME, UNIT, VALUE, Block, Sheet

HEADING = (TIME, VALUE, UNIT, REGISTER, METER)

COUNTING = frozenset({"1", "2", "3", "9"})
"""accumulationBehaviour: bulk quantity, (continuous) cumulative, summation."""
GAS = frozenset({"132", "169"})
"""uom: British thermal units, therms."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LONGEST = 32  # characters of a number
_HIGHEST = 1 << 40  # seconds since 1970 that are still a year of four digits: 36 812 is none


def read(content: Content, options: ImportOptions) -> Sheet:
    """Each reading at its start, in UTC, in the unit that its kind says.

    Register is "import" (delivered to the customer) or "export", with what tells several of one
    direction apart; the meter is the usage point. Raises `InvalidReadings` for XML that is none of
    this, declares entities, or whose readings are of no known kind.
    """
    copy = content.seekable()
    size = copy.seek(0, 2)
    copy.seek(0)
    feed = Feed()
    durations, first = set[int](), None
    for reading in feed_of(copy, feed):
        first = first or reading
        durations.add(reading.duration)
    if first is None:
        raise InvalidReadings(
            f"This is XML ({feed.root}), but there are no Green Button readings in it."
            if feed.root not in ("feed", "")
            else "There are no readings in this Green Button file.",
            hint="Download interval data (Green Button, ESPI), a table (CSV) or a workbook.",
        )
    by_entry = registers_of(feed)
    registers = list(dict.fromkeys(by_entry.values()))
    _check(registers)
    facts = content.facts
    if len(durations) == 1 and 0 < (step := durations.pop()) <= 86400:
        facts["resolution"] = _iso(step)
    counting = sorted({known.name for known in registers if known.behaviour in COUNTING})
    if counting:
        facts["counter"] = f"values only count up ({', '.join(filter(None, counting)) or 'all'})"
    facts["zone"] = "UTC"
    copy.seek(0)
    return Sheet(
        _blocks(copy, size, by_entry), "espi", facts, typed=True, heading=HEADING, place="row"
    )


def _check(registers: list[Register]) -> None:
    if all(known.uom in GAS for known in registers):
        raise InvalidReadings(
            "The readings are of gas (therms): neither electricity nor water.",
            hint="Download those of the other meter.",
        )
    unknown = next((known for known in registers if not known.unit), None)
    if unknown is not None:
        raise InvalidReadings(
            f"The unit of the readings is not known (uom {unknown.uom or 'missing'}).",
            hint="Wh, W, m3, ft3, US gallons and litres are; others have to be sent as a table "
            "with the unit in its heading.",
        )


def _blocks(copy: BinaryIO, size: int, registers: dict[int, Register]) -> Iterator[Block]:
    rows, first, number = list[list[str]](), 1, 0
    for number, reading in enumerate(feed_of(copy, Feed()), start=1):
        known = registers[reading.entry]
        value = _scaled(reading.value, known.multiplier)
        rows.append([_time(reading.start), value, known.unit, known.name, known.meter])
        if len(rows) >= BLOCK_ROWS:
            yield Block(rows, range(first, number + 1), min(copy.tell() / size, 1.0))
            rows, first = [], number + 1
    if rows:
        yield Block(rows, range(first, number + 1), 1.0)


def _time(seconds: int | None) -> str:
    if seconds is None or abs(seconds) > _HIGHEST:
        return "" if seconds is None else str(seconds)
    try:
        return f"{_EPOCH + timedelta(seconds=seconds):%Y-%m-%dT%H:%M:%SZ}"
    except OverflowError:
        return str(seconds)


def _scaled(text: str, power: int) -> str:
    """The value times a power of ten, digit by digit; "" where there is none, else as it is."""
    try:
        value = Decimal(text[:_LONGEST]).scaleb(power)
    except InvalidOperation:
        return text[:_LONGEST]
    return f"{value:f}" if value.is_finite() else text[:_LONGEST]


def _iso(seconds: int) -> str:
    if seconds == 86400:
        return "P1D"
    if seconds % 3600 == 0:
        return f"PT{seconds // 3600}H"
    return f"PT{seconds // 60}M" if seconds % 60 == 0 else f"PT{seconds}S"
