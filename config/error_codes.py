"""The codes of all failures, as programs read them, and what each means to an HTTP client.

`config.errors` has the exceptions that carry them; those of `ml`, which imports nothing of ours,
carry them too.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus


@dataclass(frozen=True)
class ErrorCode:
    """What a machine-readable code means to an HTTP client."""

    status: HTTPStatus
    meaning: str
    transient: bool = False
    """Worth retrying unchanged: the fault lies outside the request."""


CATALOGUE: Mapping[str, ErrorCode] = {
    "invalid_request": ErrorCode(HTTPStatus.UNPROCESSABLE_ENTITY, "A field is missing or wrong."),
    "ambiguous_file": ErrorCode(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "A file can be read in several ways; `detail.choices` has them, each with its options.",
    ),
    "malformed_json": ErrorCode(HTTPStatus.BAD_REQUEST, "The body is not JSON."),
    "bad_request": ErrorCode(HTTPStatus.BAD_REQUEST, "The request cannot be read."),
    "unauthorized": ErrorCode(HTTPStatus.UNAUTHORIZED, "A key is needed, or this one is not."),
    "forbidden": ErrorCode(HTTPStatus.FORBIDDEN, "The key does not reach this far; says how far."),
    "cross_origin": ErrorCode(
        HTTPStatus.FORBIDDEN, "A page of an origin that is not in CORS_ORIGINS."
    ),
    "not_found": ErrorCode(HTTPStatus.NOT_FOUND, "No such path."),
    "method_not_allowed": ErrorCode(
        HTTPStatus.METHOD_NOT_ALLOWED, "This path does not take that method."
    ),
    "not_acceptable": ErrorCode(HTTPStatus.NOT_ACCEPTABLE, "No form of the answer is acceptable."),
    "request_timeout": ErrorCode(
        HTTPStatus.REQUEST_TIMEOUT, "The body did not come within CLIENT_TIMEOUT_SECONDS."
    ),
    "unsupported_media_type": ErrorCode(
        HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "The body's Content-Type is not taken here."
    ),
    "too_large": ErrorCode(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "The body is larger than MAX_UPLOAD_MB."
    ),
    "invalid_readings": ErrorCode(
        HTTPStatus.UNPROCESSABLE_ENTITY, "The readings sent have no usable row."
    ),
    "no_readings": ErrorCode(HTTPStatus.CONFLICT, "The meter has no readings for this."),
    "unknown_meter": ErrorCode(HTTPStatus.NOT_FOUND, "No meter of this type and id."),
    "unknown_job": ErrorCode(HTTPStatus.NOT_FOUND, "This id was never issued, or it expired."),
    "unknown_model": ErrorCode(HTTPStatus.NOT_FOUND, "No such model version of this meter."),
    "no_previous_version": ErrorCode(
        HTTPStatus.CONFLICT, "The meter has no earlier champion to roll back to."
    ),
    "champion_moved": ErrorCode(
        HTTPStatus.CONFLICT, "Another version became champion at the same moment."
    ),
    "model_not_trained": ErrorCode(HTTPStatus.CONFLICT, "The meter has no trained model yet."),
    "model_corrupt": ErrorCode(
        HTTPStatus.INTERNAL_SERVER_ERROR, "The stored model is damaged; train the meter again."
    ),
    "model_mismatch": ErrorCode(
        HTTPStatus.CONFLICT, "The model belongs to another meter or a newer release."
    ),
    "not_finished": ErrorCode(HTTPStatus.CONFLICT, "The job has no result yet."),
    "not_cancellable": ErrorCode(HTTPStatus.CONFLICT, "The job has already ended."),
    "beyond_horizon": ErrorCode(
        HTTPStatus.UNPROCESSABLE_ENTITY, "Further ahead than MAX_FORECAST_DAYS."
    ),
    "out_of_range": ErrorCode(
        HTTPStatus.UNPROCESSABLE_ENTITY, "A number or date lies outside what is possible."
    ),
    "insufficient_history": ErrorCode(
        HTTPStatus.UNPROCESSABLE_ENTITY, "Too few readings; says how many and from when enough."
    ),
    "bad_quality": ErrorCode(
        HTTPStatus.UNPROCESSABLE_ENTITY, "The readings are too faulty to learn from; says why."
    ),
    "too_many_requests": ErrorCode(HTTPStatus.TOO_MANY_REQUESTS, "Slow down; see Retry-After."),
    "too_many_jobs": ErrorCode(
        HTTPStatus.TOO_MANY_REQUESTS, "The queue, or the key's share of it, is full."
    ),
    "too_many_streams": ErrorCode(
        HTTPStatus.SERVICE_UNAVAILABLE, "This server holds as many streams as it may."
    ),
    "store_unavailable": ErrorCode(
        HTTPStatus.SERVICE_UNAVAILABLE, "The reading store does not answer.", transient=True
    ),
    "model_store_unavailable": ErrorCode(
        HTTPStatus.SERVICE_UNAVAILABLE, "The model store does not answer.", transient=True
    ),
    "weather_unavailable": ErrorCode(
        HTTPStatus.SERVICE_UNAVAILABLE, "Open-Meteo does not answer, or its limit is reached."
    ),
    "unknown_place": ErrorCode(HTTPStatus.UNPROCESSABLE_ENTITY, "No place of that name is known."),
    "queue_unavailable": ErrorCode(
        HTTPStatus.SERVICE_UNAVAILABLE,
        "Redis or the broker does not answer, so no job can be taken.",
    ),
    "cancelled": ErrorCode(HTTPStatus.CONFLICT, "The job was cancelled before it ended."),
    "timeout": ErrorCode(HTTPStatus.GATEWAY_TIMEOUT, "The job ran longer than a job may."),
    "worker_lost": ErrorCode(
        HTTPStatus.INTERNAL_SERVER_ERROR, "The worker died while it had the job, too many times."
    ),
    "out_of_memory": ErrorCode(
        HTTPStatus.INTERNAL_SERVER_ERROR, "The worker had too little memory for the job."
    ),
    "internal_error": ErrorCode(
        HTTPStatus.INTERNAL_SERVER_ERROR, "A fault of ours; the log of the server has it."
    ),
}


def is_transient(outcome: str) -> bool:
    """Whether it is the code of a failure that is worth another try, unchanged."""
    return outcome in CATALOGUE and CATALOGUE[outcome].transient


def is_fault(outcome: str) -> bool:
    """Whether it is the code of a failure that lies with the platform and not with the request."""
    return outcome in CATALOGUE and CATALOGUE[outcome].status >= 500
