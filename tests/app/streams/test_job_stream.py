"""The stream of one job, as a client sees it, with both writers."""

import json
import socket
import threading

import pytest
import requests

from tests.app.streams.harness import Job, Server
from tests.processes import until


def test_headers_and_snapshot_come_at_once(server: Server, job: Job, listen):
    newest = job.step(10)
    stream = listen(job.path).wait(1)
    assert stream.status == 200
    assert stream.response.headers["Content-Type"].startswith("text/event-stream")
    assert stream.response.headers["Cache-Control"] == "no-cache, no-transform"
    assert stream.response.headers["X-Accel-Buffering"] == "no"
    assert stream.retries == [2000]
    assert stream.events == [(newest, job.record)]


def test_live_events_follow_the_snapshot_and_the_end_closes(job: Job, listen):
    stream = listen(job.path).wait(1)
    ids = [job.step(20), job.step(30), job.end()]
    stream.wait_closed()
    assert [event_id for event_id, _ in stream.events[1:]] == ids
    assert stream.events[2][1] == {"status": "running", "progress": 0.3, "message": "step 30"}
    assert stream.events[3][1] == job.record


def test_raw_lines_are_what_eventsource_and_the_snippets_need(server: Server, job: Job):
    job.end()
    body = server.get(job.path)[2]
    retry, event, end = body.split(b"\n\n")
    assert retry == b"retry: 2000"
    assert end == b""
    event_id, data = event.split(b"\n")
    assert event_id == b"id: " + job.redis.hget(f"job:{job.id}", "last")
    assert data.startswith(b"data: {")
    assert b"event:" not in body


def test_python_snippet_sees_each_event_when_it_happens(server: Server, job: Job):
    """The snippet of the documentation, word for word; each step waits to be printed."""
    printed = []
    response = requests.get(f"http://127.0.0.1:{server.port}{job.path}", stream=True, timeout=20)

    def read():
        for line in response.iter_lines():
            if line.startswith(b"data: "):
                data = json.loads(line[6:])
                printed.append(f"Progress: {data['progress']}%")

    reader = threading.Thread(target=read)
    reader.start()
    until(lambda: printed, "the snapshot is printed")
    for number in (100, 200, 300):
        job.step(number)
        until(lambda: f"Progress: {job.record['progress']}%" in printed, "the step is printed")
    job.end()
    reader.join(10)
    assert printed == [f"Progress: {p}%" for p in ("0.0", "1.0", "2.0", "3.0", "100")]


@pytest.mark.parametrize(
    "name", [pytest.param("header", id="header"), pytest.param("query", id="last_event_id=")]
)
def test_resume_gets_only_what_is_later(job: Job, listen, name: str):
    job.step(10)
    last = job.step(20)
    job.step(30)
    if name == "header":
        stream = listen(job.path, last=last)
    else:
        stream = listen(f"{job.path}?last_event_id={last}")
    stream.wait(1)
    job.step(40)
    job.end()
    stream.wait_closed()
    assert stream.steps == [30, 40]
    assert stream.events[-1][1] == job.record


def test_zero_replays_all_that_is_kept(job: Job, listen):
    for number in (10, 20, 30):
        job.step(number)
    stream = listen(f"{job.path}?last_event_id=0").wait(4)
    assert stream.events[0][1]["status"] == "queued"
    assert stream.steps == [10, 20, 30]


@pytest.mark.parametrize(
    "last",
    [
        pytest.param("nonsense", id="malformed"),
        pytest.param("99999999999999999999-0", id="out-of-range"),
        pytest.param("9999999999999-0", id="from-the-future"),
        pytest.param("1-1", id="older-than-the-log"),
    ],
)
def test_id_that_proves_nothing_gets_a_snapshot(job: Job, listen, last: str):
    job.step(10)
    assert listen(job.path, last=last).wait(1).events[0][1] == job.record


def test_trimmed_away_gets_a_snapshot_then_lives(job: Job, listen):
    last = job.step(1)
    for number in range(2, 12):
        job.step(number)
    job.redis.xtrim(f"job:{job.id}:events", maxlen=3, approximate=False)
    stream = listen(job.path, last=last).wait(1)
    assert stream.events[0][1] == job.record
    job.step(12)
    stream.wait(2)
    assert stream.steps == [11, 12]


def test_ended_job_is_told_once_then_204(server: Server, job: Job, listen):
    job.step(10)
    last = job.end()
    stream = listen(job.path).wait_closed()
    assert stream.events == [(last, job.record)]
    assert server.get(job.path, {"Last-Event-ID": last})[0] == 204


def test_reconnect_between_last_step_and_end_gets_the_end(server: Server, job: Job, listen):
    last = job.step(10)
    job.end()
    stream = listen(job.path, last=last).wait_closed()
    assert [data for _, data in stream.events] == [job.record]


@pytest.mark.parametrize(
    "job_id",
    [
        pytest.param("3f2c0f3e-0000-4000-8000-000000000000", id="never-issued"),
        pytest.param("x:events", id="a-key-of-another-kind"),
        pytest.param("a" * 300, id="absurd"),
        pytest.param("%0d%0aX", id="line-break"),
    ],
)
def test_unknown_job_is_404(server: Server, job: Job, job_id: str):
    status, _, body = server.get(f"/trainmodel/stream/{job_id}")
    assert status == 404
    assert json.loads(body)["code"] == "unknown_job"


def test_silent_stream_has_heartbeats(job: Job, listen):
    stream = listen(job.path).wait(1)
    until(lambda: stream.comments >= 2, "two heartbeats of 1 s", seconds=5)
    assert len(stream.events) == 1


def test_head_sends_headers_only(server: Server, job: Job):
    response = requests.head(f"http://127.0.0.1:{server.port}{job.path}", timeout=5)
    assert response.status_code == 200
    assert response.headers["Content-Type"].startswith("text/event-stream")
    assert server.get("/stats")[0] == 200


def test_http_1_0_client_gets_no_chunks(server: Server, job: Job):
    """nginx speaks HTTP/1.0 to its upstreams unless told otherwise."""
    job.end()
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as raw:
        raw.sendall(f"GET {job.path} HTTP/1.0\r\n\r\n".encode())
        received = b""
        while data := raw.recv(65536):
            received += data
    head, _, body = received.partition(b"\r\n\r\n")
    assert b"chunked" not in head.lower()
    assert body.startswith(b"retry: 2000\n\nid: ")


@pytest.mark.parametrize("resumed", [pytest.param(False, id="live"), pytest.param(True, id="late")])
def test_body_ends_as_http_says(server: Server, job: Job, resumed: bool):
    """Without the last chunk `requests` would raise at the end of a good stream."""
    if resumed:
        job.end()
    response = requests.get(f"http://127.0.0.1:{server.port}{job.path}", stream=True, timeout=20)
    if not resumed:
        job.end()
    lines = [line for line in response.iter_lines() if line.startswith(b"data: ")]
    assert json.loads(lines[-1][6:])["status"] == "succeeded"
