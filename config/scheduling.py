"""What runs when: the entries of `schedules.json`, checked."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from config.cron import parse_cron

TASKS = ("forecasts", "scoring", "retraining", "weather", "retention")


@dataclass(frozen=True)
class Schedule:
    """One thing that is done again and again."""

    name: str
    task: str
    """One of TASKS."""
    cron: str
    """Minute, hour, day of the month, month, day of the week; in SCHEDULE_TIMEZONE."""
    meter_type: str | None = None
    """Only meters of this type; all where None."""


def read_schedules(
    entries: Mapping[str, Any], meter_types: Iterable[str]
) -> Mapping[str, Schedule]:
    """The schedules of a file by name.

    :raises ValueError: an entry is wrong; the text names it and says what a good one is.
    """
    known = set(meter_types)
    found = {}
    for name, entry in entries.items():
        try:
            one = Schedule(name, **entry)
            parse_cron(one.cron)
        except (TypeError, ValueError, AttributeError) as error:
            raise ValueError(f"entry {name!r} is wrong: {error}") from error
        if one.task not in TASKS:
            raise ValueError(f"entry {name!r}: task {one.task!r} is not one of {', '.join(TASKS)}")
        if one.meter_type is not None and one.meter_type not in known:
            raise ValueError(f"entry {name!r}: there is no meter type {one.meter_type!r}")
        found[name] = one
    return MappingProxyType(found)
