"""`energy healthy ROLE`: exit code 0 while a process of the platform does its work.

For container health checks and supervisors. The API and Flower are asked over HTTP; workers and
beat show themselves in Redis, because Celery's own `inspect ping` broadcasts to all workers and
waits, and a worker with one busy process may not answer in time.
"""

import socket
from collections.abc import Iterator
from contextlib import contextmanager

import click
import httpx
from redis import Redis
from redis.exceptions import RedisError

from config import Settings, load_settings
from config.redis_clients import connect
from workers.broker import QUEUES
from workers.broker.presence import beat_present, present

ANSWER_WITHIN = 5.0


@click.group()
def healthy() -> None:
    """Exit with 0 while a process of this machine does its work, with 1 where it does not."""


@healthy.command()
def api() -> None:
    """The API answers; what it depends on is not asked."""
    settings = load_settings()
    _answers(_here(settings.api_host), settings.api_port, "/health/live")


@healthy.command()
@click.argument("queue", type=click.Choice(QUEUES))
def worker(queue: str) -> None:
    """This machine's worker of the queue has shown itself lately."""
    settings = load_settings()
    name = f"{queue}@{socket.gethostname()}"
    with _redis(settings) as redis:
        found = present(redis, heartbeat=settings.heartbeat)
    if name not in {shown["name"] for shown in found}:
        raise SystemExit(f"energy: worker {name} has not shown itself lately")


@healthy.command()
def beat() -> None:
    """Beat has published what was due."""
    with _redis(load_settings()) as redis:
        seen = beat_present(redis)
    if not seen:
        raise SystemExit("energy: beat has published nothing lately")


@healthy.command()
def flower() -> None:
    """Flower answers."""
    settings = load_settings()
    _answers(_here(settings.flower_host), settings.flower_port, "/healthcheck")


def _answers(host: str, port: int, path: str) -> None:
    try:
        httpx.get(f"http://{host}:{port}{path}", timeout=ANSWER_WITHIN).raise_for_status()
    except httpx.HTTPError as error:
        raise SystemExit(f"energy: {path} does not answer: {error}") from None


def _here(host: str) -> str:
    return "127.0.0.1" if host == "0.0.0.0" else host


@contextmanager
def _redis(settings: Settings) -> Iterator["Redis"]:
    try:
        with connect(settings, patience=0) as redis:
            yield redis
    except RedisError as error:
        raise SystemExit(f"energy: Redis does not answer: {error}") from None


COMMANDS = {"healthy": healthy}
