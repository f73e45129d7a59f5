"""The life of a job as pure functions."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from workers.jobs import Record
from workers.jobs.record import changed, event_of, new_record
from workers.states import Kind

NOW = datetime(2026, 3, 29, 0, 59, 59, tzinfo=UTC)


@pytest.fixture
def queued() -> Record:
    return new_record("id", Kind.TRAIN, meter_type="water", meter_id="m", now=NOW)


def running(record: Record, **fields: Any) -> Record:
    return changed(record, NOW, {"status": "running", **fields})


def test_progress_never_falls(queued: Record) -> None:
    job = running(queued, progress=50.0)
    assert changed(job, NOW, {"progress": 20.0})["progress"] == 50.0


def test_an_event_holds_what_changed_and_no_more(queued: Record) -> None:
    job = running(queued, stage="fitting", progress=10.0, message="Round 1")
    later = changed(job, NOW + timedelta(seconds=1), {"progress": 11.0, "message": "Round 2"})

    assert event_of(job, later) == {"status": "running", "progress": 11.0, "message": "Round 2"}


@pytest.mark.parametrize("status", ["succeeded", "failed", "cancelled"])
def test_the_last_event_is_the_whole_job(queued: Record, status: str) -> None:
    ended = changed(running(queued), NOW, {"status": status})

    assert event_of(running(queued), ended) == ended
    assert ended["finished_at"] == "2026-03-29T00:59:59.000Z"
    assert ended["eta_seconds"] is None


def test_merged_events_give_the_record(queued: Record) -> None:
    """What a client that merges small events sees differs in nothing but the quiet fields."""
    steps = [
        {"status": "running", "message": "Starting"},
        {"stage": "loading", "progress": 3.0},
        {"stage": "fitting", "progress": 40.0, "message": "Round 7"},
        {"status": "retrying", "attempt": 2, "message": "Again"},
    ]
    record, client = queued, dict(event_of(None, queued))
    for fields in steps:
        after = changed(record, NOW, fields)
        client |= event_of(record, after)
        record = after
    for name in set(record) - {"updated_at", "started_at", "eta_seconds"}:
        assert client[name] == record[name], name


@pytest.mark.parametrize(
    ("progress", "seconds", "eta"),
    [
        pytest.param(2.0, 10, None, id="too-early-to-tell"),
        pytest.param(50.0, 10, 10.0, id="half-way"),
        pytest.param(80.0, 60, 15.0, id="near-the-end"),
    ],
)
def test_the_estimate(queued: Record, progress: float, seconds: int, eta: float | None) -> None:
    job = running(queued)
    later = changed(job, NOW + timedelta(seconds=seconds), {"progress": progress})
    assert later["eta_seconds"] == eta
