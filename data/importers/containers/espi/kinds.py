"""Of which kind the readings of a Green Button feed are: unit, direction, meter."""

from dataclasses import dataclass

from config.errors import InvalidReadings
from data.importers.containers.espi.feed import Entry, Feed, whole_number

UNITS = {
    "5": "A", "29": "V", "31": "J", "38": "W", "42": "m3", "61": "VA", "63": "var", "71": "VAh",
    "72": "Wh", "73": "varh", "119": "ft3", "122": "ft3/h", "125": "m3/h", "128": "gal",
    "129": "gal/h", "132": "BTU", "134": "L", "137": "L/h", "169": "therm",
}  # fmt: skip
"""`uom` of a ReadingType, as far as meters use it."""
DIRECTIONS = {"1": "import", "19": "export", "4": "net", "20": "total"}
"""`flowDirection`: forward is delivered to the customer, reverse comes from there."""


@dataclass(frozen=True)
class Register:
    """What readings of one kind at one usage point are."""

    meter: str
    name: str
    uom: str
    multiplier: int
    behaviour: str

    @property
    def unit(self) -> str:
        return UNITS.get(self.uom, "")


def registers_of(feed: Feed) -> dict[int, Register]:
    """What the readings in each entry are, by its number.

    Raises `InvalidReadings` where that cannot be told.
    """
    types = [entry for entry in feed.entries if "ReadingType" in entry.kinds]
    meters = [entry for entry in feed.entries if "MeterReading" in entry.kinds]
    points = [entry for entry in feed.entries if "UsagePoint" in entry.kinds]
    by_own = {entry.own: entry for entry in types if entry.own}
    by_block = {link: entry for entry in meters for link in entry.related}
    kinds = dict[int, tuple[str, Entry, str]]()
    for at in feed.holders:
        block = feed.entries[at]
        meter = by_block.get(block.up) or by_block.get(block.own)
        if meter is None:
            meter = next(
                (one for one in meters if one.own and block.own.startswith(one.own + "/")), None
            )
        links = [*(meter.related if meter else ()), *block.related]
        kind = next((by_own[link] for link in links if link in by_own), None)
        if "ReadingType" in block.kinds:
            kind = block
        if kind is None and len(types) == 1:
            kind = types[0]
        if kind is None:
            raise InvalidReadings(
                f"Which of the {len(types)} kinds of reading is meant cannot be told."
                if types
                else "The feed does not say what its readings are (ReadingType).",
                hint="Download the file anew, or another format (CSV).",
            )
        where = block.own or block.up
        point = next((one for one in points if one.own and where.startswith(one.own + "/")), None)
        if point is None and len(points) == 1:
            point = points[0]
        kinds[at] = (_point(point), kind, (meter.facts if meter else {}).get("title", ""))
    return _named(kinds)


def _named(kinds: dict[int, tuple[str, Entry, str]]) -> dict[int, Register]:
    """With names that tell registers of one meter apart: their direction, and more where needed."""
    whole = dict[int, tuple[str, str, str]]()
    for at, (meter, kind, title) in kinds.items():
        flow = kind.facts.get("flowDirection", "0")
        name = DIRECTIONS.get(flow, "" if flow == "0" else f"flow {flow}")
        unit, length = kind.facts.get("uom", ""), kind.facts.get("intervalLength", "")
        more = " ".join(
            filter(
                None,
                (
                    title or kind.facts.get("title", ""),
                    UNITS.get(unit, ""),
                    f"{length} s" if length else "",
                ),
            )
        )
        whole[at] = (meter, name, f"{name} {more}".strip())
    names = {(meter, name): set[str]() for meter, name, _ in whole.values()}
    for meter, name, full in whole.values():
        names[meter, name].add(full)
    found = dict[int, Register]()
    for at, (meter, kind, _) in kinds.items():
        _, name, full = whole[at]
        found[at] = Register(
            meter,
            full if len(names[meter, name]) > 1 else name,
            kind.facts.get("uom", ""),
            _power(kind.facts.get("powerOfTenMultiplier", "0")),
            kind.facts.get("accumulationBehaviour", ""),
        )
    return found


def _point(point: Entry | None) -> str:
    if point is None:
        return ""
    return point.facts.get("title") or point.own.rstrip("/").rsplit("/", 1)[-1]


def _power(text: str) -> int:
    power = whole_number(text)
    return power if power is not None and abs(power) <= 24 else 0
