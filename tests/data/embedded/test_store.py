"""The embedded store under several processes, a crash, and a file that is not its own."""

import multiprocessing
import os
import signal
import sqlite3
import subprocess
import sys
import threading
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pandas as pd
import pytest

from config.errors import StoreUnavailable
from data import Meter
from data.embedded import EmbeddedStore
from data.embedded.schema import VERSION
from tests.data.store_workers import BATCH, SHARED, batch, read_until, write_own_and_shared

ROOT = Path(__file__).parents[3]
SPAWN = multiprocessing.get_context("spawn")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "readings.db"


def test_readers_see_whole_writes_while_one_writes(path: Path) -> None:
    store, batches = EmbeddedStore(path), 60
    store.put_meter(SHARED)
    with ProcessPoolExecutor(2, mp_context=SPAWN) as pool:
        readers = [pool.submit(read_until, path, batches * BATCH) for _ in range(2)]
        for number in range(batches):
            store.write_readings(SHARED, batch(number))
        assert [reader.result(timeout=60) for reader in readers] == [0, 0]
    store.close()


def test_writers_queue_and_lose_nothing(path: Path) -> None:
    # The store does not exist yet: that both make it at once is part of the test.
    with ProcessPoolExecutor(2, mp_context=SPAWN) as pool:
        writers = [pool.submit(write_own_and_shared, path, writer, 20) for writer in range(2)]
        assert [writer.result(timeout=60) for writer in writers] == [20 * BATCH] * 2
    store = EmbeddedStore(path)
    assert [meter.meter_id for meter in store.meters()] == ["own_0", "own_1", "shared"]
    for meter in store.meters():
        assert store.tally(meter).count == 20 * BATCH
    store.close()


def test_many_may_create_the_store_at_once(tmp_path: Path) -> None:
    start = Barrier(6)

    def put(path: Path) -> None:
        start.wait()
        EmbeddedStore(path).put_meter(SHARED)

    with ThreadPoolExecutor(6) as pool:
        for attempt in range(10):
            path = tmp_path / f"{attempt}.db"
            list(pool.map(put, [path] * 6))
            assert EmbeddedStore(path).meters() == [SHARED]


def test_a_kill_loses_nothing_that_was_acknowledged(path: Path) -> None:
    command = [sys.executable, "-m", "tests.data.store_workers", str(path)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as writer:
        for line in writer.stdout:
            if int(line) >= 25:
                break
        writer.send_signal(signal.SIGKILL)
        acknowledged = max([25, *(int(rest) for rest in writer.stdout.read().split())])
    store = EmbeddedStore(path)
    found = store.readings(SHARED)
    assert len(found) >= (acknowledged + 1) * BATCH
    assert len(found) % BATCH == 0
    pd.testing.assert_series_equal(
        found.iloc[-BATCH:].rename("value"),
        batch(len(found) // BATCH - 1).rename("value").rename_axis("time"),
        check_freq=False,
    )
    store.write_readings(SHARED, batch(0))
    store.close()


def test_an_error_in_the_middle_writes_nothing(path: Path) -> None:
    store = EmbeddedStore(path)
    store.write_readings(SHARED, batch(0))
    other = sqlite3.connect(path)
    other.execute(
        "CREATE TRIGGER stop BEFORE INSERT ON readings WHEN new.ts > 1710000000"
        " BEGIN SELECT raise(ABORT, 'disk full'); END"
    )
    other.commit()
    with pytest.raises(StoreUnavailable, match="disk full"):
        store.write_readings(SHARED, pd.concat([batch(1), batch(9)]))
    other.execute("DROP TRIGGER stop")
    other.commit()
    other.close()
    assert store.tally(SHARED).count == BATCH
    store.write_readings(SHARED, batch(1))
    assert store.tally(SHARED).count == 2 * BATCH
    store.close()


def test_a_store_works_on_both_sides_of_a_fork(path: Path) -> None:
    store = EmbeddedStore(path)
    store.write_readings(SHARED, batch(0))
    child = os.fork()
    if child == 0:
        try:
            os._exit(0 if store.write_readings(SHARED, batch(1)).accepted == BATCH else 1)
        except BaseException:
            os._exit(2)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    store.write_readings(SHARED, batch(2))
    assert store.tally(SHARED).count == 3 * BATCH
    store.close()


def test_threads_share_a_store(path: Path) -> None:
    store = EmbeddedStore(path)

    def write_and_read(number: int) -> int:
        meter = Meter("water", f"thread_{number}")
        store.write_readings(meter, batch(number))
        return len(store.readings(meter))

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(write_and_read, range(12))) == [BATCH] * 12
    store.close()


def test_a_closed_store_opens_again(path: Path) -> None:
    store = EmbeddedStore(path)
    store.write_readings(SHARED, batch(0))
    store.close()
    assert len(store.readings(SHARED)) == BATCH
    store.close()


def test_an_acknowledged_write_is_synchronous(path: Path) -> None:
    store = EmbeddedStore(path)
    store.put_meter(SHARED)
    with store._reading() as connection:
        assert connection.execute("PRAGMA synchronous").fetchone() == (2,)
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    store.close()


def test_a_file_of_a_newer_release_is_left_alone(path: Path) -> None:
    EmbeddedStore(path).put_meter(SHARED)
    newer = sqlite3.connect(path)
    newer.execute(f"PRAGMA user_version = {VERSION + 1}")
    newer.close()
    with pytest.raises(StoreUnavailable, match="newer release") as raised:
        EmbeddedStore(path).meters()
    assert raised.value.detail == {"found": VERSION + 1, "supported": VERSION}


def test_a_file_that_is_no_database_is_said_so(path: Path) -> None:
    path.parent.mkdir()
    path.write_text("not a database, but long enough to be looked at " * 100)
    with pytest.raises(StoreUnavailable) as raised:
        EmbeddedStore(path).ping()
    assert "STATE_DIR" in raised.value.hint


def test_a_folder_that_cannot_be_made_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file where the folder should be")
    with pytest.raises(StoreUnavailable):
        EmbeddedStore(tmp_path / "state" / "readings.db").meters()


def test_many_short_threads_share_a_few_connections(path: Path) -> None:
    """Under gevent every request is a thread of its own."""
    store = EmbeddedStore(path)
    store.put_meter(SHARED)
    opened: set[int] = set()

    def use() -> None:
        with store._reading() as connection:
            opened.add(id(connection))

    for _ in range(50):
        thread = threading.Thread(target=use)
        thread.start()
        thread.join()
    assert len(opened) == 1
    store.close()
