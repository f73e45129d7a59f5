"""The blueprint of every resource: flask-smorest's, refusing fields it does not know."""

from json import JSONDecodeError
from typing import Any

from flask import Request
from flask_smorest import Blueprint
from marshmallow import RAISE
from webargs.flaskparser import FlaskParser

from data.json_text import check_characters


class StrictParser(FlaskParser):
    """A misspelt query parameter is an error too, not silence."""

    DEFAULT_UNKNOWN_BY_LOCATION = {  # noqa: RUF012 - webargs declares it so
        **FlaskParser.DEFAULT_UNKNOWN_BY_LOCATION,
        "query": RAISE,
    }

    def use_args(self, argmap: Any, *args: Any, **kwargs: Any) -> Any:
        # An instance for each view; webargs would make one of the class for each request.
        return super().use_args(argmap() if isinstance(argmap, type) else argmap, *args, **kwargs)

    def _raw_load_json(self, req: Request) -> Any:
        # JSON that nests too deep or has a number of ten thousand digits is as wrong as a cut one.
        try:
            parsed = super()._raw_load_json(req)
            check_characters(req.get_data(as_text=True), parsed)
            return parsed
        except (RecursionError, ValueError) as error:
            raise JSONDecodeError("cannot be read", "a body", 0) from error


class Resource(Blueprint):
    """A flask-smorest blueprint with the strict parser."""

    ARGUMENTS_PARSER = StrictParser()
