"""Schemas of what runs when."""

from marshmallow import Schema, fields, validate

from workers.states import Status

RUNS = (Status.RUNNING, Status.RETRYING, Status.SUCCEEDED, Status.FAILED)


class RunSchema(Schema):
    """One run of a schedule."""

    started_at = fields.DateTime(metadata={"description": "When it began"})
    finished_at = fields.DateTime(allow_none=True, metadata={"description": "When it ended"})
    status = fields.String(
        validate=validate.OneOf([status.value for status in RUNS]),
        metadata={"description": "How it ended"},
    )
    summary = fields.Dict(metadata={"description": "How many meters came out how"})


class ScheduleSchema(Schema):
    """Something that is done again and again."""

    name = fields.String(metadata={"description": "Name of the entry"})
    task = fields.String(metadata={"description": "What is started", "example": "forecasts"})
    cron = fields.String(
        metadata={"description": "When, in cron's five fields", "example": "20 0 * * *"}
    )
    meter_type = fields.String(
        allow_none=True, metadata={"description": "Only meters of this type; null: all"}
    )
    next_run = fields.DateTime(allow_none=True, metadata={"description": "When it is due next"})
    last_run = fields.Nested(RunSchema, allow_none=True)
