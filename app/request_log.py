"""One line per request: method, path, status, time taken."""

import logging
import time

from flask import Flask, Response, g, request

log = logging.getLogger("app.requests")


def init_app(app: Flask) -> None:
    """Log every request except health checks, which come every few seconds for ever."""

    @app.before_request
    def start() -> None:
        g.started = time.perf_counter()

    @app.after_request
    def finish(response: Response) -> Response:
        quiet = request.path.startswith("/health") and response.status_code < 400
        level = logging.DEBUG if quiet else logging.INFO
        took = 1000 * (time.perf_counter() - g.get("started", time.perf_counter()))
        log.log(level, "%s %s %s %.1f ms", request.method, request.path, response.status_code, took)
        return response
