"""Many jobs over one connection."""

import json

import pytest
from redis import Redis

from tests.app.streams.harness import Job, Server


@pytest.fixture
def three(redis: "Redis") -> list[Job]:
    return [Job(redis) for _ in range(3)]


def told(stream) -> list[tuple[str, str]]:
    return [(data["task_id"], data["message"]) for _, data in stream.events]


def test_chosen_jobs_snapshots_then_their_events(three: list[Job], listen):
    one, two, other = three
    one.step(1)
    stream = listen(f"/jobs/stream?ids={one.id},{two.id}").wait(2)
    assert sorted((d["task_id"], d["message"]) for _, d in stream.events) == sorted(
        [(one.id, "step 1"), (two.id, "Waiting for a worker")]
    )
    assert stream.events[0][0] is None, "a snapshot cut in the middle must not be resumed behind it"
    other.step(2)
    two.step(3)
    one.end()
    stream.wait(4)
    assert told(stream)[2:] == [(two.id, "step 3"), (one.id, "Done")]
    assert stream.events[3][1] == one.record


def test_resume_misses_and_repeats_nothing(three: list[Job], listen):
    one, two, other = three
    path = f"/jobs/stream?ids={one.id},{two.id}"
    stream = listen(path).wait(2)
    one.step(1)
    stream.wait(3).close()
    other.step(2)
    two.step(3)
    one.step(4)
    again = listen(path, last=stream.last_id).wait(2)
    one.step(5)
    again.wait(3)
    assert told(again) == [(two.id, "step 3"), (one.id, "step 4"), (one.id, "step 5")]


def test_resume_from_the_snapshot_alone(three: list[Job], listen):
    one = three[0]
    stream = listen(f"/jobs/stream?ids={one.id}").wait(1)
    stream.close()
    one.step(7)
    again = listen(f"/jobs/stream?ids={one.id}", last=stream.last_id).wait(1)
    assert told(again) == [(one.id, "step 7")]


def test_batch_follows_the_batch_and_its_members(redis: "Redis", listen):
    batch = Job(redis)
    member = Job(redis, batch_id=batch.id)
    stranger = Job(redis)
    stream = listen(f"/jobs/stream?batch={batch.id}").wait(1)
    assert told(stream) == [(batch.id, "Waiting for a worker")]
    stranger.step(1)
    member.step(2)
    batch.step(3)
    stream.wait(3)
    assert told(stream)[1:] == [(member.id, "step 2"), (batch.id, "step 3")]


def test_batch_snapshot_shows_its_members_as_they_stand(redis: "Redis", listen):
    batch, stranger = Job(redis), Job(redis)
    running, ended, expired = (Job(redis, batch_id=batch.id) for _ in range(3))
    running.step(4)
    ended.end()
    redis.delete(f"job:{expired.id}")
    redis.hset(f"batch:{batch.id}:outstanding", running.id, "{}")
    for name, job_id in (("a", ended.id), ("b", expired.id), ("c", None)):
        redis.hset(f"batch:{batch.id}:outcomes", name, json.dumps({"task_id": job_id}))
    stream = listen(f"/jobs/stream?batch={batch.id}").wait(3)
    assert told(stream) == [
        (batch.id, "Waiting for a worker"),
        (running.id, "step 4"),
        (ended.id, "Done"),
    ]
    stranger.step(1)
    running.step(5)
    assert told(stream.wait(4))[3:] == [(running.id, "step 5")]


def test_everything_from_now_on(three: list[Job], listen):
    stream = listen("/jobs/stream")
    three[0].step(1)
    three[1].step(2)
    stream.wait(2)
    assert told(stream)[-2:] == [(three[0].id, "step 1"), (three[1].id, "step 2")]


def test_no_such_job_is_404(server: Server):
    status, _, body = server.get("/jobs/stream?ids=no-such-job,nor-this")
    assert (status, json.loads(body)["code"]) == (404, "unknown_job")


def test_too_many_ids_is_422(server: Server):
    status, _, body = server.get("/jobs/stream?ids=" + ",".join(str(n) for n in range(501)))
    assert (status, json.loads(body)["code"]) == (422, "invalid_request")
    assert json.loads(body)["detail"]["field"] == "ids"
