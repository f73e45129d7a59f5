"""The load of the soak: readings, imports and jobs, each noting what it was promised."""

import random
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import httpx

FIRST = datetime(2030, 1, 1, tzinfo=UTC)
ROWS = 24
IMPORTED_ROWS = 45_000
"""Minutes in an import: above INLINE_UPLOAD_MB=1, so that it becomes a job."""
IMPORTED = "\n".join(
    ["timestamp,value"]
    + [f"{(FIRST + timedelta(minutes=n)).isoformat()},{n}" for n in range(IMPORTED_ROWS)]
)
PAUSE_AFTER_FAILURE = 0.5
GIVE_UP_AFTER = 180.0
"""Seconds after which a load no longer waits for a job to end; the reckoning still does."""


@dataclass
class Ledger:
    """What the API acknowledged, and what it refused or left unanswered."""

    readings: dict[str, int] = field(default_factory=dict)
    """Hours from FIRST that are acknowledged, by meter."""
    imports: dict[str, str] = field(default_factory=dict)
    """Jobs of accepted imports, by meter."""
    jobs: dict[str, str] = field(default_factory=dict)
    """Accepted jobs by id: the path they were sent to."""
    refused: dict[str, int] = field(default_factory=dict)
    cut: int = 0
    """Requests whose answer a kill cut off; their clients sent them again."""
    opened: int = 0
    """Streams opened."""
    events: int = 0

    def note(self, what: str) -> None:
        self.refused[what] = self.refused.get(what, 0) + 1


Work = Callable[[httpx.Client], float]
"""One piece of load; returns the seconds to pause before the next."""


def repeat(ledger: Ledger, work: Work, url: str, over: threading.Event) -> None:
    """Do `work` again and again, past every failure, until it is over."""
    with httpx.Client(base_url=url, timeout=30) as http:
        while not over.is_set():
            try:
                pause = work(http)
            except httpx.TransportError as error:
                ledger.cut += not isinstance(error, httpx.ConnectError)
                pause = PAUSE_AFTER_FAILURE
            over.wait(pause)


def send_readings(ledger: Ledger, meter: str, pause: float) -> Work:
    """Send a day of hourly readings; the same day again until it is acknowledged."""

    def work(http: httpx.Client) -> float:
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
        return pause

    return work


def send_imports(ledger: Ledger, over: threading.Event, pause: float) -> Work:
    """Import a month of minutes into a new meter each time, and wait until the job has ended."""
    numbers = count()

    def work(http: httpx.Client) -> float:
        meter = f"electricity/import_{next(numbers)}"
        known = http.put(f"/meters/{meter}", json={})
        if known.is_error:
            ledger.note(f"meter {known.status_code}")
            return PAUSE_AFTER_FAILURE
        answer = http.post(
            f"/meters/{meter}/readings", content=IMPORTED, headers={"Content-Type": "text/csv"}
        )
        if _accepted(ledger, "/readings", answer):
            ledger.imports[meter] = answer.json()["task_id"]
            _wait(http, ledger.imports[meter], over)
        return pause

    return work


def submit_jobs(
    ledger: Ledger, choices: list[tuple[str, dict[str, Any]]], pause: float, seed: int
) -> Work:
    """Submit a job of the choices at random."""
    chance = random.Random(seed)

    def work(http: httpx.Client) -> float:
        path, body = chance.choice(choices)
        _accepted(ledger, path, http.post(path, json=body))
        return pause

    return work


def run_jobs(
    ledger: Ledger, choices: list[tuple[str, dict[str, Any]]], over: threading.Event, seed: int
) -> Work:
    """Submit a job of the choices at random and wait until it has ended: one is always open."""
    chance = random.Random(seed)

    def work(http: httpx.Client) -> float:
        path, body = chance.choice(choices)
        answer = http.post(path, json=body)
        if _accepted(ledger, path, answer):
            _wait(http, answer.json()["task_id"], over)
        return 0.0

    return work


def _accepted(ledger: Ledger, path: str, answer: httpx.Response) -> bool:
    if answer.status_code not in (httpx.codes.OK, httpx.codes.ACCEPTED):
        ledger.note(f"{path} {answer.status_code}")
        return False
    ledger.jobs[answer.json()["task_id"]] = path
    return True


def _wait(http: httpx.Client, job_id: str, over: threading.Event) -> None:
    """Until the job has ended, past failures."""
    for _ in range(int(GIVE_UP_AFTER / PAUSE_AFTER_FAILURE)):
        if over.wait(PAUSE_AFTER_FAILURE):
            return
        try:
            if http.get(f"/jobs/{job_id}").json().get("finished_at"):
                return
        except httpx.TransportError:
            continue
