"""Who answers for a meter, and what a training changes about it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from redis import Redis

from config import load_settings
from config.errors import ModelNotTrained
from data.embedded import EmbeddedStore
from data.meters import Meter
from data.simulation import simulate
from ml import Forecaster, InsufficientHistory, train
from ml.forecasting.profiles import Shape, shape_of
from workers.jobs import Jobs
from workers.jobs.batches import waiting_meters
from workers.ledger import Ledger
from workers.nightly.chunks import forecast_handful
from workers.nightly.house import House
from workers.nightly.retraining import due_for_training, retrain
from workers.nightly.scoring import score
from workers.registry import Registry
from workers.serving import Desk, Issue, issue
from workers.training.promotion import Verdict
from workers.training.train_meter import review, store_model
from workers.warm_models import WarmModels

NOW = datetime(2026, 5, 4, tzinfo=UTC)  # a Monday, before nine of a day that is not yet there
DISTRICT = simulate(3, NOW, days=60)[2]
METER, READINGS = DISTRICT.meter, DISTRICT.readings


@pytest.fixture(scope="module")
def model() -> Forecaster:
    return train(READINGS, meter=METER)


@pytest.fixture
def desk(redis_url: str, tmp_path: Path) -> Desk:
    redis = Redis.from_url(redis_url)
    redis.flushdb()
    settings = load_settings({"REDIS_URL": redis_url, "STATE_DIR": str(tmp_path)})
    return Desk(
        settings=settings,
        registry=Registry(str(tmp_path / "models"), redis, clock=lambda: NOW),
        ledger=Ledger(redis),
        warm=WarmModels(2**30),
        shapes=lambda meter: [],
    )


def answer(desk: Desk, history: pd.Series = READINGS) -> Issue:
    return issue(desk, METER, history, None, NOW, NOW + timedelta(days=2), now=NOW)


def flag(code: str) -> dict[str, Any]:
    return {"code": code, "since": "2026-05-01T00:00:00.000Z", "message": "words"}


def test_the_champion_answers(desk: Desk, model: Forecaster) -> None:
    version, _, _ = store_model(desk.registry, METER, model)
    made = answer(desk)
    assert (made.version, made.forecast.source) == (version, "model")
    assert desk.ledger.read(METER.key)["serving"] == "model"


def test_a_suspended_champion_leaves_the_answer_to_the_naive(desk: Desk, model: Forecaster) -> None:
    version, _, _ = store_model(desk.registry, METER, model)
    desk.ledger.note(METER.key, suspended=version)
    made = answer(desk)
    assert (made.version, made.forecast.source) == ("seasonal_naive", "baseline")
    assert list(made.forecast.frame.columns) == ["p10", "p50", "p90"]
    assert desk.ledger.read(METER.key)["serving"] == "fallback"
    store_model(desk.registry, METER, model, instead_of=version)
    assert answer(desk).forecast.source == "model", "a new champion is not suspended"


def test_without_a_model(desk: Desk) -> None:
    young = READINGS[READINGS.index >= NOW - timedelta(days=5)]
    assert answer(desk, young).version == "seasonal_naive"
    shapes: list[Shape] = [shape_of(READINGS, meter=METER)]  # type: ignore[list-item]
    made = answer(Desk(**{**vars(desk), "shapes": lambda meter: shapes}), young)
    assert (made.version, made.forecast.source) == ("profile", "profile")
    assert desk.ledger.read(METER.key)["serving"] == "profile"
    with pytest.raises(ModelNotTrained):
        answer(desk)
    with pytest.raises(InsufficientHistory):
        answer(desk, READINGS.iloc[-5:])


def test_no_model_can_be_loaded(
    desk: Desk, model: Forecaster, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    store_model(desk.registry, METER, model)
    for file in (tmp_path / "models").glob("*/*/*/*.ubj"):
        file.unlink()
    assert answer(desk).forecast.source == "baseline"
    assert [one["code"] for one in desk.ledger.read(METER.key)["flags"]] == ["model_corrupt"]
    assert "damaged" in caplog.text


def test_a_champion_that_is_promoted_meanwhile_is_not_called_damaged(
    desk: Desk, model: Forecaster
) -> None:
    first, _, _ = store_model(desk.registry, METER, model)

    class Raced(WarmModels):
        def champion(self, registry: Registry, meter: Meter, **options: Any) -> Any:
            store_model(registry, meter, model, instead_of=first)
            return super().champion(registry, meter, **options)

    assert answer(replace(desk, warm=Raced(2**30))).version == first
    assert desk.ledger.read(METER.key)["flags"] == []


def test_a_flat_meter_is_forecast_from_before_it_broke(desk: Desk, model: Forecaster) -> None:
    store_model(desk.registry, METER, model)
    broken = READINGS.copy()
    broken.iloc[-72:] = broken.iloc[-73]
    made = answer(desk, broken)
    assert made.forecast.origin <= NOW - timedelta(hours=71)
    sound, as_it_was = made.forecast.frame["p50"], answer(desk).forecast.frame["p50"]
    assert abs(sound - as_it_was).mean() < 0.1 * as_it_was.mean()


@pytest.mark.parametrize(
    ("promoted", "ours", "theirs", "suspended", "flags"),
    [
        pytest.param(True, 1.0, 1.2, None, [], id="a-better-one-starts-clean"),
        pytest.param(True, 2.1, 2.2, "new", ["skill_below_zero"], id="better-but-not-than-the-naive"),
        pytest.param(False, 1.5, 1.0, None, [], id="the-old-one-was-not-so-bad"),
        pytest.param(False, 2.6, 2.5, "old", ["skill_below_zero"], id="neither-beats-the-naive"),
    ],
)  # fmt: skip
def test_after_a_training(
    desk: Desk, promoted: bool, ours: float, theirs: float, suspended: str | None, flags: list[str]
) -> None:
    desk.ledger.note(METER.key, suspended="old", flags=[flag("skill_below_zero")])
    verdict = Verdict(promoted, "", {"mae": {"new": ours, "champion": theirs}, "naive_mae": 2.0})

    review(desk.ledger, METER, "new" if promoted else "old", verdict, promoted=promoted)

    noted = desk.ledger.read(METER.key)
    assert noted.get("suspended") == suspended
    assert [one["code"] for one in noted["flags"]] == flags


@pytest.fixture
def house(desk: Desk, tmp_path: Path, model: Forecaster) -> House:
    store = EmbeddedStore(tmp_path / "readings.db")
    store.put_meter(METER)
    store.write_readings(METER, READINGS)
    store_model(desk.registry, METER, model)
    return House(desk.settings, store, desk)


def a_bad_week(house: House) -> str:
    """Forecasts of the champion that were far off every night of a week; its name."""
    champion = house.registry.champion(METER.meter_type, METER.meter_id)
    for night in range(7, 0, -1):
        issued_at = NOW - timedelta(days=night)
        truth = READINGS[READINGS.index >= issued_at]
        frame = pd.DataFrame({"p10": 1.9 * truth, "p50": 2 * truth, "p90": 2.1 * truth})
        house.store.write_forecast(
            METER,
            frame,
            issued_at=issued_at,
            origin=issued_at,
            model_version=champion,
            source="model",
        )
    return champion


def test_a_week_worse_than_the_naive_is_flagged_and_suspended(house: House) -> None:
    champion = a_bad_week(house)

    score(house, METER, now=NOW)

    noted = house.ledger.read(METER.key)
    assert [one["code"] for one in noted["flags"]] == ["skill_below_zero"]
    assert noted["looks"]["nights"] == {"coverage_off": 1}, "the bands have a week to show it"
    assert noted["suspended"] == champion
    assert noted["yesterday"]["wape"] == pytest.approx(1.0)
    assert house.ledger.worst(1)[0][0] == METER.key
    assert answer(house.desk).forecast.source == "baseline"
    assert due_for_training(house, [METER], now=NOW + timedelta(days=1)) == [], (
        "too soon to compare"
    )
    assert due_for_training(house, [METER], now=NOW + timedelta(days=4)) == [METER]


@pytest.mark.parametrize("by", ["rollback", "promote"])
def test_whom_a_person_chooses_serves_also_after_the_next_night(
    house: House, model: Forecaster, by: str
) -> None:
    registry, ids = house.registry, (METER.meter_type, METER.meter_id)
    old = registry.champion(*ids)
    store_model(registry, METER, model, instead_of=old)
    worse = a_bad_week(house)
    score(house, METER, now=NOW)
    assert house.ledger.read(METER.key)["suspended"] == worse

    if by == "rollback":
        registry.rollback(*ids, who="anna", reason="the new one is worse")
    else:
        registry.promote_existing(*ids, old, who="anna", reason="the new one is worse")
    score(house, METER, now=NOW + timedelta(days=1))

    noted = house.ledger.read(METER.key)
    assert (noted.get("suspended"), noted["flags"]) == (None, [])
    assert answer(house.desk).version == old


def test_the_worst_are_those_of_yesterday(desk: Desk) -> None:
    """A meter that was not scored yesterday is no longer among them."""
    desk.ledger.note("water/a", yesterday={"n": 24, "skill": -5.0})
    desk.ledger.note("water/b", yesterday={"n": 24, "skill": -1.0})
    desk.ledger.note("water/a", yesterday={"n": 0})
    desk.ledger.note("water/b", serving="model")
    assert desk.ledger.worst(2) == [("water/b", -1.0)]


def test_a_meter_that_fell_silent_is_forgotten_by_the_scores(house: House) -> None:
    house.ledger.note(METER.key, yesterday={"n": 24, "skill": -5.0}, week={"n": 168})
    score(house, METER, now=NOW + timedelta(days=120))
    assert house.ledger.worst(1) == []
    assert not house.ledger.read(METER.key).keys() & {"yesterday", "week"}


def test_what_waits_for_its_training_is_not_queued_again(jobs: Jobs, house: House) -> None:
    grown = Meter("water", "grown")
    house.store.write_readings(grown, READINGS)
    nights = [NOW + timedelta(days=8 + night) for night in range(3)]

    first = retrain(jobs, house, [METER], now=nights[0])
    second = retrain(jobs, house, [METER, grown], now=nights[1])
    assert (first["due"], second["due"]) == (1, 1)
    assert waiting_meters(jobs, second["batch_id"]) == {grown.key}
    assert retrain(jobs, house, [METER, grown], now=nights[2]) == {"due": 0}

    jobs.cancel(first["batch_id"])
    assert retrain(jobs, house, [METER, grown], now=nights[2])["due"] == 1


def test_who_is_trained(house: House) -> None:
    young, grown = Meter("water", "young"), Meter("water", "grown")
    for meter, days in ((young, 10), (grown, 20)):
        house.store.write_readings(meter, READINGS[READINGS.index >= NOW - timedelta(days=days)])
    meters = [METER, young, grown]
    assert due_for_training(house, meters, now=NOW + timedelta(days=1)) == [grown]
    assert due_for_training(house, meters, now=NOW + timedelta(days=8)) == [METER, grown]
    house.ledger.note(METER.key, flags=[flag("model_corrupt")])
    assert METER in due_for_training(house, meters, now=NOW + timedelta(hours=1))


def test_bands_that_are_off_are_worth_one_training(house: House) -> None:
    """The model is of NOW; a training that came after the flag is not done again for it."""
    for since, due in ((NOW + timedelta(days=2), [METER]), (NOW - timedelta(days=2), [])):
        off = {**flag("coverage_off"), "since": since.isoformat()}
        house.ledger.note(METER.key, flags=[off])
        assert due_for_training(house, [METER], now=NOW + timedelta(days=4)) == due


def test_the_nights_forecast_ends_with_a_local_day(house: House) -> None:
    assert forecast_handful(house, [METER.key], now=NOW + timedelta(minutes=20)) == {
        METER.key: "model"
    }
    kept = house.store.forecasts(METER, NOW, NOW + timedelta(days=20))
    assert kept["time"].min() == pd.Timestamp(NOW)
    last = kept["time"].max().tz_convert(METER.timezone)
    assert (last.hour, (last.date() - NOW.date()).days) == (23, house.settings.nightly_days)


def test_the_nights_forecast_has_the_weather_of_a_place_in_its_own_zone(house: House) -> None:
    """A local midnight and an instant in UTC once made no range of hours together."""
    place, ahead = METER.location, DISTRICT.weather.index + timedelta(days=20)
    house.store.write_weather(place, DISTRICT.weather, source="simulator")
    house.store.write_weather(
        place, DISTRICT.weather.set_axis(ahead), source="forecast", available_at=NOW
    )
    assert METER.timezone != "UTC"
    assert forecast_handful(house, [METER.key], now=NOW + timedelta(minutes=20)) == {
        METER.key: "model"
    }
