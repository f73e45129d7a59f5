"""Answers that several resources share: accepted jobs, stored JSON."""

import logging
import re
from typing import Any

from flask import Response, jsonify, request, url_for
from flask.typing import ResponseReturnValue
from redis.exceptions import RedisError
from werkzeug.exceptions import UnsupportedMediaType

from app import streams
from app.http.errors import payload
from app.services import services
from config.correlation import bind
from config.error_codes import CATALOGUE
from config.errors import NotFinished, UnknownJob
from workers.jobs import Submitted
from workers.wire_format import dump

log = logging.getLogger(__name__)

JSON = "application/json"
WAIT = re.compile(r"(?:^|[,;\s])wait=(\d{1,5})(?:$|[,;\s])")
"""The preference `wait` of RFC 7240, in whole seconds."""

ANSWER_SECONDS = 20.0
"""A report on ten years takes a second; more means that the worker is busy or gone."""
RETRY_AFTER = 5


def json_body_only() -> None:
    """Refuse a body that does not call itself JSON, rather than read it as absent.

    :raises UnsupportedMediaType: answered with 415.
    """
    if request.method in {"POST", "PUT"} and not request.is_json:
        raise UnsupportedMediaType


def stored_json(body: bytes, status: int = 200) -> Response:
    """JSON that lies ready in Redis, as it is."""
    return Response(body, status, mimetype=JSON)


def accepted(submitted: Submitted, resource: str) -> Response:
    """202 with the addresses of the job; its result where the client waits and it is done in time.

    :param resource: blueprint whose `status/`, `stream/` and `result/` the client shall use.
    """
    job_id = submitted.record["task_id"]
    bind(task_id=job_id)
    seconds = preferred_wait()
    response = _result_within(job_id, seconds) if seconds else None
    if response is not None:
        response.headers["Preference-Applied"] = f"wait={seconds:.0f}"
        return response
    body: dict[str, Any] = {
        key: submitted.record[key] for key in ("task_id", "status", "meter_id", "meter_type")
    }
    for name in ("status", "stream", "result"):
        body[f"{name}_url"] = url_for(f"{resource}.{name}", task_id=job_id)
    if submitted.deduplicated:
        body["deduplicated"] = True
    response = jsonify(body)
    response.status_code = 200 if submitted.deduplicated else 202
    response.headers["Location"] = body["status_url"]
    return response


def preferred_wait() -> float:
    """Seconds the client asks to be kept waiting for the result (`Prefer: wait=…`), bounded."""
    found = WAIT.search(request.headers.get("Prefer", ""))
    return min(float(found[1]), services().settings.max_wait) if found else 0.0


def _result_within(job_id: str, seconds: float) -> Response | None:
    """The result of a job that was accepted, or its error; None while there is neither.

    Whatever keeps it from being read is no error of this request: the job is taken and runs, and
    a client that were told otherwise would send it again.
    """
    try:
        if streams.wait_for_end(job_id, seconds):
            return result_of(job_id)
    except NotFinished:
        pass  # the process is about to end, and with it every stream
    except (RedisError, UnknownJob) as error:
        log.warning("job %s cannot be waited for: %s", job_id, error)
    return None


def result_of(job_id: str) -> Response:
    """The result of a job; its error, with the error's status, where it failed.

    :raises NotFinished: it has not ended.
    """
    jobs = services().jobs
    record = jobs.read(job_id).record
    stored = jobs.result_json(job_id)
    if stored is not None:
        return stored_json(stored)
    if record["error"] and record["finished_at"]:
        return stored_error(record["error"])
    raise NotFinished(f"The job is {record['status']}.", status=record["status"])


def computing() -> ResponseReturnValue:
    """202: a worker was asked (`workers.questions.question`) and has not answered within
    ANSWER_SECONDS."""
    return jsonify(status="computing"), 202, {"Retry-After": str(RETRY_AFTER)}


def stored_error(error: dict[str, Any]) -> Response:
    """The answer to what failed in a worker: the error's shape and its status."""
    body = payload(error["code"], error["message"], hint=error["hint"], detail=error["detail"])
    return stored_json(dump(body).encode(), CATALOGUE[error["code"]].status)
