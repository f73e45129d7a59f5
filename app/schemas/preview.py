"""Schemas of the preview of an import."""

from marshmallow import Schema, fields, validate

from app.schemas.errors import ErrorSchema


class PreviewQuerySchema(Schema):
    """How the file is to be understood; what is left out is found."""

    timezone = fields.String(
        load_default="UTC",
        validate=validate.Length(1, 64),
        metadata={"description": "Zone of naive times", "example": "Europe/Rome"},
    )
    time_column = fields.String(metadata={"description": "Column of the time"})
    value_column = fields.String(metadata={"description": "Column of the values"})
    day_first = fields.Boolean(metadata={"description": "01/02/2026 is the first of February"})


class PreviewReadingSchema(Schema):
    """A reading as it would be stored."""

    time = fields.DateTime(metadata={"description": "UTC"})
    value = fields.Float(metadata={"description": "In the file's unit", "example": 0.412})


class PreviewSchema(Schema):
    """What would become of the file."""

    names = fields.List(fields.String(), metadata={"description": "Names of the columns"})
    problem = fields.Nested(
        ErrorSchema, allow_none=True, metadata={"description": "Why it cannot be read so; or null"}
    )
    columns = fields.Dict(metadata={"description": "What was recognised, and its name in the file"})
    unit = fields.String(allow_none=True, metadata={"description": "Unit in the heading"})
    resolution = fields.String(
        allow_none=True, metadata={"description": "Commonest step", "example": "PT1H"}
    )
    rows = fields.Integer(metadata={"description": "Rows looked at"})
    usable = fields.Integer(metadata={"description": "Of these, rows that would be stored"})
    dropped = fields.Dict(metadata={"description": "Rows left out, by reason"})
    problems = fields.List(fields.String(), metadata={"description": "The first of them, in words"})
    weather = fields.List(fields.String(), metadata={"description": "Weather variables found"})
    readings = fields.List(
        fields.Nested(PreviewReadingSchema), metadata={"description": "The first readings"}
    )
