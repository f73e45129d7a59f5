"""Small exports in the ways of utilities and devices, whose truth is known because it is made here."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

Row = Callable[[datetime, datetime, float, int], str]


def value(number: int, kind: int = 0) -> float:
    """Invented readings: they rise and fall, and no two kinds are alike."""
    return round(0.1 + 0.05 * ((number * 7 + kind * 5) % 19) + 0.001 * ((number * 3 + kind) % 7), 3)


def comma(number: float, digits: int = 3) -> str:
    return f"{number:.{digits}f}".replace(".", ",")


@dataclass(frozen=True)
class Truth:
    """A series as it must be stored: what is behind the meter's id, when, how much."""

    times: Sequence[datetime]
    values: Sequence[float]
    suffix: str = ""


class Span:
    """Intervals of some minutes from a local time on, as clocks in `zone` show them."""

    def __init__(self, zone: str, start: str, count: int, minutes: int = 60) -> None:
        local = ZoneInfo(zone)
        begin = datetime.fromisoformat(start).replace(tzinfo=local).astimezone(UTC)
        step = timedelta(minutes=minutes)
        self.times = [begin + step * at for at in range(count)]
        self.begins = [time.astimezone(local) for time in self.times]
        self.ends = [(time + step).astimezone(local) for time in self.times]
        self.values = [value(at) for at in range(count)]

    def rows(self, row: Row, *, newest: bool = False) -> str:
        parts = zip(self.begins, self.ends, self.values, range(len(self.times)), strict=True)
        lines = [row(*part) for part in parts]
        return "".join(f"{line}\n" for line in (reversed(lines) if newest else lines))

    def truth(self, factor: float = 1.0, kind: int = 0, suffix: str = "") -> Truth:
        values = [value(at, kind) * factor for at in range(len(self.times))]
        return Truth(self.times, values, suffix)


@dataclass(frozen=True)
class Kind:
    """A file, and its series; or the words of a question (`asks`) or of a refusal (`refuses`)."""

    name: str
    text: str | bytes
    series: tuple[Truth, ...] = ()
    asks: str = ""
    refuses: str = ""
    zone: str = "Europe/Berlin"
    meter_type: str = "electricity"
    options: dict[str, Any] = field(default_factory=dict)
    encoding: str = "utf-8"

    @property
    def data(self) -> bytes:
        return self.text if isinstance(self.text, bytes) else self.text.encode(self.encoding)
