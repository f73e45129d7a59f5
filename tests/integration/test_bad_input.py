"""What a client can get wrong, and the words it is answered with."""

import httpx
import pytest

from data.meters import Meter
from tests.platform import Platform

TRAIN = "/trainmodel/"
FORECAST = "/forecast/"
GOOD = {"meter_type": "electricity", "meter_id": "simulated_city_district"}
DAYS = {"start_date": "2026-03-20", "end_date": "2026-03-21"}


@pytest.mark.parametrize(
    ("path", "body", "status", "code", "named"),
    [
        pytest.param(TRAIN, {**GOOD, "meter_id": "nobody"}, 404, "unknown_meter", "nobody", id="unknown-meter"),
        pytest.param(TRAIN, {"meter_type": "electricity"}, 422, "invalid_request", "meter_id", id="no-meter-id"),
        pytest.param(TRAIN, {**GOOD, "meter_type": "gas"}, 422, "invalid_request", "meter_type", id="unknown-type"),
        pytest.param(TRAIN, {**GOOD, "meter_id": "../../etc/passwd"}, 422, "invalid_request", "meter_id", id="path-in-id"),
        pytest.param(TRAIN, {**GOOD, "meter_id": "x" * 65}, 422, "invalid_request", "meter_id", id="long-id"),
        pytest.param(TRAIN, {**GOOD, "meter_id": "a\u0000b"}, 422, "invalid_request", "meter_id", id="nul-in-id"),
        pytest.param(TRAIN, {**GOOD, "meter_id": "a\nb"}, 422, "invalid_request", "meter_id", id="newline-in-id"),
        pytest.param(TRAIN, {**GOOD, "meter_id": 7}, 422, "invalid_request", "meter_id", id="number-as-id"),
        pytest.param(TRAIN, {**GOOD, "colour": "red"}, 422, "invalid_request", "colour", id="unknown-field"),
        pytest.param(TRAIN, {**GOOD, "start_date": "yesterday"}, 422, "invalid_request", "start_date", id="not-a-date"),
        pytest.param(TRAIN, {**GOOD, "start_date": "0001-01-01"}, 422, "invalid_request", "start_date", id="year-one"),
        pytest.param(TRAIN, {**GOOD, "end_date": "9999-12-31"}, 422, "invalid_request", "end_date", id="year-9999"),
        pytest.param(TRAIN, {**GOOD, "start_date": "2026-02-01", "end_date": "2026-01-01"}, 422, "invalid_request", "end_date", id="reversed-training"),
        pytest.param(TRAIN, [], 422, "invalid_request", "", id="a-list"),
        pytest.param(FORECAST, {**GOOD, "start_date": "2026-03-21", "end_date": "2026-03-20"}, 422, "invalid_request", "end_date", id="reversed"),
        pytest.param(FORECAST, GOOD, 422, "invalid_request", "date", id="no-dates"),
        pytest.param(FORECAST, {**GOOD, "start_date": "2026-03-20", "end_date": "2026-06-20"}, 422, "beyond_horizon", "31", id="too-long"),
        pytest.param(FORECAST, {**GOOD, "start_date": "2031-03-20", "end_date": "2031-03-21"}, 422, "beyond_horizon", "31", id="too-far"),
        pytest.param(FORECAST, {**GOOD, "start_date": "2001-03-20", "end_date": "2001-03-21"}, 409, "no_readings", "2001", id="before-the-readings"),
        pytest.param(FORECAST, {"meter_type": "water", "meter_id": "untrained", **DAYS}, 409, "model_not_trained", "untrained", id="not-trained"),
        pytest.param("/test_model/", {**GOOD, "test_size": 2}, 422, "invalid_request", "test_size", id="test-size"),
    ],
)  # fmt: skip
def test_a_bad_request_is_answered_in_words(
    platform: Platform, trained: dict, path: str, body: object, status: int, code: str, named: str
) -> None:
    water = Meter("water", "untrained", unit="m3")
    platform.store.put_meter(water)
    platform.store.write_readings(water, platform.store.readings(Meter(**GOOD)))

    answer = platform.post(path, body)

    assert answer.status_code == status, answer.text
    assert answer.json()["code"] == code
    assert named in answer.json()["message"]
    assert "Traceback" not in answer.text


