"""The platform as it runs: a real Redis, gunicorn, Celery workers and beat, in a folder of its own.

Every process is started here and stopped here, by process id.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any, cast

import httpx

from cli.redis_server import running_redis
from client import Client
from config import Settings, load_settings
from data import open_store
from data.store import Store
from tests.processes import free_port, until
from workers.jobs import Jobs, open_jobs
from workers.jobs.journal import OPEN

ROOT = Path(__file__).resolve().parent.parent
ROLES: Mapping[str, tuple[str, ...]] = {
    "api": ("api",),
    "worker-training": ("worker", "training"),
    "worker-forecasts": ("worker", "forecasts"),
    "worker-maintenance": ("worker", "maintenance"),
    "beat": ("beat",),
}
STOP_WITHIN = 20.0

QUICK = {
    "HEARTBEAT_SECONDS": "0.5",
    "STALE_AFTER_SECONDS": "3",
    "SWEEP_SECONDS": "1",
    "RETRY_BASE_SECONDS": "0.5",
}
"""Intervals at which a test needs not wait half a minute for a worker to count as dead."""


class Platform:
    """Processes, and the handles that a test wants on them."""

    def __init__(self, folder: Path, roles: tuple[str, ...] = tuple(ROLES), **env: str) -> None:
        self.folder = folder
        self._stack = ExitStack()
        self._given = env
        self._roles = roles
        self.processes: dict[str, subprocess.Popen[bytes]] = {}

    def __enter__(self) -> "Platform":
        self.redis_port, api_port = free_port(), free_port()
        self.start_redis()
        redis_url = f"redis://127.0.0.1:{self.redis_port}/0"
        self.environment = {
            "REDIS_URL": redis_url,
            "API_PORT": str(api_port),
            "STATE_DIR": str(self.folder / "state"),
            "LOG_DIR": str(self.folder / "logs"),
            "MODEL_STORE_URL": str(self.folder / "models"),
            "UPLOAD_URL": str(self.folder / "uploads"),
            "LOG_FORMAT": "plain",
            "WEATHER_PROVIDER": "none",
            **QUICK,
            **self._given,
        }
        self.settings: Settings = load_settings(self.environment)
        self.url = f"http://127.0.0.1:{api_port}"
        self.http = self._stack.enter_context(httpx.Client(base_url=self.url, timeout=60))
        self.client = Client(self.url)
        self.store: Store = open_store(self.settings)
        self.jobs: Jobs = open_jobs(self.settings)
        try:
            for role in self._roles:
                self.start(role)
            until(self._healthy, "the platform is healthy", seconds=60)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.client.close()
        self.http.close()  # gunicorn waits for connections that a client keeps alive
        for role in list(self.processes):
            self.stop(role)
        self.store.close()
        self._stack.close()
        self._redis.close()

    def restart_redis(self, *, how: signal.Signals = signal.SIGTERM) -> None:
        """Redis goes away and comes back with what was on its disk."""
        if how is signal.SIGKILL:
            pid = self.jobs.redis.info("server")["process_id"]
            os.kill(pid, signal.SIGKILL)
        self.stop_redis()
        self.start_redis()

    def stop_redis(self) -> None:
        """End Redis; what it has on its disk stays."""
        self._redis.close()

    def start_redis(self) -> None:
        """Start Redis on the port it always has."""
        self._redis = ExitStack()
        self._redis.enter_context(running_redis(self.redis_port, self.folder / "redis"))

    def start(self, role: str) -> None:
        """Start one process; its output goes to `<role>.out` in the folder."""
        command = [str(Path(sys.executable).parent / "energy"), *ROLES[role]]
        with (self.folder / f"{role}.out").open("ab") as out:
            self.processes[role] = subprocess.Popen(
                command, cwd=ROOT, env={**os.environ, **self.environment},
                stdout=out, stderr=out, start_new_session=True,
            )  # fmt: skip

    def stop(self, role: str, *, how: signal.Signals = signal.SIGTERM) -> None:
        """End a process and what it started: asked to (SIGTERM), or shot (SIGKILL)."""
        process = self.processes.pop(role)
        if how is signal.SIGKILL:
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.send_signal(how)
        try:
            process.wait(STOP_WITHIN)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def restart(self, role: str, *, how: signal.Signals = signal.SIGTERM) -> None:
        self.stop(role, how=how)
        self.start(role)

    def mend(self) -> None:
        """Make it as new, which takes less than a new one: all roles, no open job, no meter."""
        for role in self._roles:
            if role not in self.processes or self.processes[role].poll() is not None:
                self.start(role)
        until(self._healthy, "the platform is healthy again", seconds=60)
        for job_id in cast(list[bytes], self.jobs.redis.zrange(OPEN, 0, -1)):
            self.http.delete(f"/jobs/{job_id.decode()}")  # 409 where it ended meanwhile
        until(lambda: not self.jobs.redis.zcard(OPEN), "no job is open", seconds=60)
        for meter in self.store.meters():
            path = f"/meters/{meter.meter_type}/{meter.meter_id}"
            assert self.http.delete(path).status_code == 204

    def output(self, role: str) -> str:
        return (self.folder / f"{role}.out").read_text(errors="replace")

    def post(self, path: str, body: Any, **headers: str) -> httpx.Response:
        return self.http.post(path, json=body, headers=headers)

    def submit(self, path: str, **body: Any) -> str:
        """Start a job and return its id."""
        answer = self.post(path, body)
        assert answer.status_code in (200, 202), answer.text
        return str(answer.json()["task_id"])

    def job(self, job_id: str) -> dict[str, Any]:
        body: dict[str, Any] = self.http.get(f"/jobs/{job_id}").json()
        return body

    def wait_for(
        self,
        job_id: str,
        condition: Callable[[dict[str, Any]], Any],
        what: str,
        seconds: float = 90,
    ) -> dict[str, Any]:
        """The job object as soon as it meets `condition`; the API may be down in between."""

        def seen() -> dict[str, Any] | None:
            try:
                job = self.job(job_id)
            except httpx.TransportError:
                return None
            return job if "status" in job and condition(job) else None

        found: dict[str, Any] = until(seen, what, seconds=seconds)
        return found

    def ended(self, job_id: str, seconds: float = 120) -> dict[str, Any]:
        return self.wait_for(job_id, lambda job: job["finished_at"], "the job ends", seconds)

    def load_demo(self) -> None:
        """Have the meters of the demo, unless they are there already."""
        if self.http.get("/meters/electricity/demo_household").status_code == 404:
            assert self.ended(self.submit("/demo/"))["status"] == "succeeded"

    def trained(self, *, meter_type: str, meter_id: str) -> None:
        """Have a model of a meter, unless it has one already."""
        if not self.http.get(f"/models/{meter_type}/{meter_id}").json()["versions"]:
            job = self.submit("/trainmodel/", meter_type=meter_type, meter_id=meter_id)
            assert self.ended(job)["status"] == "succeeded"

    def _healthy(self) -> bool:
        for role, process in self.processes.items():
            assert process.poll() is None, f"{role} ended:\n{self.output(role)[-2000:]}"
        try:
            path = "/health/" if len(self._roles) == len(ROLES) else "/health/live"
            return self.http.get(path).status_code == 200
        except httpx.TransportError:
            time.sleep(0.1)
            return False
