"""What looks like a path, a query, a mark-up or an object stays what it is: text, or refused."""

from urllib.parse import quote

import pytest
from flask import Flask

from tests.reliability import note_inputs
from workers.broker import create_celery

IDS = [
    "../../etc/passwd", "..%2f..%2fetc", "a/b", "a\\b", "a\x00b", "a\nb", "a b", "a'b", 'a"b', "a;b", "a*", "{a}",
    "a' OR 1=1 --", "a\"; DROP MEASUREMENT energy; --", "<script>alert(1)</script>", "${jndi:x}", "-rf", ".", "..",
    "a,b=c d=1", "x" * 65, "%00", "é",
]  # fmt: skip
MARKUP = '"><script>alert(1)</script>'


@pytest.mark.parametrize("meter_id", IDS, ids=range(len(IDS)))
def test_ids_that_mean_something_elsewhere_are_refused(unkeyed: Flask, meter_id: str) -> None:
    client = unkeyed.test_client()
    body = {"meter_type": "electricity", "meter_id": meter_id}

    answers = [
        client.post("/trainmodel/", json=body),
        client.post("/trainmodel/batch", json={"meters": [body]}),
        client.put(f"/meters/electricity/{quote(meter_id, safe='')}", json={}),
    ]

    assert all(answer.status_code in (400, 404, 405, 422) for answer in answers), answers
    assert all("code" in answer.json for answer in answers)


def test_names_are_shown_as_text(unkeyed: Flask) -> None:
    client = unkeyed.test_client()
    assert client.put("/meters/electricity/marked", json={"name": MARKUP}).status_code in (200, 201)

    page = client.get("/dashboard/meters/electricity/marked")
    data = client.get("/meters/electricity/marked")

    assert page.status_code == 200
    assert MARKUP not in page.text
    assert data.json["name"] == MARKUP
    assert data.mimetype == "application/json"
    assert data.headers["X-Content-Type-Options"] == "nosniff"
    note_inputs(
        "ids and names that mean something to a path, a query or a page", tried=3 * len(IDS) + 1,
        result="422 or 404; shown as text",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        pytest.param("PUT", "/meters/electricity/half", r'{"name": "\ud800"}', id="name"),
        pytest.param("PUT", "/meters/electricity/half", r'{"\udc00": 1}', id="field"),
        pytest.param("POST", "/models/electricity/half/rollback", r'{"reason": "\udc00\ud800"}', id="reason"),
        pytest.param("POST", "/meters/electricity/half/readings", r'[{"time": "\ud800", "value": 1}]', id="time"),
        pytest.param("POST", "/meters/electricity/half/readings", r'[{"time": 0, "value": "\ud800"}]', id="value"),
    ],
)  # fmt: skip
def test_half_a_character_is_refused_and_spoils_nothing(
    unkeyed: Flask, method: str, path: str, body: str
) -> None:
    client = unkeyed.test_client()
    whole = client.put("/meters/electricity/half", json={"name": "\N{GRINNING FACE} \\ud800"})

    answer = client.open(path, method=method, data=body, content_type="application/json")

    assert whole.json["name"] == "\N{GRINNING FACE} \\ud800"
    assert (answer.status_code, answer.json["code"]) == (422, "invalid_request")
    assert "is half a character" in answer.json["message"]
    assert client.get("/overview/").status_code == 200


def test_messages_are_json_and_nothing_else(unkeyed: Flask) -> None:
    conf = create_celery(unkeyed.extensions["energy"].settings).conf

    assert conf.accept_content == ["json"]
    assert (conf.task_serializer, conf.result_serializer) == ("json", "json")


def test_nothing_unforeseen_is_told(unkeyed: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    services = unkeyed.extensions["energy"]

    def fail(*_: object) -> None:
        raise RuntimeError("the password is swordfish")

    monkeypatch.setattr(type(services.store), "meters", fail)
    answer = unkeyed.test_client().get("/meters/")

    assert (answer.status_code, answer.json["code"]) == (500, "internal_error")
    assert "swordfish" not in answer.text
    assert "Traceback" not in answer.text


@pytest.mark.parametrize("job_id", ["x:events", "x:result", "*", "a b", "x" * 65, "x\n"])
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/jobs/{}"),
        ("DELETE", "/jobs/{}"),
        ("GET", "/jobs/{}/result"),
        ("GET", "/jobs/{}/stream"),
        ("GET", "/trainmodel/status/{}"),
        ("GET", "/forecast/result/{}"),
    ],
)
def test_an_id_that_is_none_reaches_no_other_key(
    unkeyed: Flask, method: str, path: str, job_id: str
) -> None:
    """`x:events` is a stream in Redis, not a job: the answer was 503."""
    redis = unkeyed.extensions["energy"].jobs.redis
    redis.xadd("job:x:events", {"d": "{}"})

    answer = unkeyed.test_client().open(path.format(quote(job_id)), method=method)

    assert (answer.status_code, answer.json["code"]) == (404, "unknown_job")


def test_a_path_forges_no_line_of_the_log(unkeyed: Flask, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("INFO", logger="app.requests"):
        unkeyed.test_client().get("/jobs/x%0a2026-01-01%20ERROR%1b[31m/é")

    (line,) = [record.getMessage() for record in caplog.records if record.name == "app.requests"]
    assert line.startswith("GET /jobs/x%0A2026-01-01%20ERROR%1B%5B31m/%C3%A9 404 ")
