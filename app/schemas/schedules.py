"""Schemas of what runs when."""

from marshmallow import Schema, fields, validate


class RunSchema(Schema):
    """One run of a schedule."""

    started_at = fields.DateTime()
    finished_at = fields.DateTime(allow_none=True)
    status = fields.String(validate=validate.OneOf(["running", "succeeded", "failed"]))
    summary = fields.Dict(metadata={"description": "How many meters came out how"})


class ScheduleSchema(Schema):
    """Something that is done again and again."""

    name = fields.String()
    task = fields.String(metadata={"example": "forecasts"})
    cron = fields.String(metadata={"example": "20 0 * * *"})
    meter_type = fields.String(allow_none=True)
    next_run = fields.DateTime(allow_none=True)
    last_run = fields.Nested(RunSchema, allow_none=True)
