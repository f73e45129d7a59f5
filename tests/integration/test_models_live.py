"""Models that live: through HTTP, queue, workers and beat's messages."""

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pandas as pd
import pytest
from moto.server import ThreadedMotoServer

from data.meters import Meter
from data.simulation import simulate
from tests.integration.scheduled import run_schedule
from tests.platform import Platform
from tests.processes import until
from workers.ledger import Ledger

NOW = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
DISTRICT = simulate(5, NOW + timedelta(days=2), days=62)[2]
READINGS, TO_COME = DISTRICT.readings[:-48], DISTRICT.readings[-48:]
GROWN = {"meter_type": "electricity", "meter_id": "grown"}
YOUNG = {"meter_type": "electricity", "meter_id": "young"}
NEWBORN = {"meter_type": "electricity", "meter_id": "newborn"}
# With a fraction of a second, as programs write the present moment.
TODAY = {
    "start_date": (NOW + timedelta(microseconds=5)).isoformat(),
    "end_date": (NOW + timedelta(days=2)).isoformat(),
}


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """A platform with a grown meter that has a model, one of five days, one of some hours."""
    roles = ("api", "worker-training", "worker-forecasts", "worker-maintenance")
    with Platform(
        tmp_path_factory.mktemp("live"), roles, NIGHTLY_FORECAST_DAYS="2", WEATHER_PROVIDER="none"
    ) as running:
        for meter, readings in (
            (GROWN, READINGS),
            (YOUNG, READINGS.iloc[-5 * 24 :] * 3),
            (NEWBORN, READINGS.iloc[-6:]),
        ):
            put(running, meter, readings)
        assert running.ended(running.submit("/trainmodel/", **GROWN))["status"] == "succeeded"
        yield running


def put(platform: Platform, ids: dict[str, str], readings: pd.Series) -> None:
    meter = Meter(**ids, timezone="Europe/Rome", country="IT")
    platform.store.put_meter(meter)
    platform.store.write_readings(meter, readings)


def models(platform: Platform, action: str = "", **body: Any) -> Any:
    path = "/models/{meter_type}/{meter_id}".format(**GROWN)
    if not action:
        return platform.http.get(path).json()
    return platform.http.post(f"{path}/{action}", json=body)


def test_a_young_meter_is_served_by_a_profile(live: Platform) -> None:
    answer = live.post("/forecast/", {**YOUNG, **TODAY}, Prefer="wait=60")
    assert answer.status_code == 200, answer.text
    result = answer.json()
    assert (result["source"], result["model_version"]) == ("profile", "profile")
    assert result["reason"] == "the meter has less than two weeks of sound readings"
    assert len(result["points"]) == 48
    assert all(p["p10"] <= p["p50"] <= p["p90"] for p in result["points"])
    # The shape is borrowed, the level its own: three times that of the meter it comes from.
    mean = sum(p["p50"] for p in result["points"]) / 48
    assert mean == pytest.approx(3 * TO_COME.mean(), rel=0.3)


def test_a_newborn_meter_is_refused_in_words(live: Platform) -> None:
    answer = live.post("/forecast/", {**NEWBORN, **TODAY})
    assert answer.status_code == 422
    assert answer.json()["code"] == "insufficient_history"
    assert "24 hours" in answer.json()["message"]
    assert answer.json()["detail"]["need_hours"] == 24


def test_a_night_of_forecasts_and_scores(live: Platform) -> None:
    night = run_schedule(live, "forecasts")
    assert night["status"] == "succeeded"
    assert night["summary"] == {
        "total": 3, "model": 1, "profile": 1, "insufficient_history": 1,
    }  # fmt: skip
    meter = Meter(**GROWN)
    kept = live.store.forecasts(meter, NOW, NOW + timedelta(days=4))
    assert kept["time"].nunique() >= 48
    assert Ledger(live.jobs.redis).read(meter.key)["serving"] == "model"
    scores = run_schedule(live, "scoring")
    assert scores["summary"] == {"total": 3, "succeeded": 3}


def test_two_beats_do_it_once(live: Platform) -> None:
    run_schedule(live, "retention", beats=2)
    until(lambda: not live.jobs.redis.llen("maintenance"), "both messages are taken")
    turns = live.jobs.redis.keys("schedule:retention:*")
    assert len(turns) == 1
    assert live.output("worker-maintenance").count("schedule retention succeeded: {") == 1


def test_accuracy_of_what_was_issued(live: Platform) -> None:
    """Forecasts issued by hand for days that have happened since, as nights of old would have."""
    meter = live.store.meter(**GROWN)
    start = NOW - timedelta(days=3)
    truth = READINGS[READINGS.index >= start]
    frame = pd.DataFrame({"p10": truth * 0.9, "p50": truth * 1.02, "p90": truth * 1.1})
    live.store.write_forecast(
        meter, frame, issued_at=start, origin=start, model_version="by hand", source="model"
    )

    answer = live.http.get("/meters/{meter_type}/{meter_id}/accuracy".format(**GROWN))

    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert found["overall"]["n"] == 72
    assert found["overall"]["wape"] == pytest.approx(0.02, abs=1e-6)
    assert found["overall"]["coverage"] == 1.0
    assert 0 < found["overall"]["skill"] < 1
    assert [row["lead_from_hours"] for row in found["by_lead"]] == [0, 6, 24, 48]
    assert {row["date"] for row in found["by_day"]} >= {f"{NOW - timedelta(days=1):%Y-%m-%d}"}
    assert isinstance(found["flags"], list)