@pytest.mark.parametrize(
    ("content", "kind", "status", "code"),
    [
        pytest.param(b'{"meter_id": ', "application/json", 400, "malformed_json", id="cut-json"),
        pytest.param(b"\xff\xfe", "application/json", 400, "malformed_json", id="not-utf-8"),
        pytest.param(b"meter_id=x", "application/x-www-form-urlencoded", 415, "unsupported_media_type", id="form"),
        pytest.param(b"", "text/plain", 415, "unsupported_media_type", id="no-type"),
        pytest.param(b'{"meter_id": NaN}', "application/json", 422, "invalid_request", id="nan"),
    ],
)  # fmt: skip
def test_a_body_that_is_no_json_object(
    platform: Platform, content: bytes, kind: str, status: int, code: str
) -> None:
    answer = platform.http.post(TRAIN, content=content, headers={"Content-Type": kind})

    assert (answer.status_code, answer.json()["code"]) == (status, code)


@pytest.mark.parametrize(
    "path", ["/trainmodel/status/", "/forecast/stream/", "/jobs/", "/test_model/result/"]
)
def test_a_job_that_never_was(platform: Platform, path: str) -> None:
    answer = platform.http.get(f"{path}00000000-0000-4000-8000-000000000000")

    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_job")


def test_too_little_history_says_how_much_is_needed(platform: Platform) -> None:
    short = Meter("electricity", "short")
    platform.store.put_meter(short)
    readings = platform.store.readings(Meter(**GOOD))
    platform.store.write_readings(short, readings.iloc[:100])

    job = platform.ended(platform.submit(TRAIN, meter_type="electricity", meter_id="short"))

    assert job["status"] == "failed"
    assert job["error"]["code"] == "insufficient_history"
    assert job["error"]["detail"]["need_hours"] > job["error"]["detail"]["have_hours"]
    assert job["error"]["hint"]
    answer = platform.http.get(f"/trainmodel/result/{job['task_id']}")
    assert (answer.status_code, answer.json()["code"]) == (422, "insufficient_history")


def test_a_broken_line_in_a_csv_costs_that_line_alone(platform: Platform) -> None:
    meter = "/meters/electricity/broken-line"
    assert platform.http.put(meter, json={"unit": "kWh"}).status_code == 201
    lines = [f"2026-01-01T{hour:02d}:00:00Z,{hour}" for hour in range(24)]
    lines[11] = "2026-01-01T11:00:00Z,a lot"
    body = "\n".join(["timestamp,value", *lines])

    answer = _send_csv(platform.http, meter, body).json()

    assert (answer["accepted"], answer["refused"]) == (23, 1)
    assert "line 13" in answer["problems"][0]
    assert "a lot" in answer["problems"][0]
    assert len(platform.http.get(f"{meter}/readings").json()["values"]) == 23
    again = _send_csv(platform.http, meter, body).json()
    assert (again["accepted"], again["replaced"]) == (23, 23)


def test_a_csv_without_a_usable_line_writes_nothing(platform: Platform) -> None:
    meter = "/meters/electricity/no-line"
    platform.http.put(meter, json={})

    answer = _send_csv(platform.http, meter, "timestamp,value\nsoon,much\n")

    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_readings")
    assert platform.http.get(f"{meter}/readings").json()["values"] == []


def test_an_absurd_id_in_the_path(platform: Platform) -> None:
    answer = platform.http.put("/meters/electricity/%2e%2e%2fx", json={})
    assert answer.status_code in (404, 422)
    answer = platform.http.put("/meters/steam/x", json={})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")


def _send_csv(http: httpx.Client, meter: str, body: str) -> httpx.Response:
    return http.post(f"{meter}/readings", content=body, headers={"Content-Type": "text/csv"})
