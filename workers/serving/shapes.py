"""The weekly shapes of the meters of a type: who is like whom, and what the young may borrow."""

import json
from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, cast

from redis import Redis

from data.meters import Meter
from data.store import Store
from workers.wire_format import dump

if TYPE_CHECKING:  # ml is imported by the child that uses it (see `workers.tasks`)
    from ml.forecasting.profiles import Shape

LOOKED_AT = 50
"""Meters of the type: enough for some to be alike, few enough to be read in a second."""
LOOK_BACK = timedelta(weeks=8)
KEPT_SECONDS = 86_400


def similar_shapes(store: Store, redis: "Redis", meter: Meter) -> "Sequence[Shape]":
    """The shapes of other meters of the same type."""
    return list(shapes_beside(store, redis, meter).values())


def shapes_beside(store: Store, redis: "Redis", meter: Meter) -> "dict[str, Shape]":
    """The shapes of other meters of the same type by their ids, made once a day."""
    from ml.forecasting.profiles import Shape

    key = f"shapes:{meter.meter_type}"
    stored = cast(bytes | None, redis.get(key))
    if stored is None:
        stored = dump(_shapes(store, meter.meter_type)).encode()
        redis.set(key, stored, ex=KEPT_SECONDS)
    found = json.loads(stored)
    return {name: Shape.from_dict(one) for name, one in found.items() if name != meter.meter_id}


def _shapes(store: Store, meter_type: str) -> dict[str, object]:
    from ml.forecasting.profiles import shape_of

    others = store.meters(meter_type)
    # Evenly over the list: its first fifty may all be of one district.
    chosen = others[:: max(1, len(others) // LOOKED_AT)][:LOOKED_AT]
    found: dict[str, object] = {}
    for one in chosen:
        span = store.span(one)
        if span is None:
            continue
        readings = store.readings(one, span.last - LOOK_BACK)
        shape = shape_of(readings, meter=one)
        if shape is not None:
            found[one.meter_id] = shape.to_dict()
    return found
