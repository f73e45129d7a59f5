"""A meter that is given another position: its own weather goes with it."""

from datetime import UTC, datetime

from data.meters import Meter
from data.store import IMPORTED, Store

EVER = datetime(1970, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)


def put_changed(store: Store, old: Meter | None, new: Meter) -> None:
    """Store what is known of a meter from now on.

    Weather that came with its readings is kept under its own name while it has no position, and
    under the place as soon as it has one, where models then look for it.

    :param old: the meter as the catalogue has it; None where it is new.
    """
    store.put_meter(new)
    if old is None or old.location != old.own_location or new.location == old.location:
        return
    if IMPORTED not in store.weather_sources(old.location):
        return
    weather = store.weather(old.location, *EVER, sources=[IMPORTED])
    store.write_weather(new.location, weather.drop(columns="source"), source=IMPORTED)
