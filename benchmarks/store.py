"""How fast the stores write and read, beside what else there is.

    python -m benchmarks.store [--meters 100] [--rows 1000000] [--json FILE] [--url INFLUX_URL]

Everything that is compared runs in turns within one run, so that a busy machine slows all of it.
Without --url an InfluxDB 1.x is started from `influxd` on the PATH, in a temporary folder.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import pandas as pd
import requests
from influxdb import DataFrameClient

from benchmarks.influx_writers import HOURS, Writers, batched, meter, year
from data import Store
from data.embedded import EmbeddedStore
from data.influx import InfluxConnection, InfluxStore
from tests.data.influx_server import InfluxServer, free_port

METERS_PER_ROUND = 10
SLOW_METERS_PER_ROUND = 1
"""The slow ways are timed on fewer meters: the rate is the same, and they take minutes."""

READS = 41
READERS = 8

Timings = dict[str, float]


def measure_writing(url: str, meters: int) -> Timings:
    """Points per second of each way over all rounds, the ways taking turns in each round."""
    ways = Writers(url)
    writers = {
        "influxdb_write": ways.product(),
        "influxdb_write_bare": ways.bare(),
        "influxdb_write_DataFrameClient": ways.data_frame(),
        "influxdb_write_dictionaries": ways.dictionaries(),
    }
    points, seconds = Counter[str](), defaultdict[str, float](float)
    for numbers in batched(range(meters), METERS_PER_ROUND):
        for name, write in writers.items():
            slow = name.endswith(("dictionaries", "DataFrameClient"))
            part = numbers[:SLOW_METERS_PER_ROUND] if slow else numbers
            points[name] += len(part) * HOURS
            seconds[name] += write(part)
    return {f"{name} points/s": points[name] / seconds[name] for name in writers}


# -- reading


def measure_reading(store: InfluxStore, embedded: EmbeddedStore, url: str) -> Timings:
    """Milliseconds of one meter-year into a frame, the ways in turn."""
    one, database = meter(1), store.connection.database
    start, end = year(1).index[0].to_pydatetime(), year(2).index[-1].to_pydatetime()
    address = {"host": urlsplit(url).hostname, "port": urlsplit(url).port}
    frames, session = DataFrameClient(**address, database=database), requests.Session()
    statement = "SELECT value FROM readings WHERE meter_id = 'meter_0001'"
    answer = {"db": database, "q": statement, "epoch": "s"}
    unzipped = {"Accept-Encoding": "identity"}
    ways: dict[str, Callable[[], Any]] = {
        "influxdb_read": lambda: store.readings(one, start, end),
        "influxdb_read_open": lambda: store.readings(one),
        "influxdb_read_bytes_alone": lambda: (
            session.get(f"{url}/query", params=answer, headers=unzipped).content
        ),
        "influxdb_read_DataFrameClient": lambda: frames.query(statement),
        "embedded_read": lambda: embedded.readings(one, start, end),
    }
    taken: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(READS):
        for name, way in ways.items():
            began = time.perf_counter()
            way()
            taken[name].append(1000 * (time.perf_counter() - began))
    return {f"{name} ms": statistics.median(times) for name, times in taken.items()}


def measure_embedded(store: Store, meters: int) -> Timings:
    began = time.perf_counter()
    for number in range(meters):
        store.write_readings(meter(number), year(number))
    written = meters * HOURS / (time.perf_counter() - began)
    day = year(0).iloc[:24]
    appends = []
    for shift in range(50):
        began = time.perf_counter()
        store.write_readings(meter(0), day.set_axis(day.index + pd.Timedelta(days=400 + shift)))
        appends.append(1000 * (time.perf_counter() - began))
    return {
        "embedded_write rows/s": written,
        "embedded_append_24 ms": statistics.median(appends),
    }


def read_for(path: Path, seconds: float) -> int:
    """What one reading process does: reads done without an error."""
    store, done, until = EmbeddedStore(path), 0, time.perf_counter() + seconds
    while time.perf_counter() < until:
        assert len(store.readings(meter(done % 10))) >= HOURS
        done += 1
    return done


def measure_crowd(path: Path, seconds: float = 5.0) -> Timings:
    """Reads and writes per second of eight readers and one writer at once."""
    store, writes = EmbeddedStore(path), 0
    with ProcessPoolExecutor(READERS, mp_context=get_context("spawn")) as pool:
        readers = [pool.submit(read_for, path, seconds) for _ in range(READERS)]
        until = time.perf_counter() + seconds
        while time.perf_counter() < until:
            store.write_readings(meter(writes % 10), year(writes))
            writes += 1
        reads = sum(reader.result() for reader in readers)
    store.close()
    return {"crowd_reads/s": reads / seconds, "crowd_meter_years_written/s": writes / seconds}


# -- importing


_IMPORT = """
import json, sys, time
from pathlib import Path
from data import Meter
from data.embedded import EmbeddedStore
from data.importers import import_table
def peak():
    # VmHWM, since ru_maxrss of a process starts with the peak of the one that forked it.
    return int(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]) / 1024
