"""Readings over HTTP: every format, sent twice, large, aggregated, and judged."""

import gzip
import json
from datetime import UTC, datetime
from typing import Any

import pandas as pd
import pytest

from tests.platform import Platform

START = 1_767_225_600  # 2026-01-01T00:00:00Z
HOUR = 3600
TIMES = [START + HOUR * n for n in range(48)]


def iso(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat()


CSV = "\n".join(["timestamp,value", *(f"{iso(t)},{n}" for n, t in enumerate(TIMES))]).encode()
JSON = json.dumps([{"time": iso(t), "value": n} for n, t in enumerate(TIMES)]).encode()
LINES = "\n".join(f"energy value={n} {t}" for n, t in enumerate(TIMES)).encode()


def put(platform: Platform, name: str, **facts: Any) -> str:
    path = f"/meters/electricity/{name}"
    assert platform.http.put(path, json={"unit": "kWh", **facts}).status_code in (200, 201)
    return path


@pytest.mark.parametrize(
    ("kind", "body", "query"),
    [
        pytest.param("text/csv", CSV, "", id="csv"),
        pytest.param("text/csv", gzip.compress(CSV), "", id="csv-gzip"),
        pytest.param("application/json", JSON, "", id="json"),
        pytest.param("text/plain", LINES, "?precision=s", id="line-protocol"),
    ],
)
def test_every_format_and_again(platform: Platform, kind: str, body: bytes, query: str) -> None:
    meter = put(platform, f"format-{len(body)}")

    first = platform.http.post(
        f"{meter}/readings{query}", content=body, headers={"Content-Type": kind}
    )
    again = platform.http.post(
        f"{meter}/readings{query}", content=body, headers={"Content-Type": kind}
    )

    assert first.status_code == 200, first.text
    assert (first.json()["accepted"], first.json()["replaced"]) == (48, 0)
    assert (again.json()["accepted"], again.json()["replaced"]) == (48, 48)
    stored = platform.http.get(f"{meter}/readings").json()
    assert stored["values"] == [float(n) for n in range(48)]


def test_units_are_converted(platform: Platform) -> None:
    meter = put(platform, "in-watts")
    answer = platform.http.post(
        f"{meter}/readings?unit=Wh", content=CSV, headers={"Content-Type": "text/csv"}
    ).json()
    assert answer["conversions"]
    assert platform.http.get(f"{meter}/readings").json()["values"][-1] == pytest.approx(0.047)


@pytest.mark.parametrize("unit", ["banana", "m3", "EUR"])
def test_a_unit_that_measures_no_electricity_is_refused(platform: Platform, unit: str) -> None:
    answer = platform.http.put("/meters/electricity/odd", json={"unit": unit})
    assert (answer.status_code, answer.json()["detail"]) == (422, {"field": "unit"})
    assert platform.http.get("/meters/electricity/odd").status_code == 404


@pytest.mark.parametrize("country", ["XX", "UK", "EU"])
def test_a_country_that_has_no_such_code_is_refused(platform: Platform, country: str) -> None:
    """Else its holidays would be missing, and nobody would know why."""
    answer = platform.http.put("/meters/electricity/nowhere", json={"country": country})
    assert (answer.status_code, answer.json()["detail"]) == (422, {"field": "country"})
    assert "GB" in answer.json()["hint"]


def test_the_unit_stays_once_there_are_readings(platform: Platform) -> None:
    meter = put(platform, "in-kwh", unit="MWh")
    assert platform.http.put(meter, json={"unit": "kWh"}).json()["unit"] == "kWh"
    platform.http.post(f"{meter}/readings", content=CSV, headers={"Content-Type": "text/csv"})

    answer = platform.http.put(meter, json={"unit": "MWh", "name": "never"})

    assert (answer.status_code, answer.json()["detail"]) == (422, {"field": "unit"})
    assert "delete the meter" in answer.json()["hint"]
    assert platform.http.get(meter).json()["name"] is None
    assert platform.http.put(meter, json={"unit": "kwh", "name": "same"}).status_code == 200


def test_a_resolution_that_is_said_serves_a_single_interval_end(platform: Platform) -> None:
    meter = put(platform, "one-by-one", resolution="PT15M")
    one = [{"time": "2026-01-01T01:00:00Z", "value": 1}]

    answer = platform.http.post(f"{meter}/readings?interval_end=true", json=one)

    assert answer.status_code == 200, answer.text
    assert platform.http.get(f"{meter}/readings").json()["times"] == ["2026-01-01T00:45:00Z"]
    assert platform.http.put(meter, json={"resolution": None}).json()["resolution"] is None


@pytest.mark.parametrize("step", ["an hour", "PT1M", "PT7M", "P2D", "P99999999999999999D"])
def test_a_step_that_cannot_be_is_refused(platform: Platform, step: str) -> None:
    answer = platform.http.put("/meters/electricity/stepless", json={"resolution": step})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")


def test_a_counter_is_told_by_its_differences(platform: Platform) -> None:
    meter = put(platform, "counter")
    platform.http.post(
        f"{meter}/readings?counter=true", content=CSV, headers={"Content-Type": "text/csv"}
    )
    assert set(platform.http.get(f"{meter}/readings").json()["values"]) == {1.0}


def test_a_large_body_becomes_a_job(platform: Platform) -> None:
    meter = put(platform, "large")
    rows = (f"{iso(START - 60 * n)},{n % 7}" for n in range(200_000))
    body = "\n".join(["timestamp,value", *rows]).encode()
    assert len(body) > platform.settings.inline_upload_mb * 2**20

    answer = platform.http.post(
        f"{meter}/readings", content=body, headers={"Content-Type": "text/csv"}
    )
    seen = list(platform.client.job(answer.json()["task_id"]).events())

    assert answer.status_code == 202
    assert seen[-1]["status"] == "succeeded", seen[-1]
    assert seen[-1]["result"]["accepted"] == 200_000
    assert len({job["progress"] for job in seen}) > 3
    assert not list((platform.folder / "uploads").iterdir())


def test_days_and_csv(platform: Platform) -> None:
    meter = put(platform, "aggregated")
    platform.http.post(f"{meter}/readings", content=CSV, headers={"Content-Type": "text/csv"})

    days = platform.http.get(f"{meter}/readings", params={"every": "1d"}).json()
    table = platform.http.get(f"{meter}/readings", headers={"Accept": "text/csv"})

    assert days["values"] == [sum(range(24)), sum(range(24, 48))]
    assert table.text.splitlines()[:2] == ["timestamp,value", "2026-01-01T00:00:00Z,0.0"]


def test_the_quality_report_follows_the_readings(platform: Platform) -> None:
    meter = put(platform, "judged")
    assert platform.http.get(f"{meter}/quality").json()["code"] == "no_readings"
    platform.http.post(f"{meter}/readings", content=CSV, headers={"Content-Type": "text/csv"})

    report = platform.http.get(f"{meter}/quality").json()
    assert report["readings"] == 48
    assert report["ready"] is False

    more = CSV + b"\n2026-01-03T05:00:00Z,1\n"
    platform.http.post(f"{meter}/readings", content=more, headers={"Content-Type": "text/csv"})
    report = platform.http.get(f"{meter}/quality").json()
    assert report["readings"] == 49
    assert "gap" in found_in(report)


def test_the_quality_report_follows_corrections(platform: Platform) -> None:
    meter = put(platform, "corrected")
    kind = {"Content-Type": "text/csv"}
    wrong = "\n".join(["timestamp,value", *(f"{iso(t)},7" for t in TIMES)]).encode()
    platform.http.post(f"{meter}/readings", content=wrong, headers=kind)
    before = platform.http.get(f"{meter}/quality").json()

    answer = platform.http.post(f"{meter}/readings", content=CSV, headers=kind).json()
    after = platform.http.get(f"{meter}/quality").json()

    assert answer["replaced"] == len(TIMES)
    assert "flatline" in found_in(before)
    assert "flatline" not in found_in(after)


def found_in(report: dict[str, Any]) -> set[str]:
    return {finding["code"] for finding in report["findings"] if finding["count"]}


@pytest.mark.parametrize(
    ("kind", "body", "query", "status", "code"),
    [
        pytest.param("application/pdf", b"%PDF", "", 415, "unsupported_media_type", id="no-format"),
        pytest.param("application/octet-stream", b"%PDF", "", 422, "invalid_readings", id="pdf"),
        pytest.param("application/json", b"[", "", 422, "invalid_request", id="cut-json"),
        pytest.param("application/json", b"{}", "", 422, "invalid_request", id="no-shape"),
        pytest.param("text/csv", b"", "", 422, "invalid_readings", id="empty"),
        pytest.param("text/csv", CSV, "?unit=parsec", 422, "invalid_request", id="no-unit"),
        pytest.param("text/csv", CSV, "?unit=m3", 422, "invalid_request", id="wrong-unit"),
        pytest.param("text/csv", CSV, "?timezone=Mars", 422, "invalid_request", id="no-zone"),
        pytest.param("text/csv", CSV, "?colour=red", 422, "invalid_request", id="unknown-option"),
        pytest.param("text/plain", LINES, "?precision=y", 422, "invalid_request", id="precision"),
    ],
)
def test_a_bad_body_stores_nothing(
    platform: Platform, kind: str, body: bytes, query: str, status: int, code: str
) -> None:
    meter = put(platform, "spoilt")
    answer = platform.http.post(
        f"{meter}/readings{query}", content=body, headers={"Content-Type": kind}
    )
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert platform.http.get(f"{meter}/readings").json()["values"] == []


def test_water_has_its_night_flow(platform: Platform) -> None:
    path = "/meters/water/night"
    assert platform.http.put(path, json={"unit": "m3"}).status_code == 201
    rows = (f"{iso(START + HOUR * n)},{3 if n % 24 < 6 else 20}" for n in range(24 * 40))
    body = "\n".join(["timestamp,value", *rows])
    platform.http.post(f"{path}/readings", content=body, headers={"Content-Type": "text/csv"})

    flow = platform.http.get(f"{path}/quality").json()["night_flow"]

    assert flow["recent"] == 3
    assert flow["leak_hint"] is False


def test_readings_of_a_wrong_clock_are_deleted(platform: Platform) -> None:
    meter = put(platform, "wrong-clock", timezone="Europe/Rome")
    platform.http.post(f"{meter}/readings", content=CSV, headers={"Content-Type": "text/csv"})
    # Written past the importers, which refuse what is yet to come.
    wrong = pd.DatetimeIndex(["1970-01-01T00:00:05Z", "2100-05-05T00:00:00Z"])
    stored = platform.store.meter("electricity", "wrong-clock")
    platform.store.write_readings(stored, pd.Series([1.0, 2.0], index=wrong))
    before = platform.http.get(f"{meter}/quality").json()

    def delete(start: str, end: str) -> dict[str, Any]:
        answer = platform.http.delete(f"{meter}/readings", params={"start": start, "end": end})
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    old = {"start": "1970-01-01", "end": "1970-01-01"}
    assert platform.http.get(f"{meter}/readings", params=old).json()["values"] == [1.0]
    assert delete("1970-01-01", "1970-01-01") == {"deleted": 1}
    assert delete("2100-05-05T02:00", "2100-05-05T02:00:01") == {"deleted": 1}
    # The meter's day begins an hour before UTC's, in winter.
    assert delete("2026-01-01", "2026-01-01") == {"deleted": 23}
    assert delete("2026-01-01", "2026-01-01") == {"deleted": 0}

    kept = platform.http.get(meter).json()["readings"]
    assert (kept["first"], kept["count"]) == ("2026-01-01T23:00:00.000Z", 25)
    after = platform.http.get(f"{meter}/quality").json()
    assert (before["readings"], after["readings"]) == (50, 25)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        pytest.param({}, "start", id="all"),
        pytest.param({"start": "2026-01-01"}, "end", id="no-end"),
        pytest.param({"end": "2026-01-01"}, "start", id="no-start"),
        pytest.param({"start": "2026-01-02", "end": "2026-01-01"}, "end", id="reversed"),
        pytest.param({"start": "soon", "end": "2026-01-01"}, "start", id="no-date"),
        pytest.param({"start": "0001-01-01", "end": "2026-01-01"}, "start", id="before-all-time"),
        pytest.param({"start": "2026-01-01", "end": "9999-12-31"}, "end", id="after-all-time"),
        pytest.param({"start": "2026-01-01", "end": "2026-01-02", "all": "1"}, "all", id="unknown"),
    ],
)
def test_a_range_that_is_not_said_deletes_nothing(
    platform: Platform, query: dict[str, str], field: str
) -> None:
    meter = put(platform, "kept")
    platform.http.post(f"{meter}/readings", content=CSV, headers={"Content-Type": "text/csv"})
    answer = platform.http.delete(f"{meter}/readings", params=query)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")
    assert field in answer.text
    assert platform.http.get(meter).json()["readings"]["count"] == 48


def test_readings_of_nobody_are_not_deleted(platform: Platform) -> None:
    query = {"start": "2026-01-01", "end": "2026-01-02"}
    answer = platform.http.delete("/meters/electricity/nobody/readings", params=query)
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_meter")


def test_a_deleted_meter_leaves_nothing(platform: Platform) -> None:
    meter = put(platform, "deleted")
    platform.http.post(f"{meter}/readings", content=CSV, headers={"Content-Type": "text/csv"})
    assert platform.http.get(f"{meter}/quality").json()["readings"] == 48

    assert platform.http.delete(meter).status_code == 204

    for path in ("", "/readings", "/quality", "/forecasts"):
        assert platform.http.get(meter + path).json()["code"] == "unknown_meter"
    assert platform.http.delete(meter).status_code == 404
    put(platform, "deleted")
    assert platform.http.get(f"{meter}/readings").json()["values"] == []
    assert not list(platform.jobs.redis.scan_iter("quality:electricity/deleted*"))
