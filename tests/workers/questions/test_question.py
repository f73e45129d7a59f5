"""Answers for whoever asked, also where they could not be made; on a real Redis."""

from typing import Any, cast

import pytest

from config.errors import NoReadings
from ml import BadQuality
from workers.broker import MAINTENANCE
from workers.broker.celery_app import QUALITY
from workers.jobs import Jobs
from workers.questions import Question, ask, keep_answer, outcome
from workers.questions.question import FAULT_KEPT_SECONDS

QUESTION = Question("quality:water/m1", ["mark"], QUALITY, ["water", "m1"], MAINTENANCE)


@pytest.mark.parametrize(
    ("error", "code", "seconds"),
    [
        pytest.param(NoReadings("There are none."), "no_readings", 3600, id="ours"),
        pytest.param(BadQuality("all of it"), "bad_quality", 3600, id="of-ml"),
        pytest.param(KeyError("x"), "internal_error", FAULT_KEPT_SECONDS, id="unexpected"),
    ],
)
def test_who_asked_is_told_what_failed(
    jobs: Jobs, error: Exception, code: str, seconds: int
) -> None:
    def work() -> dict[str, Any]:
        raise error

    assert ask(jobs, QUESTION, seconds=0.1) is None
    keep_answer(jobs, QUESTION.key, QUESTION.mark, outcome(work), seconds=3600)
    answer = ask(jobs, QUESTION, seconds=0.1)
    assert answer is not None
    assert answer["error"]["code"] == code
    assert cast(int, jobs.redis.ttl(QUESTION.key)) <= seconds


def test_what_the_work_returns_is_the_answer() -> None:
    assert outcome(lambda: {"ready": True}) == {"ready": True}
