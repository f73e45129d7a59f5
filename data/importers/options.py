"""How a file or a body is meant: everything a person can say of it, in one place."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Self


@dataclass(frozen=True)
class ImportOptions:
    """What is None or empty is found in the file, or asked.

    `time_column` and `value_column` name columns; several that are one (a date and a time, two
    tariffs) are joined by " + ". `register_column` names the column that tells registers apart and
    `register` the one to take (several joined by " + " are added up). `meter_column` names the
    column that says whose a row is, with `wide` each column is a meter. `feed_in` is what becomes
    of energy that flows back: "meter" (one of its own), "negative" or "leave". `timezone` is that
    of naive times, `day_first` how 01/02/2025 is meant, `interval_end` whether times mark where
    intervals end, `decimal` the decimal sign ("." or ","), `unit` the unit of the values,
    `counter` whether values only count up, `precision` the unit of line protocol's times, `path`
    where the list is in a JSON text, `sheet` which sheet of a workbook or member of an archive,
    `resolution` the grid (ISO 8601) that values at irregular times are put on, `prefix` what the
    ids of meters begin with that the file names.
    """

    time_column: str | None = None
    value_column: str | None = None
    meter_column: str | None = None
    register_column: str | None = None
    register: str | None = None
    wide: bool = False
    feed_in: str | None = None
    timezone: str | None = None
    day_first: bool | None = None
    interval_end: bool | None = None
    decimal: str | None = None
    unit: str | None = None
    counter: bool | None = None
    precision: str = "ns"
    path: str | None = None
    sheet: str | None = None
    resolution: str | None = None
    prefix: str | None = None

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Self:
        """From a query, a record or a command line; what is no option is left out."""
        known = {field.name for field in fields(cls)}
        given = {name: value for name, value in values.items() if name in known}
        return cls(**{name: value for name, value in given.items() if value is not None})