def test_too_long_a_range_is_refused(live: Platform) -> None:
    path = "/meters/{meter_type}/{meter_id}/accuracy?start_date=2020-01-01".format(**GROWN)
    assert live.http.get(path).json()["code"] == "invalid_request"


def test_retraining_rollback_and_promotion(live: Platform) -> None:
    first = models(live)["aliases"]["champion"]
    assert models(live, "rollback").json()["code"] == "no_previous_version"
    assert models(live, "rollback").status_code == 409
    # Flagged in the night: trained again though the model is a minute old.
    ledger = Ledger(live.jobs.redis)
    flags = [
        {"code": code, "since": NOW.isoformat(), "message": "words"}
        for code in ("skill_below_zero", "model_corrupt")
    ]
    ledger.note("electricity/grown", flags=flags, suspended=first)
    fallback = live.post("/forecast/", {**GROWN, **TODAY}, Prefer="wait=60").json()
    assert (fallback["source"], fallback["model_version"]) == ("baseline", "seasonal_naive")
    assert fallback["reason"] == "the model is suspended: words"
    assert ledger.read("electricity/grown")["serving"] == "fallback"

    run = run_schedule(live, "retraining")
    assert run["summary"]["due"] == 1
    batch = live.ended(run["summary"]["batch_id"])
    assert batch["result"]["succeeded"] == 1

    account = models(live)
    second = account["aliases"]["champion"]
    assert second != first
    assert account["aliases"]["previous"] == first
    assert ledger.read("electricity/grown")["flags"] == []
    served = live.post("/forecast/", {**GROWN, **TODAY}, Prefer="wait=60").json()
    assert (served["source"], served["model_version"]) == ("model", second)
    assert served["reason"] is None

    back = models(live, "rollback", reason="worse in the cold").json()
    assert back["aliases"]["champion"] == first
    assert (back["audit"][0]["who"], back["audit"][0]["reason"]) == ("anyone", "worse in the cold")
    again = models(live, f"{second}/promote").json()
    assert again["aliases"] == {"champion": second, "previous": first, "challenger": None}
    assert models(live, "none/promote").json()["code"] == "unknown_model"


def test_a_damaged_champion_is_told_of_and_the_previous_serves(live: Platform) -> None:
    before = models(live)
    champion, previous = (before["aliases"][name] for name in ("champion", "previous"))
    folder: Path = live.folder / "models" / "electricity" / "grown" / champion
    for file in folder.glob("*.ubj"):
        file.write_bytes(file.read_bytes()[:-10])
    live.restart("worker-forecasts")  # forgets what it kept warm

    served = live.post("/forecast/", {**GROWN, **TODAY}, Prefer="wait=60").json()

    assert (served["source"], served["model_version"]) == ("model", previous)
    account = models(live)
    assert account["aliases"]["champion"] == previous
    assert account["audit"][0]["action"] == "retire"
    codes = [flag["code"] for flag in Ledger(live.jobs.redis).read("electricity/grown")["flags"]]
    assert codes == ["model_corrupt"]


@pytest.mark.parametrize(
    ("command", "words"),
    [
        pytest.param(["models", "list", "--meter-type", "electricity", "--meter-id", "grown"], "champion", id="models"),
        pytest.param(["schedule"], "retraining", id="schedule"),
    ],
)  # fmt: skip
def test_the_command_shows_it(live: Platform, command: list[str], words: str) -> None:
    energy = str(Path(sys.executable).parent / "energy")
    shown = subprocess.run(
        [energy, *command], env={**os.environ, **live.environment, "COLUMNS": "200"},
        capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    assert words in shown.stdout


def test_health_tells_the_disk_of_the_models(live: Platform) -> None:
    used = live.http.get("/health/").json()["models"]
    assert used["meters"] == 1
    assert used["bytes"] == used["largest"][0]["bytes"] > 10_000


def test_models_in_an_object_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The web process has its workers speak to the store: asyncio and gevent don't mix."""
    server = ThreadedMotoServer(port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
        monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
        httpx.put(f"http://{host}:{port}/bucket").raise_for_status()
        roles = ("api", "worker-training", "worker-forecasts", "worker-maintenance")
        with Platform(tmp_path, roles, MODEL_STORE_URL="s3://bucket/models") as platform:
            put(platform, GROWN, READINGS)
            job = platform.ended(platform.submit("/trainmodel/", **GROWN))
            assert job["status"] == "succeeded", job["error"]
            account = models(platform)
            assert account["champion"] == job["result"]["model_version"]
            assert models(platform, "rollback").json()["code"] == "no_previous_version"
            served = platform.post("/forecast/", {**GROWN, **TODAY}, Prefer="wait=60").json()
            assert served["model_version"] == account["champion"]
            health = until(
                lambda: platform.http.get("/health/").json()["checks"]["model_store"], "health"
            )
            assert health["kind"] == "s3"
            path = "/meters/{meter_type}/{meter_id}".format(**GROWN)
            assert platform.http.delete(path).status_code == 204
    finally:
        server.stop()
