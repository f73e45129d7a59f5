"""Files that pages load: the program's own, and browser libraries that the set-up installed."""

from pathlib import Path

from flask import Blueprint, Response, abort, send_from_directory, url_for

from app.pages.own_files import SHEET, read_own_files

bp = Blueprint("assets", __name__, url_prefix="/assets")

LIBRARIES = Path(__file__).parent.parent / "browser" / "node_modules"
FILES = {
    "uplot.js": "uplot/dist/uPlot.iife.min.js",
    "swagger-ui.js": "swagger-ui-dist/swagger-ui-bundle.js",
    "swagger-ui.css": "swagger-ui-dist/swagger-ui.css",
}
"""What is served, and where its package keeps it; the versions are pinned beside them."""

MAX_AGE = 86400
FOR_GOOD = 365 * 86400
TYPES = {".css": "text/css", ".js": "text/javascript"}

OWN = read_own_files()


@bp.get("/<name>")
def asset(name: str) -> Response:
    """One file of a browser library."""
    if name not in FILES:
        abort(404)
    return send_from_directory(LIBRARIES, FILES[name], max_age=MAX_AGE)


@bp.get("/<version>/<path:name>")
def own(version: str, name: str) -> Response:
    """One of our own files; its address changes with the content, so it may be kept for good."""
    if name not in OWN.files:
        abort(404)
    response = Response(OWN.files[name], mimetype=TYPES[Path(name).suffix])
    # While servers are upgraded one by one, a page of the new may ask the old.
    if version == OWN.version:
        response.cache_control.max_age = FOR_GOOD
        response.cache_control.public = response.cache_control.immutable = True
    else:
        response.cache_control.no_store = True
    return response


@bp.app_template_global()
def own_sheet() -> str:
    """Address of the sheet of all pages."""
    return url_for("assets.own", version=OWN.version, name=SHEET)


@bp.app_template_global()
def own_modules(name: str) -> list[str]:
    """Addresses of a page's module and of all that it imports, itself first."""
    return [
        url_for("assets.own", version=OWN.version, name=module) for module in OWN.modules_of(name)
    ]
