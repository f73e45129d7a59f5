"""Long reads, servers that cut answers off, servers that go away and come back."""

import io
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from config.errors import StoreUnavailable
from data import Meter
from data.importers import import_table
from data.importers.importing import READ_SHARE
from tests.data.influx_server import running_influx
from tests.data.replayed import Answer, replaying
from tests.data.samples import store_at

HOME = Meter("electricity", "home", resolution=timedelta(hours=1))
START = datetime(2024, 1, 1, tzinfo=UTC)
SECOND = 1704067200


def readings(count: int = 3) -> pd.Series:
    index = pd.date_range(START, periods=count, freq="h")
    return pd.Series(np.arange(count) + 0.5, index=index, name="value")


def test_a_year_is_one_page_and_ten_are_ten() -> None:
    with replaying() as server:
        store_at(server.url).readings(HOME, START, START + timedelta(days=365))
        store_at(server.url).readings(HOME, START, START + timedelta(days=3650))
        assert len(server.statements()) == 1 + 10


def test_pages_shrink_where_3_core_limits_files() -> None:
    limit = "External error: Query would exceed file limit of 432 parquet files."
    with replaying(Answer("/query", json.dumps({"error": limit}), 400)) as server:
        with pytest.raises(StoreUnavailable) as raised:
            store_at(server.url).readings(HOME, START, START + timedelta(days=365))
        assert 10 < len(server.statements()) < 20
    assert "query-file-limit" in raised.value.hint


def test_a_server_that_cuts_rows_off_is_read_whole(tmp_path: Path) -> None:
    with running_influx(tmp_path / "limited", max_row_limit=1000) as server:
        store = store_at(server.url)
        written = readings(5_000)
        assert store.write_readings(HOME, written).accepted == 5_000
        pd.testing.assert_series_equal(
            store.readings(HOME), written.rename_axis("time"), check_freq=False
        )
        assert store.write_readings(HOME, written).replaced == 5_000
        frame = pd.DataFrame({"temperature": written.to_numpy()}, index=written.index)
        store.write_weather(HOME.location, frame, source="import")
        found = store.weather(HOME.location, START, START + timedelta(days=300))
        assert found["temperature"].tolist() == written.tolist()
        store.close()


def test_more_meters_than_the_server_lists_are_no_silent_few(tmp_path: Path) -> None:
    with running_influx(tmp_path / "limited", max_row_limit=3) as server:
        store = store_at(server.url)
        for number in range(5):
            store.put_meter(Meter("water", f"m{number}"))
        with pytest.raises(StoreUnavailable) as raised:
            store.meters()
        assert "max-row-limit" in raised.value.hint
        store.close()


def test_an_import_that_was_cut_off_is_done_again_and_doubles_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("data.importers.importing.PIECE", 100)
    monkeypatch.setattr("data.importers.storing.writing.WRITTEN_AT_ONCE", 100)
    rows = "".join(f"{SECOND + 3600 * row},{row}\n" for row in range(1000))
    text = f"time,value\n{rows}".encode()
    with running_influx(tmp_path / "stopped") as server:
        store = store_at(server.url)

        def stop_half_way(fraction: float, read: int) -> None:
            if fraction >= READ_SHARE + (1 - READ_SHARE) / 2 - 1e-9:
                server.stop()

        with pytest.raises(StoreUnavailable):
            import_table(store, HOME, io.BytesIO(text), progress=stop_half_way)
        server.start()
        assert store.tally(HOME).count == 500
        summary = import_table(store, HOME, io.BytesIO(text))
        assert (summary.accepted, summary.replaced) == (1000, 500)
        assert store.readings(HOME).tolist() == list(range(1000))
        store.close()


def test_a_server_that_comes_back_is_used_again(tmp_path: Path) -> None:
    with running_influx(tmp_path / "restarted") as server:
        store = store_at(server.url)
        store.write_readings(HOME, readings())
        server.stop()
        with pytest.raises(StoreUnavailable):
            store.readings(HOME)
        server.start()
        assert store.readings(HOME).tolist() == [0.5, 1.5, 2.5]
        assert store.write_readings(HOME, readings()).replaced == 3
        store.close()
