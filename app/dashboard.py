"""The page at `/`."""

from flask import Blueprint, render_template

from app.services import services

bp = Blueprint("dashboard", __name__)

DEFAULT_FORECAST_DAYS = 7
"""A week shows every weekday once, and is what most people plan with."""


@bp.get("/")
def index() -> str:
    """Choose or import a meter, train it, watch, and see the forecast."""
    settings = services().settings
    return render_template(
        "dashboard.html",
        meter_types=settings.meter_types.values(),
        max_forecast_days=settings.max_forecast_days,
        default_forecast_days=min(DEFAULT_FORECAST_DAYS, settings.max_forecast_days),
    )
