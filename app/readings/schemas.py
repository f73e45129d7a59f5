"""Schemas of the preview of an import."""

from marshmallow import Schema, fields, validate

from app.http.error_schema import ErrorSchema
from app.jobs.schemas import METER_TYPES
from app.meters.schemas import IngestQuerySchema


class PreviewQuerySchema(IngestQuerySchema):
    """How the file is to be understood; what is left out is found, or asked."""

    meter_type = fields.String(
        load_default="electricity",
        validate=validate.OneOf(METER_TYPES),
        metadata={"description": "What the meter measures", "example": "water"},
    )
    meter_id = fields.String(
        validate=validate.Length(1, 64),
        metadata={"description": "Line protocol: the meter whose lines are looked at"},
    )
    meter_unit = fields.String(
        validate=validate.Length(1, 16),
        metadata={
            "description": "Unit of the meter, which counts where the file names none; that of its"
            " type where not given"
        },
    )
    timezone = fields.String(
        load_default="UTC",
        validate=validate.Length(1, 64),
        metadata={"description": "Zone of naive times", "example": "Europe/Rome"},
    )


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
    assumptions = fields.Dict(
        metadata={"description": "What was taken for granted to read it, as the import says it"}
    )
    warnings = fields.List(fields.String(), metadata={"description": "As the import would warn"})
    unit = fields.String(allow_none=True, metadata={"description": "Unit that the file names"})
    counter = fields.Boolean(metadata={"description": "Whether the values are counts"})
    resolution = fields.String(
        allow_none=True, metadata={"description": "Commonest step", "example": "PT1H"}
    )
    rows = fields.Integer(metadata={"description": "Rows looked at"})
    usable = fields.Integer(metadata={"description": "Readings that would be stored"})
    dropped = fields.Dict(metadata={"description": "Rows left out, by reason"})
    problems = fields.List(fields.String(), metadata={"description": "The first of them, in words"})
    weather = fields.List(fields.String(), metadata={"description": "Weather variables found"})
    chart = fields.List(
        fields.Float(), metadata={"description": "Means of up to 60 equal parts, for a small chart"}
    )
    first = fields.DateTime(allow_none=True, metadata={"description": "Time of the first reading"})
    last = fields.DateTime(allow_none=True, metadata={"description": "Time of the last one"})
    sum = fields.Float(metadata={"description": "Of all values, in the file's unit"})
    readings = fields.List(
        fields.Nested(PreviewReadingSchema), metadata={"description": "The first readings"}
    )
