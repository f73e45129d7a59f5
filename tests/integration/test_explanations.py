"""`GET /models/…/explain`: what drove a forecast."""

import pytest

from tests.platform import Platform


def test_contributions_add_up_to_the_forecast(platform: Platform, trained: dict) -> None:
    days = {"start_date": "2026-03-20", "end_date": "2026-03-20"}
    path = "/models/{meter_type}/{meter_id}/explain".format(**trained)

    explained = platform.http.get(path, params=days).json()

    job_id = platform.submit("/forecast/", **trained, **days)
    platform.ended(job_id)
    forecast = platform.http.get(f"/forecast/result/{job_id}").json()["points"]
    assert [point["time"] for point in explained["points"]] == [p["time"] for p in forecast]
    for point, issued in zip(explained["points"], forecast, strict=True):
        total = sum(point[group] for group in explained["groups"])
        assert total == pytest.approx(issued["p50"], rel=1e-3, abs=1e-3)
    assert "usual week" in explained["groups"]
    assert sum(item["gain"] for item in explained["importance"]) == pytest.approx(1, abs=1e-3)


def test_the_days_after_the_readings_are_explained_by_default(
    platform: Platform, trained: dict
) -> None:
    path = "/models/{meter_type}/{meter_id}/explain".format(**trained)

    explained = platform.http.get(path).json()

    assert len(explained["points"]) == 48


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        pytest.param({"start_date": "2036-01-01"}, 422, "beyond_horizon", id="too far"),
        pytest.param({"start_date": "yesterday"}, 422, "invalid_request", id="no date"),
        pytest.param({"end_date": "1980-01-01"}, 422, "invalid_request", id="reversed"),
        pytest.param({"days": "3"}, 422, "invalid_request", id="unknown field"),
    ],
)
def test_what_cannot_be_explained_says_why(
    platform: Platform, trained: dict, query: dict, status: int, code: str
) -> None:
    path = "/models/{meter_type}/{meter_id}/explain".format(**trained)

    answer = platform.http.get(path, params=query)

    assert (answer.status_code, answer.json()["code"]) == (status, code)
