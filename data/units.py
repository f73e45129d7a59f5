"""Units of consumption, and what it takes to turn one into another."""

import re
from collections.abc import Mapping
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING

from config.errors import InvalidRequest

if TYPE_CHECKING:
    from pint import Unit, UnitRegistry

# How people write units, lower case, to the one spelling used here. Upper and lower case can't
# be relied on in headings, and nobody meters milliwatts.
_SPELLINGS: Mapping[str, str] = {
    "wh": "Wh",
    "kwh": "kWh",
    "mwh": "MWh",
    "gwh": "GWh",
    "kwh/h": "kW",
    "kwh per hour": "kW",
    "w": "W",
    "kw": "kW",
    "mw": "MW",
    "gw": "GW",
    "l": "L",
    "liter": "L",
    "litre": "L",
    "liters": "L",
    "litres": "L",
    "m3": "m3",
    "m^3": "m3",
    "m³": "m3",
    "cubic meters": "m3",
    "kl": "kL",
    "l/s": "L/s",
    "l/h": "L/h",
    "m3/h": "m3/h",
    "m³/h": "m3/h",
    "m3/s": "m3/s",
    "m3 per hour": "m3/h",
    "gal": "gal",
    "gallon": "gal",
    "gallons": "gal",
    "gpm": "gal/min",
    "gal/min": "gal/min",
    "ft3": "ft3",
    "ft^3": "ft3",
    "ft³": "ft3",
    "cf": "ft3",
    "cu ft": "ft3",
    "cubic feet": "ft3",
    "ccf": "ccf",
    "hcf": "ccf",
    "mcf": "mcf",
}

_LONGEST = 24
_PLAIN = re.compile(r"[A-Za-z³0-9/^* ]+")


def spelled(unit: str) -> str:
    """The spelling used here of a common unit; any other unit as it is."""
    return _SPELLINGS.get(" ".join(unit.lower().split()), unit.strip())


def is_rate(unit: str) -> bool:
    """Whether values are a rate over the interval (kW, L/s), not an amount in it (kWh, m3).

    Amounts add up over time, rates average. A unit that is unknown is taken for an amount.
    """
    try:
        return _is_rate(_parsed(spelled(unit)))
    except InvalidRequest:
        return False


def factor(unit: str, into: str, *, step: timedelta | None = None) -> float:
    """What to multiply values in `unit` with to have them in `into`.

    Between a rate and an amount it is the `step` of the readings that counts: a kilowatt held
    for a quarter of an hour is 0.25 kWh. Raises `InvalidRequest` for a unit that is unknown, for
    two that do not measure the same, or where the step is needed and None.
    """
    source, target = spelled(unit), spelled(into)
    if source == target:
        return 1.0
    first, second = _parsed(source), _parsed(target)
    rates = _is_rate(first), _is_rate(second)
    if rates[0] != rates[1]:
        if step is None:
            raise InvalidRequest(
                f"{source} becomes {target} only over a known step.",
                hint="Give the resolution of the meter.",
                field="unit",
            )
        second_of_step = _registry().Unit("second")
        first = first * second_of_step if rates[0] else first / second_of_step
    if not first.is_compatible_with(second):
        raise InvalidRequest(
            f"{source} can't be turned into {target}: they measure different things.",
            field="unit",
        )
    ratio = float(_registry().Quantity(1.0, first).to(second).magnitude)
    if rates[0] == rates[1]:
        return ratio
    assert step is not None
    return ratio * step.total_seconds() if rates[0] else ratio / step.total_seconds()


def is_known(unit: str) -> bool:
    """Whether the text is a unit of energy or volume, or of a rate of them."""
    try:
        _parsed(spelled(unit))
    except InvalidRequest:
        return False
    return True


@cache
def _registry() -> "UnitRegistry":
    # Loaded when first needed: it takes longer than everything else in this package.
    from pint import UnitRegistry

    registry: UnitRegistry = UnitRegistry()
    # What water and gas are billed by in the United States; pint knows neither.
    registry.define("ccf = 100 * foot**3")
    registry.define("mcf = 1000 * foot**3")
    return registry


@cache
def _parsed(unit: str) -> "Unit":
    text = re.sub(r"([a-z])\^?3\b|([a-z])³", r"\1\2**3", unit)
    registry = _registry()
    if len(unit) <= _LONGEST and _PLAIN.fullmatch(unit):
        try:
            parsed = registry.Unit(text)
        # What pint raises ranges from its own errors to those of the tokenizer and the parser.
        except Exception as unknown:
            raise _unknown(unit) from unknown
        if any(parsed.is_compatible_with(kind) for kind in ("Wh", "W", "m**3", "m**3/s")):
            return parsed
    raise _unknown(unit)


def _unknown(unit: str) -> InvalidRequest:
    return InvalidRequest(
        f"{unit[:_LONGEST]!r} is not a unit of energy, power, volume or flow.",
        hint=f"For example {', '.join(sorted(set(_SPELLINGS.values())))}.",
        field="unit",
    )


def _is_rate(unit: "Unit") -> bool:
    return bool(unit.is_compatible_with("W") or unit.is_compatible_with("m**3/s"))
