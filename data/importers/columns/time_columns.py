"""Which columns say when: one, a date and a time of day, a date and a number, or a date in
parts."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from config.errors import InvalidReadings, InvalidRequest
from data.importers.cells.shapes import Profile, folded, is_date_only
from data.importers.columns import words
from data.importers.columns.names import END_NAMES, TIME_NAMES, given, plain
from data.importers.moments import says_end, zone_in

MOSTLY = 0.8
"""Of the filled cells: totals and remarks stand below."""

Kind = Literal["one", "parts", "numbered", "fields"]


@dataclass(frozen=True)
class TimeColumns:
    """Positions of the columns that are a time together.

    `one` column; `parts`: a date and a time of day; `numbered`: a date and the number of the hour
    or interval in its day; `fields`: year, month, day and, where there are some, hour and minute.
    `ends` as far as the names say it. `zone` is what a name says of it.
    """

    kind: Kind
    at: tuple[int, ...]
    ends: bool | None
    zone_named: str | None = None
    others: tuple[int, ...] = ()

    def named(self, names: Sequence[str]) -> str:
        """As `time_column` takes it."""
        return " + ".join(names[at] for at in self.at)


def find_times(
    names: Sequence[str], profiles: Sequence[Profile], wanted: str | None
) -> TimeColumns:
    """The columns of the time.

    :param wanted: as a person named them, joined by " + ".
    :raises InvalidRequest: one that is named is not there.
    :raises InvalidReadings: none looks like a time.
    """
    if wanted:
        at = [given(names, one) for one in wanted.split(" + ")] if " + " in wanted else []
        at = at or [given(names, wanted)]
        return _with_clock(names, profiles, at[0]) if len(at) == 1 else _put(names, profiles, at)
    dated = [at for at, one in enumerate(profiles) if one.dated >= MOSTLY]
    dated += [
        at
        for at, one in enumerate(profiles)
        if one.epoch >= MOSTLY and (_rank(names[at]) < UNNAMED or not dated)
    ]
    if not dated:
        dated = [at for at, one in enumerate(profiles) if _serial(names[at], one)]
    if not dated and (called := _called_so(names)) is not None:
        return _with_clock(names, profiles, called)
    if not dated:
        return _of_fields(names, profiles)
    moving = [at for at in dated if profiles[at].distinct > 1] or dated
    first = min(moving, key=lambda at: (*_order(names[at], profiles[at]), at))
    found = _with_clock(names, profiles, first)
    return TimeColumns(
        found.kind, found.at, found.ends, found.zone_named, tuple(set(dated) - {*found.at})
    )


UNNAMED = 200
"""The rank of a name that says nothing of time."""


def _order(name: str, one: Profile) -> tuple[int, ...]:
    """What was read before what was done with it; a named zone before none; starts before ends;
    times before days; common names before others.
    """
    ends = says_end(name) is True
    local = zone_in(name) is None
    aside = bool(set(re.findall(r"[a-z]+", folded(name))) & words.NOT_OF_READING)
    return (aside, local, ends, one.date_only >= MOSTLY and one.date_only > 0.99, _rank(name))


def _rank(name: str) -> int:
    bare = plain(name)
    for rank, spelling in enumerate((*TIME_NAMES, *END_NAMES)):
        if bare == spelling:
            return rank
    if not bare or re.search(r"time|date|_utc$|datum|zeit|fecha|heure|data|tijd|ora\b", bare):
        return UNNAMED - 1
    return UNNAMED


def _called_so(names: Sequence[str]) -> int | None:
    """A column that is called a time as times are, though nothing in it looks like one."""
    found = [at for at, name in enumerate(names) if plain(name) in TIME_NAMES]
    return min(found, key=lambda at: _rank(names[at])) if len(found) == 1 else None


def _serial(name: str, one: Profile) -> bool:
    """Days since 1900, as a workbook keeps them."""
    return one.number >= MOSTLY and _rank(name) < UNNAMED and _excel(one.example)


def _excel(cell: str) -> bool:
    try:
        return 32_000 < float(cell.replace(",", ".")) < 74_000  # 1987 to 2102
    except ValueError:
        return False


def _with_clock(names: Sequence[str], profiles: Sequence[Profile], at: int) -> TimeColumns:
    """The column itself; where it holds dates alone, with the one beside that holds the time."""
    alone = TimeColumns("one", (at,), says_end(names[at]), names[at])
    if profiles[at].date_only < MOSTLY:
        return alone
    clocks = [
        place
        for place, one in enumerate(profiles)
        if one.clock >= MOSTLY and place != at and not one.lettered
    ]
    if clocks:
        clock = min(clocks, key=lambda c: (says_end(names[c]) is True, c < at, abs(c - at)))
        ends = says_end(names[clock])
        return TimeColumns(
            "parts",
            (at, clock),
            says_end(names[at]) if ends is None else ends,
            f"{names[at]} {names[clock]}",
        )
    numbers = [
        place
        for place, one in enumerate(profiles)
        if place != at
        and one.distinct > 1
        and (one.number >= MOSTLY or one.lettered)
        and _counts_intervals(names[place])
    ]
    if numbers:
        ends = says_end(names[numbers[0]])
        return TimeColumns("numbered", (at, numbers[0]), ends, f"{names[at]} {names[numbers[0]]}")
    return alone


def _counts_intervals(name: str) -> bool:
    return bool(set(re.findall(r"[a-z]+", folded(name))) & (words.HOUR | words.PERIOD))


def _put(names: Sequence[str], profiles: Sequence[Profile], at: Sequence[int]) -> TimeColumns:
    """Columns that a person joined."""
    said = " ".join(names[one] for one in at)
    second = profiles[at[1]] if len(at) == 2 else None
    if second is not None and (second.lettered or second.number >= MOSTLY > second.clock):
        return TimeColumns("numbered", tuple(at), says_end(names[at[1]]), said)
    if len(at) == 2:
        return TimeColumns("parts", tuple(at), says_end(names[at[1]]), said)
    if len(at) in (3, 4, 5):
        return TimeColumns("fields", tuple(at), None, said)
    raise InvalidRequest(
        f"{len(at)} columns can't be one time.",
        hint="Join a date and a time of day, or year, month and day.",
        field="time_column",
    )


def _of_fields(names: Sequence[str], profiles: Sequence[Profile]) -> TimeColumns:
    kinds = (words.YEAR, words.MONTH, words.DAY_OF_MONTH, words.HOUR, words.MINUTE)
    found: list[int] = []
    for kind in kinds:
        hits = [
            at
            for at, name in enumerate(names)
            if set(re.findall(r"[a-z]+", folded(name))) & kind
            and profiles[at].number >= MOSTLY
            and at not in found
        ]
        if not hits:
            break
        found.append(hits[0])
    if len(found) >= 3:
        return TimeColumns("fields", tuple(found), None, " ".join(names[at] for at in found))
    days = [name for name in names if is_date_only(name)]
    if len(days) > 1:
        raise InvalidReadings(
            f"Each column is a day ({days[0]!r}, {days[1]!r}, …): a table needs a row for each"
            " time, or a row for each day.",
            hint="Transpose it, so that each day is a row with its hours side by side, and import"
            " that.",
            field="time_column",
        )
    raise InvalidReadings(
        "No column looks like a time.",
        hint=f"Name it as time_column (--time-column). The file has: {', '.join(names)}.",
        field="time_column",
    )
