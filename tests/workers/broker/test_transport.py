"""Publishing through the transport of our own: the messages are Celery's, the client is kept."""

import json
import os
import threading
import uuid
from pathlib import Path
from typing import Any

import pytest
from redis import Redis

from config import load_settings
from config.correlation import MESSAGE_HEADER
from workers.broker import create_celery
from workers.broker.transport import OneClient
from workers.jobs import Jobs, open_jobs
from workers.states import Kind


@pytest.fixture
def jobs(redis_url: str, tmp_path: Path) -> Jobs:
    return open_jobs(load_settings({"REDIS_URL": redis_url, "STATE_DIR": str(tmp_path)}))


def published(jobs: Jobs, queue: str, job_id: str) -> dict[str, Any]:
    for raw in jobs.redis.lrange(queue, 0, -1):
        message = json.loads(raw)
        if message["headers"]["id"] == job_id:
            jobs.redis.lrem(queue, 0, raw)
            return message
    raise AssertionError(f"no message of {job_id} in {queue}")


def test_a_message_is_as_celery_writes_it(jobs: Jobs) -> None:
    ours, stock = str(uuid.uuid4()), str(uuid.uuid4())
    jobs.publish(Kind.TRAIN, ours, attempt=1)
    celery = create_celery(jobs.settings)
    celery.conf.broker_transport = None
    celery.send_task("energy.train", args=[stock, 1], task_id=stock, queue="training")
    first, second = published(jobs, "training", ours), published(jobs, "training", stock)
    headers = json.loads(json.dumps(second["headers"]).replace(stock, ours))
    changing = {"origin", "ignore_result", MESSAGE_HEADER}
    assert {**first["headers"], **dict.fromkeys(changing)} == {
        **headers,
        **dict.fromkeys(changing),
    }
    assert first["content-type"] == second["content-type"]
    assert first["properties"].keys() >= second["properties"].keys()


def test_one_client_publishes_all_messages(jobs: Jobs) -> None:
    with jobs.celery.connection_for_write() as connection:
        channel = connection.default_channel
        assert isinstance(channel, OneClient)
        with channel.conn_or_acquire() as first, channel.conn_or_acquire() as second:
            assert first is second
        channel._disconnect_pools()
        with channel.conn_or_acquire() as anew:
            assert anew is not first
            assert anew.ping()


def test_threads_may_publish_at_once(jobs: Jobs, redis_url: str) -> None:
    ids = [str(uuid.uuid4()) for _ in range(40)]
    threads = [
        threading.Thread(target=jobs.publish, args=(Kind.FORECAST, job_id), kwargs={"attempt": 1})
        for job_id in ids
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for job_id in ids:
        published(jobs, "forecasts", job_id)


def test_a_forked_child_publishes_through_a_client_of_its_own(jobs: Jobs, redis_url: str) -> None:
    before, after = str(uuid.uuid4()), str(uuid.uuid4())
    jobs.publish(Kind.FORECAST, before, attempt=1)
    child = os.fork()
    if child == 0:
        jobs.publish(Kind.FORECAST, after, attempt=1)
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
    with Redis.from_url(redis_url):
        published(jobs, "forecasts", before)
        published(jobs, "forecasts", after)
