"""Too much of something: bodies, requests, jobs, streams."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app import create_app
from app.readings import readings
from app.services import Services
from tests.security.conftest import bearer, settings_of
from workers.api_keys import READ, TRAIN, WRITE
from workers.jobs import submitter
from workers.jobs.listing import recent_jobs
from workers.states import Kind

MakeKey = Callable[..., str]
MANY = b'{"x":' + b"[" * 100_000


@pytest.fixture
def narrow(redis_url: str, folder: Path) -> Flask:
    """A server that takes three requests a minute from a key."""
    return create_app(
        settings_of(redis_url, folder, API_KEYS="always", RATE_LIMIT="3/minute", MAX_UPLOAD_MB="1")
    )


def test_a_key_has_a_rate_and_others_have_theirs(
    narrow: Flask, make_key: MakeKey, request: pytest.FixtureRequest
) -> None:
    client = narrow.test_client()
    first, second = (bearer(make_key(READ, name=f"rate-{n}")) for n in (1, 2))

    answers = [client.get("/jobs/", headers=first) for _ in range(5)]

    assert [answer.status_code for answer in answers] == [200, 200, 200, 429, 429]
    assert answers[-1].json["code"] == "too_many_requests"
    assert 0 < int(answers[-1].headers["Retry-After"]) <= 60
    assert client.get("/jobs/", headers=second).status_code == 200
    assert client.get("/health/live").status_code == 200


@pytest.fixture
def submitting(keyed: Flask) -> Iterator[Services]:
    """Submits for the key `site-a`; what it submitted is withdrawn."""
    services: Services = keyed.extensions["energy"]
    token = submitter.set("site-a")
    yield services
    submitter.reset(token)
    for job in recent_jobs(services.jobs.redis, limit=20):
        if job["status"] == "queued":
            services.jobs.cancel(job["task_id"])


def test_a_key_has_a_share_of_the_queue(
    ask: FlaskClient, make_key: MakeKey, submitting: Services
) -> None:
    body = {"meter_type": "electricity", "meter_id": "site_a_1", "test_size": 0.2}
    key, other = (bearer(make_key(TRAIN, READ, name=name)) for name in ("busy", "idle"))

    taken = [ask.post("/test_model/", json=body, headers=key) for _ in range(3)]

    assert [answer.status_code for answer in taken] == [202, 202, 429]
    assert taken[2].json["code"] == "too_many_jobs"
    assert int(taken[2].headers["Retry-After"]) > 0
    assert ask.post("/test_model/", json=body, headers=other).status_code == 202
    ask.delete(f"/jobs/{taken[0].json['task_id']}", headers=key)
    assert ask.post("/test_model/", json=body, headers=key).status_code == 202


def test_a_full_queue_takes_nothing_more(unkeyed: Flask, redis_url: str, folder: Path) -> None:
    # A database of its own: jobs of other tests may wait in the one that all share.
    own = redis_url.removesuffix("/0") + "/9"
    app = create_app(settings_of(own, folder, MAX_WAITING_JOBS="3"))
    jobs = app.extensions["energy"].jobs
    jobs.redis.flushdb()
    waiting = [
        jobs.submit(Kind.FORECAST, {}, meter_type="electricity", meter_id=f"m{n}") for n in range(3)
    ]

    answer = app.test_client().post(
        "/test_model/", json={"meter_type": "electricity", "meter_id": "site_a_1"}
    )
    assert answer.status_code == 202, "each queue is counted by itself"
    jobs.cancel(answer.json["task_id"])
    before = jobs.redis.zcard("jobs:index")
    with pytest.raises(Exception, match="queue is full"):
        jobs.submit(Kind.FORECAST, {}, meter_type="electricity", meter_id="m4")
    assert jobs.redis.zcard("jobs:index") == before
    for one in waiting:
        jobs.cancel(one.record["task_id"])


def test_more_readings_than_one_answer_holds(
    ask: FlaskClient, make_key: MakeKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that writes millions of rows serves nobody else meanwhile."""
    monkeypatch.setattr(readings, "MOST_ROWS", 20)
    key = bearer(make_key(READ, name="reader"))
    path = "/meters/electricity/site_a_1/readings?start=2026-01-01"

    day = ask.get(f"{path}&end=2026-01-01", headers=key)
    table = ask.get(f"{path}&end=2026-01-01", headers={**key, "Accept": "text/csv"})
    part = ask.get(f"{path}&end=2026-01-01T12:00:00Z", headers={**key, "Accept": "text/csv"})
    means = ask.get(f"{path}&end=2026-01-01&every=6h", headers=key)

    for one in (day, table):
        assert (one.status_code, one.json["code"]) == (422, "invalid_request"), one.text
        assert "every=1h" in one.json["hint"]
    assert part.text.splitlines()[:2] == ["timestamp,value", "2026-01-01T00:00:00Z,0.0"]
    assert (part.status_code, len(part.text.splitlines())) == (200, 13)
    assert means.json["times"][1] == "2026-01-01T06:00:00Z"


def test_an_upload_for_which_no_job_is_taken_leaves_nothing(
    ask: FlaskClient, make_key: MakeKey, submitting: Services
) -> None:
    key = bearer(make_key(TRAIN, WRITE, READ, name="uploader"))
    body = {"meter_type": "electricity", "meter_id": "site_a_1", "test_size": 0.2}
    for _ in range(2):
        assert ask.post("/test_model/", json=body, headers=key).status_code == 202

    answer = ask.post(
        "/meters/electricity/site_a_1/readings", headers=key, content_type="text/csv",
        data="timestamp,value\n" + "2026-01-01T00:00:00Z,1\n" * 200_000,
    )  # fmt: skip

    assert (answer.status_code, answer.json["code"]) == (429, "too_many_jobs")
    assert not list(Path(submitting.settings.upload_url).glob("*"))


@pytest.mark.parametrize(
    ("path", "body", "kind", "status"),
    [
        pytest.param("/trainmodel/", b'"' + b"x" * 17_000_000 + b'"', "application/json", 413, id="17-MB-of-json"),
        pytest.param("/trainmodel/", MANY, "application/json", 400, id="deeply-nested"),
        pytest.param("/meters/electricity/site_a_1/readings", MANY, "application/json", 422, id="deeply-nested-readings"),
        pytest.param("/trainmodel/", b'{"meter_id": ' + b"9" * 10_000 + b"}", "application/json", 400, id="number-of-10000-digits"),
        pytest.param("/sign_in", b"key=" + b"x" * 17_000_000, "application/x-www-form-urlencoded", 413, id="17-MB-to-sign-in"),
    ],
)  # fmt: skip
def test_bodies_that_cost_more_than_they_say(
    ask: FlaskClient, make_key: MakeKey, path: str, body: bytes, kind: str, status: int
) -> None:
    key = make_key("admin", name="bodies")
    answer = ask.post(path, data=body, content_type=kind, headers=bearer(key))

    assert answer.status_code == status, answer.text[:300]
