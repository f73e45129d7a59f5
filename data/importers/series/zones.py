"""The zone that a file itself names: it counts more than the one that is passed."""

import re

from data.importers.cells.heading import Heading
from data.importers.cells.shapes import folded
from data.importers.columns import words
from data.importers.columns.roles import Roles
from data.importers.moments import ZoneWord, zone_in
from data.importers.sheet import Sheet

ZONE_KEYS = frozenset(
    [
        "timezone",
        "zeitzone",
        "zone",
        "tijdzone",
        "fuseau",
        "huso",
        "fuso",
        "tz",
        "tidszon",
        "tidssone",
    ]
)


def other_zone(sheet: Sheet, roles: Roles, zone: str) -> str | None:
    """The fixed offset that the name of `zone` may mean too, where the file calls it CET or MEZ."""
    for said in (sheet.facts.get("zone"), roles.time.zone_named):
        named = zone_in(said) if said else None
        if named is not None and named.ambiguous and named.fixed != zone:
            return named.fixed
    return None


def stated_zone(sheet: Sheet, heading: Heading, roles: Roles, passed: str) -> tuple[str, str]:
    """The zone of naive times, and where it came from, in words."""
    if "zone" in sheet.facts and (named := zone_in(sheet.facts["zone"])):
        return _settled(named, passed), "the format fixes it"
    if roles.time.zone_named and (named := zone_in(roles.time.zone_named)):
        zone = _settled(named, passed)
        return (
            zone,
            f"named by the heading {roles.time.zone_named.strip()!r}{_instead(zone, passed)}",
        )
    for row in heading.above[:-1]:
        line = " ".join(cell.strip() for cell in row if cell.strip())
        key = re.split(r"[:;,=]", line, maxsplit=1)[0]
        said = set(re.findall(r"[a-z]+", folded(key.replace("_", " "))))
        of_zone = said & ZONE_KEYS or re.search(r"time ?zone", folded(line))
        if of_zone and (named := zone_in(line)):
            zone = _settled(named, passed)
            return zone, f"named above the table: {line[:60]!r}{_instead(zone, passed)}"
    return passed, "as given: that of the option or of the meter"


def _instead(zone: str, passed: str) -> str:
    return "" if zone == passed else f", instead of {passed}"


__all__ = ["stated_zone", "words"]


def _settled(named: ZoneWord, passed: str) -> str:
    """The zone that a word means for a meter that stands in `passed`."""
    if named.fixed is None or (named.ambiguous and named.pair == passed):
        return named.pair or passed
    return named.fixed
