"""Schemas of the accuracy of issued forecasts."""

from marshmallow import Schema, fields, validate

from app.http.moments import moment


class AccuracyQuerySchema(Schema):
    """Which targets."""

    start_date = moment("First day, or instant; four weeks before the end by default")
    end_date = moment("Last day (whole day), or instant; the last reading by default")


class ScoresSchema(Schema):
    """Scores of forecasts against readings, in the meter's unit where they have one."""

    n = fields.Integer(metadata={"description": "Forecasts compared with a reading"})
    mae = fields.Float(allow_none=True, metadata={"description": "Mean absolute error of P50"})
    wape = fields.Float(allow_none=True, metadata={"description": "Errors over readings"})
    mase = fields.Float(
        allow_none=True, metadata={"description": "MAE over the naive's usual error"}
    )
    bias = fields.Float(allow_none=True, metadata={"description": "Mean of forecast minus reading"})
    pinball = fields.Float(allow_none=True, metadata={"description": "Mean pinball loss"})
    coverage = fields.Float(
        allow_none=True,
        metadata={"description": "Share of readings within P10 to P90", "example": 0.8},
    )
    naive_mae = fields.Float(
        allow_none=True, metadata={"description": "MAE of the seasonal naive, same origins"}
    )
    skill = fields.Float(allow_none=True, metadata={"description": "1 - mae / naive_mae"})


class LeadScoresSchema(ScoresSchema):
    """Scores of a group of lead times."""

    lead_from_hours = fields.Integer(metadata={"description": "Hours ahead, inclusive"})
    lead_to_hours = fields.Integer(allow_none=True, metadata={"description": "Exclusive"})


class DayScoresSchema(ScoresSchema):
    """Scores of a local day."""

    date = fields.Date(metadata={"description": "Day in the meter's time zone"})


class FlagSchema(Schema):
    """What is wrong, since when."""

    code = fields.String(
        validate=validate.OneOf(
            ["skill_below_zero", "coverage_off", "input_drift", "quality", "model_corrupt"]
        ),
        metadata={"description": "What is conspicuous"},
    )
    since = fields.DateTime(metadata={"description": "Since when"})
    message = fields.String(metadata={"description": "The same in words"})


class AccuracySchema(Schema):
    """How good the issued forecasts were."""

    meter_type = fields.String(metadata={"description": "Type of the meter"})
    meter_id = fields.String(metadata={"description": "Id of the meter"})
    unit = fields.String(metadata={"description": "Unit of the errors"})
    start = fields.DateTime(metadata={"description": "Targets from here"})
    end = fields.DateTime(metadata={"description": "Exclusive"})
    overall = fields.Nested(ScoresSchema, metadata={"description": "All of them"})
    by_lead = fields.List(
        fields.Nested(LeadScoresSchema), metadata={"description": "By how far ahead they were"}
    )
    by_day = fields.List(fields.Nested(DayScoresSchema), metadata={"description": "By day"})
    flags = fields.List(fields.Nested(FlagSchema), metadata={"description": "What is conspicuous"})
    serving = fields.String(
        allow_none=True,
        validate=validate.OneOf(["model", "fallback", "profile"]),
        metadata={"description": "Who made the last forecast"},
    )
