"""A Green Button feed, element by element: its entries, and the readings in them."""

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
    """Entries in the order in which they come, and which of them readings stand in."""

    def __init__(self) -> None:
        self.root = ""
        self.entries = list[Entry]()
        self.holders = set[int]()


def whole_number(text: str) -> int | None:
    """The number that this is; None where it is none, or one of hundreds of digits."""
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
            self._next = whole_number(text)

    def _link(self, entry: Entry, rel: str, href: str) -> None:
        if rel == "self":
            entry.own = href
        elif rel == "up":
            entry.up = href
        elif rel == "related" and len(entry.related) < MOST_ENTRIES:
            entry.related.append(href)

    def _take(self) -> None:
        entry = len(self._feed.entries) - 1
        self._feed.holders.add(entry)
        told = whole_number(self._reading.get("start", ""))
        duration = whole_number(self._reading.get("duration", ""))
        if duration is None:
            duration = whole_number(self._feed.entries[-1].facts.get("intervalLength", "")) or 0
        # Where readings say no time, each begins where the one before it ends.
        start = self._next if told is None else told
        self._next = None if start is None else start + duration
        self.readings.append(Reading(entry, start, duration, self._reading.get("value", "")))
