"""A training by a real worker, out of a real store, learns from similar meters."""

from pathlib import Path

import pytest

from data.meters import Meter
from tests.ml.series import synthetic
from tests.platform import Platform


def test_a_short_history_learns_from_similar_meters(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    roles = ("api", "worker-training")
    folder: Path = tmp_path_factory.mktemp("kin")
    with Platform(folder, roles, WEATHER_PROVIDER="none") as running:
        for seed, (name, days) in enumerate({"one": 400, "two": 400, "young": 22}.items()):
            series = synthetic(days=400, noise=0.2, seed=seed)
            meter = Meter("electricity", name, timezone="Europe/Rome", country="IT")
            running.store.put_meter(meter)
            running.store.write_readings(meter, series.readings.iloc[-24 * days :])
        job = running.ended(
            running.submit("/trainmodel/", meter_type="electricity", meter_id="young")
        )
    assert job["status"] == "succeeded"
    assert set(job["result"]["similar_meters"]) == {"one", "two"}
