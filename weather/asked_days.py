"""What the store already has of the provider's answers, and what is still to be asked for.

Beside the weather the store keeps, per place and product, a row for each day that was asked for,
so that a day without an answer is not asked for again and a second training makes no request.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta

import numpy as np
import pandas as pd

from data.store import Store
from weather.provider import Place, Product

DAY = timedelta(days=1)

ARCHIVE_DELAY = timedelta(days=5)
"""After this the reanalysis knows a day."""

SETTLED_AFTER = {
    Product.HISTORICAL_FORECAST: DAY,
    Product.PREVIOUS_RUN: DAY,
    Product.ARCHIVE: ARCHIVE_DELAY + 2 * DAY,
}
"""Age of a UTC day whose answer does not change any more."""

_ASKED = "asked"


def missing_days(
    store: Store, place: Place, product: Product, variables: Sequence[str], first: date, last: date
) -> list[tuple[date, date]]:
    """Stretches of days (both ends included) of which a variable was never asked for."""
    if first > last:
        return []
    days = pd.date_range(_midnight(first), _midnight(last), freq="D")
    marks = store.weather(_label(place.key, product), _midnight(first), _midnight(last) + DAY)
    marks = marks.reset_index("available_at", drop=True).reindex(columns=list(variables))
    asked = marks.groupby(level=0).max().notna().all(axis=1).reindex(days, fill_value=False)
    missing = ~asked.to_numpy(dtype=bool)
    edges = np.flatnonzero(np.diff(missing.astype(int), prepend=0, append=0))
    return [
        (days[begin].date(), days[end - 1].date())
        for begin, end in zip(edges[::2], edges[1::2], strict=True)
    ]


def keep(
    store: Store, place: Place, product: Product, frame: pd.DataFrame, *, fetched_at: datetime
) -> None:
    """Store an answer with the time since which it was available.

    The part of a present forecast that lies in the past is the newest run's word on what
    happened, which is what the archive of forecasts keeps.
    """
    if product is Product.FORECAST:
        hour = pd.Timestamp(fetched_at).floor("h")
        past, ahead = frame[frame.index < hour], frame[frame.index >= hour]
        store.write_weather(place.key, past, source=Product.HISTORICAL_FORECAST.value)
        store.write_weather(place.key, ahead, source=product.value, available_at=fetched_at)
        return
    if product is Product.ARCHIVE:
        valid = pd.DatetimeIndex(frame.index)
        known = valid + ARCHIVE_DELAY
        frame = frame.set_axis(
            pd.MultiIndex.from_arrays([valid, known], names=["valid_at", "available_at"])
        )
    store.write_weather(place.key, frame, source=product.value)


def mark_asked(
    store: Store, place: Place, product: Product, variables: Sequence[str], first: date, last: date
) -> None:
    """Remember that these days were answered, whatever the answer held."""
    days = pd.date_range(_midnight(first), _midnight(last), freq="D")
    frame = pd.DataFrame(1.0, index=days, columns=list(variables))
    store.write_weather(_label(place.key, product), frame, source=_ASKED)


def labels_of(location: str) -> list[str]:
    """Where the store keeps what was asked about a place: a location for each product."""
    return [_label(location, product) for product in Product]


def forecast_age(store: Store, place: Place, now: datetime) -> timedelta | None:
    """How old the newest stored forecast is; None where there is none for tomorrow."""
    tomorrow = now + DAY
    rows = store.weather(
        place.key, tomorrow, tomorrow + timedelta(hours=2), now, sources=(Product.FORECAST.value,)
    )
    if rows.empty:
        return None
    newest: pd.Timestamp = rows.index.get_level_values("available_at").max()
    return now - newest.to_pydatetime()


def _label(location: str, product: Product) -> str:
    return f"{_ASKED}:{product.value}:{location}"


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
