"""Real parts to test streams with: a Redis, a gunicorn, jobs that change, clients that listen."""

import contextlib
import http.client
import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from redis import Redis
from redis.exceptions import RedisError

from cli.redis_server import find_redis_server
from tests.processes import free_port, until
from workers.jobs.journal import Journal
from workers.jobs.record import changed, event_of, new_record
from workers.states import Kind

GRACE = 20
"""Seconds gunicorn waits for requests when it is told to end; a stream must not use them up."""

ROOT = Path(__file__).resolve().parents[3]


class RedisServer:
    """A redis-server that keeps every write through a restart."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.client = Redis.from_url(self.url)
        self.start()

    def start(self) -> None:
        options = {
            "port": self.port, "bind": "127.0.0.1", "dir": self.folder, "save": "",
            "appendonly": "yes", "appendfsync": "always",
        }  # fmt: skip
        command = [
            str(find_redis_server()),
            *(str(p) for k, v in options.items() for p in (f"--{k}", v)),
        ]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        until(self._answers, "redis-server answers")

    def _answers(self) -> bool:
        with contextlib.suppress(RedisError):
            return bool(self.client.ping())
        return False

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def stop(self) -> None:
        self.client.close()
        self.process.terminate()
        self.process.wait()


class Server:
    """gunicorn with the gevent worker, as in production, serving `server.py`."""

    def __init__(
        self,
        redis_url: str,
        folder: Path,
        *,
        workers: int = 2,
        tls: ssl.SSLContext | None = None,
        options: tuple[str, ...] = (),
        port: int | None = None,
        **settings: Any,
    ) -> None:
        self.port, self._tls = port or free_port(), tls
        self.log = folder / f"gunicorn-{self.port}.log"
        environment = {name.upper(): str(value) for name, value in settings.items()}
        command = [
            sys.executable, "-m", "gunicorn", "tests.app.streams.server:app", "-k", "gevent",
            "-w", str(workers), "-b", f"127.0.0.1:{self.port}", "--worker-connections", "5000",
            "--graceful-timeout", str(GRACE), "--no-control-socket", *options,
        ]  # fmt: skip
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                command, cwd=ROOT, stdout=log, stderr=log,
                env={**os.environ, "REDIS_URL": redis_url, **environment},
            )  # fmt: skip
        self.workers = workers
        try:
            until(lambda: len(self._seen()) == workers, "gunicorn serves", seconds=60)
        except AssertionError:
            self.stop()
            raise AssertionError(self.log.read_text()) from None

    def _seen(self) -> dict[int, dict[str, Any]]:
        """The hub's numbers of each worker process, by pid; ask until each has answered."""
        seen: dict[int, dict[str, Any]] = {}
        for _ in range(60):
            with contextlib.suppress(OSError, http.client.HTTPException):
                stats = self.get_json("/stats")
                seen[stats.pop("pid")] = stats
            if len(seen) == self.workers:
                break
        return seen

    def total(self, number: str) -> int:
        return sum(stats[number] for stats in self._seen().values())

    def connection(self) -> http.client.HTTPConnection:
        if self._tls:
            return http.client.HTTPSConnection(
                "127.0.0.1", self.port, timeout=60, context=self._tls
            )
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)

    def get(self, path: str, headers: dict[str, str] | None = None) -> tuple[int, Any, bytes]:
        """Status, headers and whole body of a request that ends."""
        connection = self.connection()
        try:
            connection.request("GET", path, headers=headers or {})
            response = connection.getresponse()
            return response.status, response.headers, response.read()
        finally:
            connection.close()

    def get_json(self, path: str) -> dict[str, Any]:
        return json.loads(self.get(path)[2])

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Job:
    """A job that does what a test says, written by the journal that real jobs use."""

    def __init__(self, redis: "Redis", *, batch_id: str | None = None) -> None:
        self.redis = redis
        self.journal = Journal(redis, ttl=3600, events_kept=2000)
        self.id = str(uuid.uuid4())
        self.path = f"/trainmodel/stream/{self.id}"
        self.record = new_record(
            self.id, Kind.TRAIN, meter_type="electricity", meter_id="m1",
            now=datetime.now(UTC), batch_id=batch_id,
        )  # fmt: skip
        self.revision = 0
        self._append(event_of(None, self.record))

    def _append(self, event: dict[str, Any]) -> str:
        revision = str(self.revision) if self.revision else ""
        written = self.journal.append(
            self.record, event, revision=revision, alive=time.time(), created=time.time()
        )
        assert written is not None
        self.revision += 1
        return written[0]

    def change(self, **fields: Any) -> str:
        """Change the job; the id of the event that tells of it."""
        before = self.record
        self.record = changed(before, datetime.now(UTC), fields)
        return self._append(event_of(before, self.record))

    def step(self, number: int) -> str:
        return self.change(
            status="running", progress=number / 100, message=f"step {number}", stage="fitting"
        )

    def end(self) -> str:
        return self.change(
            status="succeeded", progress=100, message="Done", result={"model_version": "v1"}
        )


class Stream:
    """A client that reads in the background and remembers everything."""

    def __init__(
        self, server: Server, path: str, *, last: str | None = None, headers: Any = None
    ) -> None:
        self.events: list[tuple[str | None, dict[str, Any]]] = []
        self.comments = 0
        self.retries: list[int] = []
        self.last_id: str | None = last
        self.closed = threading.Event()
        self._connection = server.connection()
        sent = dict(headers or {})
        if last is not None:
            sent["Last-Event-ID"] = last
        self._connection.request("GET", path, headers=sent)
        self._sock = self._connection.sock
        self.response = self._connection.getresponse()
        self.status = self.response.status
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        event_id, data = None, []
        with contextlib.suppress(OSError, http.client.HTTPException, ValueError):
            while line := self.response.readline():
                field, _, value = line.decode().rstrip("\n").partition(": ")
                if field == "id":
                    event_id = self.last_id = value
                elif field == "data":
                    data.append(value)
                elif field == "retry":
                    self.retries.append(int(value))
                elif line.startswith(b":"):
                    self.comments += 1
                elif line == b"\n" and data:
                    self.events.append((event_id, json.loads("\n".join(data))))
                    event_id, data = None, []
        self.closed.set()

    @property
    def messages(self) -> list[str]:
        return [data["message"] for _, data in self.events if "message" in data]

    @property
    def steps(self) -> list[int]:
        return [int(m.removeprefix("step ")) for m in self.messages if m.startswith("step ")]

    def wait(self, count: int, *, seconds: float = 15) -> "Stream":
        until(lambda: len(self.events) >= count, f"{count} events", seconds=seconds)
        return self

    def wait_closed(self, *, seconds: float = 15) -> "Stream":
        assert self.closed.wait(seconds), "the server has not closed the stream"
        return self

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._sock.shutdown(socket.SHUT_RDWR)
        self._thread.join(5)
        self._connection.close()


@contextlib.contextmanager
def closing(*streams: Stream) -> Iterator[None]:
    try:
        yield
    finally:
        for stream in streams:
            stream.close()
