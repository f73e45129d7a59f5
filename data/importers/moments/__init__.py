"""Texts to what a clock showed, or to instants where the text says so; zones come later.

`find_format` for a column of times, `find_parts` for a date and a clock in columns of their own,
`read_fields` for columns of years, months, days, `find_positions` for numbers of intervals of a
day; `zone_in` and `says_end` for what a heading says of its times.
"""

from data.importers.moments.ends import says_end
from data.importers.moments.formats import TimeFormat, find_format
from data.importers.moments.parts import PartsFormat, find_parts, read_fields
from data.importers.moments.positions import Positions, find_positions
from data.importers.moments.stamps import Stamps
from data.importers.moments.zones import ZoneWord, offset_of, zone_in

__all__ = [
    "PartsFormat",
    "Positions",
    "Stamps",
    "TimeFormat",
    "ZoneWord",
    "find_format",
    "find_parts",
    "find_positions",
    "offset_of",
    "read_fields",
    "says_end",
    "zone_in",
]
