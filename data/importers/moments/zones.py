"""Zones that a heading, a sentence or a cell names."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

# By abbreviation: minutes from UTC, and the zone with daylight saving that it may stand for.
_ABBREVIATIONS: Mapping[str, tuple[int, str | None]] = {
    "UTC": (0, None),
    "GMT": (0, None),
    "WET": (0, "Europe/Lisbon"),
    "WEST": (60, "Europe/Lisbon"),
    "BST": (60, "Europe/London"),
    "CET": (60, "Europe/Berlin"),
    "CEST": (120, "Europe/Berlin"),
    "MEZ": (60, "Europe/Berlin"),
    "MESZ": (120, "Europe/Berlin"),
    "HNEC": (60, "Europe/Paris"),
    "HEC": (120, "Europe/Paris"),
    "EET": (120, "Europe/Athens"),
    "EEST": (180, "Europe/Athens"),
    "OEZ": (120, "Europe/Athens"),
    "OESZ": (180, "Europe/Athens"),
    "MSK": (180, None),
    "SAST": (120, None),
    "PKT": (300, None),
    "WIB": (420, None),
    "SGT": (480, None),
    "HKT": (480, None),
    "PHT": (480, None),
    "AWST": (480, None),
    "JST": (540, None),
    "KST": (540, None),
    "ACST": (570, "Australia/Adelaide"),
    "ACDT": (630, "Australia/Adelaide"),
    "AEST": (600, "Australia/Sydney"),
    "AEDT": (660, "Australia/Sydney"),
    "NZST": (720, "Pacific/Auckland"),
    "NZDT": (780, "Pacific/Auckland"),
    "NDT": (-150, "America/St_Johns"),
    "ADT": (-180, "America/Halifax"),
    "EST": (-300, "America/New_York"),
    "EDT": (-240, "America/New_York"),
    "CST": (-360, "America/Chicago"),
    "CDT": (-300, "America/Chicago"),
    "MST": (-420, "America/Denver"),
    "MDT": (-360, "America/Denver"),
    "PST": (-480, "America/Los_Angeles"),
    "PDT": (-420, "America/Los_Angeles"),
    "AKST": (-540, "America/Anchorage"),
    "AKDT": (-480, "America/Anchorage"),
    "HST": (-600, None),
    "BRT": (-180, None),
}
_REGIONS: Mapping[str, str] = {
    "eastern": "America/New_York",
    "central": "America/Chicago",
    "mountain": "America/Denver",
    "pacific": "America/Los_Angeles",
    "atlantic": "America/Halifax",
    "alaska": "America/Anchorage",
    "central european": "Europe/Berlin",
    "western european": "Europe/Lisbon",
    "eastern european": "Europe/Athens",
    "australian eastern": "Australia/Sydney",
    "australian central": "Australia/Adelaide",
    "new zealand": "Pacific/Auckland",
    "mitteleuropäische": "Europe/Berlin",
    "british": "Europe/London",
    "uk": "Europe/London",
}
_SENTENCES = re.compile(
    rf"\b(?P<region>{'|'.join(sorted(_REGIONS, key=len, reverse=True))})[ _]"
    r"((?P<kind>standard|daylight|summer|prevailing|normal|sommer)[ _]?)?(time|zeit)\b"
    r"|(?P<utc>coordinated universal time|universal time|greenwich mean time|weltzeit|zulu time)",
    re.IGNORECASE,
)
_PAIR = re.compile(
    r"(?<![A-Za-z])([A-Z]{3,4}) ?(?:/|\||und|and|or|oder|,) ?([A-Z]{3,4})(?![A-Za-z])"
)
_FIXED = re.compile(
    r"(?<![A-Za-z])(?:UTC|GMT)? ?(?P<sign>[+\-−–])(?P<hours>\d{1,2})(?::?(?P<minutes>\d{2}))?"
    r"(?![\d:./-])",
    re.IGNORECASE,
)
_UTC = re.compile(r"(?<![A-Za-z])(?:UTC|GMT)(?![A-Za-z])", re.IGNORECASE)
_IANA = re.compile(r"(?<![A-Za-z/])[A-Z][A-Za-z]+(?:/[A-Z][A-Za-z_+\-0-9]+){1,2}")
_WORD = re.compile(r"(?<![A-Za-z])[A-Z]{3,4}(?![A-Za-z.])")
_TELLS = re.compile(
    r"time|date|zeit|datum|stamp|zone|heure|horodat|hora|fecha|\bora\b|\bdata\b|tijd|\btid|dato|aika|"
    r"pvm|czas|[čc]as|id[őo]|d[áa]tum|period|interval|start|end|begin",
    re.IGNORECASE,
)  # fmt: skip
_BRACKETED = re.compile(r"[(\[{]\s*([A-Z]{3,4})\s*[)\]}]")
_FARTHEST = 15 * 60
"""Minutes; no zone is farther from UTC."""


@dataclass(frozen=True)
class ZoneWord:
    """A zone as somebody wrote it, with the readings that it has.

    `fixed` is an offset that stays through the year ("UTC", "UTC+01:00", as pandas takes them),
    `pair` a zone of the IANA database. Both where one abbreviation alone may stand for either:
    "CET" is UTC+01:00, and to many what clocks in Berlin show.
    """

    text: str
    fixed: str | None = None
    pair: str | None = None

    @property
    def ambiguous(self) -> bool:
        """Whether it can be read in two ways."""
        return self.fixed is not None and self.pair is not None


def zone_in(text: str) -> ZoneWord | None:
    """The zone that a heading or a sentence names, or None: "Time (CET/CEST)", "date utc"."""
    for match in _IANA.finditer(text):
        if match.group() in _zones():
            return ZoneWord(match.group(), pair=match.group())
    for match in _PAIR.finditer(text):
        both = [_ABBREVIATIONS.get(word) for word in match.groups()]
        if (
            both[0]
            and both[1]
            and both[0] != both[1]
            and (both[0][1] == both[1][1] or not both[0][0])
        ):
            return ZoneWord(match.group(), pair=both[1][1] or both[0][1])
    if offset := _offset_in(text):
        return offset
    if utc := _UTC.search(text):
        return ZoneWord(utc.group(), fixed="UTC")
    if sentence := _SENTENCES.search(text):
        return _of_sentence(sentence)
    words = _BRACKETED.findall(text) or (_WORD.findall(text) if _TELLS.search(text) else [])
    for abbreviation in words:
        if abbreviation in _ABBREVIATIONS:
            minutes, pair = _ABBREVIATIONS[abbreviation]
            return ZoneWord(abbreviation, named(minutes), pair)
    return None


def offset_of(word: str, zone: str = "UTC") -> int | None:
    """Minutes from UTC that an abbreviation in a cell means, by `zone`'s own names first."""
    own = _own_names(zone)
    if word.upper() in own:
        return own[word.upper()]
    known = _ABBREVIATIONS.get(word.upper())
    return known[0] if known else None


