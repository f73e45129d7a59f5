"""Schemas of weather and holidays at a meter."""

from marshmallow import Schema, fields

from app.http.moments import moment


class RangeQuerySchema(Schema):
    """From when to when."""

    start = moment("First day, or instant", "2026-01-01", required=True)
    end = moment("Last day (whole day), or exclusive instant", required=True)


class WeatherSchema(Schema):
    """Weather as columns."""

    meter_type = fields.String(metadata={"description": "Type of the meter"})
    meter_id = fields.String(metadata={"description": "Id of the meter"})
    times = fields.List(
        fields.DateTime(), metadata={"description": "UTC times for which it is valid"}
    )
    source = fields.List(fields.String(), metadata={"description": "Who says so, for each time"})
    columns = fields.Dict(
        metadata={
            "description": "Values by variable: °C, %, mm, m/s, W/m²",
            "example": {"temperature": [12.5, 12.1]},
        }
    )


class HolidaySchema(Schema):
    """One public holiday."""

    date = fields.Date(metadata={"description": "Day", "example": "2026-12-25"})
    name = fields.String(metadata={"description": "Its name", "example": "Christmas Day"})


class HolidaysSchema(Schema):
    """Public holidays in a range."""

    country = fields.String(
        allow_none=True,
        metadata={"description": "Whose; null: unknown", "example": "IT"},
    )
    subdivision = fields.String(allow_none=True, metadata={"description": "Part of the country"})
    holidays = fields.List(
        fields.Nested(HolidaySchema), metadata={"description": "In order of their days"}
    )
