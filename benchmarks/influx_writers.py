"""Ways to write meter-years into InfluxDB, for `benchmarks.store`."""

import gzip
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from urllib.parse import urlsplit

import numpy as np
import pandas as pd
import requests
from influxdb import DataFrameClient, InfluxDBClient

from data import Meter
from data.influx import InfluxConnection, InfluxStore

HOURS = 8760
METERS_PER_POST = 5
"""The batch at which a bare session was fastest; ours gets as many in a call."""

Writer = Callable[[range], float]


def meter(number: int) -> Meter:
    return Meter("electricity", f"meter_{number:04}")


def year(number: int) -> pd.Series:
    """An hourly year with a daily cycle, two decimals as meters have them."""
    index = pd.date_range("2024-01-01", periods=HOURS, freq="h", tz="UTC", unit="ns")
    noise = np.random.default_rng(number).normal(size=HOURS)
    values = 400 + 150 * np.sin(np.arange(HOURS) * 2 * np.pi / 24) + 20 * noise
    return pd.Series(values.round(2), index=index, name="value")


class Writers:
    """Ways to write meter-years into InfluxDB; each into a database of its own.

    Each way returns a function that writes the meters of a range and returns its seconds; what
    the way is given, and not what it does, is made before the clock starts.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.address = {"host": urlsplit(url).hostname, "port": urlsplit(url).port}

    def product(self) -> Writer:
        store = InfluxStore(InfluxConnection(self.url, database=self.database(), timeout=60))

        def write(numbers: range) -> float:
            years = [year(number) for number in numbers]
            began = time.perf_counter()
            for part in batched(range(len(years)), METERS_PER_POST):
                store.write_many([(meter(numbers[at]), years[at]) for at in part])
            return time.perf_counter() - began

        return write

    def bare(self) -> Writer:
        """Bodies made and zipped beforehand: what is left is the server's own time."""
        database, session = self.database(), requests.Session()

        def write(numbers: range) -> float:
            bodies = [
                gzip.compress("\n".join(plain_lines(batch)).encode(), compresslevel=1)
                for batch in batched(numbers, METERS_PER_POST)
            ]
            began = time.perf_counter()
            for body in bodies:
                answer = session.post(
                    f"{self.url}/write",
                    params={"db": database, "precision": "s"},
                    data=body,
                    headers={"Content-Encoding": "gzip"},
                    timeout=60,
                )
                assert answer.status_code == 204, answer.text
            return time.perf_counter() - began

        return write

    def dictionaries(self) -> Writer:
        client = InfluxDBClient(**self.address, database=self.database())

        def write(numbers: range) -> float:
            years = [year(number) for number in numbers]
            began = time.perf_counter()
            for number, readings in zip(numbers, years, strict=True):
                tags = {"meter_id": meter(number).meter_id, "meter_type": "electricity"}
                times = pd.DatetimeIndex(readings.index)
                points = [
                    {
                        "measurement": "readings",
                        "tags": tags,
                        "time": at.isoformat(),
                        "fields": {"value": value},
                    }
                    for at, value in zip(times, readings, strict=True)
                ]
                client.write_points(points, batch_size=10_000)
            return time.perf_counter() - began

        return write

    def data_frame(self) -> Writer:
        client = DataFrameClient(**self.address, database=self.database())

        def write(numbers: range) -> float:
            frames = [year(number).to_frame() for number in numbers]
            began = time.perf_counter()
            for number, frame in zip(numbers, frames, strict=True):
                tags = {"meter_id": meter(number).meter_id, "meter_type": "electricity"}
                client.write_points(frame, "readings", tags=tags, batch_size=10_000)
            return time.perf_counter() - began

        return write

    def database(self) -> str:
        name = f"bench_{uuid.uuid4().hex}"
        InfluxDBClient(**self.address).create_database(name)
        return name


def plain_lines(numbers: Sequence[int]) -> Iterator[str]:
    for number in numbers:
        readings = year(number)
        head = f"readings,meter_id={meter(number).meter_id},meter_type=electricity value="
        seconds = pd.DatetimeIndex(readings.index).as_unit("s").asi8
        for second, value in zip(seconds, readings, strict=True):
            yield f"{head}{value} {second}"


def batched(numbers: range, size: int) -> list[range]:
    return [numbers[at : at + size] for at in range(0, len(numbers), size)]
