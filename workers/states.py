"""The one vocabulary of what jobs are, where they stand and what they are doing."""

from enum import StrEnum


class Kind(StrEnum):
    """What a job does."""

    TRAIN = "train"
    FORECAST = "forecast"
    TEST = "test"
    IMPORT = "import"
    BATCH = "batch"


class Status(StrEnum):
    """Where a job stands; the last three are final."""

    QUEUED = "queued"
    RUNNING = "running"
    RETRYING = "retrying"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_terminal(self) -> bool:
        return self in TERMINAL


TERMINAL = frozenset({Status.SUCCEEDED, Status.FAILED, Status.CANCELLED})
WAITING = frozenset({Status.QUEUED, Status.RETRYING})
"""Those in which no worker has the job."""


class Stage(StrEnum):
    """What a running job is doing, in the order in which a training does it."""

    LOADING = "loading"
    CHECKING = "checking"
    FEATURES = "features"
    FITTING = "fitting"
    CALIBRATING = "calibrating"
    VALIDATING = "validating"
    FORECASTING = "forecasting"
    SAVING = "saving"


CELERY_STATE = {
    Status.QUEUED: "PENDING",
    Status.RUNNING: "PROGRESS",
    Status.RETRYING: "RETRY",
    Status.SUCCEEDED: "SUCCESS",
    Status.FAILED: "FAILURE",
    Status.CANCELLED: "REVOKED",
}
"""The state that Celery's own tools (AsyncResult, Flower) show for each status."""
