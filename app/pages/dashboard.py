"""The pages for people: overview, meter, jobs, import, health."""

from typing import Any, cast

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from app.http.errors import http_error
from app.readings.readings import ANY_FORMAT
from app.services import get_meter, services
from config.errors import UnknownMeter
from data.importers.formats import FORMATS

bp = Blueprint("dashboard", __name__)

DEFAULT_FORECAST_DAYS = 7
"""A week shows every weekday once, and is what most people plan with."""


@bp.app_context_processor
def navigation() -> dict[str, Any]:
    """The pages of the menu, for every template."""
    return {"menu": MENU}


MENU = (
    ("dashboard.index", "Overview"),
    ("dashboard.jobs", "Jobs"),
    ("dashboard.import_page", "Import"),
    ("dashboard.health", "Health"),
    ("docs.swagger_ui", "API"),
)


@bp.get("/")
def index() -> str:
    """All meters at a glance, and the jobs that run now."""
    return render_template("overview.html", meter_types=_meter_types())


@bp.get("/dashboard/meters/<meter_type>/<meter_id>")
def meter(meter_type: str, meter_id: str) -> ResponseReturnValue:
    """One meter: history, forecast, model, accuracy, readings."""
    settings = services().settings
    try:
        found = get_meter(meter_type, meter_id)
    except UnknownMeter:
        title = f"There is no meter {meter_type}/{meter_id}"
        words = "It may have been deleted, or its readings were never imported."
        return render_template("lost.html", title=title, words=words), 404
    return render_template(
        "meter.html",
        meter=found,
        max_forecast_days=settings.max_forecast_days,
        default_forecast_days=min(DEFAULT_FORECAST_DAYS, settings.max_forecast_days),
    )


@bp.get("/dashboard/jobs")
def jobs() -> str:
    """Every job, live."""
    return render_template("jobs.html")


@bp.get("/dashboard/import")
def import_page() -> str:
    """Drop a file, see what is recognised, watch it load."""
    return render_template("import.html", meter_types=_meter_types(), media_types=_media_types())


@bp.get("/dashboard/health")
def health() -> str:
    """Dependencies, queues, workers, scheduled work."""
    return render_template("health.html", schedule_timezone=services().settings.schedule_timezone)


@bp.app_errorhandler(404)
def lost(error: NotFound) -> ResponseReturnValue:
    """A page for a person who mistyped an address; whoever asks for JSON gets that."""
    wanted = request.accept_mimetypes.best_match(("application/json", "text/html"))
    if wanted != "text/html":
        return cast(ResponseReturnValue, http_error(error))
    title, words = "There is no such page", f"{request.path} is not an address of this server."
    return render_template("lost.html", title=title, words=words), 404, {"Vary": "Accept"}


def _media_types() -> dict[str, str]:
    """By the ending of a file; one in `.txt` may be anything, as its bytes then say."""
    rows = [row for row in FORMATS.values() if row.media_types]
    known = {ending: row.media_types[0] for row in rows for ending in row.endings}
    return {**known, ".txt": ANY_FORMAT}


def _meter_types() -> list[Any]:
    return list(services().settings.meter_types.values())
