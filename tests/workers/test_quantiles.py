"""Further quantile levels, from the setting to the store, the answer and the scores."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from redis import Redis

from config import load_settings
from data.embedded import EmbeddedStore
from data.meters import Meter
from data.simulation import simulate
from ml import TrainingOptions, backtest, train
from ml.evaluation.accuracy import row
from workers.ledger import Ledger
from workers.nightly.chunks import forecast_handful
from workers.nightly.house import House
from workers.nightly.scoring import scored
from workers.registry import Registry
from workers.results import of_forecast
from workers.serving import Desk, issue
from workers.serving.shapes import similar_shapes
from workers.training.train_meter import store_model
from workers.warm_models import WarmModels

LEVELS = "0.025,0.1,0.5,0.9,0.975"
NAMES = ["p2_5", "p10", "p50", "p90", "p97_5"]
NOW = datetime(2026, 5, 4, 0, 20, tzinfo=UTC)
DISTRICT = simulate(3, NOW, days=60)[2]
MODELLED, READINGS = DISTRICT.meter, DISTRICT.readings
NAIVE = replace(MODELLED, meter_id="naive")
YOUNG = replace(MODELLED, meter_id="young")
SOURCES = {MODELLED: "model", NAIVE: "baseline", YOUNG: "profile"}


@pytest.fixture(scope="module")
def house(redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A meter with a model, one whose model must not serve, and one so young that it borrows a shape."""
    folder: Path = tmp_path_factory.mktemp("levels")
    redis = Redis.from_url(redis_url)
    redis.flushdb()
    settings = load_settings(
        {"REDIS_URL": redis_url, "STATE_DIR": str(folder), "QUANTILES": LEVELS}
    )
    store = EmbeddedStore(folder / "readings.db")
    desk = Desk(
        settings,
        Registry(str(folder / "models"), redis, clock=lambda: NOW),
        Ledger(redis),
        WarmModels(2**30),
        lambda meter: similar_shapes(store, redis, meter),
    )
    for meter, days in ((MODELLED, 60), (NAIVE, 60), (YOUNG, 5)):
        store.write_readings(meter, READINGS[READINGS.index >= NOW - timedelta(days=days)])
    options = TrainingOptions(quantiles=settings.quantiles)
    model = train(READINGS, meter=MODELLED, options=options)
    store_model(desk.registry, MODELLED, model)
    model.meta["meter"] = {**model.meta["meter"], "meter_id": NAIVE.meter_id}
    version, _, _ = store_model(desk.registry, NAIVE, model)
    desk.ledger.note(NAIVE.key, suspended=version)
    yield House(settings, store, desk)
    store.close()


@pytest.mark.parametrize("meter", SOURCES, ids=lambda meter: meter.meter_id)
def test_the_store_keeps_every_level_of_the_settings(house: House, meter: Meter) -> None:
    forecast_handful(house, [meter.key], now=NOW)
    kept = house.store.forecasts(meter, NOW, NOW + timedelta(days=7))
    assert len(kept) == 7 * 24
    assert kept[NAMES].notna().all(axis=None)
    assert (np.diff(kept[NAMES].to_numpy(), axis=1) >= -1e-9).all(), "they rise with the level"


@pytest.mark.parametrize("meter", SOURCES, ids=lambda meter: meter.meter_id)
def test_an_answer_has_the_names_of_the_store(house: House, meter: Meter) -> None:
    readings = house.store.readings(meter)
    made = issue(house.desk, meter, readings, None, NOW, NOW + timedelta(days=1), now=NOW)
    found = of_forecast(made, meter, pd.Series(dtype=object), NOW)
    assert found["source"] == SOURCES[meter]
    assert list(found["points"][0]) == ["time", *NAMES]


def test_levels_that_older_forecasts_lack_are_not_scored(house: House) -> None:
    start = NOW - timedelta(days=3)
    for issued_at, names in ((start, ["p10", "p50", "p90"]), (NOW - timedelta(days=1), NAMES)):
        index = pd.date_range(issued_at, periods=24, freq="h").floor("h")
        points = pd.DataFrame(
            {name: 5.0 + number for number, name in enumerate(names)}, index=index
        )
        about = {"issued_at": issued_at, "origin": start, "model_version": "v", "source": "model"}
        house.store.write_forecast(MODELLED, points, **about)
    found = scored(house.store, MODELLED, start, NOW)
    assert found is not None
    three = found.table.drop(columns=["p2_5", "p97_5"])
    assert row(found.table, found.scale) == row(three, found.scale)
    latest = found.table[found.table["p2_5"].notna()]
    assert row(latest, found.scale)["pinball"] != row(three, found.scale)["pinball"]


def test_a_backtest_tells_of_every_level() -> None:
    options = TrainingOptions(quantiles=(0.025, 0.1, 0.5, 0.9, 0.975))
    found = backtest(READINGS, meter=MODELLED, options=options)
    assert list(found.coverage) == NAMES
    assert set(NAMES) < set(found.points[0])
    assert found.metrics["coverage_80"] is not None
