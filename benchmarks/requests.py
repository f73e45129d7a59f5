"""Requests per second of enqueueing and of status, beside the two skeletons, in one run.

    python -m benchmarks.requests [--rounds 3] [--seconds 5] [--out results/requests.json]

Needs `wrk` (apt-get install wrk), and the peers' folder as `benchmarks.streams` does. Workers
are off: what is measured is what a web process does for a request. Servers take turns, so that a
busy minute of the machine hits all alike; the figures are medians of the rounds.
"""

import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from benchmarks.streams import Case, Target, ours, peer
from cli.redis_server import running_redis
from config import load_settings
from data import open_store
from data.meters import Meter
from tests.processes import free_port

BODY = '{"meter_id": "m1", "meter_type": "electricity"%s}'
POST = """
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.body = [[%s]]
"""
CONNECTIONS = 16

Start = Callable[[str, Path], AbstractContextManager[Target]]


def our_server(redis_url: str, folder: Path) -> AbstractContextManager[Target]:
    """The product with all its checks on, and one meter to check against."""
    settings = load_settings({"STATE_DIR": str(folder / "state"), "INFLUX_URL": ""})
    open_store(settings).put_meter(Meter("electricity", "m1"))
    return ours(redis_url, Case("requests"), folder)


def wrk(url: str, seconds: int, folder: Path, body: str | None = None) -> dict[str, float]:
    """Requests per second and p99 in milliseconds, as wrk sees them."""
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--latency", url]
    if body is not None:
        script = folder / "post.lua"
        script.write_text(POST % body)
        command[1:1] = ["-s", str(script)]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    if "Non-2xx" in text:
        raise RuntimeError(f"{url}:\n{text}")
    rate = float(re.search(r"Requests/sec:\s+([\d.]+)", text)[1])  # type: ignore[index]
    value, unit = re.search(r"99%\s+([\d.]+)(us|ms|s)", text).groups()  # type: ignore[union-attr]
    scale = {"us": 0.001, "ms": 1.0, "s": 1000.0}[unit]
    return {"per_second": rate, "p99_ms": float(value) * scale}


def one_round(name: str, start: Start, seconds: int) -> dict[str, dict[str, float]]:
    """POST, status and the bare floor of one server on a fresh Redis."""
    with tempfile.TemporaryDirectory() as text:
        folder = Path(text)
        with running_redis(free_port(), folder / "redis") as redis_url:
            (folder / "server").mkdir()
            with start(redis_url, folder / "server") as target:
                base = "/".join(target.url.split("/")[:3])
                body = BODY % (', "force": true' if name == "product" else "")
                request = urllib.request.Request(
                    f"{base}/trainmodel/", body.encode(), {"Content-Type": "application/json"}
                )
                task = json.load(urllib.request.urlopen(request))["task_id"]
                floor = "/health/live" if name == "product" else "/health/"
                return {
                    "status": wrk(f"{base}/trainmodel/status/{task}", seconds, folder),
                    "floor": wrk(f"{base}{floor}", seconds, folder),
                    "post": wrk(f"{base}/trainmodel/", seconds, folder, body),
                }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument(
        "--bench", type=Path, default=Path(os.environ.get("ENERGY_BENCH", "../shared/bench"))
    )
    parser.add_argument("--fastapi-python", default=sys.executable)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    options.bench = options.bench.resolve()

    def other(server: str) -> Start:
        return lambda url, folder: peer(url, Case("requests", server=server), folder, options)

    servers: dict[str, Start] = {
        "product": our_server,
        "fastapi_dramatiq": other("fastapi"),
        "stock_flask_celery": other("stock"),
    }
    seen: dict[str, list[dict[str, Any]]] = {name: [] for name in servers}
    for _ in range(options.rounds):
        for name, start in servers.items():
            seen[name].append(one_round(name, start, options.seconds))
    report: dict[str, Any] = {}
    for name, rounds in seen.items():
        report[name] = {
            what: {
                key: round(statistics.median(r[what][key] for r in rounds), 1)
                for key in ("per_second", "p99_ms")
            }
            for what in ("post", "status", "floor")
        }
    fastest = report["fastapi_dramatiq"]
    print(
        f"{'':20}{'post/s':>9}{'p99 ms':>8}{'status/s':>10}{'p99 ms':>8}{'floor/s':>9}  of FastAPI"
    )
    for name, figures in report.items():
        shares = [figures[w]["per_second"] / fastest[w]["per_second"] for w in ("post", "status")]
        print(
            f"{name:20}{figures['post']['per_second']:9.0f}{figures['post']['p99_ms']:8.1f}"
            f"{figures['status']['per_second']:10.0f}{figures['status']['p99_ms']:8.1f}"
            f"{figures['floor']['per_second']:9.0f}  post {shares[0]:.2f}, status {shares[1]:.2f}"
        )
    if options.out:
        options.out.parent.mkdir(parents=True, exist_ok=True)
        options.out.write_text(json.dumps(report, indent=2))


if __name__ == "__main__":
    main()
