"""Where a place is: asked of a worker, which has the gazetteer that the web process must not load.

What was found is kept for a day, so that the thousandth meter of a town is placed at once.
"""

import hashlib
from typing import Any

from config.errors import EnergyError, InvalidRequest, QueueUnavailable, UnknownPlace
from workers.broker import MAINTENANCE
from workers.broker.celery_app import LOCATE
from workers.jobs import Jobs
from workers.questions.question import Question, ask, keep_answer

KEPT_SECONDS = 86_400
WAIT_SECONDS = 30.0
"""Reading the gazetteer takes some seconds on a small machine."""


def locate(jobs: Jobs, text: str) -> dict[str, Any]:
    """`{latitude, longitude, country, timezone, place}` of coordinates or of a place's name.

    :raises UnknownPlace: there is none.
    :raises QueueUnavailable: no worker answers.
    """
    answer = ask(jobs, _question(text), seconds=WAIT_SECONDS)
    if answer is None:
        raise QueueUnavailable(
            f"No worker looked up {text[:80]!r} within {WAIT_SECONDS:.0f} s.",
            hint="Is a worker of the queue `maintenance` running? See GET /health/worker.",
        )
    error = answer.get("error")
    if error:
        kind: type[EnergyError] = (
            UnknownPlace if error["code"] == "unknown_place" else InvalidRequest
        )
        raise kind(error["message"], hint=error["hint"], **error["detail"])
    return answer


def keep_place(jobs: Jobs, text: str, answer: dict[str, Any]) -> None:
    """Keep what a worker found."""
    question = _question(text)
    # An unknown name may be known as soon as the geocoding service answers again.
    seconds = 60 if "error" in answer else KEPT_SECONDS
    keep_answer(jobs, question.key, question.mark, answer, seconds=seconds)


def _question(text: str) -> Question:
    # The text is the client's: of any length and with any sign.
    key = f"place:{hashlib.sha256(text.encode()).hexdigest()[:32]}"
    return Question(key=key, mark=[text], task=LOCATE, args=[text], queue=MAINTENANCE)
