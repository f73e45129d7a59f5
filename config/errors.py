"""The error vocabulary: one tree of exceptions, one table of codes.

    EnergyError
    ├── InvalidRequest        invalid_request       the request cannot mean anything
    │   ├── InvalidReadings   invalid_readings      a file or body of readings has no usable row
    │   └── UnknownPlace      unknown_place
    ├── TooLarge              too_large
    ├── Unauthorized          unauthorized
    ├── Forbidden             forbidden
    ├── CrossOrigin           cross_origin
    ├── TooManyJobs           too_many_jobs
    ├── UnknownMeter          unknown_meter
    ├── UnknownJob            unknown_job
    ├── UnknownModel          unknown_model
    ├── NoPreviousVersion     no_previous_version
    ├── ChampionMoved         champion_moved
    ├── InsufficientHistory   insufficient_history
    ├── ModelNotTrained       model_not_trained
    ├── NotFinished           not_finished
    ├── NotCancellable        not_cancellable
    ├── BeyondHorizon         beyond_horizon
    ├── NoReadings            no_readings
    ├── TooManyStreams        too_many_streams
    ├── StoreUnavailable      store_unavailable     (retried)
    ├── ModelStoreUnavailable model_store_unavailable (retried)
    ├── WeatherUnavailable    weather_unavailable   (never ends a job)
    ├── QueueUnavailable      queue_unavailable
    ├── Cancelled             cancelled
    ├── JobTimeout            timeout
    ├── OutOfMemory           out_of_memory
    └── WorkerLost            worker_lost

`ml` is pure and has a tree of its own with the same four attributes; `CATALOGUE` names its codes
too, so that a worker stores and the API answers every failure in one shape.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any


@dataclass(frozen=True)
class ErrorCode:
    """What a machine-readable code means to an HTTP client."""

    status: HTTPStatus
    meaning: str
    transient: bool = False
    """Worth retrying unchanged: the fault lies outside the request."""


CATALOGUE: Mapping[str, ErrorCode] = {
    "invalid_request": ErrorCode(HTTPStatus.UNPROCESSABLE_ENTITY, "A field is missing or wrong."),
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


class EnergyError(Exception):
    """A failure with words for a person and a code for a program.

    `message` says what is wrong, `hint` what to do next, `detail` holds the numbers that help.
    """

    code = "internal_error"
    hint = ""

    def __init__(self, message: str, *, hint: str | None = None, **detail: Any) -> None:
        super().__init__(message)
        self.message = message
        if hint is not None:
            self.hint = hint
        self.detail = detail

    @property
    def status(self) -> int:
        return CATALOGUE[self.code].status.value


class InvalidRequest(EnergyError):
    code = "invalid_request"


class InvalidReadings(InvalidRequest):
    code = "invalid_readings"


class TooLarge(EnergyError):
    code = "too_large"


class Unauthorized(EnergyError):
    code = "unauthorized"
    hint = "Send the header Authorization: Bearer KEY, or sign in at /sign_in."


class Forbidden(EnergyError):
    code = "forbidden"


class CrossOrigin(EnergyError):
    code = "cross_origin"
    hint = "Add the page's origin to CORS_ORIGINS if it is meant to use this API."


class TooManyJobs(EnergyError):
    code = "too_many_jobs"
    hint = "Wait for jobs to end, or send many meters as one batch."


class UnknownMeter(EnergyError):
    code = "unknown_meter"
    hint = "Create it with PUT /meters/{type}/{id} or `energy import`; GET /meters/ lists all."


class UnknownJob(EnergyError):
    code = "unknown_job"
    hint = "GET /jobs/ lists the jobs that are kept (JOB_TTL_SECONDS after their end)."


class UnknownModel(EnergyError):
    code = "unknown_model"
    hint = "GET /models/{type}/{id} lists the versions."


class NoPreviousVersion(EnergyError):
    code = "no_previous_version"
    hint = "GET /models/{type}/{id} lists the versions; promote one by its name."


class ChampionMoved(EnergyError):
    code = "champion_moved"
    hint = "Look at GET /models/{type}/{id} and decide again."


class InsufficientHistory(EnergyError):
    code = "insufficient_history"
    hint = "Load older readings, or wait until enough have come."


class ModelNotTrained(EnergyError):
    code = "model_not_trained"
    hint = "Train it first: POST /trainmodel/."


class NotFinished(EnergyError):
    code = "not_finished"
    hint = "Watch stream_url, or ask again later."


class NotCancellable(EnergyError):
    code = "not_cancellable"


class BeyondHorizon(EnergyError):
    code = "beyond_horizon"


class NoReadings(EnergyError):
    code = "no_readings"
    hint = "Send readings with POST /meters/{type}/{id}/readings or `energy import`."


class TooManyStreams(EnergyError):
    code = "too_many_streams"
    hint = "Try again later, or follow many jobs over one connection: GET /jobs/stream."


class StoreUnavailable(EnergyError):
    code = "store_unavailable"
    hint = "Is InfluxDB running, and are INFLUX_URL and INFLUX_TOKEN right? See GET /health/."


class ModelStoreUnavailable(EnergyError):
    code = "model_store_unavailable"
    hint = "Is MODEL_STORE_URL right, and may this process write there? See GET /health/."


class WeatherUnavailable(EnergyError):
    code = "weather_unavailable"
    hint = "Weather is optional: forecasts go on with what is stored and say so."


class UnknownPlace(InvalidRequest):
    code = "unknown_place"
    hint = 'A town with its country, such as "Turin, IT", or coordinates: "45.07, 7.69".'


class QueueUnavailable(EnergyError):
    code = "queue_unavailable"
    hint = "Is Redis running, and is REDIS_URL right? See GET /health/."


class Cancelled(EnergyError):
    code = "cancelled"
    hint = "Start it again when you want it."


class JobTimeout(EnergyError):
    code = "timeout"
    hint = "Train on a shorter range (start_date), or raise TASK_TIME_LIMIT_SECONDS."


class OutOfMemory(EnergyError):
    code = "out_of_memory"
    hint = "Train on a shorter range (start_date), or give the workers more memory."


class WorkerLost(EnergyError):
    code = "worker_lost"
    hint = "The worker's log says why it died; out of memory is the usual reason."


def is_transient(outcome: str) -> bool:
    """Whether it is the code of a failure that is worth another try, unchanged."""
    return outcome in CATALOGUE and CATALOGUE[outcome].transient


def is_fault(outcome: str) -> bool:
    """Whether it is the code of a failure that lies with the platform and not with the request."""
    return outcome in CATALOGUE and CATALOGUE[outcome].status >= 500


def describe(error: BaseException) -> dict[str, Any]:
    """The `error` object of a job: `{code, message, hint, detail}`.

    Takes this tree's exceptions and `ml`'s, which carry the same attributes; anything else is a
    fault of ours and says no more than that, because its text may hold what clients must not see.
    """
    if isinstance(error, MemoryError):
        error = OutOfMemory("There was not enough memory for this job.")
    code = getattr(error, "code", None)
    if not isinstance(code, str) or code not in CATALOGUE:
        return {
            "code": "internal_error",
            "message": f"Unexpected {type(error).__name__}.",
            "hint": "The log of the worker has the details.",
            "detail": {},
        }
    return {
        "code": code,
        "message": getattr(error, "message", str(error)),
        "hint": getattr(error, "hint", "") or "",
        "detail": dict(getattr(error, "detail", None) or {}),
    }
