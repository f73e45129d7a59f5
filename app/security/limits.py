"""How much one client may send: bytes per body, requests per key."""

from flask import Flask, g, request
from flask_limiter import ApplicationLimit, Limiter

from app.services import Services

JSON_BYTES = 16 * 2**20
"""Largest body that is not readings: a batch of MAX_BATCH meters by name is half of it."""

STREAMED = frozenset({"readings.ingest"})
"""Endpoints that read their body piece by piece, up to MAX_UPLOAD_MB."""


def bound_requests(app: Flask, *, silence: float) -> None:
    """Refuse bodies that would fill the memory, and cut off clients that fall silent.

    gunicorn bounds the time for a request's head by itself (its `keepalive`).

    :param silence: seconds in which a client must send some of its body or read of its answer.
    """
    most = min(JSON_BYTES, app.config["MAX_CONTENT_LENGTH"])

    @app.before_request
    def bound() -> None:
        connection = request.environ.get("gunicorn.socket")
        if connection is not None:
            connection.settimeout(silence)
        if request.method != "GET" and request.endpoint not in STREAMED:
            request.max_content_length = most


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
        headers_enabled=True,
        in_memory_fallback_enabled=True,
        key_prefix="limits",
    )
    limiter.request_filter(lambda: g.get("key") is None)
    limiter.init_app(app)


def _who() -> str:
    name: str = g.key.name
    return name
