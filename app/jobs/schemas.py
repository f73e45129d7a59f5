"""Schemas of job requests and of the job object."""

from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from app.http.moments import moment
from config import load_settings
from data.meters import METER_ID
from workers.states import Kind, Stage, Status

BAD_METER_ID = (
    "Must start with a letter or digit, hold only letters, digits and _ . : -, "
    "and be at most 64 long."
)
METER_TYPES = tuple(load_settings().meter_types)


class MeterRefSchema(Schema):
    """Which meter a request is about."""

    meter_id = fields.String(
        required=True,
        validate=validate.Regexp(METER_ID, error=BAD_METER_ID),
        metadata={"description": "Id of the meter", "example": "meter_001"},
    )
    meter_type = fields.String(
        required=True,
        validate=validate.OneOf(METER_TYPES),
        metadata={"description": "Commodity", "example": "electricity"},
    )


def _moment(what: str, example: str, *, required: bool = False) -> fields.String:
    return moment(what, example, required=required, validate=validate.Length(min=8, max=40))


class TrainRequestSchema(MeterRefSchema):
    """A training: on all readings, or on a range of them."""

    start_date = _moment("First day of the readings to train on", "2024-01-01")
    end_date = _moment("Last day of the readings to train on (whole day)", "2025-06-30")
    force = fields.Boolean(
        load_default=False,
        metadata={"description": "Start another training though one is queued or running"},
    )


class ForecastRequestSchema(MeterRefSchema):
    """A forecast of a range, whole days of the meter's time zone."""

    start_date = _moment("First day, or instant", "2025-06-20", required=True)
    end_date = _moment("Last day (whole day), or exclusive instant", "2025-06-25", required=True)


class TestRequestSchema(MeterRefSchema):
    """A backtest over the last part of the readings."""

    __test__ = False  # not a test class, whatever pytest thinks of its name

    test_size = fields.Float(
        load_default=0.2,
        validate=validate.Range(min=0, max=0.9, min_inclusive=False),
        metadata={"description": "Share of the readings to test on", "example": 0.2},
    )


class BatchSchema(Schema):
    """Which meters: a list, all of a type, or all."""

    class Meta(Schema.Meta):
        one_of = ("meters", "meter_type", "all")

    meters = fields.List(
        fields.Nested(MeterRefSchema),
        validate=validate.Length(min=1),
        metadata={"description": "These meters, in this order"},
    )
    meter_type = fields.String(
        validate=validate.OneOf(METER_TYPES), metadata={"description": "All meters of this type"}
    )
    all = fields.Boolean(
        validate=validate.Equal(True, error="Must be true, or left out."),
        metadata={"description": "All meters"},
    )

    @validates_schema
    def _one_of_three(self, data: dict[str, Any], **_: Any) -> None:
        if len(set(self.Meta.one_of) & set(data)) != 1:
            raise ValidationError("Say which meters: one of meters, meter_type or all.", "meters")


class TrainBatchSchema(BatchSchema):
    """Trainings of many meters."""

    start_date = _moment("First day of the readings to train on", "2024-01-01")
    end_date = _moment("Last day of the readings to train on (whole day)", "2025-06-30")


class ForecastBatchSchema(BatchSchema):
    """Forecasts of many meters; the days are those of each meter's time zone."""

    start_date = _moment("First day, or instant", "2025-06-20", required=True)
    end_date = _moment("Last day (whole day), or exclusive instant", "2025-06-25", required=True)


class BatchAcceptedSchema(Schema):
    """The answer to a batch request."""

    task_id = fields.String(metadata={"description": "Id of the batch"})
    status = fields.String(metadata={"description": "Where it stands", "example": "queued"})
    total = fields.Integer(metadata={"description": "Members"})
    status_url = fields.String(metadata={"description": "Poll here"})
    stream_url = fields.String(
        metadata={"description": "Overall progress, and `member` for each that ended"}
    )
    result_url = fields.String(metadata={"description": "Counts and failures, once it has ended"})


class JobErrorSchema(Schema):
    """Why a job failed."""

    code = fields.String(
        metadata={"description": "Stable machine-readable code", "example": "insufficient_history"}
    )
    message = fields.String(metadata={"description": "What is wrong"})
    hint = fields.String(metadata={"description": "What to do next"})
    detail = fields.Dict(metadata={"description": "The numbers that help"})


class JobSchema(Schema):
    """A job: what it does, where it stands, what came out."""

    task_id = fields.String(metadata={"description": "Id of the job"})
    kind = fields.String(
        validate=validate.OneOf([kind.value for kind in Kind]),
        metadata={"description": "What it does"},
    )
    status = fields.String(
        validate=validate.OneOf([status.value for status in Status]),
        metadata={"description": "Where it stands; the last three are final"},
    )
    stage = fields.String(
        allow_none=True,
        validate=validate.OneOf([stage.value for stage in Stage]),
        metadata={"description": "What a running job is doing"},
    )
    progress = fields.Float(metadata={"description": "Per cent, never falling", "example": 62.5})
    message = fields.String(
        metadata={"description": "The same in words", "example": "Fitting: round 250 of 400"}
    )
    meter_type = fields.String(
        allow_none=True, metadata={"description": "Type of its meter; null for a batch"}
    )
    meter_id = fields.String(
        allow_none=True, metadata={"description": "Id of its meter; null for a batch"}
    )
    created_at = fields.DateTime(metadata={"description": "When it was accepted"})
    started_at = fields.DateTime(allow_none=True, metadata={"description": "When a worker took it"})
    updated_at = fields.DateTime(metadata={"description": "When it last changed"})
    finished_at = fields.DateTime(allow_none=True, metadata={"description": "When it ended"})
    attempt = fields.Integer(metadata={"description": "1 unless the job was tried again"})
    batch_id = fields.String(
        allow_none=True, metadata={"description": "The batch it is a member of"}
    )
    eta_seconds = fields.Float(allow_none=True, metadata={"description": "Estimated seconds left"})
    result = fields.Dict(
        allow_none=True,
        metadata={"description": "The result without its `points`; `result_url` has all of it"},
    )
    error = fields.Nested(JobErrorSchema, allow_none=True)
    member = fields.Dict(metadata={"description": "Of a batch: the member that ended last"})


class AcceptedSchema(Schema):
    """The answer to a job request."""

    task_id = fields.String(metadata={"description": "Id of the job"})
    status = fields.String(metadata={"description": "Where it stands", "example": "queued"})
    meter_id = fields.String(
        allow_none=True, metadata={"description": "Id of the meter; null where it is about several"}
    )
    meter_type = fields.String(allow_none=True, metadata={"description": "Type of the meter"})
    status_url = fields.String(metadata={"description": "Poll here"})
    stream_url = fields.String(metadata={"description": "Server-Sent Events of the job"})
    result_url = fields.String(metadata={"description": "The result, once it has succeeded"})
    deduplicated = fields.Boolean(
        metadata={"description": "True where an open training of this meter stands for it"}
    )


class JobsQuerySchema(Schema):
    """Which part of the list of jobs."""

    limit = fields.Integer(load_default=50, validate=validate.Range(1, 500))
    offset = fields.Integer(load_default=0, validate=validate.Range(0, 1_000_000))


class JobListSchema(Schema):
    """Jobs, newest first."""

    jobs = fields.List(fields.Nested(JobSchema), metadata={"description": "Newest first"})
