"""Whether a unit is one of an amount or of a rate, from its name alone."""

import re

_POWER = re.compile(
    r"[kMGT]?(W|VA|var|J/s)|kWs|hp|horsepower|(k|m|g|kilo|mega|giga)?watts?", re.IGNORECASE
)
_PER_TIME = re.compile(
    r"(/|\b(per|pro)\b)\s*(s|sec|second|sekunde|m|min|minute|h|hr|hour|stunde|d|day)s?\b|"
    r"^((us)?gpm|gph|k?gpd|mgd|cf[ms]|lp[smh]|mld|m3h|cm[hd]|cumecs?)$",
    re.IGNORECASE,
)


def is_rate(unit: str) -> bool:
    """Whether values are a rate over the interval (kW, L/s), not an amount in it (kWh, m3).

    Amounts add up over time, rates average. A unit that is unknown is taken for an amount.
    """
    return bool(_POWER.fullmatch(unit.strip()) or _PER_TIME.search(unit.strip()))
