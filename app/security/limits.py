"""How much one client may send and how slowly: bytes per body, requests per key, seconds."""

import time
from collections.abc import Iterable
from typing import Any

from flask import Flask, Response, g, request
from flask_limiter import ApplicationLimit, Limiter, RequestLimit

from app.security.slow_bodies import answer_seconds, paced
from app.services import Services

JSON_BYTES = 16 * 2**20
"""Largest body that is not readings: a batch of MAX_BATCH meters by name is half of it."""

CONNECTION = "gunicorn.socket"
"""Where the socket of a request is found; nowhere in a test client."""

ANSWER = "gunicorn.response"
"""Where gunicorn's own object for the answer is kept: it alone can say `Connection: close`."""

GIVEN_UP = frozenset({408, 413})
"""Answers to a body that was not read to its end: too slow, too large."""

PARTING = "energy.parting"
"""Set in the environment of a request after which the connection ends (`config.gunicorn`)."""

STREAMED = frozenset({"readings.ingest"})
"""Endpoints that read their body piece by piece, up to MAX_UPLOAD_MB."""


def bound_requests(app: Flask, *, silence: float) -> None:
    """Refuse bodies that would fill the memory, and cut off clients that fall silent or drip.

    gunicorn bounds the time for a request's head by itself (its `keepalive`).

    :param silence: seconds in which a client must send some of its body, or read a small answer.
    """
    most = min(JSON_BYTES, app.config["MAX_CONTENT_LENGTH"])

    @app.before_request
    def bound() -> None:
        environ = request.environ
        if CONNECTION in environ:
            environ[CONNECTION].settimeout(silence)
            if request.method != "GET":
                environ["wsgi.input"] = paced(environ["wsgi.input"], silence=silence)
        if request.method != "GET" and request.endpoint not in STREAMED:
            request.max_content_length = most

    @app.after_request
    def give_time(response: Response) -> Response:
        # gevent's time-out is for all of an answer, not for each piece of it.
        if response.content_length and CONNECTION in request.environ:
            seconds = answer_seconds(response.content_length, silence=silence)
            request.environ[CONNECTION].settimeout(seconds)
        return response


def part_with_the_given_up(app: Flask) -> None:
    """Say `Connection: close` with an answer to a body that was given up.

    What is left of that body would stand where the next request begins, so gunicorn closes the
    connection; a client that was not told sends its next request into the closing.
    """
    serve = app.wsgi_app

    def keep_answer(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        environ[ANSWER] = getattr(start_response, "__self__", None)
        return serve(environ, start_response)

    app.wsgi_app = keep_answer  # type: ignore[method-assign]

    @app.after_request
    def part(response: Response) -> Response:
        if response.status_code in GIVEN_UP and CONNECTION in request.environ:
            request.environ[PARTING] = True
            request.environ[ANSWER].force_close()
        return response


def bound_rates(app: Flask, services: Services) -> None:
    """Count the requests of each key in Redis; answer 429 above RATE_LIMIT.

    While Redis is away each process counts for itself.
    """
    settings = services.settings
    if not settings.rate_limit:
        return
    limiter = Limiter(
        key_func=_who,
        application_limits=[ApplicationLimit(settings.rate_limit, key_function=_who)],
        storage_uri="redis://",  # what kind; where it is, the pool knows
        storage_options={"connection_pool": services.jobs.redis.connection_pool},  # type: ignore[dict-item]
        strategy="fixed-window",
        # Headers with what is left would ask Redis twice more at every request.
        headers_enabled=False,
        on_breach=_note_reset,
        in_memory_fallback_enabled=True,
        key_prefix="limits",
    )
    limiter.request_filter(lambda: g.get("key") is None)
    limiter.init_app(app)

    @app.after_request
    def say_when(response: Response) -> Response:
        if "retry_after" in g:
            response.headers["Retry-After"] = str(g.retry_after)
        return response


def _note_reset(limit: RequestLimit) -> None:
    g.retry_after = max(1, int(limit.reset_at - time.time()))


def _who() -> str:
    name: str = g.key.name
    return name
