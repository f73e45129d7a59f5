"""Which pages may use the API: our own, those of CORS_ORIGINS, and on loopback, to read and to
train, files from disk.

Browsers send requests for any page that asks for it; some of them (a form, `text/plain`) without
asking first. So writes from foreign pages are refused, with or without keys, and on loopback so
are requests under another name than the machine's own (DNS rebinding).
"""

from urllib.parse import urlsplit

from flask import Flask, Response, request
from werkzeug.exceptions import BadRequest

from config import Settings
from config.errors import CrossOrigin
from config.settings import listed_origins
from workers.api_keys import LOOPBACK, keys_needed

LOCAL_FILE = "null"
"""The origin of a page that was opened from disk; and of a sandboxed frame of any website."""
FROM_DISK = frozenset({"trainmodel.train"})
"""Endpoints such a page may send to, because the example page does; all else it may only read."""

OWN_NAMES = LOOPBACK | {"[::1]"}

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
OWN_SITES = frozenset({"same-origin", "none"})
"""Values of Sec-Fetch-Site that our own pages and a typed address have."""

METHODS = "GET, POST, PUT, DELETE"
METHODS_FROM_DISK = "GET, POST"
REQUEST_HEADERS = "Authorization, Content-Type, Prefer, Last-Event-ID"
RESPONSE_HEADERS = "Location, Retry-After, Preference-Applied, Deprecation"
MAX_AGE = "600"


def init_app(app: Flask, settings: Settings) -> None:
    """Let pages of CORS_ORIGINS use the API, and refuse what other pages write."""
    allowed = set(listed_origins(settings.cors_origins))
    local_files = settings.api_host in LOOPBACK and not keys_needed(settings)
    if local_files:
        app.before_request(_refuse_other_names)

    @app.before_request
    def refuse() -> None:
        if request.method in SAFE:
            return
        origin = request.headers.get("Origin")
        if origin is None:
            foreign = request.headers.get("Sec-Fetch-Site", "none") not in OWN_SITES
        elif origin == LOCAL_FILE:
            foreign = not (local_files and request.endpoint in FROM_DISK)
        else:
            foreign = origin not in allowed and not _is_ours(origin)
        if foreign and origin == LOCAL_FILE:
            raise CrossOrigin(
                "A page from disk, or a sandboxed frame, may not do this.",
                hint="Open the page from a server, and add that to CORS_ORIGINS.",
            )
        if foreign:
            raise CrossOrigin(f"Pages of {origin or 'another site'} may not write here.")

    @app.after_request
    def allow(response: Response) -> Response:
        origin = request.headers.get("Origin")
        if origin is None:
            return response
        response.vary.add("Origin")
        from_disk = local_files and origin == LOCAL_FILE
        if from_disk or origin in allowed:
            response.headers["Access-Control-Allow-Origin"] = origin
            response.headers["Access-Control-Expose-Headers"] = RESPONSE_HEADERS
            if request.method == "OPTIONS":
                methods = METHODS_FROM_DISK if from_disk else METHODS
                response.headers["Access-Control-Allow-Methods"] = methods
                response.headers["Access-Control-Allow-Headers"] = REQUEST_HEADERS
                response.headers["Access-Control-Max-Age"] = MAX_AGE
        return response


def _refuse_other_names() -> None:
    # Not Flask's TRUSTED_HOSTS, which costs a tenth of a small request.
    host = request.environ.get("HTTP_HOST", "localhost")
    name = host.rpartition(":")[0] if not host.endswith("]") and ":" in host else host
    if name not in OWN_NAMES:
        raise BadRequest


def is_same_origin() -> bool:
    """Whether a browser says that a page of ours made this request."""
    origin = request.headers.get("Origin")
    if origin is not None:
        return _is_ours(origin)
    return request.headers.get("Sec-Fetch-Site") == "same-origin"


def _is_ours(origin: str) -> bool:
    # By host alone: behind a proxy that ends TLS the scheme that we see is not the browser's.
    try:
        return urlsplit(origin).netloc.lower() == request.host.lower()
    except ValueError:  # `http://[`: no page of ours has such an address
        return False
