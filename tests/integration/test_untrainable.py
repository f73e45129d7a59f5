"""An empty flat: two weeks of zeros and more, which no model can learn from, and yet a forecast."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest

from data.meters import Meter
from tests.integration.scheduled import run_schedule
from tests.platform import Platform
from workers.ledger import Ledger

NOW = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
FLAT = {"meter_type": "water", "meter_id": "empty_flat"}
METER = Meter(**FLAT, unit="m3", timezone="Europe/Rome", resolution=timedelta(hours=1))
TWO_DAYS = {
    "start_date": NOW.isoformat(),
    "end_date": (NOW + timedelta(days=2)).isoformat(),
}
WORDS = "all 480 readings have one value"


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    roles = ("api", "worker-training", "worker-forecasts", "worker-maintenance")
    with Platform(tmp_path_factory.mktemp("empty"), roles, NIGHTLY_FORECAST_DAYS="2") as running:
        running.store.put_meter(METER)
        index = pd.date_range(end=NOW - timedelta(hours=1), periods=480, freq="h")
        running.store.write_readings(METER, pd.Series(0.0, index))
        yield running


@pytest.fixture(scope="module")
def refused(platform: Platform) -> Platform:
    """The platform once a training has found the meter's readings to be useless."""
    before = platform.post("/forecast/", {**FLAT, **TWO_DAYS})
    assert (before.status_code, before.json()["code"]) == (409, "model_not_trained")
    job = platform.ended(platform.submit("/trainmodel/", **FLAT))
    assert (job["status"], job["error"]["code"]) == ("failed", "bad_quality")
    return platform


def models(platform: Platform) -> dict[str, Any]:
    found: dict[str, Any] = platform.http.get(f"/models/{METER.key}").json()
    return found


def test_it_is_forecast_by_the_naive_which_says_why(refused: Platform) -> None:
    answer = refused.post("/forecast/", {**FLAT, **TWO_DAYS}, Prefer="wait=60")
    assert answer.status_code == 200, answer.text
    result = answer.json()
    assert (result["source"], result["model_version"]) == ("baseline", "seasonal_naive")
    assert WORDS in result["reason"]
    assert len(result["points"]) == 48
    assert {p[level] for p in result["points"] for level in ("p10", "p50", "p90")} == {0.0}


def test_in_a_batch_too(refused: Platform) -> None:
    batch = refused.ended(refused.submit("/forecast/batch", meters=[FLAT], **TWO_DAYS))
    assert batch["result"]["succeeded"] == 1, batch["result"]


def test_and_every_night(refused: Platform) -> None:
    assert run_schedule(refused, "forecasts")["summary"] == {"total": 1, "baseline": 1}
    assert run_schedule(refused, "scoring")["summary"] == {"total": 1, "succeeded": 1}
    assert Ledger(refused.jobs.redis).read(METER.key)["serving"] == "fallback"
    accuracy = refused.http.get(f"/meters/{METER.key}/accuracy").json()
    assert (accuracy["serving"], accuracy["flags"]) == ("fallback", [])


def test_the_catalogue_says_so(refused: Platform) -> None:
    untrainable = models(refused)["untrainable"]
    assert untrainable["code"] == "bad_quality"
    assert WORDS in untrainable["message"]
    [row] = refused.http.get("/overview/", params={"show": "untrained"}).json()["meters"]
    assert row["untrainable"] == untrainable


def test_a_training_on_a_part_says_nothing_of_the_rest(refused: Platform) -> None:
    at = models(refused)["untrainable"]["at"]
    part = {"start_date": (NOW - timedelta(days=3)).isoformat()}
    job = refused.ended(refused.submit("/trainmodel/", **FLAT, **part))
    assert job["status"] == "failed"
    assert models(refused)["untrainable"]["at"] == at


def test_it_is_trained_again_once_a_day_if_something_has_come_and_then_its_model_answers(
    refused: Platform,
) -> None:
    assert run_schedule(refused, "retraining")["summary"] == {"due": 0}, "refused this very night"
    yesterday(refused)
    assert run_schedule(refused, "retraining")["summary"] == {"due": 0}, "still the same readings"

    index = pd.date_range(end=NOW - timedelta(hours=1), periods=480, freq="h")
    lived_in = 0.02 + 0.01 * np.sin(index.hour.to_numpy() / 24 * 2 * np.pi)
    noise = np.random.default_rng(0).uniform(0, 0.005, len(index))
    refused.store.write_readings(METER, pd.Series(lived_in + noise, index))
    run = run_schedule(refused, "retraining")
    assert run["summary"]["due"] == 1
    assert refused.ended(run["summary"]["batch_id"])["result"]["succeeded"] == 1

    account = models(refused)
    assert (account["untrainable"], len(account["versions"])) == (None, 1)
    result = refused.post("/forecast/", {**FLAT, **TWO_DAYS}, Prefer="wait=60").json()
    assert result["model_version"] == account["champion"]
    assert (result["reason"] is None) == (result["source"] == "model")


def yesterday(platform: Platform) -> None:
    """Let the refusal be a day old."""
    ledger = Ledger(platform.jobs.redis)
    refusal = ledger.read(METER.key)["untrainable"]
    at = datetime.fromisoformat(refusal["at"]) - timedelta(days=1)
    ledger.note(METER.key, untrainable={**refusal, "at": at.isoformat()})
