"""Units that stand beside values or above a table."""

import re
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from config.errors import InvalidRequest
from data.importers.cells.heading import Heading
from data.importers.cells.shapes import folded, is_missing
from data.importers.columns import words
from data.importers.columns.registers import MEASURES
from data.importers.rows.held import Rows
from data.importers.sheet import Sheet
from data.importers.values.unit_words import is_other, is_reactive, unit_in, unit_of_cell
from data.units import factor, measures, spelled

_LIKE_A_UNIT = re.compile(
    r"(?:w|wh|whs|watts?|va|m3|ft3|gal|gals|gallons?|lit|liters?|litres?|btu|j|amps?|volts?)"
    r"(?:/[a-z]{1,4})?$"
)
"""What a unit ends with that somebody made up, or that came out of a wrong encoding."""


def unit_above(heading: Heading, sheet: Sheet) -> str | None:
    """The unit that a line above the table names, such as `Einheit;kWh`, or the container."""
    if "unit" in sheet.facts:
        return unit_of_cell(sheet.facts["unit"])
    for number, row in enumerate(heading.above[:-1]):
        if unit := _unit_below(row, heading.above[number + 1]):
            return unit
        cells = [cell.strip() for cell in row if cell.strip()]
        for at, cell in enumerate(cells):
            key, _, rest = cell.partition(":")
            if not set(re.findall(r"[a-z]+", folded(key))) & words.UNIT_COLUMN:
                continue
            beside = rest.strip() or (cells[at + 1] if at + 1 < len(cells) else "")
            if unit := unit_of_cell(beside):
                return unit
    return None


def _unit_below(names: Sequence[str], values: Sequence[str]) -> str | None:
    """The unit that stands below its name, in a small table of facts above the readings."""
    for name, value in zip(names, values, strict=False):
        if set(re.findall(r"[a-z]+", folded(name))) & words.UNIT_COLUMN and unit_of_cell(value):
            return unit_of_cell(value)
    return None


def unit_of_labels(rows: Rows, names: Sequence[str]) -> str | None:
    """The unit that the text names which is the same in all rows: "Import Interval (kW)".

    In brackets anywhere; else in what names a series, such as "power_watts".
    """
    for at, (_, labels) in rows.labels.items():
        said = [label for label in labels if not is_missing(label)]
        if len(said) != 1:
            continue
        naming = set(re.findall(r"[a-z]+", folded(names[at]).replace("__", ""))) & words.SERIES
        if (naming or said[0].endswith((")", "]"))) and (unit := unit_in(said[0])):
            return unit
    return None


def refuse_measure(name: str, unit: str, meter_type: str) -> None:
    """
    :raises InvalidRequest: a column in m3 can't be electricity.
    """
    if measures(unit) in MEASURES.get(meter_type, (measures(unit),)):
        return
    raise InvalidRequest(
        f"{name!r} is in {spelled(unit)}, which is no {meter_type}: {spelled(unit)} can't be turned"
        " into the unit of the meter.",
        hint="Name the column of the consumption as value_column (--value-column), or import it"
        " as a meter of the other type.",
        field="value_column",
    )


def refuse_unit(name: str, bracket: str) -> None:
    """Refuse what is no consumption, and a unit that nobody here knows.

    :raises InvalidRequest: the bracket of a heading is such a unit.
    """
    if unit_of_cell(bracket):
        return
    if is_other(name):
        raise InvalidRequest(
            f"{name!r} is in {bracket}, which is no consumption.",
            hint="Name the column of the consumption as value_column (--value-column).",
            field="value_column",
        )
    if _LIKE_A_UNIT.search(folded(bracket)):
        raise InvalidRequest(
            f"{bracket!r} in the heading {name!r} is no unit that is known.",
            hint="Say the unit of the values as unit, such as unit=kWh or unit=m3 (--unit).",
            field="unit",
        )


def with_one_unit(rows: Rows, at: int, meter_type: str) -> tuple[Rows, str | None, dict[str, int]]:
    """Rows of a table with a column of units: in one unit, without those of another kind.

    Returns them, their unit, and how many rows of which other unit were left aside.

    :raises InvalidRequest: all are reactive energy.
    """
    codes, labels = rows.labels[at]
    wanted = MEASURES.get(meter_type)
    units = [unit_of_cell(label) for label in labels]
    fits = np.array([_fits(unit, label, wanted) for unit, label in zip(units, labels, strict=True)])
    if all(is_reactive(label) for label in labels if label):
        raise InvalidRequest(
            f"The unit is {labels[0]!r}: reactive energy is no consumption.",
            hint="Import the active energy (kWh).",
            field="unit",
        )
    if not fits.any():
        return rows, next((unit for unit in units if unit), None), {}
    aside = {
        label: int((codes == number).sum())
        for number, label in enumerate(labels)
        if not fits[number] and not is_missing(label)
    }
    first = next(unit for unit, fit in zip(units, fits, strict=True) if fit and unit)
    ratios = np.array(
        [
            _ratio(unit, first) if fit and unit else 1.0
            for unit, fit in zip(units, fits, strict=True)
        ]
    )
    if (ratios != 1.0).any():
        values = {one: column * ratios[codes] for one, column in rows.values.items()}
        rows = replace(rows, values=values)
    blank = np.array([is_missing(label) for label in labels])
    keep = (fits | blank)[codes]
    return (rows if keep.all() else rows.only(keep)), first, aside


def _fits(unit: str | None, label: str, wanted: tuple[str, ...] | None) -> bool:
    if unit is None:
        return is_missing(label)
    return wanted is None or measures(unit) in wanted


def _ratio(unit: str, into: str) -> float:
    """Between two amounts or two rates; an amount beside a rate is refused.

    :raises InvalidRequest: the two do not add up.
    """
    if measures(unit) != measures(into):
        raise InvalidRequest(
            f"The rows are in {spelled(unit)} and in {spelled(into)}, which are an amount and a"
            " rate.",
            hint="Import the rows of one unit.",
            field="unit",
        )
    return factor(unit, into)
