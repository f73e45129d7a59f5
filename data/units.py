"""Units of consumption, and what it takes to turn one into another."""

import re
from collections.abc import Mapping
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING

from config.errors import InvalidRequest

if TYPE_CHECKING:
    from pint import Unit, UnitRegistry

# How people write units, lower case, by the one spelling used here. Upper and lower case can't
# be relied on in headings, and nobody meters milliwatts.
_WRITTEN: Mapping[str, str] = {
    "Wh": "wh | watt hour | watt hours | watt-hour | watt-hours | watthour | watthours | "
    "wattstunden",
    "kWh": "kwh | kwhs | kwhrs | kwhr | kw-hr | kwatthours | kwh el | kilowatt hour | "
    "kilowatt hours | kilowatt-hour | "
    "kilowatt-hours | "
    "kilowatthour | kilowatthours | kilowattstunde | kilowattstunden | kilowattuur | "
    "kilowattheure | kilowattheures | "
    "kilowattora | kilowattore | chilowattora",
    "MWh": "mwh | megawatt hour | megawatt hours | megawatt-hours | megawattstunden | megawattuur",
    "GWh": "gwh | gigawatt hours | gigawattstunden",
    "W": "w | watt | watts",
    "kW": "kw | kws | kwatt | kwatts | kilowatt | kilowatts | kwh/h | kwh per hour",
    "MW": "mw | megawatt | megawatts | mwh/h",
    "GW": "gw | gigawatt | gigawatts",
    "J": "j | joule | joules",
    "kJ": "kj",
    "MJ": "mj | megajoule | megajoules",
    "GJ": "gj | gigajoule | gigajoules",
    "L": "l | lt | ltr | ltrs | liter | litre | liters | litres | litri | litro | litros | "
    "litr | litry | litrów | litraa",
    "mL": "ml | milliliter | millilitre | milliliters | millilitres",
    "dL": "dl | deciliter | decilitre | deciliters | decilitres",
    "hL": "hl | hectoliter | hectolitre | hectoliters | hectolitres | hektoliter",
    "kL": "kl | kiloliter | kilolitre | kiloliters | kilolitres",
    "ML": "megaliter | megalitre | megaliters | megalitres",
    "m3": "m3 | m^3 | m**3 | m³ | mc | smc | sm3 | sm³ | nm3 | nm³ | cbm | cum | cu m | cu.m | "
    "cu m. | qm3 | "
    "cubic meter | cubic meters | cubic metre | cubic metres | metri cubi | metro cubo | "
    "metros cúbicos | metros cubicos | "
    "mètres cubes | metres cubes | mètre cube | kubikmeter | kubieke meter | kubikkmeter | "
    "kuutiometriä | kuutiometri | "
    "metry sześcienne | metrów sześciennych",
    "L/s": "l/s | l/sec | lps | ltr/s | liter/s | litre/s | liters per second | "
    "litres per second | liter pro sekunde",
    "L/min": "l/min | l/m | lpm | ltr/min | liter/min | litre/min | liters per minute | "
    "litres per minute",
    "L/h": "l/h | l/hr | lph | ltr/h | liter/h | litre/h | liters per hour | litres per hour | "
    "liter pro stunde",
    "L/d": "l/d | l/day | liters per day | litres per day",
    "m3/h": "m3/h | m³/h | m^3/h | m3/hr | m³/hr | m3h | cmh | cbm/h | mc/h | cum/h | "
    "m3 per hour | cubic meters per hour | "
    "cubic metres per hour",
    "m3/s": "m3/s | m³/s | m^3/s | cumecs | cumec",
    "m3/d": "m3/d | m³/d | m^3/d | m3/day | m³/day | cmd",
    "m3/min": "m3/min | m³/min",
    "ML/d": "ml/d | ml/day | mld | megaliters per day | megalitres per day",
    "gal": "gal | gals | gallon | gallons | us gal | us gallon | us gallons | u.s. gallons | "
    "galones",
    "impgal": "imp gal | imp. gal | imperial gallon | imperial gallons | uk gallon | uk gallons",
    "kgal": "kgal | kgals | thousand gallons | 1000 gallons | 1000 gal | 1,000 gallons | "
    "kilogallon | kilogallons",
    "Mgal": "mgal | million gallons",
    "gal/min": "gpm | gal/min | usgpm | gallons per minute",
    "gal/h": "gph | gal/h | gal/hr | gallons per hour",
    "gal/d": "gpd | gal/d | gal/day | gallons per day",
    "kgal/d": "kgal/d | kgal/day | kgpd",
    "Mgal/d": "mgd | mgal/d | mgal/day | million gallons per day",
    "ft3": "ft3 | ft^3 | ft³ | cf | cuft | cu ft | cu. ft. | cu.ft. | cu. ft | cubic foot | "
    "cubic feet",
    "ft3/s": "cfs | ft3/s | ft³/s | cubic feet per second",
    "ft3/min": "cfm | ft3/min | ft³/min | cubic feet per minute",
    "ccf": "ccf | hcf | hundred cubic feet | 100 cubic feet | 100 cf",
    "mcf": "mcf | kcf | thousand cubic feet",
}  # fmt: skip
SPELLINGS: Mapping[str, str] = {
    written: unit for unit, several in _WRITTEN.items() for written in several.split(" | ")
}
"""The spelling used here by each in which people write a unit, lower case with single blanks."""

# Here case does matter: water works have megalitres, and a millilitre is a thousand millionth.
_CASED = {"ML": "ML", "Ml": "ML"}

_LONGEST = 24
_EXAMPLES = (
    "Wh",
    "kWh",
    "MWh",
    "W",
    "kW",
    "MW",
    "L",
    "m3",
    "L/s",
    "m3/h",
    "gal",
    "gal/min",
    "ft3",
    "ccf",
)
_PLAIN = re.compile(r"[A-Za-z³0-9/^* ]+")


def spelled(unit: str) -> str:
    """The spelling used here of a common unit; any other unit as it is."""
    plain = " ".join(unit.split())
    return _CASED.get(plain) or SPELLINGS.get(plain.lower(), plain)


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
    registry.define("impgal = 4.54609 * liter")
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
        hint=f"For example {', '.join(_EXAMPLES)}.",
        field="unit",
    )


def _is_rate(unit: "Unit") -> bool:
    return bool(unit.is_compatible_with("W") or unit.is_compatible_with("m**3/s"))


_KINDS: Mapping[str, str] = {"Wh": "energy", "W": "power", "m**3": "volume", "m**3/s": "flow"}


def measures(unit: str) -> str:
    """What a unit measures: energy, power, volume or flow; the unit itself where it is unknown."""
    try:
        parsed = _parsed(spelled(unit))
    except InvalidRequest:
        return unit
    return next(kind for base, kind in _KINDS.items() if parsed.is_compatible_with(base))
