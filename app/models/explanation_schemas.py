"""Schemas of explanations."""

from marshmallow import Schema, fields

from app.http.moments import moment

TOPIC = {"description": "A word for what the features say", "example": "usual week"}


class ExplainQuerySchema(Schema):
    """Which forecast to explain."""

    start_date = moment("First day, or instant; the end of the readings by default")
    end_date = moment("Last day (whole day), or exclusive instant; two days by default")


class ImportanceSchema(Schema):
    """What one feature is worth to the model."""

    feature = fields.String(
        metadata={"description": "What the model looked at", "example": "same_hour_1w"}
    )
    group = fields.String(metadata=TOPIC)
    gain = fields.Float(
        metadata={"description": "Share of the gain of all splits; all add up to 1", "example": 0.2}
    )


class ExplanationSchema(Schema):
    """What drove a forecast."""

    meter_type = fields.String(
        metadata={"description": "Type of the meter", "example": "electricity"}
    )
    meter_id = fields.String(metadata={"description": "Id of the meter", "example": "meter_001"})
    unit = fields.String(metadata={"description": "Unit of the contributions", "example": "kWh"})
    model_version = fields.String(
        metadata={"description": "The version explained", "example": "20261123T151301Z-1a2b3c"}
    )
    start = fields.DateTime(metadata={"description": "First instant explained"})
    end = fields.DateTime(metadata={"description": "End of the range, exclusive"})
    groups = fields.List(
        fields.String(metadata=TOPIC), metadata={"description": "Those that moved most come first"}
    )
    points = fields.List(
        fields.Dict(),
        metadata={
            "description": "Per time what each group adds to the median, in the unit; `p50` is "
            "their sum, before a meter that is never negative is kept from it"
        },
    )
    importance = fields.List(
        fields.Nested(ImportanceSchema), metadata={"description": "Of the model, largest first"}
    )
