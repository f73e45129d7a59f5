"""The OpenAPI side of the app: flask-smorest with our error shape."""

from importlib.metadata import version
from typing import Any

from apispec.ext.marshmallow import MarshmallowPlugin
from apispec.ext.marshmallow.openapi import OpenAPIConverter
from flask import Flask
from flask_smorest import Api

from app.http import errors
from app.http.error_schema import ErrorSchema

DESCRIPTION = """\
Forecasts of electricity and water consumption per meter.

A request becomes a *job*: it is answered at once with the addresses of its status, its live
stream and its result. Times are ISO 8601; naive input is read in the meter's time zone, output is
UTC. Every error has one shape with a stable `code`.
"""


class Converter(OpenAPIConverter):
    """Also says which fields of a schema exclude each other: `Meta.one_of` lists them."""

    def schema2jsonschema(self, schema: Any) -> dict[str, Any]:
        found: dict[str, Any] = super().schema2jsonschema(schema)
        names = getattr(schema.Meta, "one_of", ())
        if names:
            found["oneOf"] = [{"required": [name]} for name in names]
        return found


class Marshmallow(MarshmallowPlugin):
    """apispec's plugin with our converter."""

    Converter = Converter


class EnergyApi(Api):
    """flask-smorest's Api, with errors answered and documented in our shape."""

    ERROR_SCHEMA = ErrorSchema

    def handle_http_exception(self, error):  # type: ignore[no-untyped-def]
        return errors.http_error(error)


def create_api(app: Flask) -> Api:
    """Attach the API to `app`; blueprints are registered on what is returned."""
    app.config.update(
        API_TITLE="Energy Forecasting",
        API_VERSION=version("energy-forecasting"),
        OPENAPI_VERSION="3.1.0",
        OPENAPI_URL_PREFIX="/",
        OPENAPI_JSON_PATH="openapi.json",
        API_SPEC_OPTIONS={"info": {"description": DESCRIPTION, "license": {"name": "Apache-2.0"}}},
    )
    return EnergyApi(app, spec_kwargs={"marshmallow_plugin": Marshmallow()})
