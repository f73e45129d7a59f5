"""What a column, or a register named in a row, measures: consumption, feed-in, a counter, none
of them."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from data.importers.cells.shapes import folded
from data.importers.columns import words
from data.importers.columns.names import VALUE_WORDS, plain
from data.importers.values.unit_words import is_money, is_reactive, unit_in, unit_of_cell
from data.units import is_rate, measures

MEASURES = {"electricity": ("energy", "power"), "water": ("volume", "flow")}
"""What a meter of a type measures."""

Kind = Literal[
    "consumption", "net", "value", "unnamed", "feed_in", "production", "counter", "other"
]

# IEC 62056-61: group C of an OBIS code is 1 for energy taken, 2 for energy given, 3 to 8 reactive.
_OBIS = re.compile(r"(?:\d+-\d+:|\b)([1-8])\.(?:[4789]|29)\.\d\b")
# AEMO's suffixes of an NMI: E is taken, B given, Q and K are reactive.
_NMI_SUFFIX = re.compile(r"[A-Z][0-9A-Z]")
# Of Spanish meters: energía activa entrante and saliente.
_SPANISH = re.compile(r"(?:^|[\s_])(?:A([ES])(?=_|\b)|activa[ _]+([ES])\b)", re.IGNORECASE)
_SPANISH_ALONE: Mapping[str, Kind] = {
    "AE": "consumption",
    "AS": "feed_in",
    **dict.fromkeys(("R1", "R2", "R3", "R4"), "other"),
}
_SIGNED_ENERGY = re.compile(r"(?:^|[\s(_-])(?:A([+-])|([+-])A)(?:$|[\s)_])")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_COUNTS = re.compile(
    r"\b(?:meter|register|cumulative|total) ?readings?\b|\breadings? ?\d|\bread \d"
)
_FROM_GRID = re.compile(
    r"\bfrom (?:the )?grid\b|\b(?:vom|aus dem) netz\b|\bgrid (?:import|consumption)\b"
)
_TO_GRID = re.compile(
    r"\b(?:in)?to (?:the )?grid\b|\bins netz\b|\bgrid (?:export|feed)\b|\bfeed[ -]?in\b"
)
_NO_USE = re.compile(
    r"\b(?:voltage|spannung|spanning|tension|volts?|amps?|ampere|current|intensity|frequency|hz|factor"
    r"|cos|cosphi|temperature|temp|humidity|pressure|druck|latitude|longitude|co2|percent|share"
    r"|days?|hours?|apparent|heating|cooling|degree)\b"
)
_LENGTH = re.compile(r"\b(?:period|duration|interval)s?\b")
"""Without a unit, how long an interval is."""
_BACK = ("lieferung",)
"""Beside "Bezug" it is what flows back; by itself a utility may deliver too."""
_EXTREMES = frozenset({"max", "maximum", "minimum"})
"""Not "min", which are minutes: "Flow (l/min)", "15 min"."""


@dataclass(frozen=True)
class Register:
    """One column, or one value of the column that names registers, by its name in the file."""

    name: str
    kind: Kind
    stem: str
    unit: str | None = None


@dataclass(frozen=True)
class Choice:
    """What is stored: registers that are one consumption together, those that are one feed-in."""

    taken: tuple[str, ...]
    feed_in: tuple[str, ...] = ()
    left_out: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Open:
    """Several things could be the consumption: groups of registers that are one each."""

    groups: tuple[tuple[str, ...], ...]
    feed_in: tuple[str, ...] = ()
    left_out: Mapping[str, str] = field(default_factory=dict)


def register_of(name: str, meter_type: str, unit: str | None = None) -> Register:
    """What a name says of itself; `unit` where it is known from elsewhere."""
    unit = unit_in(name) or unit
    return Register(name, _kind(name, meter_type, unit), _stem(name), unit)


def _kind(name: str, meter_type: str, unit: str | None) -> Kind:
    said = _words(name)
    text = " ".join(said)
    known = set(said)
    if obis := _OBIS.search(name):
        return {"1": "consumption", "2": "feed_in"}.get(obis[1], "other")  # type: ignore[return-value]
    if signed := _SIGNED_ENERGY.search(name):
        return "consumption" if "+" in (signed[1], signed[2]) else "feed_in"
    if meter_type == "electricity" and _NMI_SUFFIX.fullmatch(name) and name[0] in "EBQK":
        return {"E": "consumption", "B": "feed_in"}.get(name[0], "other")  # type: ignore[return-value]
    if meter_type == "electricity" and name.strip() in _SPANISH_ALONE:
        return _SPANISH_ALONE[name.strip()]
    spanish = _SPANISH.search(name)
    if spanish and meter_type == "electricity" and unit is not None and "autocons" not in text:
        return "consumption" if (spanish[1] or spanish[2]).upper() == "E" else "feed_in"
    others = words.OTHER_COMMODITY.get(meter_type, frozenset())
    if is_reactive(name) or is_money(name) or known & (words.MONEY | words.STORAGE):
        return "other"
    if unit is None and known & others and not known & words.CONSUMPTION - others:
        return "other"
    if (
        meter_type == "electricity"
        and unit is not None
        and measures(unit) == "volume"
        and known & others
    ):
        return "other"
    if unit is not None and measures(unit) not in MEASURES.get(meter_type, (measures(unit),)):
        return "other"
    if "self" in known or (
        known & words.DERIVED - {"net", "netto", "cumulated"} and "minus" in known
    ):
        return "other"
    if known & words.FORECAST:
        return "other"
    if known & words.COUNTER or _COUNTS.search(text):
        return "counter"
    if _FROM_GRID.search(text) and not _TO_GRID.search(text):
        return "consumption"
    if _TO_GRID.search(text) or known & words.FEED_IN or _ends(said, words.FEED_IN_ENDS):
        return "other" if "minus" in known else "feed_in"
    if text in words.CHANGES:
        return "consumption"
    if known & words.PRODUCTION or any(word.startswith("autocons") for word in said):
        return "production"
    at_home = unit is not None and known & words.HOUSE
    consumption = known & words.CONSUMPTION or _ends(said, words.CONSUMPTION_ENDS) or at_home
    if consumption or plain(name) in VALUE_WORDS:
        derived = known & words.DERIVED
        if derived and derived <= words.NET and consumption:
            return "net"
        return "other" if derived else "consumption"
    if known & (words.IDENTITY | words.QUALITY) and unit is None:
        return "other"
    if unit is None and (_NO_USE.search(text) or _LENGTH.search(text)):
        return "other"
    if known & _EXTREMES:
        return "other"
    if unit is not None or any(word in known for word in VALUE_WORDS):
        return "value"
    return "unnamed"


def names_rate(name: str) -> bool:
    """Whether a name speaks of power or of a flow, which are worth nothing without a unit."""
    known = set(_words(name))
    return bool(known & words.RATES) or known == {"flow"}


def choose(registers: Sequence[Register], *, of_meter: bool = False) -> Choice | Open:
    """Which registers are the consumption and which the feed-in.

    `of_meter`: they are registers of the meter at the grid, where "generation" is what flows back.

    Tariffs and phases of one name are one consumption. Where nothing is called so, what stands
    alone is taken, whatever it is called; what is left open is asked.
    """
    by_kind = defaultdict(list)
    for one in registers:
        by_kind[one.kind].append(one)
    if by_kind["net"] and all(_is_rate(one) for one in by_kind["consumption"]):
        by_kind["consumption"] = []  # "Net Consumption (kWh)" and "Demand (kW)"
    by_kind["consumption"] = _amounts(by_kind["consumption"])
    if of_meter and by_kind["consumption"] and not by_kind["feed_in"]:
        by_kind["feed_in"] = by_kind.pop("production", [])
    if not by_kind["feed_in"] and any(_ends(_words(one.name), ("bezug",)) for one in registers):
        by_kind["feed_in"] = [one for one in by_kind["value"] if _ends(_words(one.name), _BACK)]
    feed_in = _groups(by_kind["feed_in"])
    given = feed_in[0] if len(feed_in) == 1 else ()
    for kind in ("consumption", "net", "value", "unnamed", "production", "counter", "feed_in"):
        if not by_kind[kind]:
            continue
        groups = _groups(by_kind[kind])
        back = () if kind in ("feed_in", "production") else given
        left = _left_out(registers, {*back, *(name for group in groups for name in group)})
        if len(groups) == 1:
            return Choice(groups[0], back, left)
        return Open(tuple(groups), back, left)
    alone = [one for one in registers if not (is_money(one.name) or is_reactive(one.name))]
    alone = [one for one in alone if one.unit or not _LENGTH.search(" ".join(_words(one.name)))]
    if len(alone) > 1:
        alone = [one for one in alone if set(_words(one.name)) & set(VALUE_WORDS)]
    return Choice((alone[0].name,)) if len(alone) == 1 else Open(())


def _is_rate(one: Register) -> bool:
    return is_rate(one.unit) if one.unit is not None else names_rate(one.name)


def _amounts(registers: list[Register]) -> list[Register]:
    """Without the power or flow beside one amount, which is the same thing measured otherwise."""
    amounts = [one for one in registers if not _is_rate(one)]
    if (
        amounts
        and len(_groups(amounts)) == 1
        and len(amounts) + sum(map(_is_rate, registers)) == len(registers)
    ):
        return amounts
    return registers


def _ends(said: Sequence[str], ends: tuple[str, ...]) -> bool:
    return any(word.endswith(ends) and not word.startswith(("eigen", "egen")) for word in said)


def _groups(registers: Iterable[Register]) -> list[tuple[str, ...]]:
    """Registers of one stem and one unit; the total of a group stands for it alone.

    What is there in several units (Gallons, CCF) counts once, in the first of them: the two are
    never added.
    """
    found: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    units: dict[tuple[str, str, str], str] = {}
    for one in registers:
        unit, kind = one.unit or "", measures(one.unit) if one.unit else ""
        if units.setdefault((one.stem, kind, _bare(one.name)), unit) == unit:
            found[one.stem, kind, unit].append(one.name)
    return [_without_parts(tuple(names)) for names in found.values()]


def _bare(name: str) -> str:
    """A name without its unit: of one that is nothing else, nothing."""
    if unit_of_cell(name):
        return ""
    return " ".join(word for word in _words(name) if unit_in(f"({word})") is None)


def _without_parts(names: tuple[str, ...]) -> tuple[str, ...]:
    totals = [name for name in names if set(_words(name)) & words.TOTAL]
    return (totals[0],) if len(totals) == 1 < len(names) else names


def _left_out(registers: Sequence[Register], used: set[str]) -> dict[str, str]:
    why = {
        "feed_in": "feed-in",
        "production": "production",
        "counter": "a count",
        "other": "no consumption of this kind",
    }
    return {
        one.name: why.get(one.kind, "another value") for one in registers if one.name not in used
    }


def _stem(name: str) -> str:
    """What is left of a name without tariff and phase: columns that share it are one consumption.

    Numbers go with them only where a tariff is named: "Haus 1" and "Haus 2" are two meters.
    """
    said = [word for word in _words(name) if unit_in(f"({word})") is None]
    bare = [word for word in said if word not in words.TARIFF | words.PHASE | words.TOTAL]
    if len(bare) < len(said):
        bare = [word for word in bare if not word.isdigit()]
    return " ".join(bare)


def _words(name: str) -> list[str]:
    return re.findall(r"[a-z0-9]+", folded(_CAMEL.sub(" ", name)).replace("_", " "))
