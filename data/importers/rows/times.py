"""The columns of the time to times, in whatever columns they are."""

from dataclasses import dataclass

import numpy as np

from data.importers.columns.roles import Roles
from data.importers.columns.time_columns import TimeColumns
from data.importers.moments import (
    PartsFormat,
    Stamps,
    TimeFormat,
    find_format,
    find_parts,
    read_fields,
)
from data.importers.options import ImportOptions
from data.importers.rows.held import Flags, Texts, Walls

FIELDS = ("year", "month", "day", "hour", "minute")


@dataclass(frozen=True)
class Reader:
    """Reads the times of blocks; what was found in the first stays for the rest."""

    columns: TimeColumns
    format: TimeFormat | PartsFormat | None

    @classmethod
    def find(
        cls, roles: Roles, cells: Texts, options: ImportOptions, zone: str, *, days: bool = False
    ) -> "Reader":
        """From the columns of the first block; `days`: each row is a day.

        :raises InvalidRequest: the order of day and month can't be told.
        :raises InvalidReadings: numbers that are neither dates nor counts since 1970.
        """
        at, first = roles.time.at, options.day_first
        if roles.time.kind == "fields":
            return cls(roles.time, None)
        if len(at) == 2:
            return cls(
                roles.time, find_parts(cells[at[0]], cells[at[1]], day_first=first, zone=zone)
            )
        return cls(roles.time, find_format(cells[at[0]], day_first=first, zone=zone, days=days))

    @property
    def words(self) -> str:
        """For people: how times are written."""
        return self.format.words if self.format is not None else "year, month and day apart"

    @property
    def ranges(self) -> bool:
        """Whether a time says both ends of its interval, or which interval of a day it is."""
        if isinstance(self.format, PartsFormat):
            return self.format.positions is not None or self.format.dates.ranges
        return self.format is not None and self.format.ranges

    def read(self, cells: Texts) -> tuple[Walls, Flags]:
        """What clocks showed, or UTC, and which of the two; NaT where there is no time."""
        found = self._stamps(cells)
        return found.wall.astype("datetime64[us]"), np.asarray(found.absolute, dtype=bool)

    def _stamps(self, cells: Texts) -> Stamps:
        at = self.columns.at
        if self.format is None:
            return read_fields(dict(zip(FIELDS, (cells[one] for one in at), strict=False)))
        if isinstance(self.format, PartsFormat):
            return self.format.read(cells[at[0]], cells[at[1]])
        return self.format.read(cells[at[0]])
