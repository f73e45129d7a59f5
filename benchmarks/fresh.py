"""On a fresh machine: seconds from `git clone` to the first forecast, and size on disk.

    python -m benchmarks.fresh [--source FOLDER_OR_URL] [--out results/fresh.json]

Does what docs/quick-start.md says, in a temporary folder and on free ports: clone, `make setup`,
`make run`, the demo, a training, a forecast, Ctrl-C. `make run` would do the set-up itself; apart,
each has its time. Packages come from the index each time, never from pip's cache; git, make and
Python are there before.
"""

import argparse
import json
import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import psutil

from client import Client
from config import Settings
from tests.processes import free_port, until

ROOT = Path(__file__).resolve().parent.parent
METER = ("electricity", "demo_household")
OURS = {item.metadata["env"] for item in fields(Settings) if "env" in item.metadata}
"""Settings of whoever measures, which a fresh machine does not have."""
PARTS = (".venv", "app/browser/node_modules", ".git", "var", "models")
"""Packages, browser libraries, history, readings and queue, models."""
READY_WITHIN, STOPPED_WITHIN = 600, 60
"""Seconds; nothing is expected to take as long."""


class Clock:
    """Seconds of each step, printed as soon as it has ended."""

    def __init__(self) -> None:
        self.steps: dict[str, float] = {}

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        started = time.monotonic()
        yield
        self.steps[name] = round(time.monotonic() - started, 1)
        print(f"{name:44}{self.steps[name]:9.1f} s", flush=True)


def measure(source: str, folder: Path) -> dict[str, Any]:
    """Seconds by step, megabytes on disk by part, megabytes of memory of all processes."""
    clock, ports = Clock(), {name: str(free_port()) for name in ("API_PORT", "FLOWER_PORT")}
    ports["REDIS_PORT"] = str(free_port())
    fresh = {name: value for name, value in os.environ.items() if name not in OURS}
    environment = {**fresh, **ports, "PIP_NO_CACHE_DIR": "1"}
    with clock.step("git clone"):
        subprocess.run(["git", "clone", "--quiet", source, str(folder)], check=True)
    with clock.step("make setup (packages)"), (folder.parent / "setup.out").open("wb") as out:
        command = ["make", "setup"]
        subprocess.run(command, cwd=folder, env=environment, stdout=out, stderr=out, check=True)
    url = f"http://127.0.0.1:{ports['API_PORT']}"
    running = _started(folder, environment)
    try:
        with clock.step("make run, until every part answers"):
            until(lambda: _answers(running, url), "the platform is healthy", seconds=READY_WITHIN)
        with Client(url) as client:
            _first_forecast(client, clock)
        memory = _memory(running.pid)
    finally:
        with clock.step("Ctrl-C, until all has ended"):
            os.killpg(running.pid, signal.SIGINT)
            running.wait(STOPPED_WITHIN)
    disk = {part: round(_megabytes(folder / part), 1) for part in PARTS}
    disk["all"] = round(_megabytes(folder), 1)
    return {"seconds": clock.steps, "disk_mb": disk, "memory_mb": round(memory)}


def _started(folder: Path, environment: dict[str, str]) -> "subprocess.Popen[bytes]":
    with (folder.parent / "run.out").open("wb") as out:
        return subprocess.Popen(
            ["make", "run"], cwd=folder, env=environment, stdout=out, stderr=out,
            start_new_session=True,
        )  # fmt: skip


def _answers(running: "subprocess.Popen[bytes]", url: str) -> bool:
    assert running.poll() is None, "make run has ended"
    time.sleep(0.1)
    try:
        return httpx.get(f"{url}/health/", timeout=5).status_code == 200
    except httpx.TransportError:
        return False


def _first_forecast(client: Client, clock: Clock) -> None:
    with clock.step("demo: four meters, two years of hours"):
        client.submit("/demo/").wait()
    with clock.step("training of one of them"):
        trained = client.train(*METER).wait()
    assert trained["status"] == "succeeded", trained
    last = client.call("GET", "/meters/{}/{}".format(*METER))["readings"]["last"]
    first_day = datetime.fromisoformat(last).date() + timedelta(days=1)
    with clock.step("forecast of seven days"):
        days = (str(first_day), str(first_day + timedelta(days=6)))
        forecast = client.forecast(*METER, *days).wait()
    assert forecast["status"] == "succeeded", forecast


def _memory(pid: int) -> float:
    """Megabytes of a process and all below it, what they share counted once."""
    top = psutil.Process(pid)
    return sum(one.memory_full_info().pss for one in (top, *top.children(recursive=True))) / 1e6


def _megabytes(path: Path) -> float:
    """What a folder takes on the disk."""
    blocks = sum(file.lstat().st_blocks for file in path.rglob("*") if not file.is_dir())
    return blocks * 512 / 1e6


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--source", default=str(ROOT), help="what to clone; this checkout")
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        report = measure(options.source, Path(name) / "energy-forecasting")
    print(f"{'from git clone to the forecast':44}{_until_forecast(report):9.1f} s\n")
    for part, size in report["disk_mb"].items():
        print(f"{'on disk: ' + part:44}{size:9.1f} MB")
    print(f"{'memory of all processes':44}{report['memory_mb']:9.1f} MB")
    if options.out:
        options.out.write_text(json.dumps(report, indent=1))


def _until_forecast(report: dict[str, Any]) -> float:
    return sum(seconds for step, seconds in report["seconds"].items() if "Ctrl-C" not in step)


if __name__ == "__main__":
    main()
