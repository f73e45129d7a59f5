"""One shape for every error answer: flask-smorest's, with our code, hint and detail."""

import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from flask import Flask, request
from gunicorn.http.errors import ParseException
from redis.exceptions import RedisError
from werkzeug.exceptions import ClientDisconnected, HTTPException

from app.http.request_log import path_asked_for
from config.error_codes import CATALOGUE
from config.errors import EnergyError, QueueUnavailable
from config.redis_clients import all_in_use

log = logging.getLogger(__name__)

CODES = {
    HTTPStatus.BAD_REQUEST: "bad_request",
    HTTPStatus.UNAUTHORIZED: "unauthorized",
    HTTPStatus.FORBIDDEN: "forbidden",
    HTTPStatus.NOT_FOUND: "not_found",
    HTTPStatus.METHOD_NOT_ALLOWED: "method_not_allowed",
    HTTPStatus.NOT_ACCEPTABLE: "not_acceptable",
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: "unsupported_media_type",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "too_large",
    HTTPStatus.UNPROCESSABLE_ENTITY: "invalid_request",
    HTTPStatus.TOO_MANY_REQUESTS: "too_many_requests",
}
"""Our codes for errors that Flask, webargs and werkzeug raise."""

HINTS = {
    "unsupported_media_type": "Send JSON, with the header Content-Type: application/json.",
    "malformed_json": "Check quotes, commas and braces.",
    "not_found": "GET /docs lists the paths.",
    "method_not_allowed": "GET /docs lists the methods of each path.",
}

HEADERS: Mapping[int, Mapping[str, str]] = {
    HTTPStatus.UNAUTHORIZED: {"WWW-Authenticate": "Bearer"},
    HTTPStatus.TOO_MANY_REQUESTS: {"Retry-After": "10"},
    HTTPStatus.SERVICE_UNAVAILABLE: {"Retry-After": "5"},
}
"""Headers that belong to a status; waits in seconds."""


def init_app(app: Flask, *, debug: bool) -> None:
    """Register the handlers; `debug` adds the exception's text to answers of 500."""

    def unexpected(error: Exception) -> tuple[dict[str, Any], int]:
        log.exception("%s %s failed", request.method, path_asked_for())
        shown = f"{type(error).__name__}: {error}" if debug else "An unexpected error."
        return payload("internal_error", shown, hint="The log of the server has the details."), 500

    app.register_error_handler(EnergyError, answer)
    app.register_error_handler(RedisError, no_redis)
    app.register_error_handler(ClientDisconnected, fell_silent)
    app.register_error_handler(ParseException, bad_http)
    app.register_error_handler(HTTPException, http_error)
    app.register_error_handler(Exception, unexpected)


def answer(error: EnergyError) -> tuple[dict[str, Any], int, dict[str, str]]:
    """The answer to one of our own exceptions."""
    body = payload(error.code, error.message, hint=error.hint, detail=error.detail)
    return body, error.status, dict(HEADERS.get(error.status, {}))


def no_redis(error: RedisError) -> tuple[dict[str, Any], int, dict[str, str]]:
    log.error("Redis does not answer: %s", error)
    if all_in_use(error):
        return answer(
            QueueUnavailable(
                "This process has all its connections to Redis in use.",
                hint="Try again in a few seconds; more API_WORKERS take more at once.",
            )
        )
    return answer(QueueUnavailable("Redis does not answer."))


def fell_silent(error: ClientDisconnected) -> tuple[dict[str, Any], int, dict[str, str]]:
    """The answer to a body that stopped coming; whoever still listens is told, then it is over."""
    body = payload("request_timeout", CATALOGUE["request_timeout"].meaning)
    return body, HTTPStatus.REQUEST_TIMEOUT, {}


def bad_http(error: ParseException) -> tuple[dict[str, Any], int]:
    """The answer to a body whose chunks gunicorn can't read."""
    return payload("bad_request", f"The body breaks off: {error}."), HTTPStatus.BAD_REQUEST


def http_error(error: HTTPException) -> Any:
    """The answer to an exception of werkzeug or webargs (`abort`)."""
    if error.code is None or error.code < 400:
        return error
    status = HTTPStatus(error.code)
    data = getattr(error, "data", None) or {}
    errors = data.get("messages") or data.get("errors") or {}
    code = CODES.get(status, "internal_error" if status >= 500 else "bad_request")
    message = CATALOGUE[code].meaning
    if errors == {"json": ["Invalid JSON body."]}:
        code, errors, message = "malformed_json", {}, CATALOGUE["malformed_json"].meaning
    elif errors:
        message = _first(errors)
    body = payload(code, message, hint=HINTS.get(code, ""), errors=errors, status=status)
    own = {name: value for name, value in error.get_headers() if name != "Content-Type"}
    return body, status, {**HEADERS.get(status, {}), **own, **(data.get("headers") or {})}


def payload(
    code: str,
    message: str,
    *,
    hint: str = "",
    detail: dict[str, Any] | None = None,
    errors: dict[str, Any] | None = None,
    status: HTTPStatus | None = None,
) -> dict[str, Any]:
    """The body of an error answer (`app.http.error_schema.ErrorSchema` documents it)."""
    body: dict[str, Any] = {
        "code": code,
        "status": (status or CATALOGUE[code].status).phrase,
        "message": message,
        "hint": hint,
        "detail": detail or {},
    }
    if errors:
        body["errors"] = errors
    return body


def _first(errors: Any, path: tuple[str, ...] = ()) -> str:
    """The first field that is wrong, in words: `start_date: Not a valid date.`"""
    while isinstance(errors, dict) and errors:
        name, errors = next(iter(errors.items()))
        if name not in ("json", "query", "path", "_schema"):
            path = (*path, str(name))
    text = errors[0] if isinstance(errors, list) and errors else str(errors)
    return f"{'.'.join(path)}: {text}" if path else str(text)
