"""The chart shows the holidays that the models know of."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from app import create_app
from config import load_settings
from data import Meter, open_store
from ml.features.holidays import holiday_numbers

YEAR = 2026
EPOCH = date(1970, 1, 1)


@pytest.mark.parametrize(
    ("country", "subdivision", "some"),
    [
        pytest.param("DE", "BY", True, id="region"),
        pytest.param("DE", None, True, id="country"),
        pytest.param("DE", "Atlantis", True, id="region-that-is-not-known"),
        pytest.param("ZZ", None, False, id="no-country"),
        pytest.param("ZZ", "Atlantis", False, id="region-of-none"),
    ],
)
def test_they_are_the_same(
    redis_url: str, tmp_path: Path, country: str, subdivision: str | None, some: bool
) -> None:
    settings = load_settings({"REDIS_URL": redis_url, "STATE_DIR": str(tmp_path)})
    meter = Meter("water", "m", timezone="UTC", country=country, subdivision=subdivision)
    open_store(settings).put_meter(meter)
    client = create_app(settings).test_client()
    answer = client.get(f"/meters/water/m/holidays?start={YEAR}-01-01&end={YEAR}-12-31")
    shown = [one["date"] for one in answer.json["holidays"]]
    known = holiday_numbers(country, subdivision, YEAR)
    assert shown == [(EPOCH + timedelta(days=number)).isoformat() for number in known]
    assert bool(shown) is some
