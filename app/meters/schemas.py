"""Schemas of the meter catalogue and of readings."""

from marshmallow import Schema, fields, validate

from app.http.moments import moment
from app.jobs.schemas import METER_TYPES
from data.importers.formats import PRECISIONS


class MeterUpdateSchema(Schema):
    """What is known of a meter beside its type and id."""

    name = fields.String(
        allow_none=True,
        validate=validate.Length(max=200),
        metadata={"description": "What people call it"},
    )
    unit = fields.String(
        validate=validate.Length(min=1, max=16),
        metadata={
            "description": "Unit of the stored values; to be changed before the first of them",
            "example": "kWh",
        },
    )
    timezone = fields.String(
        validate=validate.Length(min=1, max=64),
        metadata={"description": "IANA time zone", "example": "Europe/Rome"},
    )
    country = fields.String(
        allow_none=True,
        validate=validate.Regexp(r"^[A-Z]{2}$"),
        metadata={"description": "ISO 3166-1, for public holidays", "example": "IT"},
    )
    subdivision = fields.String(
        allow_none=True,
        validate=validate.Length(min=1, max=6),
        metadata={"description": "ISO 3166-2 part without the country", "example": "VIC"},
    )
    resolution = fields.String(
        allow_none=True,
        validate=validate.Length(min=3, max=20),
        metadata={
            "description": "Step between readings, 5 minutes to 1 day; null: found at the next "
            "import",
            "example": "PT1H",
        },
    )
    latitude = fields.Float(
        allow_none=True, validate=validate.Range(-90, 90), metadata={"description": "Degrees north"}
    )
    longitude = fields.Float(
        allow_none=True,
        validate=validate.Range(-180, 180),
        metadata={"description": "Degrees east"},
    )
    location = fields.String(
        load_only=True,
        validate=validate.Length(min=1, max=200),
        metadata={
            "description": "Coordinates or a place, instead of latitude and longitude; country "
            "and time zone follow from it where they are not given",
            "example": "Turin, IT",
        },
    )


class SpanSchema(Schema):
    """Which readings there are."""

    first = fields.DateTime(allow_none=True, metadata={"description": "Time of the first reading"})
    last = fields.DateTime(allow_none=True, metadata={"description": "Time of the newest"})
    count = fields.Integer(metadata={"description": "How many there are"})


class CountSchema(Schema):
    """What the face of a cumulative meter showed."""

    time = fields.DateTime(metadata={"description": "When it was read"})
    value = fields.Float(metadata={"description": "In the meter's unit", "example": 10234.5})


class GradedSchema(Schema):
    """A stretch of hours whose weather is of one grade."""

    start = fields.DateTime(metadata={"description": "Its first hour"})
    end = fields.DateTime(metadata={"description": "Exclusive"})
    grade = fields.String(
        metadata={"description": "How it was known; see docs/weather.md", "example": "forecast"}
    )


class MeterSchema(MeterUpdateSchema):
    """A meter of the catalogue."""

    meter_type = fields.String(metadata={"description": "Type of the meter"})
    meter_id = fields.String(metadata={"description": "Id of the meter"})
    place = fields.String(
        allow_none=True, metadata={"description": "Name of the place", "example": "Turin, IT"}
    )
    last_count = fields.Nested(
        CountSchema,
        allow_none=True,
        metadata={"description": "Of a meter that only counts up: the next file goes on from here"},
    )
    readings = fields.Nested(SpanSchema, metadata={"description": "Which readings there are"})
    forecast_weather = fields.List(
        fields.Nested(GradedSchema),
        allow_none=True,
        metadata={"description": "What the latest nightly forecast knew of the weather"},
    )


class MetersQuerySchema(Schema):
    """Which part of the catalogue."""

    meter_type = fields.String(validate=validate.OneOf(METER_TYPES))
    limit = fields.Integer(load_default=100, validate=validate.Range(1, 10_000))
    offset = fields.Integer(load_default=0, validate=validate.Range(0, 10_000_000))


class MeterListSchema(Schema):
    """A page of the catalogue."""

    meters = fields.List(
        fields.Nested(MeterSchema), metadata={"description": "The page, by type and id"}
    )
    total = fields.Integer(metadata={"description": "Meters in all"})


class ReadingsQuerySchema(Schema):
    """Which readings, and how fine."""

    start = moment("From here", "2025-06-01")
    end = moment("To here", "2025-06-30")
    every = fields.String(
        validate=validate.Length(2, 20),
        metadata={
            "description": "Aggregate by 15min, 1h, 1d …: amounts are summed, rates averaged; "
            "`coverage` is the share of readings that were there",
            "example": "1d",
        },
    )


