"""One client watches a five-minute training: polling every 2 s against one stream.

    python -m benchmarks.watching [--out watching.json]

The training reports each 3 s, so a stream carries 100 events; polling asks 150 times. Nothing waits
five minutes: events and requests follow each other quickly, and the stream's heartbeats are added
to its bytes. CPU is the server's, Redis not included, from ten such trainings.
"""

import argparse
import json
import os
import socket
import statistics
import tempfile
import threading
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from benchmarks.streams import Case, free_port, ours
from cli.redis_server import running_redis
from config import load_settings
from workers.jobs import Jobs, attempts, open_jobs

SECONDS, REPORTS, POLLS = 300, 100, 150
TRAININGS = 10
HEARTBEAT_EVERY, HEARTBEAT_BYTES = 15, 8  # an empty comment and its chunk framing
HEADERS = "User-Agent: python-requests/2.34\r\nAccept-Encoding: gzip, deflate\r\nAccept: */*\r\n"


def cpu_seconds(pid: int) -> float:
    """User and system time of a process and its children."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    total = 0.0
    for each in [str(pid), *children]:
        fields = Path(f"/proc/{each}/stat").read_text().rpartition(")")[2].split()
        total += (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return total


def exchange(address: tuple[str, int], path: str) -> int:
    """Bytes of a request on a connection of its own, and of its answer."""
    request = f"GET {path} HTTP/1.1\r\nHost: localhost\r\n{HEADERS}Connection: close\r\n\r\n"
    with socket.create_connection(address) as sock:
        sock.sendall(request.encode())
        received = 0
        while data := sock.recv(65536):
            received += len(data)
    return len(request) + received


class Watcher(threading.Thread):
    """Reads one stream to its end; remembers when how many events had come."""

    def __init__(self, address: tuple[str, int], path: str) -> None:
        super().__init__()
        self._sock = socket.create_connection(address)
        request = f"GET {path} HTTP/1.1\r\nHost: localhost\r\n{HEADERS}\r\n"
        self._sock.sendall(request.encode())
        self.bytes = len(request)
        self.came: list[float] = []
        self.start()

    def run(self) -> None:
        while data := self._sock.recv(65536):
            self.bytes += len(data)
            self.came += data.count(b"data: ") * [time.perf_counter()]


def watch(jobs: Jobs, address: tuple[str, int], job_id: str) -> tuple[int, list[float]]:
    """The bytes of one watched training, and each event's delay in milliseconds."""
    watcher = Watcher(address, f"/trainmodel/stream/{job_id}")
    while not watcher.came:  # the snapshot
        time.sleep(0.001)
    published = []
    for number in range(1, REPORTS + 1):
        published.append(time.perf_counter())
        fields = {
            "progress": 100 * number / REPORTS,
            "message": f"Fitting: round {4 * number} of {4 * REPORTS}",
            **({"status": "succeeded"} if number == REPORTS else {}),
        }
        attempts.change(jobs, job_id, 1, fields)
        time.sleep(0.01)
    watcher.join()
    delays = [1000 * (came - at) for came, at in zip(watcher.came[1:], published, strict=True)]
    return watcher.bytes, delays


def compare() -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="watching-") as made:
        folder = Path(made)
        with (
            running_redis(free_port(), folder / "redis") as redis_url,
            ours(redis_url, Case("one watcher", jobs=TRAININGS), folder) as target,
        ):
            url = urlsplit(target.url)
            address = (str(url.hostname), int(url.port or 80))
            jobs = open_jobs(load_settings({"REDIS_URL": redis_url}))
            before = cpu_seconds(target.pid)
            polled = [
                exchange(address, "/trainmodel/status/bench-0") for _ in range(POLLS * TRAININGS)
            ]
            between = cpu_seconds(target.pid)
            watched = [watch(jobs, address, f"bench-{i}") for i in range(TRAININGS)]
            after = cpu_seconds(target.pid)
    delays = [delay for _, each in watched for delay in each]
    heartbeats = SECONDS // HEARTBEAT_EVERY * HEARTBEAT_BYTES
    return {
        "polling": {
            "requests": POLLS,
            "bytes": round(POLLS * statistics.mean(polled)),
            "cpu_ms": round(1000 * (between - before) / TRAININGS),
            "delay_ms_mean": 1000.0,
        },
        "stream": {
            "requests": 1,
            "bytes": round(statistics.mean(size for size, _ in watched)) + heartbeats,
            "cpu_ms": round(1000 * (after - between) / TRAININGS),
            "delay_ms_p50": round(statistics.median(delays), 2),
            "delay_ms_p99": round(statistics.quantiles(delays, n=100)[98], 2),
        },
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--out", type=Path, help="write the figures as JSON")
    options = parser.parse_args()
    report = json.dumps(compare(), indent=1)
    print(report)
    if options.out:
        options.out.write_text(report + "\n")


if __name__ == "__main__":
    main()
