"""Keys for some meters only: a customer's key must not reach another customer's meters."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from flask.testing import FlaskClient

from app.services import Services
from tests.security.conftest import bearer
from workers.api_keys import READ, TRAIN, WRITE
from workers.jobs import submitter
from workers.ledger import Ledger
from workers.registry.disk_use import PER_METER, TOTAL, set_disk_use
from workers.states import Kind

MakeKey = Callable[..., str]
PREFIX = "electricity/site_a_"


@pytest.fixture
def limited(make_key: MakeKey) -> dict[str, str]:
    return bearer(make_key(READ, WRITE, TRAIN, name="site-a", meters=PREFIX))


@pytest.mark.parametrize(
    ("method", "path", "body", "allowed"),
    [
        pytest.param("GET", "/meters/electricity/site_a_1", None, True, id="own"),
        pytest.param("GET", "/meters/electricity/site_b_1", None, False, id="another"),
        pytest.param("GET", "/meters/electricity/site_b_1/readings", None, False, id="readings"),
        pytest.param("PUT", "/meters/electricity/site_b_9", {}, False, id="create"),
        pytest.param("DELETE", "/meters/electricity/site_b_1", None, False, id="delete"),
        pytest.param("GET", "/models/electricity/site_b_1", None, False, id="models"),
        pytest.param("POST", "/test_model/", {"meter_type": "electricity", "meter_id": "site_b_1"}, False, id="test"),
        pytest.param("POST", "/trainmodel/batch", {"all": True}, False, id="batch-of-all"),
        pytest.param("POST", "/trainmodel/batch", {"meter_type": "electricity"}, False, id="batch-of-a-type"),
        pytest.param("POST", "/trainmodel/batch", {"meters": [{"meter_type": "electricity", "meter_id": "site_a_1"}, {"meter_type": "electricity", "meter_id": "site_b_1"}]}, False, id="batch-with-another"),
        pytest.param("POST", "/trainmodel/", {"meter_type": "electricity"}, False, id="nobody"),
        pytest.param("POST", "/trainmodel/", [], False, id="no-object"),
        pytest.param("POST", "/demo/", {}, False, id="demo"),
        pytest.param("GET", "/jobs/stream", None, False, id="all-jobs"),
        pytest.param("GET", "/jobs/stream?ids=", None, False, id="no-jobs-are-all"),
        pytest.param("GET", "/jobs/stream?ids=,", None, False, id="commas-are-all"),
        pytest.param("GET", "/jobs/stream?ids=,&batch=", None, False, id="nothing-twice"),
        pytest.param("GET", "/metrics", None, False, id="metrics"),
        pytest.param("GET", "/schedules/", None, False, id="schedules"),
        pytest.param("POST", "/preview/", "timestamp,value\n2026-01-01,1\n", True, id="preview"),
    ],
)  # fmt: skip
def test_what_names_other_meters_or_none_is_refused(
    ask: FlaskClient, limited: dict, method: str, path: str, body: object, allowed: bool
) -> None:
    given = {} if body is None else {"json": body}
    answer = ask.open(path, method=method, headers=limited, **given)

    assert (answer.status_code != 403) is allowed, answer.text
    if not allowed:
        assert answer.json["code"] == "forbidden"


def test_lists_hold_only_its_meters_and_jobs(ask: FlaskClient, limited: dict) -> None:
    services: Services = ask.application.extensions["energy"]
    submitter.set("somebody else")
    own = services.jobs.submit(Kind.TEST, {}, meter_type="electricity", meter_id="site_a_1")
    other = services.jobs.submit(Kind.TEST, {}, meter_type="electricity", meter_id="site_b_1")
    own_id, other_id = (one.record["task_id"] for one in (own, other))

    meters = ask.get("/meters/", headers=limited).json
    jobs = [job["task_id"] for job in ask.get("/jobs/", headers=limited).json["jobs"]]

    assert {one["meter_id"] for one in meters["meters"]} == {"site_a_1", "site_a_2"}
    assert meters["total"] == 2
    assert own_id in jobs
    assert other_id not in jobs
    assert ask.get(f"/jobs/{own_id}", headers=limited).status_code == 200
    for method, path in (
        ("GET", f"/jobs/{other_id}"),
        ("GET", f"/trainmodel/status/{other_id}"),
        ("GET", f"/jobs/{other_id}/stream"),
        ("GET", f"/jobs/{other_id}/result"),
        ("GET", f"/jobs/stream?ids={own_id},{other_id}"),
        ("DELETE", f"/jobs/{other_id}"),
    ):
        answer = ask.open(path, method=method, headers=limited)
        assert (answer.status_code, answer.json["code"]) == (404, "unknown_job"), path
    for job_id in (own_id, other_id):
        services.jobs.cancel(job_id)


def test_jobs_of_others_do_not_crowd_out_its_own(
    ask: FlaskClient, limited: dict, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workers.jobs.listing.SEARCHED_AT_ONCE", 4)
    jobs = ask.application.extensions["energy"].jobs
    submitter.set("")  # nobody, of whom no share is asked
    meter = {"meter_type": "electricity", "meter_id": "site_a_1"}
    own = [jobs.submit(Kind.TEST, {}, **meter).record["task_id"] for _ in range(3)]
    batch = ask.post("/trainmodel/batch", json={"meters": [meter]}, headers=limited).json["task_id"]
    submitter.set("")
    meter = {"meter_type": "electricity", "meter_id": "site_b_1"}
    others = [jobs.submit(Kind.TEST, {}, **meter).record["task_id"] for _ in range(9)]

    def listed(path: str) -> list[str]:
        return [job["task_id"] for job in ask.get(path, headers=limited).json["jobs"]]

    assert listed("/jobs/?limit=4") == [batch, *own[::-1]]
    assert listed("/jobs/?limit=2&offset=1") == own[:0:-1]
    assert listed("/jobs/?limit=4&offset=500") == []
    for job_id in (*own, *others, batch):
        jobs.cancel(job_id)


def test_the_size_of_models_is_told_only_to_keys_for_all_meters(
    ask: FlaskClient, limited: dict, make_key: MakeKey
) -> None:
    redis = ask.application.extensions["energy"].jobs.redis
    redis.delete(PER_METER, TOTAL)  # what models of other tests take is not asked here
    set_disk_use(redis, "electricity/site_b_1", 1000)

    own = ask.get("/health/", headers=limited).json
    whole = ask.get("/health/", headers=bearer(make_key(READ, name="whole"))).json
    set_disk_use(redis, "electricity/site_b_1", 0)

    assert "models" not in own
    assert whole["models"]["largest"] == [{"meter": "electricity/site_b_1", "bytes": 1000}]


def test_the_overview_sums_nothing_up_over_meters_of_others(
    ask: FlaskClient, limited: dict, make_key: MakeKey
) -> None:
    services: Services = ask.application.extensions["energy"]
    Ledger(services.jobs.redis).note_types({"electricity": {"skill": 0.2}})

    own = ask.get("/overview/", headers=limited).json
    whole = ask.get("/overview/", headers=bearer(make_key(READ, name="whole"))).json
    Ledger(services.jobs.redis).note_types({})

    assert (own["types"], own["all"]) == ({}, 2)
    assert (whole["types"], whole["all"]) == ({"electricity": {"skill": 0.2}}, 3)


def test_a_stream_token_reaches_no_further_than_its_key(ask: FlaskClient, limited: dict) -> None:
    token = ask.post("/stream_tokens/", headers=limited).json["token"]

    for path in ("/jobs/stream", "/jobs/stream?ids=,", "/meters/"):
        separator = "&" if "?" in path else "?"
        answer = ask.get(f"{path}{separator}token={token}")
        assert answer.status_code in (401, 403), path


def test_readings_for_another_meter_do_not_come_in_by_a_body(
    ask: FlaskClient, limited: dict
) -> None:
    line = f"m,meter_type=electricity,meter_id=site_b_1 value=99 {int(datetime(2026, 1, 1, tzinfo=UTC).timestamp())}"
    ask.post(
        "/meters/electricity/site_a_1/readings?precision=s",
        data=line, content_type="text/plain", headers=limited,
    )  # fmt: skip
    services: Services = ask.application.extensions["energy"]
    other = services.store.readings(services.store.meter("electricity", "site_b_1"))
    assert 99 not in other.to_list()
