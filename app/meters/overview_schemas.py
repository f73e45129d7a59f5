"""Schemas of the overview."""

from marshmallow import Schema, fields, validate

from app.jobs.schemas import METER_TYPES
from app.meters.catalogue import SHOWN, SORTS
from app.meters.schemas import MeterSchema
from app.models.schemas import RefusalSchema

MOST_ROWS = 200
"""Each row is a read of the store: more belong on the next page."""


class OverviewQuerySchema(Schema):
    """Which meters, in which order."""

    search = fields.String(
        load_default="",
        validate=validate.Length(max=100),
        metadata={"description": "Part of an id or a name, any case", "example": "office"},
    )
    meter_type = fields.String(
        validate=validate.OneOf(METER_TYPES),
        metadata={"description": "Only meters of this type", "example": "electricity"},
    )
    show = fields.String(
        load_default="all",
        validate=validate.OneOf(list(SHOWN)),
        metadata={
            "description": "`attention`: a flag, or worse than the seasonal naive yesterday; "
            "`untrained`: no model; `stale`: no reading for two days",
            "example": "attention",
        },
    )
    sort = fields.String(
        load_default="meter",
        validate=validate.OneOf(list(SORTS)),
        metadata={"description": "By id, last reading, age of the model or yesterday's skill"},
    )
    order = fields.String(
        load_default="asc",
        validate=validate.OneOf(["asc", "desc"]),
        metadata={"description": "Direction; what is unknown comes last in either"},
    )
    limit = fields.Integer(
        load_default=50,
        validate=validate.Range(1, MOST_ROWS),
        metadata={"description": "Meters on a page", "example": 50},
    )
    offset = fields.Integer(
        load_default=0,
        validate=validate.Range(0, 10_000_000),
        metadata={"description": "Meters left out before the first", "example": 0},
    )


class OverviewRowSchema(MeterSchema):
    """A meter of the overview."""

    last = fields.DateTime(allow_none=True, metadata={"description": "Time of the newest reading"})
    sparkline = fields.List(
        fields.Float(allow_none=True),
        metadata={"description": "Means of the newest week in equal parts, in the meter's unit"},
    )
    champion = fields.String(
        allow_none=True, metadata={"description": "Model version that serves; null: none trained"}
    )
    trained_at = fields.DateTime(allow_none=True, metadata={"description": "When it was trained"})
    skill = fields.Float(
        allow_none=True,
        metadata={
            "description": "Yesterday's 1 - MAE / MAE of the seasonal naive; below 0 is worse",
            "example": 0.31,
        },
    )
    yesterday = fields.Dict(
        allow_none=True, metadata={"description": "Yesterday's scores; see the accuracy path"}
    )
    flags = fields.List(
        fields.Dict(), metadata={"description": "What is conspicuous: `code`, `since`, `message`"}
    )
    serving = fields.String(
        allow_none=True,
        metadata={"description": "Who forecasts: `model`, `fallback` or `profile`"},
    )
    untrainable = fields.Nested(
        RefusalSchema,
        allow_none=True,
        metadata={"description": "Why the last training was refused; null where it was not"},
    )


class OverviewSchema(Schema):
    """A page of the overview."""

    meters = fields.List(
        fields.Nested(OverviewRowSchema(exclude=("readings",))),
        metadata={"description": "The page"},
    )
    total = fields.Integer(metadata={"description": "Meters that were asked for, on all pages"})
    all = fields.Integer(metadata={"description": "Meters there are"})
    trained = fields.Integer(metadata={"description": "Meters with a model"})
    types = fields.Dict(
        metadata={"description": "By meter type, yesterday's scores over all its meters"}
    )
    time = fields.DateTime(metadata={"description": "When this was put together"})