def named(minutes: int) -> str:
    """An offset as pandas takes it: "UTC", "UTC+01:00"."""
    sign = "+" if minutes > 0 else "-"
    return f"UTC{sign}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}" if minutes else "UTC"


def _offset_in(text: str) -> ZoneWord | None:
    for match in _FIXED.finditer(text):
        word = match.group().strip()
        bracketed = text[: match.start()].rstrip().endswith(("(", "[")) and ":" in word
        if not word.upper().startswith(("UTC", "GMT")) and not bracketed:
            continue
        minutes = int(match["hours"]) * 60 + int(match["minutes"] or 0)
        if minutes <= _FARTHEST:
            return ZoneWord(word, fixed=named(minutes if match["sign"] == "+" else -minutes))
    return None


def _of_sentence(match: re.Match[str]) -> ZoneWord:
    if match["utc"]:
        return ZoneWord(match.group(), fixed="UTC")
    pair = _REGIONS[match["region"].lower()]
    kind = (match["kind"] or "").lower()
    if kind in ("", "prevailing"):
        return ZoneWord(match.group(), pair=pair)
    year = datetime(2024, 1, 1), datetime(2024, 7, 1)
    offsets = [_minutes(pair, at) for at in year]
    summer = kind in ("daylight", "summer", "sommer")
    return ZoneWord(match.group(), named(max(offsets) if summer else min(offsets)), pair)


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


@cache
def _own_names(zone: str) -> Mapping[str, int]:
    """What clocks of a zone are called in our years; names without letters are none."""
    names: dict[str, int] = {}
    for year in (1995, 2010, 2024):
        for month in (1, 7):
            at = datetime(year, month, 1, tzinfo=ZoneInfo(zone))
            name, offset = at.tzname(), at.utcoffset()
            if name and name.isalpha() and offset is not None:
                names[name.upper()] = int(offset.total_seconds() // 60)
    return names


def _minutes(zone: str, at: datetime) -> int:
    offset = at.replace(tzinfo=ZoneInfo(zone)).utcoffset()
    return int(offset.total_seconds() // 60) if offset is not None else 0
