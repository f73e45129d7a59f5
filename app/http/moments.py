"""The field of a time in a request: a day or an instant."""

from typing import Any

from marshmallow import fields

FORMATS = [{"type": "string", "format": "date"}, {"type": "string", "format": "date-time"}]


def moment(what: str, example: str | None = None, **options: Any) -> fields.String:
    """Text that is documented as what it holds.

    It is kept as text: only with the meter's time zone at hand is a naive time an instant.
    """
    facts = {"description": what, "anyOf": FORMATS}
    if example is not None:
        facts["example"] = example
    return fields.String(metadata=facts, **options)
