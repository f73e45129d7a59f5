"""The body of every error answer."""

from marshmallow import Schema, fields

from config.error_codes import CATALOGUE


class ErrorSchema(Schema):
    """An error: a code for programs, words for people."""

    code = fields.String(
        metadata={
            "description": "Stable machine-readable code: "
            + ", ".join(f"`{code}` ({entry.status.value})" for code, entry in CATALOGUE.items()),
            "example": "unknown_meter",
        }
    )
    status = fields.String(metadata={"description": "HTTP reason phrase", "example": "Not Found"})
    message = fields.String(metadata={"description": "What is wrong"})
    hint = fields.String(metadata={"description": "What to do next"})
    detail = fields.Dict(metadata={"description": "The numbers that help"})
    errors = fields.Dict(metadata={"description": "Messages by field, where fields are wrong"})
