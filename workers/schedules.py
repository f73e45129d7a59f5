"""What runs when, what ran, and that each thing runs once however many beats there are.

| key                        | holds                                                             |
|----------------------------|-------------------------------------------------------------------|
| `schedule:{name}:{due}`    | the turn of one due instant: whoever sets it does the work        |
| `schedules:last`           | hash: name, to JSON of the last run                               |

Every beat sends its message; the first worker that finds the turn free takes it. Light enough for
the web process.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast
from zoneinfo import ZoneInfo

from redis import Redis

from config import Settings
from config.cron import parse_cron
from config.scheduling import Schedule
from workers.states import Status
from workers.wire_format import dump, timestamp

LAST = "schedules:last"
CLOCKS_APART = timedelta(seconds=30)
"""How far a worker's clock may be behind beat's: half a minute, the grain of a cron line, so that a
message in time is never taken for the next one's."""
TURN_KEPT = timedelta(days=2)
"""A second message of the same instant is dropped by its expiry long before."""
SWEEPING = "sweep"


@dataclass(frozen=True)
class Turn:
    """The right to do a schedule's work for one due instant."""

    schedule: Schedule
    due: datetime
    started_at: datetime


class Schedules:
    """The schedules of the settings, and their runs."""

    def __init__(self, settings: Settings, redis: "Redis") -> None:
        self._settings = settings
        self._zone = ZoneInfo(settings.schedule_timezone)
        self._redis = redis

    def take(self, name: str, now: datetime) -> Turn | None:
        """The turn of the schedule's latest due instant; None where somebody has it."""
        schedule = self._settings.schedules.get(name)
        latest = now + CLOCKS_APART
        due = parse_cron(schedule.cron).until(latest, self._zone) if schedule else None
        if schedule is None or due is None:
            return None
        if not self._redis.set(_key(name, due), timestamp(now), nx=True, ex=TURN_KEPT):
            return None
        self.note(name, started_at=now, status=Status.RUNNING)
        return Turn(schedule, due, now)

    def give_back(self, turn: Turn) -> None:
        """Leave a turn to whoever tries next, because a store is away."""
        self._redis.delete(_key(turn.schedule.name, turn.due))
        self.note(turn.schedule.name, started_at=turn.started_at, status=Status.RETRYING)

    def note(
        self,
        name: str,
        *,
        started_at: datetime,
        status: Status,
        finished_at: datetime | None = None,
        summary: Mapping[str, Any] | None = None,
    ) -> None:
        """Keep how a run goes: `running`, `retrying`, `succeeded` or `failed`."""
        run = {
            "started_at": timestamp(started_at),
            "finished_at": timestamp(finished_at) if finished_at else None,
            "status": status,
            "summary": dict(summary or {}),
        }
        self._redis.hset(LAST, name, dump(run))

    def listing(self, now: datetime) -> list[dict[str, Any]]:
        """What runs when, what comes next and how the last run went."""
        held = cast(dict[bytes, bytes], self._redis.hgetall(LAST))
        last = {name.decode(): json.loads(run) for name, run in held.items()}
        rows = []
        for one in self._settings.schedules.values():
            due = parse_cron(one.cron).after(now, self._zone)
            rows.append(_row(one.name, one.task, one.cron, one.meter_type, due, last))
        every = self._settings.sweep_every
        due = now + timedelta(seconds=every)
        rows.append(_row(SWEEPING, SWEEPING, f"every {every:g} s", None, due, last))
        return rows


def _key(name: str, due: datetime) -> str:
    return f"schedule:{name}:{timestamp(due)}"


def _row(
    name: str,
    task: str,
    cron: str,
    meter_type: str | None,
    due: datetime | None,
    last: Mapping[str, Any],
) -> dict[str, Any]:
    return {
        "name": name,
        "task": task,
        "cron": cron,
        "meter_type": meter_type,
        "next_run": timestamp(due) if due else None,
        "last_run": last.get(name),
    }
