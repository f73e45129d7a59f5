"""The life of a job as pure functions: a record, what happens to it, the event that tells of it.

    queued ──► running ──► succeeded
      │          │  ▲ └──► failed
      │          ▼  │
      │       retrying
      └──────────┴───────► cancelled

A record is the job object of the API. Nothing here knows Redis, Celery or a clock.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from workers.states import Kind, Status
from workers.wire_format import timestamp

Record = dict[str, Any]
Event = dict[str, Any]

QUIET = frozenset({"updated_at", "eta_seconds", "started_at"})
"""Fields that change with every step and would more than double an event: only in the record."""

ETA_FROM = 5.0
"""Percent below which elapsed time says too little about the time left."""


JOB_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
"""A job id becomes part of a key of Redis: `x:events` must not reach another kind of value."""


def new_record(
    job_id: str,
    kind: Kind,
    *,
    meter_type: str | None,
    meter_id: str | None,
    now: datetime,
    batch_id: str | None = None,
) -> Record:
    """The record of a job that was just accepted."""
    at = timestamp(now)
    return {
        "task_id": job_id,
        "kind": kind.value,
        "status": Status.QUEUED.value,
        "stage": None,
        "progress": 0.0,
        "message": "Waiting for a worker",
        "meter_type": meter_type,
        "meter_id": meter_id,
        "created_at": at,
        "started_at": None,
        "updated_at": at,
        "finished_at": None,
        "attempt": 1,
        "batch_id": batch_id,
        "eta_seconds": None,
        "result": None,
        "error": None,
    }


def is_terminal(record: Mapping[str, Any]) -> bool:
    return Status(record["status"]).is_terminal


def changed(record: Record, now: datetime, fields: Mapping[str, Any]) -> Record:
    """`record` with some fields changed; progress never falls and times are kept up."""
    after = {**record, **fields, "updated_at": timestamp(now)}
    after["progress"] = round(max(record["progress"], after["progress"]), 1)
    status = Status(after["status"])
    if status is Status.RUNNING and after["started_at"] is None:
        after["started_at"] = after["updated_at"]
    if status.is_terminal:
        after["finished_at"] = after["updated_at"]
        after["eta_seconds"] = None
    elif status is Status.RUNNING:
        after["eta_seconds"] = _eta(after, now)
    return after


def event_of(before: Mapping[str, Any] | None, after: Record) -> Event:
    """What a live client is told: status, progress and what changed; all of it at either end."""
    if before is None or is_terminal(after):
        return after
    told = {k: v for k, v in after.items() if k not in QUIET and v != before.get(k)}
    return {"status": after["status"], "progress": after["progress"], **told}


def _eta(record: Mapping[str, Any], now: datetime) -> float | None:
    """Seconds left if the rest goes as the part done did; None while too little is done."""
    if record["progress"] < ETA_FROM:
        return None
    elapsed = (now - datetime.fromisoformat(record["started_at"])).total_seconds()
    return round(elapsed * (100 - record["progress"]) / record["progress"], 1)
