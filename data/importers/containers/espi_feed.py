"""The entries of a Green Button feed, and which reading is of which kind."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, BinaryIO
from xml.sax import ContentHandler, SAXException

from defusedxml.common import DefusedXmlException
from defusedxml.expatreader import DefusedExpatParser

from config.errors import InvalidReadings, TooLarge

DEEPEST = 32
"""Elements in each other; a feed has nine."""
MOST_ENTRIES = 200_000
"""A block a day for ten meters is 40 000 in ten years."""
LONGEST_TEXT = 10_000
"""Characters of one element; what is beyond is not kept."""
CHUNK = 1 << 16

UNITS = {
    "5": "A", "29": "V", "31": "J", "38": "W", "42": "m3", "61": "VA", "63": "var", "71": "VAh",
    "72": "Wh", "73": "varh", "119": "ft3", "122": "ft3/h", "125": "m3/h", "128": "gal",
    "129": "gal/h", "132": "BTU", "134": "L", "137": "L/h", "169": "therm",
}  # fmt: skip
"""`uom` of a ReadingType, as far as meters use it."""
DIRECTIONS = {"1": "import", "19": "export", "4": "net", "20": "total"}
"""`flowDirection`: forward is delivered to the customer, reverse comes from there."""


@dataclass
class Entry:
    """What one entry says, by the names of its elements, and where it points to."""

    kinds: set[str] = field(default_factory=set)
    own: str = ""
    up: str = ""
    related: list[str] = field(default_factory=list)
    facts: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Reading:
    """One value as it stands there, and the entry that it stands in."""

    entry: int
    start: int | None
    duration: int
    value: str


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


def feed_of(file: BinaryIO, feed: "Feed") -> Iterator[Reading]:
    """The readings, one by one; what else there is goes to `feed`.

    Raises `InvalidReadings` for what is no XML, or XML that could be an attack.
    """
    handler = _Handler(feed)
    parser = DefusedExpatParser(namespaceHandling=0, forbid_dtd=True)
    parser.setContentHandler(handler)
    try:
        while data := file.read(CHUNK):
            parser.feed(data)
            yield from handler.readings
            handler.readings.clear()
        parser.close()
    except DefusedXmlException as attack:
        raise InvalidReadings(
            "The XML declares a document type or entities, which no readings need.",
            hint="Download the file anew, or remove its DOCTYPE.",
        ) from attack
    except (SAXException, ValueError) as broken:
        raise InvalidReadings(
            f"The XML is broken: {str(broken)[:200]}.", hint="Download the file anew."
        ) from broken
    yield from handler.readings


class Feed:
    """Entries in the order in which they come, and the kinds of readings that they link."""

    def __init__(self) -> None:
        self.root = ""
        self.entries = list[Entry]()
        self._registers: dict[int, Register] | None = None
        self._holders = set[int]()

    def note(self, entry: int) -> None:
        """An entry that readings stand in."""
        self._holders.add(entry)

    def registers(self) -> list[Register]:
        """Those of all readings, each once."""
        if self._registers is None:
            self._registers = self._found()
        return list(dict.fromkeys(self._registers.values()))

    def register_of(self, reading: Reading) -> Register:
        self.registers()
        assert self._registers is not None
        return self._registers[reading.entry]

    def _found(self) -> dict[int, Register]:
        types = [entry for entry in self.entries if "ReadingType" in entry.kinds]
        meters = [entry for entry in self.entries if "MeterReading" in entry.kinds]
        points = [entry for entry in self.entries if "UsagePoint" in entry.kinds]
        by_own = {entry.own: entry for entry in types if entry.own}
        by_block = {link: entry for entry in meters for link in entry.related}
        kinds = dict[int, tuple[str, Entry, str]]()
        for at in self._holders:
            block = self.entries[at]
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
            point = next(
                (one for one in points if one.own and where.startswith(one.own + "/")), None
            )
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
    power = _whole(text)
    return power if power is not None and abs(power) <= 24 else 0


def _whole(text: str) -> int | None:
    try:
        return int(text) if len(text) < 20 else None
    except ValueError:
        return None


class _Handler(ContentHandler):
    """Takes entries and readings as they come, and keeps no element."""

    def __init__(self, feed: Feed) -> None:
        super().__init__()
        self.readings = list[Reading]()
        self._feed = feed
        self._path = list[str]()
        self._text = list[str]()
        self._length = 0
        self._next: int | None = None
        self._reading = dict[str, str]()
        self._within = False

    def startElement(self, name: str, attrs: Any) -> None:
        local = name.rsplit(":", 1)[-1]
        if not self._path:
            self._feed.root = local[:60]
            self._feed.entries.append(Entry())
        self._path.append(local)
        if len(self._path) > DEEPEST:
            raise InvalidReadings("The XML is deeper than any readings.", hint="Is it a feed?")
        self._text, self._length = [], 0
        entries = self._feed.entries
        if local == "entry":
            entries.append(Entry())
            if len(entries) > MOST_ENTRIES:
                raise TooLarge(
                    f"The feed has more than {MOST_ENTRIES:,} entries.", hint="Split it."
                )
        elif local == "link":
            self._link(entries[-1], attrs.get("rel", ""), attrs.get("href", "").rstrip("/"))
        elif local == "IntervalReading":
            self._within, self._reading = True, {}
        elif local in ("UsagePoint", "MeterReading", "ReadingType", "IntervalBlock"):
            entries[-1].kinds.add(local)
            self._next = None

    def characters(self, content: str) -> None:
        if self._length < LONGEST_TEXT:
            self._text.append(content)
            self._length += len(content)

    def endElement(self, name: str) -> None:
        local = self._path.pop()
        parent = self._path[-1] if self._path else ""
        text = "".join(self._text).strip() if self._text else ""
        self._text, self._length = [], 0
        if self._within:
            if local == "IntervalReading":
                self._within = False
                self._take()
            elif local in ("start", "duration", "value"):
                self._reading[local] = text
        elif parent == "ReadingType" or (parent == "entry" and local == "title"):
            self._feed.entries[-1].facts[local] = text[:200]
        elif parent == "interval" and local == "start":
            self._next = _whole(text)

    def _link(self, entry: Entry, rel: str, href: str) -> None:
        if rel == "self":
            entry.own = href
        elif rel == "up":
            entry.up = href
        elif rel == "related" and len(entry.related) < MOST_ENTRIES:
            entry.related.append(href)

    def _take(self) -> None:
        entry = len(self._feed.entries) - 1
        self._feed.note(entry)
        told = _whole(self._reading.get("start", ""))
        duration = _whole(self._reading.get("duration", ""))
        if duration is None:
            duration = _whole(self._feed.entries[-1].facts.get("intervalLength", "")) or 0
        # Where readings say no time, each begins where the one before it ends.
        start = self._next if told is None else told
        self._next = None if start is None else start + duration
        self.readings.append(Reading(entry, start, duration, self._reading.get("value", "")))
