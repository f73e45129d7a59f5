"""Browser libraries that the set-up installed, and nothing else from their folder."""

from pathlib import Path

from flask import Blueprint, Response, abort, send_from_directory

bp = Blueprint("assets", __name__, url_prefix="/assets")

LIBRARIES = Path(__file__).parent / "browser" / "node_modules"
FILES = {
    "uplot.js": "uplot/dist/uPlot.iife.min.js",
    "uplot.css": "uplot/dist/uPlot.min.css",
    "swagger-ui.js": "swagger-ui-dist/swagger-ui-bundle.js",
    "swagger-ui.css": "swagger-ui-dist/swagger-ui.css",
}
"""What is served, and where its package keeps it; the versions are pinned beside them."""

MAX_AGE = 86400


@bp.get("/<name>")
def asset(name: str) -> Response:
    """One file of a browser library."""
    if name not in FILES:
        abort(404)
    return send_from_directory(LIBRARIES, FILES[name], max_age=MAX_AGE)
