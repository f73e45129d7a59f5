"""Requests and time that weather costs a nightly run: many meters at fewer places.

    python -m benchmarks.weather_requests --meters 10000 --places 500

A server on this machine answers as Open-Meteo does. Beat's refresh fetches all places; then the
weather of each meter's forecast is put together, as the forecast task does it before it predicts.
The second table is a first training: what one place with two years of readings asks for.
"""

import argparse
import resource
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd

from config import load_settings
from data import Meter, Store
from data.embedded import EmbeddedStore
from tests.weather.open_meteo_server import OpenMeteoServer, open_meteo
from weather.provider import Product, place_of
from weather.providers.open_meteo import weight
from weather.quota import ProcessMemory
from weather.service import DAYS_AHEAD, DAYS_BACK, WeatherService, open_weather
from workers.inputs import forecast_inputs, training_inputs
from workers.nightly.weather import places_of_meters

DAY = timedelta(days=1)
HISTORY = 14 * DAY
"""Readings of each meter: enough for the weather's part, and quick to write for ten thousand."""


class Watch:
    """Time since it was made; the server's share of the processor counts too."""

    def __init__(self) -> None:
        self._wall, self._cpu = time.perf_counter(), time.process_time()

    def read(self) -> str:
        wall, cpu = time.perf_counter() - self._wall, time.process_time() - self._cpu
        return f"{wall:.1f} s ({cpu:.1f} s of the processor)"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--meters", type=int, default=10_000)
    parser.add_argument("--places", type=int, default=500)
    parser.add_argument("--forecasts", type=int, default=500, help="how many are timed")
    arguments = parser.parse_args()
    now = datetime.now(UTC)
    with tempfile.TemporaryDirectory() as folder, open_meteo() as server:
        store = EmbeddedStore(Path(folder) / "readings.db")
        service = _service(server, store)
        meters = _add_meters(store, arguments.meters, arguments.places, now)
        print(f"{len(meters):,} meters at {len(places_of_meters(store))} places")
        _nightly(service, store, server, meters[: arguments.forecasts], now)
        _first_training(service, store, server, now)
        store.close()
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


def _nightly(
    service: WeatherService,
    store: Store,
    server: OpenMeteoServer,
    meters: list[Meter],
    now: datetime,
) -> None:
    watch = Watch()
    done = service.refresh(places_of_meters(store), now=now)
    took = watch.read()
    calls = weight(Product.FORECAST, done.places, service.variables, DAYS_BACK + DAYS_AHEAD + 1)
    print(f"refresh: {done.requests} requests ({calls:.0f} calls), {took}")
    watch = Watch()
    again = service.refresh(places_of_meters(store), now=now)
    print(f"refresh again: {again.requests} requests, {watch.read()}")
    before = len(server.asked)
    start = (now + DAY).replace(hour=0, minute=0, second=0, microsecond=0)
    watch = Watch()
    for meter in meters:
        forecast_inputs(store, meter, start, start + 2 * DAY, service=service, now=now)
    print(
        f"readings and weather of {len(meters)} forecasts: {len(server.asked) - before} requests, "
        f"{watch.read()}"
    )


def _first_training(
    service: WeatherService, store: Store, server: OpenMeteoServer, now: datetime
) -> None:
    meter = Meter("electricity", "two_years", latitude=60.0, longitude=25.0)
    store.put_meter(meter)
    _write(store, [meter], 730 * DAY, now)
    for name in ("first", "second"):
        before, watch = len(server.asked), Watch()
        training_inputs(store, meter, service=service, now=now)
        print(f"{name} training, two years: {len(server.asked) - before} requests, {watch.read()}")
    calls = sum(_calls_of(service, one.host, one.params) for one in server.asked[-20:])
    print(f"calls of the first training: {calls:.0f}")


def _calls_of(service: WeatherService, host: str, params: dict[str, str]) -> float:
    products = {
        "historical-forecast-api": Product.HISTORICAL_FORECAST,
        "previous-runs-api": Product.PREVIOUS_RUN,
    }
    if host not in products:
        return 0.0
    first, last = (datetime.fromisoformat(params[name]) for name in ("start_date", "end_date"))
    return weight(products[host], 1, service.variables, (last - first).days + 1)


def _service(server: OpenMeteoServer, store: Store) -> WeatherService:
    settings = load_settings({"WEATHER_BASE_URL": server.url, "WEATHER_TIMEOUT": "120"})
    service = open_weather(settings, store, ProcessMemory())
    assert service is not None
    return service


def _add_meters(store: Store, count: int, places: int, now: datetime) -> list[Meter]:
    meters = [
        Meter(
            "electricity",
            f"meter_{number:05d}",
            latitude=36 + number % places % 200 / 10,
            longitude=5 + number % places // 200,
        )
        for number in range(count)
    ]
    for start in range(0, count, 500):
        _write(store, meters[start : start + 500], HISTORY, now)
    return meters


def _write(store: Store, meters: list[Meter], days: timedelta, now: datetime) -> None:
    last = pd.Timestamp(now).floor("h")
    index = pd.date_range(last - days, last, freq="h", inclusive="left", name="time")
    readings = pd.Series(np.sin(np.arange(len(index))) + 2, index=index, name="value")
    assert all(place_of(meter) for meter in meters)
    store.write_many([(meter, readings) for meter in meters])


if __name__ == "__main__":
    main()
