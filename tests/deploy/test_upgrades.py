"""What release 0.1.0 left behind still works: waiting jobs, stored models, the store's file.

The old forms are written out here as they were; a change of a form must not change this file.
"""

import json
import shutil
import sqlite3
import uuid
from datetime import UTC, datetime
from pathlib import Path

import pytest

from data.embedded import EmbeddedStore
from tests.integration.conftest import load_simulated
from tests.platform import Platform

RECORD = {
    "kind": "train", "status": "queued", "stage": None, "progress": 0.0,
    "message": "Waiting for a worker", "created_at": "2026-11-01T08:00:00.000Z",
    "started_at": None, "updated_at": "2026-11-01T08:00:00.000Z", "finished_at": None,
    "attempt": 1, "batch_id": None, "eta_seconds": None, "result": None, "error": None,
}  # fmt: skip

SCHEMA = """
CREATE TABLE meters (id INTEGER PRIMARY KEY, meter_type TEXT NOT NULL, meter_id TEXT NOT NULL,
    document TEXT NOT NULL, UNIQUE (meter_type, meter_id));
CREATE TABLE readings (meter INTEGER NOT NULL REFERENCES meters ON DELETE CASCADE,
    ts INTEGER NOT NULL, value REAL NOT NULL, PRIMARY KEY (meter, ts)) WITHOUT ROWID;
CREATE TABLE issues (id INTEGER PRIMARY KEY,
    meter INTEGER NOT NULL REFERENCES meters ON DELETE CASCADE, issued_at INTEGER NOT NULL,
    origin INTEGER NOT NULL, model_version TEXT NOT NULL, source TEXT NOT NULL,
    UNIQUE (meter, issued_at));
CREATE TABLE forecasts (meter INTEGER NOT NULL REFERENCES meters ON DELETE CASCADE,
    ts INTEGER NOT NULL, issue INTEGER NOT NULL REFERENCES issues ON DELETE CASCADE,
    level TEXT NOT NULL, value REAL NOT NULL, PRIMARY KEY (meter, ts, issue, level)) WITHOUT ROWID;
CREATE INDEX forecasts_of_issue ON forecasts (issue);
CREATE TABLE weather_series (id INTEGER PRIMARY KEY, location TEXT NOT NULL, source TEXT NOT NULL,
    UNIQUE (location, source));
CREATE TABLE weather (series INTEGER NOT NULL REFERENCES weather_series, ts INTEGER NOT NULL,
    available_at INTEGER NOT NULL, temperature REAL, PRIMARY KEY (series, ts, available_at))
    WITHOUT ROWID;
PRAGMA user_version = 1;
"""

DOCUMENT = {
    "meter_type": "electricity", "meter_id": "old", "unit": "kWh", "timezone": "Europe/Rome",
    "country": "IT", "subdivision": None, "latitude": 45.0, "longitude": 9.0, "resolution": "PT1H",
    "name": None,
}  # fmt: skip
AT = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def meter(platform: Platform) -> dict[str, str]:
    one = load_simulated(platform.store, days=60, which=0)
    return {"meter_type": one.meter.meter_type, "meter_id": one.meter.meter_id}


def test_a_job_that_waited_during_the_upgrade_is_done(
    platform: Platform, meter: dict[str, str]
) -> None:
    job_id, redis = str(uuid.uuid4()), platform.jobs.redis
    record = {"task_id": job_id, **RECORD, **meter}
    event = redis.xadd(f"job:{job_id}:events", {"d": json.dumps(record)})
    fields = {
        "record": json.dumps(record),
        "status": "queued",
        "last": event,
        "rev": "1",
        "params": "{}",
    }
    redis.hset(f"job:{job_id}", mapping=fields)
    created = datetime.fromisoformat(str(RECORD["created_at"])).timestamp()
    for key in ("jobs:open", "jobs:index", "jobs:waiting:training"):
        redis.zadd(key, {job_id: created})

    # As the old release published it: name, arguments and id, no header of ours.
    platform.jobs.celery.send_task(
        "energy.train", args=[job_id, 1], task_id=job_id, queue="training"
    )

    job = platform.ended(job_id)
    assert job["status"] == "succeeded", job
    assert job["created_at"] == RECORD["created_at"]


def test_a_model_of_the_old_release_serves(platform: Platform, meter: dict[str, str]) -> None:
    job = platform.ended(platform.submit("/trainmodel/", **meter, force=True))
    key = "{meter_type}/{meter_id}".format(**meter)
    folder = platform.folder / "models" / key
    # Old names had seconds, old meta.json held what the model knows of itself and nothing else.
    old = "20260301T120000Z-0a1b2c"
    shutil.copytree(folder / job["result"]["model_version"], folder / old)
    meta = json.loads((folder / old / "meta.json").read_text())
    for name in ("bytes", "promoted", "reason", "trained_by", "source_job"):
        meta.pop(name, None)
    (folder / old / "meta.json").write_text(json.dumps(meta))
    platform.jobs.redis.delete(f"model:{key}", f"model:{key}:audit")
    for file in folder.glob("*.json*"):
        file.unlink()
    (folder / "aliases.json").write_text(json.dumps({"champion": old}))

    listed = platform.http.get(f"/models/{key}").json()
    assert listed["aliases"]["champion"] == old
    week = {"start_date": "2026-03-20", "end_date": "2026-03-22"}
    forecast = platform.ended(platform.submit("/forecast/", **meter, **week))
    assert forecast["status"] == "succeeded", forecast
    assert forecast["result"]["model_version"] == old


def old_store(path: Path) -> None:
    """The file as 0.1.0 made it, with a row in every table."""
    second, micros = int(AT.timestamp()), int(AT.timestamp()) * 10**6
    with sqlite3.connect(path) as db:
        db.executescript(SCHEMA)
        db.execute(
            "INSERT INTO meters VALUES (1, 'electricity', 'old', ?)", (json.dumps(DOCUMENT),)
        )
        db.executemany(
            "INSERT INTO readings VALUES (1, ?, ?)", [(second + 3600 * n, n / 2) for n in range(48)]
        )
        db.execute("INSERT INTO issues VALUES (1, 1, ?, ?, 'v1', 'model')", (micros, micros))
        db.executemany(
            "INSERT INTO forecasts VALUES (1, ?, 1, ?, ?)",
            [(second, level, value) for level, value in (("p10", 1.0), ("p50", 2.0), ("p90", 3.0))],
        )
        db.execute("INSERT INTO weather_series VALUES (1, '45.00,9.00', 'simulator')")
        db.execute("INSERT INTO weather VALUES (1, ?, ?, 7.5)", (second, micros))
    db.close()


def test_the_store_file_of_the_old_release_opens(tmp_path: Path) -> None:
    old_store(tmp_path / "readings.db")
    store = EmbeddedStore(tmp_path / "readings.db")
    try:
        (meter,) = store.meters()
        far = (AT, datetime(2027, 1, 1, tzinfo=UTC))
        assert (meter.key, meter.timezone) == ("electricity/old", "Europe/Rome")
        assert store.readings(meter).tolist() == [n / 2 for n in range(48)]
        assert store.forecasts(meter, *far)[["p10", "p50", "p90"]].to_numpy().tolist() == [
            [1, 2, 3]
        ]
        # Places had two decimals then; what is fetched now lies under places of one.
        assert store.weather("45.00,9.00", *far)["temperature"].tolist() == [7.5]
        store.write_readings(meter, store.readings(meter) + 1)
        assert store.readings(meter).iloc[0] == 1
    finally:
        store.close()
