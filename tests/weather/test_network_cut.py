"""The network goes away in the middle of the night: every forecast is there, and says what it used."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from data import Meter
from tests.platform import Platform
from tests.processes import until
from tests.weather.open_meteo_server import OpenMeteoServer, open_meteo, temperature
from workers.nightly.rounds import start_round

COUNT, SERVED = 4, 2
DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def line() -> Iterator[OpenMeteoServer]:
    with open_meteo() as running:
        yield running


@pytest.fixture(scope="module")
def night(line: OpenMeteoServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """A platform with heated houses in four places, which have models."""
    folder: Path = tmp_path_factory.mktemp("night")
    weather = {
        "WEATHER_PROVIDER": "open-meteo",
        "WEATHER_BASE_URL": line.url,
        "WEATHER_CONNECT_TIMEOUT": "2",
    }
    with Platform(folder, **weather) as platform:
        for number in range(COUNT):
            _add_house(
                platform,
                Meter("electricity", f"house_{number}", latitude=40 + number, longitude=7.7),
            )
        trained = platform.ended(
            platform.submit("/trainmodel/batch", meter_type="electricity"), 240
        )
        assert trained["status"] == "succeeded", trained
        yield platform


def test_training_asked_for_the_past_and_learnt_from_it(
    night: Platform, line: OpenMeteoServer
) -> None:
    hosts = set(line.hosts())
    assert hosts == {"historical-forecast-api", "previous-runs-api"}
    model = night.http.get("/models/electricity/house_0").json()["versions"][0]
    assert model["source"] == "model"


def test_every_forecast_is_there_and_says_what_it_used(
    night: Platform, line: OpenMeteoServer
) -> None:
    line.until_cut = SERVED
    tomorrow = (datetime.now(UTC) + DAY).date()
    answer = night.post(
        "/forecast/batch",
        {
            "meter_type": "electricity",
            "start_date": tomorrow.isoformat(),
            "end_date": (tomorrow + DAY).isoformat(),
        },
    )
    assert answer.status_code == 202, answer.text
    batch = night.ended(answer.json()["task_id"], 240)
    assert batch["status"] == "succeeded", batch
    members = night.http.get(f"/jobs/{batch['task_id']}/result").json()["members"]
    assert len(members) == COUNT
    grades = []
    for member in members:
        result = night.http.get(f"/jobs/{member['task_id']}/result").json()
        assert len(result["points"]) == 48
        assert all(point["p10"] <= point["p50"] <= point["p90"] for point in result["points"])
        stretches = result["weather"]
        assert stretches[0]["start"] == result["points"][0]["time"]
        assert all(one["end"] == other["start"] for one, other in pairwise(stretches))
        grades += {stretch["grade"] for stretch in stretches}
    assert sorted(grades) == ["climatology"] * (COUNT - SERVED) + ["forecast"] * SERVED
    # The first that found the line dead tried three times; nobody after it tried at all.
    assert line.hosts().count("api") == SERVED + 3


def test_the_nightly_round_goes_on_and_says_it_too(night: Platform) -> None:
    """The line is still dead: two places have the forecast of before, two have none."""
    keys = [f"electricity/house_{number}" for number in range(COUNT)]
    now = datetime.now(UTC)
    start_round(night.jobs, "forecasts", keys, schedule="forecasts", now=now)

    def told() -> list[list[dict[str, str]]] | None:
        found = [night.http.get(f"/meters/{key}").json()["forecast_weather"] for key in keys]
        return found if all(found) else None

    stretches = until(told, "every meter has its forecast", seconds=120)
    grades = [{stretch["grade"] for stretch in one} for one in stretches]
    # Past a week there is none: two months of readings have taught no model what the usual is worth.
    assert grades.count({"climatology", "none"}) == COUNT - SERVED
    assert grades.count({"forecast", "none"}) == SERVED
    assert all(one[0]["grade"] != "none" for one in stretches)
    for number in range(COUNT):
        issued = night.store.forecasts(
            Meter("electricity", f"house_{number}"), now - DAY, now + 10 * DAY, None
        )
        assert (issued["issued_at"] >= pd.Timestamp(now)).sum() >= 24


def _add_house(platform: Platform, meter: Meter) -> None:
    now = pd.Timestamp(datetime.now(UTC)).floor("h")
    index = pd.date_range(now - 400 * DAY, now, freq="h", inclusive="left", name="time")
    warm = np.array([temperature(meter.latitude or 0, int(at.timestamp()), 0) for at in index])
    noise = np.random.default_rng(5).normal(size=len(index))
    values = 1 + 0.3 * np.clip(16 - warm, 0, None) + 0.05 * noise
    readings = pd.Series(values.clip(0.1), index=index, name="value")
    platform.store.put_meter(meter)
    platform.store.write_readings(meter, readings[index >= now - 70 * DAY])
    frame = pd.DataFrame({"temperature": warm}, index=index)
    platform.store.write_weather(meter.location, frame, source="import")
