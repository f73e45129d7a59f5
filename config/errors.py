"""The failures that have a name: one tree of exceptions, each with its code.

    EnergyError
    ├── InvalidRequest        invalid_request       the request cannot mean anything
    │   ├── InvalidReadings   invalid_readings      a file or body of readings has no usable row
    │   ├── AmbiguousFile     ambiguous_file        it can be read in several ways; has the choices
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

`ml` is pure and has a tree of its own with the same four attributes; `config.error_codes` names its
codes too, so that a worker stores and the API answers every failure in one shape.
"""

from typing import Any

from config.error_codes import CATALOGUE


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


class AmbiguousFile(InvalidRequest):
    """A file that can be read in several ways; `detail` has `choices`, each with its `options`."""

    code = "ambiguous_file"


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
