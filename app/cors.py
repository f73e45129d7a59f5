"""Which other origins' pages may use the API: an allow-list, and local files on loopback."""

from flask import Flask, Response, request

from config import Settings

LOCAL_FILE = "null"
"""The origin of a page that was opened from disk."""
LOOPBACK = {"127.0.0.1", "localhost", "::1"}

METHODS = "GET, POST, PUT, DELETE"
REQUEST_HEADERS = "Content-Type, Prefer, Last-Event-ID"
RESPONSE_HEADERS = "Location, Retry-After, Preference-Applied"
MAX_AGE = "600"


def init_app(app: Flask, settings: Settings) -> None:
    """Let pages of CORS_ORIGINS use the API; on loopback those opened from disk too."""
    allowed = {origin.strip() for origin in settings.cors_origins.split(",") if origin.strip()}
    if settings.api_host in LOOPBACK:
        allowed.add(LOCAL_FILE)

    @app.after_request
    def allow(response: Response) -> Response:
        origin = request.headers.get("Origin")
        if origin is None:
            return response
        response.vary.add("Origin")
        if origin in allowed:
            response.headers["Access-Control-Allow-Origin"] = origin
            response.headers["Access-Control-Expose-Headers"] = RESPONSE_HEADERS
            if request.method == "OPTIONS":
                response.headers["Access-Control-Allow-Methods"] = METHODS
                response.headers["Access-Control-Allow-Headers"] = REQUEST_HEADERS
                response.headers["Access-Control-Max-Age"] = MAX_AGE
        return response
