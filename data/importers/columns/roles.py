"""What each column of a table is for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from config.errors import InvalidReadings, InvalidRequest
from data.importers.cells.heading import Heading
from data.importers.cells.shapes import Profile, folded, profile
from data.importers.columns import words
from data.importers.columns.names import (
    END_NAMES,
    WEATHER_NAMES,
    given,
    meter_id_of,
    plain,
    unit_of,
)
from data.importers.columns.registers import Choice, Open, Register, choose, register_of
from data.importers.columns.time_columns import TimeColumns, find_times
from data.importers.options import ImportOptions
from data.importers.sheet import METER, REGISTER, UNIT
from data.importers.values.unit_words import is_money, is_reactive, unit_in, unit_of_cell

LOOKED_AT = 1_000
"""Rows that the columns are told from, half of them from the end of the first block."""
MOST_CANDIDATES = 64
"""Columns of numbers that are read before it is known which is wanted."""
MOST_LABELS = 64
"""Different texts of a column that may tell registers or meters apart."""


@dataclass(frozen=True)
class Roles:
    """Positions in a row.

    `values` are the columns of numbers that are read; `choice` says which of them are stored. Where
    the file is wide, each is a meter, by `owners`. `texts` may tell apart whose a row is.
    """

    names: tuple[str, ...]
    time: TimeColumns
    values: tuple[int, ...]
    choice: Choice | Open
    units: Mapping[int, str]
    weather: Mapping[str, int]
    fahrenheit: frozenset[str]
    texts: tuple[int, ...]
    unit_column: int | None = None
    register: int | None = None
    meter: int | None = None
    owners: Mapping[int, str] = field(default_factory=dict)

    @property
    def named(self) -> dict[str, str]:
        """What was recognised, by the name it has in the file."""
        found = {"time": self.time.named(self.names)}
        if self.meter is not None:
            found["meter"] = self.names[self.meter]
        if self.owners:
            found |= {owner: self.names[at] for at, owner in self.owners.items()}
        elif isinstance(self.choice, Choice):
            found["value"] = " + ".join(self.choice.taken)
        return found | {name: self.names[at] for name, at in self.weather.items()}


def find_roles(
    heading: Heading,
    rows: Sequence[Sequence[str]],
    options: ImportOptions,
    meter_type: str,
    *,
    fixed: bool = False,
) -> Roles:
    """The roles of the columns, from their names and the first rows.

    :param fixed: the format itself names the columns (see `data.importers.sheet`).

    :raises InvalidRequest: a column that is named is not there, or can't be what it is said to be.
    :raises InvalidReadings: no column can be the time, or none the consumption.
    """
    names = heading.names
    sample = rows if len(rows) <= LOOKED_AT else [*rows[: LOOKED_AT // 2], *rows[-LOOKED_AT // 2 :]]
    columns = [[row[at] if at < len(row) else "" for row in sample] for at in range(len(names))]
    profiles = [profile(cells) for cells in columns]
    named = {options.time_column, options.value_column, options.meter_column}
    weather = _weather(names, named)
    meter = _column(names, options.meter_column, METER, by_itself=fixed)
    register = _column(names, options.register_column, REGISTER, by_itself=fixed)
    unit_column = _unit_column(names, columns)
    time = find_times(names, profiles, options.time_column)
    taken = {*weather.values(), *time.at, *time.others}
    taken |= {at for at in (meter, register, unit_column) if at is not None}
    roles = Roles(
        names=names,
        time=time,
        values=(),
        choice=Open(()),
        units={at: unit for at, unit in enumerate(heading.units) if unit},
        weather=weather,
        fahrenheit=_fahrenheit(names, weather),
        texts=_texts(names, profiles, taken),
        unit_column=unit_column,
        register=register,
        meter=meter,
    )
    left = [at for at in range(len(names)) if at not in taken]
    if options.wide:
        owners = _meters(names, left)
        return replace(roles, values=tuple(owners), owners=owners, choice=Choice(()))
    return _with_values(roles, left, profiles, options, meter_type)


def _with_values(
    roles: Roles,
    left: Sequence[int],
    profiles: Sequence[Profile],
    options: ImportOptions,
    meter_type: str,
) -> Roles:
    names = roles.names
    if options.value_column:
        at = _wanted(names, options.value_column)
        reactive = [names[one] for one in at if is_reactive(names[one])]
        if reactive:
            raise _reactive(reactive[0])
        registers = [register_of(names[one], meter_type, roles.units.get(one)) for one in at]
        units = {**roles.units, **_units(at, registers)}
        texts = tuple(one for one in roles.texts if one not in at)
        taken = Choice(tuple(names[one] for one in at))
        return replace(roles, values=tuple(at), choice=taken, units=units, texts=texts)
    numeric = _varying([at for at in left if profiles[at].numeric], roles, profiles)
    if not numeric and len(left) == 1:
        numeric = list(left)  # said in the words of its cells, what is wrong with them
    registers = [register_of(names[at], meter_type, roles.units.get(at)) for at in numeric]
    choice = choose(registers)
    if isinstance(choice, Open) and not choice.groups:
        raise _no_value(names, [names[at] for at in numeric])
    wanted = _read(choice)
    values = tuple(at for at in numeric if names[at] in wanted)
    if len(values) > MOST_CANDIDATES:
        raise InvalidRequest(
            "Several columns could be the consumption.",
            hint="Name it as value_column (--value-column), or say that each column is a meter"
            " (--wide).",
            field="value_column",
        )
    return replace(
        roles,
        values=values,
        choice=choice,
        units={**roles.units, **_units(numeric, registers)},
        texts=tuple(at for at in roles.texts if at not in values),
    )


def _varying(numeric: Sequence[int], roles: Roles, profiles: Sequence[Profile]) -> list[int]:
    """Without numbers that stay the same, where others change: ids, codes, versions."""
    bare = [at for at in numeric if unit_in(roles.names[at]) is None and at not in roles.units]
    still = {at for at in bare if profiles[at].filled > 2 and profiles[at].distinct == 1}
    still |= {at for at in bare if profiles[at].identity}
    return [at for at in numeric if at not in still] if len(still) < len(numeric) else list(numeric)


def _read(choice: Choice | Open) -> set[str]:
    if isinstance(choice, Choice):
        return {*choice.taken, *choice.feed_in}
    return {name for group in choice.groups for name in group} | set(choice.feed_in)


def _units(at: Sequence[int], registers: Sequence[Register]) -> dict[int, str]:
    return {one: reg.unit for one, reg in zip(at, registers, strict=True) if reg.unit}


def _wanted(names: Sequence[str], wanted: str) -> list[int]:
    if wanted in names or " + " not in wanted:
        return [given(names, wanted)]
    return [given(names, one) for one in wanted.split(" + ")]


def _column(names: Sequence[str], wanted: str | None, fixed: str, *, by_itself: bool) -> int | None:
    if wanted:
        return given(names, wanted)
    return names.index(fixed) if by_itself and fixed in names else None


def _weather(names: Sequence[str], named: set[str | None]) -> dict[str, int]:
    found: dict[str, int] = {}
    for variable, spellings in WEATHER_NAMES.items():
        for at, name in enumerate(names):
            if plain(name) in spellings and name not in named:
                found.setdefault(variable, at)
    return found


def _fahrenheit(names: Sequence[str], weather: Mapping[str, int]) -> frozenset[str]:
    return frozenset(
        variable
        for variable, at in weather.items()
        if "temperature" in variable and (unit_of(names[at]) or "").strip("°º ").upper() == "F"
    )


def _unit_column(names: Sequence[str], columns: Sequence[Sequence[str]]) -> int | None:
    for at, name in enumerate(names):
        said = set(folded(name).replace("_", " ").split()) | {folded(name)}
        filled = [cell for cell in columns[at] if cell.strip()]
        called = name == UNIT or bool(said & words.UNIT_COLUMN)
        if called and any(unit_of_cell(cell) or is_reactive(cell) for cell in filled):
            return at
    return None


def _texts(names: Sequence[str], profiles: Sequence[Profile], taken: set[int]) -> tuple[int, ...]:
    """Columns whose few different texts may tell registers or meters apart."""
    return tuple(
        at
        for at, one in enumerate(profiles)
        if at not in taken
        and 0 < one.distinct <= MOST_LABELS
        and (
            not one.numeric
            or one.identity
            or set(folded(names[at]).replace("_", " ").split()) & words.IDENTITY
        )
    )


def _meters(names: Sequence[str], left: Sequence[int]) -> dict[int, str]:
    found: dict[int, str] = {}
    for at in left:
        meter_id = meter_id_of(names[at])
        if not meter_id or plain(names[at]) in END_NAMES:
            continue
        if meter_id in found.values():
            raise InvalidRequest(f"Two columns would be the meter {meter_id!r}; rename one.")
        found[at] = meter_id
    if not found:
        raise InvalidReadings(
            "No column is left that could be a meter.", hint=f"The file has: {', '.join(names)}."
        )
    return found


def _reactive(name: str) -> InvalidRequest:
    return InvalidRequest(
        f"{name!r} is reactive energy, which is no consumption.",
        hint="Import the active energy (kWh): name its column as value_column (--value-column).",
        field="value_column",
    )


def _no_value(names: Sequence[str], numeric: Sequence[str]) -> InvalidRequest:
    reactive = [name for name in numeric if is_reactive(name)]
    if reactive:
        return _reactive(reactive[0])
    money = [name for name in numeric if is_money(name)]
    beside = f" {money[0]!r} is money." if money else ""
    return InvalidReadings(
        f"No column is left that could be the consumption.{beside}",
        hint=f"Name it as value_column (--value-column). The file has: {', '.join(names)}.",
        field="value_column",
    )
