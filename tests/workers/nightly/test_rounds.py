"""Rounds over many meters: each done once, whatever dies on the way."""

import json
import time
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import takewhile

import pytest

from workers.jobs import Jobs
from workers.jobs.sweeper import queue_length
from workers.nightly import rounds
from workers.nightly.rounds import (
    HANDFUL,
    LONG_WAIT,
    MOST_TRIES,
    SHORT_TRIES,
    SHORT_WAIT,
    Ended,
    do_part,
    start_round,
    tend_rounds,
    wait_after,
)

NOW = datetime(2026, 5, 1, tzinfo=UTC)
METERS = [f"water/m{number:03d}" for number in range(3 * HANDFUL + 5)]


def succeed(work: str, meters: Sequence[str]) -> dict[str, str]:
    return dict.fromkeys(meters, "succeeded")


def die(work: str, meters: Sequence[str]) -> dict[str, str]:
    raise KeyboardInterrupt


def begin(jobs: Jobs, meters: list[str] = METERS) -> str:
    return start_round(jobs, "forecasts", meters, schedule="nightly", now=NOW)


def test_every_meter_is_done_once(jobs: Jobs) -> None:
    round_id, done = begin(jobs), Counter[str]()

    def do(work: str, meters: Sequence[str]) -> dict[str, str]:
        assert work == "forecasts"
        assert len(meters) <= HANDFUL
        done.update(meters)
        return {one: "no_readings" if one.endswith("7") else "succeeded" for one in meters}

    ended: list[Ended] = []
    while not ended:
        ended += filter(None, [do_part(jobs, round_id, do)])

    assert done == Counter(METERS)
    failed = sum(meter.endswith("7") for meter in METERS)
    assert ended[0].summary == {
        "total": len(METERS), "succeeded": len(METERS) - failed, "no_readings": failed,
    }  # fmt: skip
    assert (ended[0].schedule, ended[0].started_at) == ("nightly", NOW)
    assert do_part(jobs, round_id, do) is None
    assert jobs.redis.keys("round*") == []


def test_a_handful_goes_to_the_queue_at_a_time(jobs: Jobs) -> None:
    """So a forecast that somebody waits for stands behind two messages, not behind thousands."""
    begin(jobs)
    assert queue_length(jobs, "forecasts") == 2


def test_a_store_that_was_away_costs_time_and_no_meter(jobs: Jobs) -> None:
    round_id, away = begin(jobs, METERS[: HANDFUL + 5]), 2
    jobs.redis.delete("forecasts")

    def do(work: str, meters: Sequence[str]) -> dict[str, str]:
        nonlocal away
        away -= 1
        return dict.fromkeys(meters, "model" if away < 0 else "store_unavailable")

    assert do_part(jobs, round_id, do) is None
    (message,) = jobs.redis.lrange("forecasts", 0, -1)
    assert json.loads(message)["headers"]["eta"], "the chain waits before it goes on"
    ended = None
    while ended is None:
        ended = do_part(jobs, round_id, do)

    assert ended.summary == {"total": HANDFUL + 5, "model": HANDFUL + 5}
    assert jobs.redis.keys("round*") == []


def test_a_meter_that_the_store_never_answers_for_is_given_up_and_no_other(jobs: Jobs) -> None:
    """Whatever comes after it in a handful is told of the same fault (`workers.nightly.chunks`)."""
    round_id, deadly = begin(jobs, METERS[:HANDFUL]), METERS[0]

    def do(work: str, meters: Sequence[str]) -> dict[str, str]:
        sound = list(takewhile(lambda meter: meter != deadly, meters))
        return dict.fromkeys(meters, "store_unavailable") | dict.fromkeys(sound, "model")

    parts = 1
    while (ended := do_part(jobs, round_id, do)) is None:
        parts += 1

    assert ended.summary == {"total": HANDFUL, "model": HANDFUL - 1, "store_unavailable": 1}
    assert not ended.failed
    assert parts == MOST_TRIES


def test_the_first_waits_are_short_and_the_last_ones_long(jobs: Jobs) -> None:
    round_id = begin(jobs, METERS[:3])
    waits = []
    for _ in range(MOST_TRIES - 1):
        jobs.redis.delete("forecasts")
        do_part(jobs, round_id, lambda _, meters: dict.fromkeys(meters, "store_unavailable"))
        touched = float(jobs.redis.hget(f"round:{round_id}", "touched"))
        waits.append(round(touched - time.time()))
    assert waits[:SHORT_TRIES] == [SHORT_WAIT] * SHORT_TRIES
    assert set(waits[SHORT_TRIES:]) == {LONG_WAIT}
    assert sum(map(wait_after, range(1, MOST_TRIES))) > 6 * 3600


@pytest.mark.parametrize(
    ("outcomes", "failed"),
    [
        ({"store_unavailable": 3}, True),
        ({"insufficient_history": 2, "internal_error": 1}, True),
        ({"insufficient_history": 3}, False),
        ({"store_unavailable": 2, "naive": 1}, False),
        ({}, False),
    ],
)
def test_a_round_has_failed_where_faults_left_nothing(
    outcomes: dict[str, int], failed: bool
) -> None:
    assert Ended("forecasts", "nightly", NOW, {"total": 3, **outcomes}).failed is failed


def test_a_broken_round_goes_on_as_fast_as_it_began(
    jobs: Jobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin(jobs)
    begun = queue_length(jobs, "forecasts")
    jobs.redis.delete("forecasts")
    monkeypatch.setattr(rounds, "SILENT_AFTER", 0.0)
    tend_rounds(jobs)
    assert queue_length(jobs, "forecasts") == begun == 2 * jobs.settings.forecast_workers


def test_what_a_dead_worker_held_is_done_by_another(
    jobs: Jobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    round_id = begin(jobs, METERS[:3])

    with pytest.raises(KeyboardInterrupt):
        do_part(jobs, round_id, die)
    assert do_part(jobs, round_id, succeed) is None
    tend_rounds(jobs)
    assert jobs.redis.llen(f"round:{round_id}:todo") == 0, "not silent long enough"
    monkeypatch.setattr(rounds, "SILENT_AFTER", 0.0)
    tend_rounds(jobs)

    alone = [do_part(jobs, round_id, succeed) for _ in range(3)]
    assert alone[:2] == [None, None], "one of them may be what killed the worker"
    assert alone[2] is not None
    assert alone[2].summary == {"total": 3, "succeeded": 3}


def test_what_kills_three_workers_is_given_up_and_nothing_else(
    jobs: Jobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One meter of a handful kills its worker each time: the others of the handful are done."""
    monkeypatch.setattr(rounds, "SILENT_AFTER", 0.0)
    deadly, killed = METERS[2], 0
    round_id = begin(jobs, METERS[:HANDFUL])

    def do(work: str, meters: Sequence[str]) -> dict[str, str]:
        return die(work, meters) if deadly in meters else succeed(work, meters)

    ended = None
    while ended is None:
        try:
            ended = do_part(jobs, round_id, do)
        except KeyboardInterrupt:
            killed += 1
            tend_rounds(jobs)

    assert killed == 3
    assert ended.summary == {
        "total": HANDFUL, "succeeded": HANDFUL - 1, "worker_lost": 1,
    }  # fmt: skip
