"""What the platform writes itself, it reads again: value by value, over a clock change."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from app import create_app
from config import load_settings
from data import Meter, open_store
from data.importers.importing import import_readings

SERIES = pd.Series(
    np.random.default_rng(4).normal(3, 2, 400).round(4),
    index=pd.date_range("2025-10-24 22:00", periods=400, freq="30min", tz="UTC"),
)
FULL = "start=2025-10-24&end=2025-11-05"


@pytest.mark.parametrize("kind", ["text/csv", "application/json"])
@pytest.mark.parametrize("query", ["", "&every=1h"])
def test_readings_come_back(redis_url: str, tmp_path: Path, kind: str, query: str) -> None:
    settings = load_settings({"REDIS_URL": redis_url, "STATE_DIR": str(tmp_path)})
    store = open_store(settings)
    meter = Meter("electricity", "first", timezone="Europe/Rome")
    store.put_meter(meter)
    store.write_readings(meter, SERIES)
    store.put_meter(Meter("electricity", "again", timezone="Europe/Rome"))
    client = create_app(settings).test_client()
    path = f"/meters/electricity/first/readings?{FULL}{query}"
    body = client.get(path, headers={"Accept": kind}).data
    sent = client.post(
        "/meters/electricity/again/readings", data=body, headers={"Content-Type": kind}
    )
    assert sent.status_code == 200, sent.json
    answers = [
        client.get(
            f"/meters/electricity/{name}/readings?{FULL}{'' if name == 'again' else query}"
        ).json
        for name in ("first", "again")
    ]
    assert answers[1]["times"] == answers[0]["times"]
    assert answers[1]["values"] == answers[0]["values"]


def test_what_the_command_writes_comes_back(redis_url: str, tmp_path: Path) -> None:
    settings = load_settings({"REDIS_URL": redis_url, "STATE_DIR": str(tmp_path)})
    store = open_store(settings)
    rows = [{"time": f"{at:%Y-%m-%dT%H:%M:%SZ}", "value": value} for at, value in SERIES.items()]
    file = tmp_path / "readings.json"
    file.write_text(json.dumps({"readings": rows}))
    meter = Meter("electricity", "again", timezone="Europe/Rome")
    import_readings(store, meter, file)
    assert store.readings(meter).tolist() == SERIES.tolist()
