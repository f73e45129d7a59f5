"""Whose the rows are, and of which registers: by columns, by rows, or both."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from config.errors import InvalidRequest
from data.importers.columns.names import meter_id_of
from data.importers.columns.registers import Choice, Open, choose, register_of
from data.importers.columns.roles import Roles
from data.importers.containers.json.shapes import SERIES
from data.importers.context import Context
from data.importers.options import ImportOptions
from data.importers.rows.held import Flags, Rows
from data.importers.series.questions import Choosable, ask
from data.importers.series.telling import (
    REPEATED,
    labelled,
    meters_in_turn,
    rows_of_one_time,
    telling_columns,
    tells_meters,
    two_sided,
)

Registers = dict[str, tuple[int, Flags | None]]


@dataclass(frozen=True)
class Owned:
    """The registers of one meter: by name, the column of their values and which rows are theirs.

    `column` names, for people, the column of the values or the one that tells registers apart.
    """

    owner: str | None
    registers: Registers
    choice: Choice | Open
    column: str
    by_rows: bool = False
    kinds: Mapping[str, str] = field(default_factory=dict)
    units: Mapping[str, str] = field(default_factory=dict)

    def options(self, group: Sequence[str]) -> dict[str, Any]:
        """What a person says to have these registers."""
        joined = " + ".join(group)
        if self.by_rows:
            return {"register_column": self.column, "register": joined}
        return {"value_column": joined}


@dataclass(frozen=True)
class Parts:
    parts: tuple[Owned, ...]


def split(
    rows: Rows, roles: Roles, options: ImportOptions, context: Context, summary: Any
) -> Parts:
    """The meters of a table, each with its registers.

    :raises AmbiguousFile: rows are told apart by what may be meters.
    :raises InvalidRequest: two names would become one meter.
    """
    if roles.owners:
        return Parts(
            tuple(_column_of_meter(roles, at, owner) for at, owner in roles.owners.items())
        )
    if roles.meter is None:
        return Parts((_of_one(rows, roles, options, context, None, None),))
    meters = labelled(rows, [roles.meter])
    named = {label: mask for label, mask in meters.items() if meter_id_of(label)}
    if not named and not options.meter_column:  # a feed that names no usage point has one
        return Parts((_of_one(rows, roles, options, context, None, None),))
    for label, mask in meters.items():
        if label not in named:
            for line in rows.lines[mask].tolist():
                summary.drop("meter_missing", line, "no meter")
    if len(named) == 1 and not options.meter_column:
        return Parts((_of_one(rows, roles, options, context, None, None),))
    if not context.several:
        raise InvalidRequest(
            f"The file has {len(named)} meters: {', '.join(list(named)[:10])}.",
            hint="One body is one meter: energy import takes them all, or send each by itself.",
            field="meter_column",
        )
    _distinct(named)
    return Parts(
        tuple(
            _of_one(rows, roles, options, context, meter_id_of(label), mask)
            for label, mask in named.items()
        )
    )


def _distinct(labels: Mapping[str, Flags]) -> None:
    """Refuse two names that become one id: one meter would have the readings of both."""
    owners: dict[str, str] = {}
    for label in labels:
        first = owners.setdefault(meter_id_of(label), label)
        if first != label:
            raise InvalidRequest(
                f"{first!r} and {label!r} would both be the meter {meter_id_of(label)!r}.",
                hint="Rename one of them in the file: ids have letters, digits and _ . : -",
                field="meter_column",
            )


def _column_of_meter(roles: Roles, at: int, owner: str) -> Owned:
    name = roles.names[at]
    return Owned(owner, {name: (at, None)}, Choice((name,)), name)


def _of_one(
    rows: Rows,
    roles: Roles,
    options: ImportOptions,
    context: Context,
    owner: str | None,
    mask: Flags | None,
) -> Owned:
    """The registers of one meter, whose rows are those of `mask`."""
    mine = rows if mask is None else rows.only(mask)
    if roles.register is not None:
        return _by_rows(rows, mine, roles, options, context, owner, mask, (roles.register,))
    choice = roles.choice
    alone = choice.taken if isinstance(choice, Choice) else ()
    if roles.texts and len(mine):
        telling = _told_apart(mine, roles, context)
        if (
            telling
            and owner is None
            and all(tells_meters(mine, roles.names, one) for one in telling)
        ):
            raise _which_meter(mine, roles, telling, _value_column(roles, mine), context)
        swapped = () if telling else meters_in_turn(mine, roles.names, roles.texts)
        if swapped and owner is None:
            raise _which_meter(
                mine, roles, swapped, _value_column(roles, mine), context, in_turn=True
            )
        if telling and len(alone) == 1:
            return _by_rows(rows, mine, roles, options, context, owner, mask, telling)
    if len(alone) == 1 and roles.values == ():
        registers: Registers = {alone[0]: (_value_column(roles, mine), mask)}
    else:
        registers = {roles.names[at]: (at, mask) for at in roles.values}
    kinds = {name: register_of(name, context.meter_type).kind for name in registers}
    return Owned(owner, registers, choice, " + ".join(alone) or roles.named["time"], kinds=kinds)


def _told_apart(rows: Rows, roles: Roles, context: Context) -> tuple[int, ...]:
    """The columns that tell rows of one time apart; () where there is a row for each time."""
    at = _value_column(roles, rows)
    conflict = rows_of_one_time(rows, at, context.zone)
    if conflict.sum() >= max(2, REPEATED * len(rows)):
        return telling_columns(rows, conflict, roles.names, roles.texts, at, context.zone)
    sides = two_sided(rows, roles.texts, context.meter_type)
    return () if sides is None else (sides,)


def _value_column(roles: Roles, rows: Rows) -> int:
    return roles.values[0] if roles.values else next(iter(rows.values))


def _by_rows(
    rows: Rows,
    mine: Rows,
    roles: Roles,
    options: ImportOptions,
    context: Context,
    owner: str | None,
    mask: Flags | None,
    telling: Sequence[int],
) -> Owned:
    """Registers that stand below each other, told apart by what `telling` columns say."""
    at = _value_column(roles, mine)
    column = " + ".join(roles.names[one] for one in telling)
    inside = labelled(mine, telling)
    registers: Registers = {label: (at, _within(mask, part)) for label, part in inside.items()}
    said = [register_of(label, context.meter_type) for label in registers]
    kinds = {one.name: one.kind for one in said}
    units = {one.name: one.unit for one in said if one.unit}
    choice: Choice | Open = choose(said, of_meter=column != SERIES)
    if options.register:
        choice = Choice(_wanted(options.register, registers))
    elif isinstance(choice, Open) and not choice.groups:
        choice = Open(tuple((label,) for label in registers))
    return Owned(owner, registers, choice, column, by_rows=True, kinds=kinds, units=units)


def _wanted(wanted: str, registers: Registers) -> tuple[str, ...]:
    names = (wanted,) if wanted in registers else tuple(wanted.split(" + "))
    for name in names:
        if name not in registers:
            raise InvalidRequest(
                f"There is no register {name!r}.",
                hint=f"The file has: {', '.join(registers)}.",
                field="register",
            )
    return names


def _within(mask: Flags | None, part: Flags) -> Flags:
    """A mask of some of the rows of a mask, as one of all rows."""
    if mask is None:
        return part
    whole = np.zeros(len(mask), dtype=bool)
    whole[np.flatnonzero(mask)[part]] = True
    return whole


def _which_meter(
    rows: Rows,
    roles: Roles,
    telling: Sequence[int],
    at: int,
    context: Context,
    *,
    in_turn: bool = False,
) -> Exception:
    """Ask whose rows are meant; `in_turn`: no two meters have a row of one time."""
    from data.importers.series.series import Clock, Losses, instants, readings_of
    from data.importers.summary import ImportSummary

    column = roles.names[telling[0]]
    clock = Clock(context.zone, bool(roles.time.ends), context.reach, context.now)

    def series_of(part: Rows) -> pd.Series:
        quiet, losses = ImportSummary(), Losses()
        stamps, usable = instants(part, clock, "", quiet, losses)
        return readings_of(part, part.values[at], stamps, usable, quiet, losses)

    meters = labelled(rows, telling[:1])
    choices = [
        Choosable(label, {"register_column": column, "register": label}, series_of(rows.only(mask)))
        for label, mask in meters.items()
    ]
    if in_turn:
        joined = " + ".join(meters)
        said = {"register_column": column, "register": joined}
        choices.append(
            Choosable("one after the other, as of a meter replaced", said, series_of(rows))
        )
    return ask(
        f"The rows are of {len(meters)} meters, told apart by {column!r}.",
        choices,
        field="meter_column",
        words=f"If each is a meter of its own: energy import --meter-column {column!r}.",
    )
