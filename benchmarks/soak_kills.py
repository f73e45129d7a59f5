"""The kills of the soak: which part is shot when, and whether it held a job at that moment."""

import os
import random
import signal
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import cast

import psutil

from tests.platform import Platform
from workers.jobs.journal import OPEN
from workers.jobs.record import is_terminal
from workers.states import Kind, Status

KILL_EVERY = 20.0
AIM_WITHIN = 8.0
"""Seconds that a shot at a worker waits for a moment at which it holds a job."""
AIM_STEP = 0.002

WORKERS = ("worker-training", "worker-forecasts", "worker-maintenance")
CHILD = "process of a job"
"""Only the process that runs a job, as the out-of-memory killer does; its parent lives on."""
PARTS = ("api", *WORKERS, CHILD, "beat", "redis")


@dataclass
class Kills:
    """What was shot."""

    shots: Counter[str] = field(default_factory=Counter)
    hits: Counter[str] = field(default_factory=Counter)
    """Shots that ended the process of a job that was running, or Redis below one."""


@dataclass(frozen=True)
class Held:
    """A job that a process runs."""

    job_id: str
    attempt: int
    pid: int


def shoot(platform: Platform, seconds: float, chance: random.Random) -> Kills:
    """Shoot a part (SIGKILL) every KILL_EVERY seconds and start it again."""
    kills = Kills()
    end = time.monotonic() + seconds
    while (due := time.monotonic() + KILL_EVERY) < end:
        time.sleep(max(0.0, due - time.monotonic()))
        part = chance.choice(PARTS)
        kills.shots[part] += 1
        kills.hits[part] += _shoot(platform, part)
    time.sleep(max(0.0, end - time.monotonic()))
    return kills


def _shoot(platform: Platform, part: str) -> bool:
    if part == "redis":
        held = list(_held(platform))
        platform.restart_redis(how=signal.SIGKILL)
        return bool(held)
    if part not in (*WORKERS, CHILD):
        platform.restart(part, how=signal.SIGKILL)
        return False
    target = _aim(platform, WORKERS if part == CHILD else (part,))
    if part == CHILD:
        if target is None:
            return False
        os.kill(target.pid, signal.SIGKILL)
        return not _had_ended(platform, target)
    platform.stop(part, how=signal.SIGKILL)
    hit = target is not None and not _had_ended(platform, target)
    platform.start(part)
    return hit


def _aim(platform: Platform, parts: tuple[str, ...]) -> Held | None:
    """A job that a process of these parts runs; None where none comes in time."""
    deadline = time.monotonic() + AIM_WITHIN
    while time.monotonic() < deadline:
        family = {
            child.pid
            for part in parts
            for child in psutil.Process(platform.processes[part].pid).children(recursive=True)
        }
        for held in _held(platform):
            if held.pid in family:
                return held
        time.sleep(AIM_STEP)
    return None


def _held(platform: Platform) -> Iterator[Held]:
    for raw in cast(list[bytes], platform.jobs.redis.zrange(OPEN, 0, -1)):
        entry = platform.jobs.journal.read(raw.decode())
        if entry is None or entry.record["status"] != Status.RUNNING:
            continue
        if entry.record["kind"] != Kind.BATCH:  # which no process holds
            _, _, pid = entry.fields["worker"].rpartition(":")
            yield Held(raw.decode(), entry.record["attempt"], int(pid))


def _had_ended(platform: Platform, held: Held) -> bool:
    record = platform.jobs.read(held.job_id).record
    return is_terminal(record) and record["attempt"] == held.attempt