class DeletionQuerySchema(Schema):
    """Which readings go; both ends must be said."""

    start = moment("From here; a day begins in the meter's zone", "2025-06-01", required=True)
    end = moment(
        "To here: a whole day, or before an instant", "2025-06-01T12:00:00+02:00", required=True
    )


class DeletedSchema(Schema):
    """What a deletion did."""

    deleted = fields.Integer(metadata={"description": "Readings that were there and are gone"})


class IngestQuerySchema(Schema):
    """How the readings of a body are meant; what is left out is found, or asked."""

    unit = fields.String(
        validate=validate.Length(1, 16),
        metadata={"description": "Unit of the values sent; converted to the meter's"},
    )
    timezone = fields.String(
        validate=validate.Length(1, 64),
        metadata={
            "description": "Zone of naive times; the meter's where not given. One that the file"
            " itself names counts more"
        },
    )
    counter = fields.Boolean(
        metadata={
            "description": "The values only count up; their differences are stored. false: they"
            " are consumption, though they only rise"
        }
    )
    interval_end = fields.Boolean(
        metadata={"description": "Times mark where intervals end (true) or start (false)"}
    )
    time_column = fields.String(
        metadata={"description": "Column of the time; several are joined: `Date + Time`"}
    )
    value_column = fields.String(
        metadata={
            "description": "Column of the value, or field of line protocol; tariffs are added up:"
            " `T1 + T2`"
        }
    )
    register_column = fields.String(
        metadata={"description": "Column that tells registers or meters apart"}
    )
    register = fields.String(
        metadata={"description": "Of these, the one to take; several are added up: `A + B`"}
    )
    feed_in = fields.String(
        validate=validate.OneOf(["leave", "negative"]),
        metadata={"description": "What becomes of energy that flows back (default leave)"},
    )
    decimal = fields.String(
        validate=validate.OneOf([".", ","]), metadata={"description": "Decimal sign"}
    )
    day_first = fields.Boolean(metadata={"description": "01/02/2026 is the first of February"})
    path = fields.String(
        metadata={"description": "JSON: where the list of readings is, such as `data.readings`"}
    )
    sheet = fields.String(metadata={"description": "Sheet of a workbook, or member of an archive"})
    resolution = fields.String(
        metadata={"description": "Grid that values at odd times are put on", "example": "PT15M"}
    )
    precision = fields.String(
        validate=validate.OneOf(list(PRECISIONS)),
        metadata={"description": "Line protocol: unit of the timestamps (default ns)"},
    )


class ForecastsQuerySchema(Schema):
    """Which issued forecasts."""

    start = moment("Targets from here")
    end = moment("Targets to here")
    as_of = moment("As issued not after this instant")


class ImportSummarySchema(Schema):
    """What an import did."""

    meters = fields.List(fields.String(), metadata={"description": "Meters that got readings"})
    rows = fields.Integer(metadata={"description": "Rows read"})
    accepted = fields.Integer(metadata={"description": "Rows stored"})
    replaced = fields.Integer(metadata={"description": "Of these, rows that had a value before"})
    refused = fields.Integer(metadata={"description": "Rows left out"})
    weather_rows = fields.Integer(metadata={"description": "Rows with weather"})
    ambiguous = fields.Integer(metadata={"description": "Local times that occur twice"})
    unit = fields.String(allow_none=True, metadata={"description": "Unit in the heading"})
    conversions = fields.Dict(metadata={"description": "By meter, what units were converted"})
    warnings = fields.List(
        fields.String(),
        metadata={"description": "Stored, but perhaps not as it was meant: step, unknown units"},
    )
    dropped = fields.Dict(metadata={"description": "Rows left out, by reason"})
    problems = fields.List(fields.String(), metadata={"description": "The first of them, in words"})
    columns = fields.Dict(metadata={"description": "What was recognised, and its name there"})
    assumptions = fields.Dict(
        metadata={
            "description": "What was taken for granted: delimiter, encoding, numbers, times, zone,"
            " starts or ends, unit, registers taken and left out, resolution"
        }
    )
    first = fields.DateTime(
        allow_none=True, metadata={"description": "Time of the first reading stored"}
    )
    last = fields.DateTime(allow_none=True, metadata={"description": "Time of the last one"})
