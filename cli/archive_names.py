"""Which members a backup may have: a name becomes a path, so nothing else is let near one.

A checksum says that a file is whole, not who wrote it.
"""

import re
from collections.abc import Callable, Mapping, Sequence

from config.errors import InvalidRequest
from data.meters import check_meter_id, check_meter_type

ALONE = frozenset({"backup.json", "end.json", "redis.jsonl"})
MIRRORS = frozenset({"aliases.json", "audit.jsonl"})
"""What lies beside a meter's versions (`workers.registry`)."""

_PART = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")
"""A version, or a file of one: never hidden, never a way up."""
_WEATHER = re.compile(r"[0-9]{1,9}\.(json|parquet)")


def is_member(name: str) -> bool:
    """Whether a backup of this release may have a member of this name."""
    kind, *rest = name.split("/")
    if not rest:
        return name in ALONE
    return kind in _KINDS and _KINDS[kind](rest)


def _meter(parts: Sequence[str], ending: str) -> bool:
    return (
        len(parts) == 2 and parts[1].endswith(ending) and _ids(parts[0], parts[1][: -len(ending)])
    )


def _model(parts: Sequence[str]) -> bool:
    if len(parts) < 3 or not _ids(*parts[:2]):
        return False
    inside = parts[2:]
    if len(inside) == 1:
        return inside[0] in MIRRORS
    return len(inside) == 2 and all(_PART.fullmatch(part) for part in inside)


def _ids(meter_type: str, meter_id: str) -> bool:
    try:
        check_meter_type(meter_type)
        check_meter_id(meter_id)
    except InvalidRequest:
        return False
    return True


_KINDS: Mapping[str, Callable[[Sequence[str]], bool]] = {
    "meters": lambda parts: _meter(parts, ".json"),
    "readings": lambda parts: _meter(parts, ".parquet"),
    "forecasts": lambda parts: _meter(parts, ".parquet"),
    "weather": lambda parts: len(parts) == 1 and bool(_WEATHER.fullmatch(parts[0])),
    "models": _model,
}
