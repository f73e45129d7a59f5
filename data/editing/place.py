"""Putting a meter somewhere: what must be looked up, and what follows from it."""

from collections.abc import Mapping
from typing import Any

from config.errors import InvalidRequest

POSITION = ("latitude", "longitude")
DERIVED: Mapping[str, str | None] = {"timezone": "UTC", "country": None}
"""What a position tells of a meter, and what says that nobody has told it yet."""


def to_look_up(old: Mapping[str, Any], changes: Mapping[str, Any]) -> str | None:
    """The place that changes of a meter ask for: its name or coordinates; None where nothing.

    :raises InvalidRequest: they name a place and coordinates.
    """
    location = changes.get("location")
    if location:
        if any(changes.get(name) is not None for name in POSITION):
            raise InvalidRequest(
                "A meter is put by location or by latitude and longitude, not by both.",
                field="location",
            )
        return str(location)
    position = [changes.get(name, old.get(name)) for name in POSITION]
    known = all(name in changes for name in DERIVED)
    if None in position or known or position == [old.get(name) for name in POSITION]:
        return None
    return f"{position[0]:.6f},{position[1]:.6f}"


def placed(
    old: Mapping[str, Any], changes: Mapping[str, Any], found: Mapping[str, Any] | None
) -> dict[str, Any]:
    """The fields of the meter after the changes.

    :param found: what was looked up: position, `place`, `country` and `timezone`. The last two
        are taken where the changes do not say them and the meter moved or had none.
    """
    values = {**old, **{name: value for name, value in changes.items() if name != "location"}}
    if any(name in changes for name in POSITION):
        values["place"] = None
    if found is None:
        return values
    if changes.get("location"):
        values |= {name: found[name] for name in (*POSITION, "place")}
    for name, unsaid in DERIVED.items():
        moved = old.get("latitude") is not None
        if name not in changes and found[name] and (moved or old.get(name, unsaid) == unsaid):
            values[name] = found[name]
    return values
