"""One line per request: method, path, status, time taken; and the id that all its lines carry."""

import logging
import time
from urllib.parse import quote

from flask import Flask, Response, g, request

from config.correlation import HEADER, accepted_or_new, bind, request_id, unbind

log = logging.getLogger("app.requests")

UNQUOTED = "/:@!$&'()*+,;="
"""What a path may hold as it is, beside letters and digits (RFC 3986)."""


def init_app(app: Flask) -> None:
    """Log what changes something and what fails; reads that succeed only when debugging.

    Health checks and polling clients ask every few seconds for ever. A caller may name its request
    with `X-Request-ID`; the answer always says which id it got.
    """

    @app.before_request
    def start() -> None:
        g.started = time.perf_counter()
        unbind()  # a connection that is kept alive serves many requests in one greenlet
        bind(request_id=accepted_or_new(request.headers.get(HEADER)))

    @app.after_request
    def finish(response: Response) -> Response:
        response.headers[HEADER] = request_id()
        level = logging.INFO
        if request.method in {"GET", "HEAD", "OPTIONS"} and response.status_code < 400:
            level = logging.DEBUG
        if not log.isEnabledFor(level):
            return response
        took = 1000 * (time.perf_counter() - g.get("started", time.perf_counter()))
        line = "%s %s %s %.1f ms"
        log.log(level, line, request.method, path_asked_for(), response.status_code, took)
        return response


def path_asked_for() -> str:
    """The path of the request, percent-encoded: no line feed in it begins a line of its own."""
    return quote(request.path, safe=UNQUOTED)
