"""The streams of the soak: a crowd that comes and goes, and witnesses who miss nothing."""

import asyncio
import json
import random
import threading
import time
from collections import Counter

import httpx

from benchmarks.soak_load import Ledger

BACK_WITHIN = 2.0
"""Longest pause before a stream that was cut is opened again, as EventSource does."""
SILENCE = 20.0
"""Seconds without a byte after which a stream counts as dead; heartbeats come every 15."""


def crowd(ledger: Ledger, ports: list[int], streams: int, over: threading.Event) -> None:
    """Hold `streams` connections to the stream of all jobs; each leaves and returns at random."""
    asyncio.run(_crowd(ledger, ports, streams, over))


async def _crowd(ledger: Ledger, ports: list[int], streams: int, over: threading.Event) -> None:
    await asyncio.gather(*(_one(ledger, ports, random.Random(n), over) for n in range(streams)))


async def _one(
    ledger: Ledger, ports: list[int], chance: random.Random, over: threading.Event
) -> None:
    ask = b"GET /jobs/stream HTTP/1.1\r\nHost: localhost\r\n\r\n"
    while not over.is_set():
        await asyncio.sleep(chance.uniform(0, BACK_WITHIN))
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", chance.choice(ports))
        except OSError:
            continue
        ledger.opened += 1
        until = time.monotonic() + chance.uniform(5, 60)
        try:
            writer.write(ask)
            while time.monotonic() < until and not over.is_set():
                piece = await asyncio.wait_for(reader.read(65536), SILENCE)
                if not piece:
                    break
                ledger.events += piece.count(b"\ndata: ")
        except (OSError, TimeoutError):
            pass  # cut by a kill, or silent: it comes back
        finally:
            writer.close()


class Witness:
    """Follows all jobs from the beginning, resumes after each cut, and counts the ends it sees."""

    def __init__(self, ports: list[int], seed: int) -> None:
        self.ends: Counter[str] = Counter()
        """How often each job was seen to end."""
        self.resumed = 0
        self.disordered = 0
        """Events whose id was not above the one before: told twice, or out of order."""
        self._last = "0-0"
        self._ports = ports
        self._chance = random.Random(seed)

    def watch(self, over: threading.Event) -> None:
        """Watch until it is over."""
        while not over.is_set():
            url = f"http://127.0.0.1:{self._chance.choice(self._ports)}/jobs/stream"
            try:
                with httpx.stream(
                    "GET", url, headers={"Last-Event-ID": self._last}, timeout=SILENCE
                ) as answer:
                    self._read(answer, over)
            except httpx.TransportError:
                pass  # cut by a kill: it resumes where it was
            self.resumed += 1
            over.wait(self._chance.uniform(0, BACK_WITHIN))

    def _read(self, answer: httpx.Response, over: threading.Event) -> None:
        event_id = ""
        for line in answer.iter_lines():
            if over.is_set():
                return
            if line.startswith("id: "):
                event_id = line[4:]
            elif line.startswith("data: "):
                self._note(event_id, json.loads(line[6:]))

    def _note(self, event_id: str, event: dict[str, object]) -> None:
        self.disordered += _order(event_id) <= _order(self._last)
        self._last = event_id
        if event.get("finished_at"):
            self.ends[str(event["task_id"])] += 1


def _order(event_id: str) -> tuple[int, int]:
    milliseconds, _, sequence = event_id.partition("-")
    return int(milliseconds), int(sequence or 0)
