"""What the security hooks cost a request: CPU of the web process, and commands to Redis.

    python -m benchmarks.security_cost

Four applications in one process answer the same requests in turns through WSGI (no server, no
socket): without any hook, as on loopback, with a key, and with a key for some meters. The medians
of CPU time are compared as ratios, so that other work on the machine changes little.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any
from unittest.mock import patch

from flask import Flask
from redis import Redis
from werkzeug.test import EnvironBuilder, run_wsgi_app

from app import create_app
from cli.redis_server import running_redis
from config import Settings, load_settings
from data import Meter, open_store
from tests.processes import free_port
from workers.api_keys import READ, TRAIN, Key, Keys
from workers.jobs import open_jobs
from workers.states import Kind

METER: dict[str, Any] = {"meter_type": "electricity", "meter_id": "one"}


@dataclass(frozen=True)
class Variant:
    """An application and the header with which it is asked."""

    name: str
    app: Flask
    headers: Mapping[str, str]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--requests", type=int, default=50, help="of each kind in a round")
    options = parser.parse_args()
    port = free_port()
    with (
        tempfile.TemporaryDirectory() as folder,
        running_redis(port, Path(folder) / "redis") as url,
    ):
        environment = {"REDIS_URL": url, "STATE_DIR": folder, "MODEL_STORE_URL": f"{folder}/m"}
        settings = load_settings(environment)
        open_store(settings).put_meter(Meter(**METER))
        submitted = open_jobs(settings).submit(Kind.TEST, {}, **METER)
        variants = _variants(environment, settings)
        requests: dict[str, dict[str, Any]] = {
            "`GET /health/live`": {"path": "/health/live"},
            "`GET /jobs/{id}`": {"path": f"/jobs/{submitted.record['task_id']}"},
            "`POST /test_model/`": {
                "path": "/test_model/", "method": "POST", "json": {**METER, "test_size": 0.2},
            },
        }  # fmt: skip
        for title, asked in requests.items():
            print(title)
            _compare(Redis(port=port), variants, asked, options.rounds, options.requests)


def _variants(environment: Mapping[str, str], settings: Settings) -> list[Variant]:
    with patch("app.security.init_app", lambda app, api: None):
        bare = create_app(settings)
    keyed = create_app(
        load_settings({**environment, "API_KEYS": "always", "RATE_LIMIT": "10000000/minute",
                       "MAX_JOBS_PER_KEY": "10000000", "MAX_WAITING_JOBS": "10000000"})
    )  # fmt: skip
    keys = Keys(bare.extensions["energy"].jobs.redis)

    def bearer(name: str, meters: str = "") -> dict[str, str]:
        key = Key(name, frozenset({READ, TRAIN}), meters=meters)
        return {"Authorization": f"Bearer {keys.create(key)}"}

    return [
        Variant("no hooks", bare, {}),
        Variant("keys off", create_app(settings), {}),
        Variant("keys on", keyed, bearer("all")),
        Variant("keys on, some meters", keyed, bearer("some", "electricity/")),
    ]


def _compare(
    redis: "Redis", variants: list[Variant], asked: dict[str, Any], rounds: int, count: int
) -> None:
    askers = [_asker(variant, asked) for variant in variants]
    seen: list[list[float]] = [[] for _ in variants]
    commands = [0] * len(variants)
    for _ in range(rounds):
        for n, ask in enumerate(askers):
            before = redis.info("stats")["total_commands_processed"]
            started = time.process_time()
            for _ in range(count):
                ask()
            seen[n].append((time.process_time() - started) / count)
            # One of them is the question itself.
            commands[n] += redis.info("stats")["total_commands_processed"] - before - 1
    bare = statistics.median(seen[0])
    for variant, times, sent in zip(variants, seen, commands, strict=True):
        cpu = statistics.median(times)
        print(
            f"  {variant.name:<22} {1e6 * cpu:7.0f} us  {cpu / bare:5.2f}x"
            f"  {sent / rounds / count:5.2f} commands to Redis"
        )


def _asker(variant: Variant, asked: dict[str, Any]) -> Callable[[], None]:
    environ = EnvironBuilder(headers=list(variant.headers.items()), **asked).get_environ()
    body = environ["wsgi.input"].read()

    def ask() -> None:
        once = {**environ, "wsgi.input": BytesIO(body)}
        _, status, _ = run_wsgi_app(variant.app, once, buffered=True)
        if not status.startswith("2"):
            raise RuntimeError(f"{variant.name}: {status}")

    return ask


if __name__ == "__main__":
    main()
