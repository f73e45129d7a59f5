"""What goes wrong: a lost Redis, slow and vanished clients, too many of them, the end."""

import json
import signal
import socket
import struct
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis

from tests.app.streams.conftest import WRITERS
from tests.app.streams.harness import GRACE, Job, RedisServer, Server, Stream, closing
from tests.processes import until


@pytest.fixture(params=WRITERS)
def writer(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def own_redis(tmp_path: Path) -> Iterator[RedisServer]:
    server = RedisServer(tmp_path)
    yield server
    server.stop()


def test_redis_restart_loses_and_repeats_nothing(
    own_redis: RedisServer, tmp_path: Path, writer: str
):
    server = Server(own_redis.url, tmp_path, stream_writer=writer, stream_heartbeat_seconds=1)
    jobs = [Job(own_redis.client) for _ in range(3)]
    streams = [Stream(server, jobs[n % 3].path) for n in range(12)]
    everything = Stream(server, "/jobs/stream?ids=" + ",".join(job.id for job in jobs))
    try:
        with closing(everything, *streams):
            for stream in streams:
                stream.wait(1)
            for job in jobs:
                job.step(1)
            own_redis.kill()
            own_redis.start()
            # Published at once: the processes have not subscribed again yet, or just have.
            for number in range(2, 40):
                for job in jobs:
                    job.step(number)
            for job in jobs:
                job.end()
            for stream in streams:
                stream.wait_closed()
                assert stream.steps == list(range(1, 40))
            everything.wait(3 + 3 * 40)
            ids = [event_id for event_id, _ in everything.events if event_id]
            assert len(ids) == len(set(ids)) == 3 * 40
            assert server.total("reconnects") >= 1
    finally:
        server.stop()


def test_redis_that_forgot_the_job_ends_its_streams(tmp_path: Path, own_redis: RedisServer):
    server = Server(own_redis.url, tmp_path, workers=1)
    job = Job(own_redis.client)
    stream = Stream(server, job.path).wait(1)
    try:
        with closing(stream):
            own_redis.client.flushall()
            own_redis.kill()
            own_redis.start()
            stream.wait_closed()
            status = server.get(job.path, {"Last-Event-ID": stream.last_id or ""})[0]
            assert status == 404
    finally:
        server.stop()


def test_redis_that_is_down_is_not_an_empty_history(tmp_path: Path, own_redis: RedisServer):
    """503 for a new client; one that resumes is told to come back, EventSource would give up."""
    server = Server(own_redis.url, tmp_path, workers=1)
    job = Job(own_redis.client)
    last = job.step(1)
    own_redis.kill()
    try:
        status, headers, body = server.get(job.path)
        assert (status, json.loads(body)["code"]) == (503, "queue_unavailable")
        assert int(headers["Retry-After"]) > 0
        status, _, body = server.get(job.path, {"Last-Event-ID": last})
        assert (status, body) == (200, b"retry: 5000\n\n")
        own_redis.start()
        stream = Stream(server, job.path).wait(1)
        with closing(stream):
            assert stream.steps == [1]
    finally:
        server.stop()


def test_client_that_does_not_read_is_dropped_and_resumes(
    redis_url: str, redis: "Redis", tmp_path: Path, writer: str
):
    server = Server(redis_url, tmp_path, workers=1, stream_writer=writer, stream_buffer_bytes=65536)
    job = Job(redis)
    lazy = socket.socket()
    lazy.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    try:
        lazy.connect(("127.0.0.1", server.port))
        lazy.sendall(f"GET {job.path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        eager = Stream(server, job.path).wait(1)
        until(lambda: server.total("streams") == 2, "both are entered")
        number = 0
        while server.total("dropped") == 0:
            number += 1
            assert number < 400, "never dropped"
            job.change(status="running", progress=number / 100, message=str(number) * 9000)
        received = b""
        lazy.settimeout(10)
        while data := lazy.recv(65536):
            received += data
        job.step(9999)
        eager.wait(number + 2)
        whole = received.rpartition(b"\n\n")[0]
        last = whole[whole.rindex(b"id: ") + 4 :].split(b"\n")[0].decode()
        resumed = Stream(server, job.path, last=last)
        with closing(eager, resumed):
            until(lambda: resumed.steps == [9999], "it has caught up")
            ids = [event_id for event_id, _ in eager.events]
            assert [i for i, _ in resumed.events] == ids[ids.index(last) + 1 :]
    finally:
        lazy.close()
        server.stop()


@pytest.mark.parametrize("how", [pytest.param("fin", id="FIN"), pytest.param("rst", id="RST")])
def test_vanished_clients_are_noticed_without_an_event(
    server: Server, job: Job, redis: "Redis", how: str
):
    """The socket writer sees it at once, the iterator by its next heartbeats (1 s here)."""
    before = server.total("streams")
    clients = []
    for _ in range(20):
        clients.append(socket.create_connection(("127.0.0.1", server.port)))
        clients[-1].sendall(f"GET {job.path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    until(lambda: server.total("streams") == before + 20, "all are entered")
    for client in clients:
        if how == "rst":
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        client.close()
    until(lambda: server.total("streams") == before, "all have left", seconds=15)
    channel = f"job:{job.id}"
    until(lambda: redis.pubsub_channels(channel) == [], "the subscription leaves with the last")


def test_streams_above_the_cap_are_refused(
    redis_url: str, redis: "Redis", tmp_path: Path, writer: str
):
    server = Server(
        redis_url,
        tmp_path,
        workers=1,
        stream_writer=writer,
        stream_max_clients=3,
        stream_heartbeat_seconds=1,
    )
    job = Job(redis)
    streams = [Stream(server, job.path).wait(1) for _ in range(3)]
    try:
        status, headers, body = server.get(job.path)
        assert (status, json.loads(body)["code"]) == (503, "too_many_streams")
        assert int(headers["Retry-After"]) > 0
        streams[0].close()
        until(lambda: server.total("streams") == 2, "its place is free", seconds=20)
        with closing(Stream(server, job.path).wait(1)):
            assert server.total("streams") == 3
    finally:
        for stream in streams:
            stream.close()
        server.stop()


@pytest.mark.parametrize(
    "number", [pytest.param(signal.SIGTERM, id="TERM"), pytest.param(signal.SIGINT, id="INT")]
)
def test_streams_are_ended_in_order_at_shutdown(
    redis_url: str, redis: "Redis", tmp_path: Path, writer: str, number: signal.Signals
):
    """Each client is told when to come back, and the process does not wait for anyone."""
    server = Server(redis_url, tmp_path, stream_writer=writer)
    job = Job(redis)
    streams = [Stream(server, job.path).wait(1) for _ in range(20)]
    job.step(1)
    for stream in streams:
        stream.wait(2)
    began = time.monotonic()
    server.process.send_signal(number)
    for stream in streams:
        stream.wait_closed()
        assert len(stream.retries) == 2
        assert 1000 <= stream.retries[1] <= 3000
    server.process.wait(10)
    assert time.monotonic() - began < GRACE / 2
    assert "Traceback" not in server.log.read_text()
