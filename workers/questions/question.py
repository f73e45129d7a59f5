"""Answers that a worker makes when asked, and that are kept for whoever asks next.

For what is computed quickly and needs no job: the web process must not run models' code, so it
asks, waits a moment, and finds the answer in Redis.
"""

import json
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from config.error_codes import is_fault
from config.errors import describe
from workers.jobs import Jobs
from workers.wire_format import dump

log = logging.getLogger(__name__)

ASKED_FOR_SECONDS = 30
"""What was asked for this lately is on its way; asking again would compute it twice."""
LOOK_EVERY = 0.05
FAULT_KEPT_SECONDS = 60
"""What failed for a fault of the platform may work in a minute; until then it would fail again."""


@dataclass(frozen=True)
class Question:
    """What to ask: `task` with `args` answers by `keep_answer` under the same key and mark.

    mark: JSON-able; what the answer rests on. An answer with another mark is out of date.
    lasts: seconds after which no worker begins with it any more. What changes something must not
        be done once whoever asked has been told that it was not.
    """

    key: str
    mark: Sequence[Any]
    task: str
    args: Sequence[Any]
    queue: str
    lasts: float = ASKED_FOR_SECONDS


def kept_answer(jobs: Jobs, question: Question) -> dict[str, Any] | None:
    """The answer that is there already, if what it rests on is still so."""
    stored = cast(bytes | None, jobs.redis.get(question.key))
    if stored is None:
        return None
    kept: dict[str, Any] = json.loads(stored)
    return kept["answer"] if kept["mark"] == list(question.mark) else None


def ask(jobs: Jobs, question: Question, *, seconds: float) -> dict[str, Any] | None:
    """The answer, made by a worker if need be; None where that takes longer than `seconds`.

    :raises QueueUnavailable: Redis or the broker does not answer.
    """
    deadline = time.monotonic() + seconds
    with jobs.talking():
        answer = kept_answer(jobs, question)
        while answer is None and time.monotonic() < deadline:
            lasts = int(1000 * question.lasts)
            if jobs.redis.set(f"{question.key}:asked", 1, nx=True, px=lasts):
                jobs.celery.send_task(
                    question.task, args=list(question.args), queue=question.queue,
                    expires=question.lasts, ignore_result=True,
                )  # fmt: skip
            time.sleep(LOOK_EVERY)
            answer = kept_answer(jobs, question)
    return answer


def keep_answer(
    jobs: Jobs, key: str, mark: Sequence[Any], answer: Mapping[str, Any], *, seconds: int
) -> None:
    """Keep what a worker found out, for `seconds`; an `error` of the platform's not for so long."""
    if "error" in answer and is_fault(answer["error"]["code"]):
        seconds = min(seconds, FAULT_KEPT_SECONDS)
    jobs.redis.set(key, dump({"mark": list(mark), "answer": answer}), ex=seconds)
    jobs.redis.delete(f"{key}:asked")


def outcome(work: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """What the work returns; `{error}` where it raises, or whoever asked would wait for ever."""
    try:
        return work()
    except Exception as error:
        told = describe(error)
        if told["code"] == "internal_error":
            log.exception("an answer could not be made")
        return {"error": told}


def forget_answer(jobs: Jobs, key: str) -> None:
    jobs.redis.delete(key)