before = peak()
began = time.perf_counter()
store = EmbeddedStore(Path(sys.argv[2]))
summary = import_table(store, Meter("electricity", "large"), Path(sys.argv[1]))
seconds = time.perf_counter() - began
assert store.tally(Meter("electricity", "large")).count == summary.accepted == summary.rows
print(json.dumps({"import rows/s": summary.rows / seconds, "import_peak MB": peak(),
                  "import_libraries_alone MB": before}))
"""


def measure_import(folder: Path, rows: int) -> Timings:
    """A CSV with temperature, in a process of its own so that the peak of memory is its own."""
    path = folder / "large.csv"
    index = pd.date_range("2000-01-01", periods=rows, freq="5min", tz="UTC")
    random = np.random.default_rng(1)
    pd.DataFrame(
        {
            "timestamp": index.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "value": random.gamma(2, 50, rows).round(2),
            "temperature": random.normal(12, 8, rows).round(1),
        }
    ).to_csv(path, index=False)
    command = [sys.executable, "-c", _IMPORT, str(path), str(folder / "import.db")]
    out = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return dict(json.loads(out))


# -- all of it


def ratios(found: Timings) -> Timings:
    """The figures that count, with the bars they are held to."""
    rate, ms = "points/s", "ms"
    write = found[f"influxdb_write {rate}"]
    read = found[f"influxdb_read {ms}"]
    return {
        "write: bare session / ours (<= 1.2)": found[f"influxdb_write_bare {rate}"] / write,
        "write: ours / dictionaries (>= 10)": write / found[f"influxdb_write_dictionaries {rate}"],
        "write: ours / DataFrameClient (>= 1)": write
        / found[f"influxdb_write_DataFrameClient {rate}"],
        "read: DataFrameClient / ours (>= 5)": found[f"influxdb_read_DataFrameClient {ms}"] / read,
        "read: ours / bytes alone (<= 1.3)": read / found[f"influxdb_read_bytes_alone {ms}"],
        "read: InfluxDB / embedded (>= 1)": read / found[f"embedded_read {ms}"],
    }


@contextmanager
def server(folder: Path, url: str | None) -> Iterator[str]:
    if url:
        yield url
        return
    folder.mkdir()
    started = InfluxServer(folder, free_port())
    try:
        started.start()
        yield started.url
    finally:
        started.stop()


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--meters", type=int, default=100)
    options.add_argument("--rows", type=int, default=1_000_000)
    options.add_argument("--url")
    options.add_argument("--json", type=Path)
    chosen = options.parse_args()
    warnings.simplefilter("ignore")
    with tempfile.TemporaryDirectory() as name, server(Path(name) / "influx", chosen.url) as url:
        folder, found = Path(name), dict[str, float]()
        embedded = EmbeddedStore(folder / "bench.db")
        found |= measure_writing(url, chosen.meters)
        found |= measure_embedded(embedded, max(chosen.meters, 10))
        store = InfluxStore(InfluxConnection(url, database="bench_read", timeout=60))
        for number in range(10):
            store.write_readings(meter(number), year(number))
        found |= measure_reading(store, embedded, url)
        found |= measure_crowd(embedded.path)
        found |= measure_import(folder, chosen.rows)
        store.close()
        embedded.close()
    for name, value in {**found, **ratios(found)}.items():
        print(f"{name:48} {value:12.3f}" if value < 100 else f"{name:48} {value:12,.0f}")
    if chosen.json:
        chosen.json.write_text(json.dumps({"measured": found, "ratios": ratios(found)}, indent=2))


if __name__ == "__main__":
    main()
