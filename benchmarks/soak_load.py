"""The load of the soak: readings, jobs and streams, each noting what it was promised."""

import asyncio
import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

FIRST = datetime(2030, 1, 1, tzinfo=UTC)
ROWS = 24
PAUSE_AFTER_FAILURE = 0.5


@dataclass
class Ledger:
    """What the API acknowledged, and what it refused or left unanswered."""

    readings: dict[str, int] = field(default_factory=dict)
    """Hours from FIRST that are acknowledged, by meter."""
    jobs: dict[str, str] = field(default_factory=dict)
    """Accepted jobs by id: the path they were sent to."""
    refused: dict[str, int] = field(default_factory=dict)
    opened: int = 0
    """Streams opened."""
    events: int = 0

    def note(self, what: str) -> None:
        self.refused[what] = self.refused.get(what, 0) + 1


def repeat(work: Callable[[httpx.Client], None], url: str, over: threading.Event) -> None:
    """Do `work` again and again, past every failure, until it is over."""
    with httpx.Client(base_url=url, timeout=30) as http:
        while not over.is_set():
            try:
                work(http)
            except httpx.TransportError:
                over.wait(PAUSE_AFTER_FAILURE)


def send_readings(ledger: Ledger, meter: str, pause: float) -> Callable[[httpx.Client], None]:
    """Send a day of hourly readings; the same day again until it is acknowledged."""

    def work(http: httpx.Client) -> None:
        done = ledger.readings.setdefault(meter, 0)
        rows = [
            {"time": (FIRST + timedelta(hours=hour)).isoformat(), "value": hour}
            for hour in range(done, done + ROWS)
        ]
        answer = http.post(f"/meters/{meter}/readings", json=rows)
        if answer.status_code == httpx.codes.OK:
            ledger.readings[meter] = done + ROWS
        else:
            ledger.note(f"readings {answer.status_code}")
        time.sleep(pause)

    return work


def submit_jobs(
    ledger: Ledger, choices: list[tuple[str, dict[str, Any]]], pause: float, seed: int
) -> Callable[[httpx.Client], None]:
    """Submit a job of the choices at random."""
    chance = random.Random(seed)

    def work(http: httpx.Client) -> None:
        path, body = chance.choice(choices)
        answer = http.post(path, json=body)
        if answer.status_code in (httpx.codes.OK, httpx.codes.ACCEPTED):
            ledger.jobs[answer.json()["task_id"]] = path
        else:
            ledger.note(f"{path} {answer.status_code}")
        time.sleep(pause)

    return work


def watch(ledger: Ledger, port: int, streams: int, over: threading.Event) -> None:
    """Hold `streams` connections to the stream of all jobs; each leaves and returns at random."""
    asyncio.run(_watch(ledger, port, streams, over))


async def _watch(ledger: Ledger, port: int, streams: int, over: threading.Event) -> None:
    await asyncio.gather(*(_one(ledger, port, random.Random(n), over) for n in range(streams)))


async def _one(ledger: Ledger, port: int, chance: random.Random, over: threading.Event) -> None:
    ask = b"GET /jobs/stream HTTP/1.1\r\nHost: localhost\r\n\r\n"
    while not over.is_set():
        await asyncio.sleep(chance.uniform(0, 2))
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            continue
        ledger.opened += 1
        until = time.monotonic() + chance.uniform(5, 60)
        try:
            writer.write(ask)
            while time.monotonic() < until and not over.is_set():
                piece = await asyncio.wait_for(reader.read(65536), 20)
                if not piece:
                    break
                ledger.events += piece.count(b"\ndata: ")
        except (OSError, TimeoutError):
            pass  # cut by a kill, or silent: it comes back
        finally:
            writer.close()
