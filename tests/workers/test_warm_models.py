"""Warm models: loaded once, followed when the champion moves, bounded by bytes."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from redis import Redis

from config.errors import ModelNotTrained
from data.meters import Meter
from data.simulation import simulate
from ml import Forecaster, train
from workers.registry import Registry
from workers.training.train_meter import store_model
from workers.warm_models import WarmModels


@pytest.fixture(scope="module")
def forecaster() -> Forecaster:
    one = simulate(3, datetime(2026, 5, 1, tzinfo=UTC), days=40)[1]
    return train(one.readings, meter=one.meter)


@pytest.fixture(scope="module")
def meter() -> Meter:
    return simulate(3, datetime(2026, 5, 1, tzinfo=UTC), days=1)[1].meter


@pytest.fixture
def registry(redis_url: str, tmp_path: Path) -> Registry:
    redis = Redis.from_url(redis_url)
    redis.flushdb()
    return Registry(str(tmp_path / "models"), redis)


def test_a_model_is_loaded_once_and_a_new_champion_is_followed(
    registry: Registry, forecaster: Forecaster, meter: Meter
) -> None:
    warm = WarmModels(2**30)
    with pytest.raises(ModelNotTrained):
        warm.champion(registry, meter)
    first, promoted, _ = store_model(registry, meter, forecaster)
    assert promoted

    version, loaded = warm.champion(registry, meter)
    assert version == first
    assert warm.champion(registry, meter)[1] is loaded

    second, _, _ = store_model(registry, meter, forecaster, instead_of=first)
    version, other = warm.champion(registry, meter)
    assert version == second
    assert other is not loaded


def test_the_least_recently_used_leaves_first(
    registry: Registry, forecaster: Forecaster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # One artifact under three ids: what is tested is who stays, not what a model is.
    monkeypatch.setattr(Forecaster, "load", classmethod(lambda cls, folder, meter: forecaster))
    meters = [Meter("electricity", name) for name in ("a", "b", "c")]
    for one in meters:
        store_model(registry, one, forecaster)
    size = sum(f.stat().st_size for f in (tmp_path / "models").glob("*/a/2*/*"))
    warm = WarmModels(2 * size + size // 2)

    for name in (0, 1, 0, 2):
        warm.champion(registry, meters[name])

    assert [one in warm for one in meters] == [True, False, True]
