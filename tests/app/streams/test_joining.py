"""Joining a stream while events flow: the moment in which events are lost or told twice."""

import re
import selectors
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from redis import Redis

from tests.app.streams.harness import ROOT, Job, Server, Stream

STEP = re.compile(rb"step (\d+)")
ASKED_BACK = b"retry: 5000"
"""What a stream says that could not be started now."""


@contextmanager
def publishing(job: Job, count: int) -> Iterator[threading.Thread]:
    """Changes `job` about 200 times a second, then ends it."""

    def publish() -> None:
        for number in range(1, count + 1):
            job.step(number)
            time.sleep(0.004)  # the rate is the load, not a wait for something
        job.end()

    thread = threading.Thread(target=publish)
    thread.start()
    yield thread
    thread.join()


@pytest.mark.slow
@pytest.mark.parametrize("clients", [pytest.param(400, id="400-clients")])
def test_joining_while_events_flow_is_exact(server: Server, redis: "Redis", clients: int):
    """Every client gets every event once and in order, whenever it joined.

    On a busy machine the log may not answer in time; a client that is asked to come back does.
    """
    job, count = Job(redis), 1000
    request = f"GET {job.path}?last_event_id=0 HTTP/1.0\r\n\r\n".encode()
    received: dict[socket.socket, bytearray] = {}
    joined = 0
    with selectors.DefaultSelector() as selector, publishing(job, count) as publisher:
        while len(received) < clients or selector.get_map():
            if len(received) < clients:
                client = socket.create_connection(("127.0.0.1", server.port))
                client.sendall(request)
                received[client] = bytearray()
                selector.register(client, selectors.EVENT_READ)
                joined += 1
                assert publisher.is_alive() or joined > clients, "all join while events flow"
            for key, _ in selector.select(0.005):
                data = key.fileobj.recv(65536)
                received[key.fileobj] += data
                if not data:
                    selector.unregister(key.fileobj)
                    key.fileobj.close()
                    if ASKED_BACK in received[key.fileobj]:
                        del received[key.fileobj]
    everything = list(range(1, count + 1))
    got = [[int(number) for number in STEP.findall(data)] for data in received.values()]
    wrong = [steps for steps in got if steps != everything]
    assert not wrong, f"{len(wrong)} of {clients} clients; the first got {wrong[0][:20]}…"


def test_channel_left_and_joined_again_at_once_misses_nothing(server: Server, redis: "Redis"):
    """One client at a time: each joins a channel that Redis is just told to drop."""
    job = Job(redis)
    with publishing(job, 500) as publisher:
        for _ in range(30):
            stream = Stream(server, job.path).wait(4)
            steps = stream.steps
            stream.close()
            assert publisher.is_alive()
            assert steps == list(range(steps[0], steps[0] + len(steps)))


def test_redis_lost_while_a_client_reads_the_log(redis_url: str):
    """What was published after its reading and before the new subscription reaches it."""
    ran = subprocess.run(
        [sys.executable, "-m", "tests.app.streams.lost_while_reading", redis_url],
        cwd=ROOT, capture_output=True, text=True, timeout=30,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    assert STEP.findall(ran.stdout.encode()) == [b"7", b"8"]
